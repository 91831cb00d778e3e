"""Orders to freeze, held against what they stop beside the settlement itself: other subjects' money, contract and lot.

By the log's order, and by kinds: the settlement is locked by whoever records or lifts an order, and by whoever lets
money of its deal go, before either records anything of it. So what was let go in the unit that lifts the last order
stands behind what tells of the lifting. A contract is stayed and goes on before the order is recorded or lifted, in one
unit with it: that is told by the one instant at which both arrived.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from exchange.auctions import model as auctions
from exchange.contracts import model as contracts
from ledger.audit.reading import Entry, Reader
from ledger.audit.report import Finding
from ledger.kernel.cause import TIME
from settlement.escrow import model as escrow
from settlement.subsidies import model as subsidies

from .deals import Deals
from .facts import Contract, Facts, Gone, Ordered, Settlement, Stay, When
from .orders import Orders, Period
from .resumed import left_behind, otherwise, read_plan

STOPPED: Final = frozenset(
    {
        escrow.PLAN_LAPSED.name,
        escrow.TRIAL_BEGUN.name,
        escrow.TRIAL_DECLINED.name,
        escrow.PLAN_AGREED.name,
        escrow.PART_RELEASED.name,
        escrow.DISPUTE_RESOLVED.name,
        escrow.PART_RETURNED.name,
        escrow.PART_DIVIDED.name,
        escrow.PLAN_DEFAULTED.name,
        escrow.PLAN_DEPOSIT_LOST.name,
        escrow.ROYALTY_DIVIDED.name,
        escrow.TERMINATION_SIGNED.name,
        escrow.ROYALTY_TERMINATED.name,
        subsidies.CLAIM_PAID.name,
        contracts.CONTRACT_WRITTEN.name,
        contracts.CONTRACT_SIGNED.name,
        contracts.CONTRACT_REGISTERED.name,
        contracts.CONTRACT_LAPSED.name,
        contracts.CONTRACT_RESCINDED.name,
        auctions.LOT_WITHDRAWN.name,
        auctions.SALE_FELL_THROUGH.name,
    }
)
"""What lets money of a deal go or go onwards, assigns it, takes it back, gives up or ends what nobody could answer.

What a settlement tells is its own's. The end of a royalty is stopped where its parties agree on it, or one of them acts
on a default; not where it ends with its deal, which is stopped by what ends that.
"""

_WAITS: Final = frozenset({escrow.PLAN_LAPSED.name, escrow.PLAN_DEFAULTED.name})
"""What comes no sooner than those are over who could not act: whoever tells of it. And so does what time divides."""


def read_order(facts: Facts, entry: Entry, index: int) -> None:
    """Take what an entry tells of an order, of a contract that stands still, or what an order would have stopped."""
    kind, subject = str(entry["kind"]), str(entry["subject"])
    facts.latest = max(facts.latest or When.of(entry), When.of(entry), key=lambda one: one.index)
    if kind in {escrow.FROZEN.name, escrow.THAWED.name}:
        freeze = Reader(entry).inside("data").text("freeze")
        told = Ordered(at=When.of(entry), freeze=freeze, stands=kind == escrow.FROZEN.name)
        facts.orders.setdefault(subject, []).append(told)
    elif kind in STOPPED and not _with_its_deal(entry):
        facts.gone.append(Gone(index=index, subject=subject, kind=kind, by_time_at=_by_time(entry)))
    elif kind == contracts.CONTRACT_STAYED.name:
        facts.stays.setdefault(subject, []).append(Stay(begun=When.of(entry)))
    elif kind == contracts.CONTRACT_RESUMED.name and facts.stays.get(subject):
        facts.stays[subject][-1].ended = When.of(entry)
    read_plan(facts, entry, kind, subject)


def findings(facts: Facts, deals: Deals) -> Iterator[Finding]:
    """Yield what came while an order stood, and every contract that stood still or went on without an order's word."""
    orders = {name: Orders(told) for name, told in facts.orders.items()}
    for one in facts.gone:
        settlement = _settlement_of(facts, deals, one.subject)
        if settlement is not None and settlement.id in orders:
            yield from _too_early(one, settlement, orders[settlement.id])
    for told in facts.told:
        settlement = _settlement_of(facts, deals, told.subject)
        if settlement is not None:
            yield from otherwise(told, settlement, orders.get(settlement.id) or Orders(()))
    yield from left_behind(facts, orders)
    for name, known in orders.items():
        yield from _of_nothing(facts, name, known)
    for contract in facts.contracts.values():
        settlement, stays = deals.settlement_of(contract), facts.stays.get(contract.id, [])
        known = orders.get(settlement.id, Orders(())) if settlement else Orders(())
        yield from _contract(contract, settlement, known, stays)


