"""What a claim says of its deal, held against the deal's own entries as they stood when it arrived."""

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Final

from ledger.audit.report import Finding
from ledger.kernel import instant
from ledger.kernel.calendar import CHINA
from ledger.kernel.errors import Refusal
from listings.achievements.model import Mode

from .deals import Deals
from .facts import Claim, Contract, Facts, PaidPart, Plan, Settlement, When

SLACK: Final = timedelta(seconds=30)
"""How long what has been recorded may stay unseen: a transaction that is not over by then is given up."""
MAX_UNCERTAIN: Final = 10  # payments of one seller within the slack; of more, only the bounds are held
PARTS: Final = (("signed_at", "effective", "effective_at"), ("registered_at", "registered", None))
"""Facts of the contract: how a claim names them, when they came about, and what they are if not that arrival."""


def findings(facts: Facts, deals: Deals) -> Iterator[Finding]:
    """Yield every claim that tells of a deal otherwise than the deal does."""
    sold: dict[str, list[PaidPart]] = {}
    for settlement in facts.settlements.values():
        if settlement.paid is not None:
            sold.setdefault(settlement.seller, []).append(PaidPart(settlement.paid, settlement.price_fen or 0))
    for plan in facts.plans.values():
        sold.setdefault(plan.seller, []).extend(plan.parts.values())
    for claim in facts.claims.values():
        contract = facts.contracts.get(claim.deal)
        if contract is None:
            yield Finding(f"{claim.id}: is for {claim.deal}, which is no contract", claim.at.index)
            continue
        if claim.claimant != contract.seller:
            yield Finding(f"{claim.id}: is made by another than the seller of {contract.id}", claim.at.index)
        for what in (*_of_contract(claim, contract), *_of_listing(claim, contract, facts)):
            yield Finding(f"{claim.id}: {what}", claim.at.index)
        money = deals.settlement_of(contract)
        by_parts = facts.plans.get(money.plan or "") if money else None
        paid = _of_plan(claim, by_parts) if by_parts else _of_payment(claim, money)
        for what in (*paid, *_total(claim, sold.get(claim.claimant, ()))):
            yield Finding(f"{claim.id}: {what}", claim.at.index)


def _of_contract(claim: Claim, contract: Contract) -> Iterator[str]:
    for name, came, value in PARTS:
        when: When | None = getattr(contract, came)
        true: str | None = getattr(contract, value) if value else when.arrived_at if when else None
        if not _holds(claim, claim.told[name], true, when):
            yield f"tells another {name} than {contract.id}"


def _of_listing(claim: Claim, contract: Contract, facts: Facts) -> Iterator[str]:
    listing = facts.listings.get(contract.listing)
    if listing is None or claim.told["listed_at"] != listing.disclosed_at:
        yield f"tells another listed_at than {contract.listing}"
    elif claim.told["equity"] != (listing.mode == Mode.INVESTMENT):
        yield f"tells of another kind of deal than {contract.listing}"


def _of_payment(claim: Claim, settlement: Settlement | None) -> Iterator[str]:
    when = settlement.paid if settlement else None
    if not _holds(claim, claim.told["paid_at"], when.arrived_at if when else None, when):
        yield f"tells another paid_at than {settlement.id if settlement else 'nobody'}"
        return
    due = settlement.price_fen if settlement and claim.told["paid_at"] is not None else 0
    if claim.told["paid_fen"] != str(due):
        yield f"tells of {claim.told['paid_fen']} fen paid, which are {due} fen"


def _of_plan(claim: Claim, plan: Plan) -> Iterator[str]:
    """Hold what is told of a price paid by parts: when the first that counts came, and what they come to."""
    certain, uncertain = _counted(claim, plan.parts.values())
    possible = (*certain, *uncertain)
    firsts = {min((one.at.arrived_at for one in certain), default=None), *(one.at.arrived_at for one in uncertain)}
    if claim.told["paid_at"] not in firsts and not (claim.told["paid_at"] is None and not certain):
        yield f"tells another paid_at than {plan.id}"
    elif int(str(claim.told["paid_fen"])) not in _sums(certain, uncertain):
        yield f"tells of {claim.told['paid_fen']} fen paid, of which {len(possible)} parts of {plan.id} come to others"


def _counted(claim: Claim, paid: Iterable[PaidPart]) -> tuple[list[PaidPart], list[PaidPart]]:
    """Return what counted as paid when a claim arrived, and what may or may not have been seen by then."""
    certain, uncertain = [], []
    for one in paid:
        if one.at.arrived_at > claim.at.recorded_at:
            continue
        gone = one.back is not None and one.back.arrived_at <= claim.at.recorded_at
        if _unseen(claim, one.at) or (gone and one.back is not None and _unseen(claim, one.back)):
            uncertain.append(one)
        elif not gone:
            certain.append(one)
    return certain, uncertain


def _sums(certain: Iterable[PaidPart], uncertain: Iterable[PaidPart]) -> set[int]:
    sums = {sum(one.amount_fen for one in certain)}
    for extra in list(uncertain)[:MAX_UNCERTAIN]:
        sums |= {one + extra.amount_fen for one in sums}
    return sums


def _holds(claim: Claim, told: object, true: str | None, when: When | None) -> bool:
    """Whether a fact is told as it stood: it had happened, or it is not told and could not be known yet."""
    if told is None:
        return when is None or _unseen(claim, when)
    return when is not None and told == true and when.arrived_at <= claim.at.recorded_at


def _unseen(claim: Claim, when: When) -> bool:
    """Whether what was recorded may not have been seen by who looked when the claim arrived."""
    return instant.parse(when.recorded_at) + SLACK > instant.parse(claim.at.arrived_at)


def _total(claim: Claim, paid: Iterable[PaidPart]) -> Iterator[str]:
    """Hold the claimant's total against the prices it was paid within the rule's days in China."""
    try:
        since, until = (_midnight(claim.from_day, 0), _midnight(claim.to_day, 1))
    except (ValueError, OverflowError):
        return
    seen, unseen = _counted(claim, [one for one in paid if since <= one.at.arrived_at < until])
    certain, uncertain = sum(one.amount_fen for one in seen), [one.amount_fen for one in unseen]
    sums = _sums(seen, unseen)
    told = int(str(claim.told["party_total_fen"]))
    bounded = len(uncertain) > MAX_UNCERTAIN and certain <= told <= certain + sum(uncertain)
    if told not in sums and not bounded:
        due = " or ".join(str(one) for one in sorted(sums)[:3])
        yield f"tells of a total of {told} fen, which is {due} fen"


def _midnight(day: str, after: int) -> str:
    at = datetime.combine(datetime.fromisoformat(day).date() + timedelta(days=after), time(), tzinfo=CHINA)
    try:
        return instant.render(at)
    except Refusal as refusal:
        raise ValueError(refusal.detail) from refusal