def _by_time(entry: Entry) -> datetime | None:
    """Return when time divided something, by an entry that says so; None of anybody else's act, and of a sealed one.

    And when anything came that waits as time does, whoever's act it was.
    """
    told = Reader(entry)
    if str(entry["kind"]) in _WAITS:
        return told.instant("arrived_at")
    if str(entry["kind"]) not in {escrow.PART_DIVIDED.name, escrow.ROYALTY_DIVIDED.name} or not told.has("opened"):
        return None
    opened = told.inside("opened")
    who = opened.inside("by").text_or_none("organisation") if opened.has("by") else None
    return told.instant("arrived_at") if who == TIME.organisation else None


def _with_its_deal(entry: Entry) -> bool:
    """Whether an entry tells of a royalty that ends because its deal does."""
    told = str(entry["kind"]) == escrow.ROYALTY_TERMINATED.name
    return told and Reader(entry).inside("data").text("ground") == escrow.Ground.FELL_THROUGH


def _settlement_of(facts: Facts, deals: Deals, subject: str) -> Settlement | None:
    """Return the settlement on which what stops a subject is recorded."""
    if (claim := facts.claims.get(subject)) is not None:
        subject = claim.deal
    if (contract := facts.contracts.get(subject)) is not None:
        return deals.settlement_of(contract)
    beside = facts.plans.get(subject) or facts.royalties.get(subject)
    return facts.settlements.get(beside.settlement) if beside else deals.settlement_of_lot(subject)


def _too_early(one: Gone, settlement: Settlement, orders: Orders) -> Iterator[Finding]:
    """Yield what came while an order stood, or before whoever it kept from acting had time to."""
    if standing := orders.standing(one.index):
        what = f"{one.subject}: {one.kind} comes while {' '.join(standing)} stands against {settlement.id}"
        yield Finding(what, one.index)
    elif one.by_time_at is not None and one.by_time_at < orders.quiet_until(one.index):
        what = f"{one.kind} comes" if one.kind in _WAITS else "is divided by time"
        yield Finding(f"{one.subject}: {what} before whoever an order kept from it had time to", one.index)


def _of_nothing(facts: Facts, name: str, orders: Orders) -> Iterator[Finding]:
    """Yield what is wrong with orders against a deal that came to nothing: they keep its asset, and are not new."""
    if (ended := facts.settlements.get(name)) is None:
        return
    if ended.end == "released":
        yield from _offered_anew(facts, ended, orders)
    plan = facts.plans.get(ended.plan or "")
    if plan is not None and plan.declined_index >= 0:
        for one in orders.imposed_behind(plan.declined_index):
            yield Finding(f"{name}: is frozen by {one.freeze} when {plan.id} is declined", one.at.index)


def _offered_anew(facts: Facts, one: Settlement, orders: Orders) -> Iterator[Finding]:
    """Yield every lot of the same asset that is announced while an order outlasts a deal that came to nothing."""
    if (asset := _asset_of(facts, one.deal)) is None:
        return
    for lot in facts.lots.values():
        standing = orders.standing(lot.index)
        if standing and lot.index > one.end_index and _asset_of(facts, lot.id) == asset:
            yield Finding(f"{lot.id}: offers {asset} while {' '.join(standing)} stands against {one.id}", lot.index)


def _asset_of(facts: Facts, lot: str) -> str | None:
    known = facts.lots.get(lot)
    listing = facts.listings.get(known.listing or "") if known else None
    return listing.asset if listing else None


def _contract(one: Contract, settlement: Settlement | None, orders: Orders, stays: list[Stay]) -> Iterator[Finding]:
    """Hold a contract's standing still against the orders: as long as any stands, from its beginning, to its end."""
    of, left = settlement.id if settlement else one.lot, list(stays)
    for period in filter(lambda each: _meets(one, each), orders.periods):
        late = period.begun.index < one.index
        begun_at = one.opened_at if late else period.begun.arrived_at
        stay = next((each for each in left if each.begun.arrived_at == begun_at), None)
        if stay is not None:
            left.remove(stay)
            yield from _end(one, of, period, stay)
        elif late:
            yield Finding(f"{one.id}: is opened while {of} is frozen, and does not stand still", one.index)
        else:
            yield Finding(f"{of}: is frozen, and {one.id} does not stand still", period.begun.index)
    for stay in left:
        yield Finding(f"{one.id}: stands still, and {of} is not frozen then", stay.begun.index)


def _meets(one: Contract, period: Period) -> bool:
    """Whether a contract is there, and neither registered nor over, when a period begins or while it lasts."""
    over = [one.end_index] if one.ended else []
    over += [one.registered.index] if one.registered else []
    return period.begun.index < min(over, default=period.begun.index + 1) and (
        period.ended is None or one.index < period.ended.index
    )


def _end(one: Contract, of: str, period: Period, stay: Stay) -> Iterator[Finding]:
    if stay.ended is None:
        if period.ended is not None:
            yield Finding(f"{of}: is not frozen any more, and {one.id} stands still", period.ended.index)
    elif period.ended is None or stay.ended.arrived_at != period.ended.arrived_at:
        yield Finding(f"{one.id}: goes on, and that is not when {of} is thawed", stay.ended.index)
