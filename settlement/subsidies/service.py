"""One function per command of the subsidies wing, and what readers may see.

Load under lock, decide, save, move the money, record. Budgets and yearly caps are read from where they are kept: the
books for what is left of a budget, the claims for what a party has received.
"""

from ledger.kernel.cause import Cause
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit
from ledger.log import service as log
from settlement.books import service as books
from settlement.escrow import service as escrow

from . import rules, store
from .model import (
    READ_ALL,
    Claim,
    ClaimId,
    DealFacts,
    MakeClaim,
    OpenProgramme,
    PayClaim,
    Programme,
    ProgrammeId,
    ProgrammeView,
    Remaining,
)

OPENING_REFUSALS = (
    rules.NotTheDepartment,
    rules.UnknownRule,
    rules.RuleNotInForce,
    rules.AmountOutOfRange,
    rules.UnusableField,
    *escrow.PAYMENT_REFUSALS,
)
PROGRAMME_REFUSALS = (rules.NoSuchProgramme,)
CLAIM_REFUSALS = (
    rules.NoSuchProgramme,
    rules.NotTheClaimant,
    rules.UnusableField,
    rules.ClaimedAlready,
    rules.DeclaredOtherwise,
    rules.NothingChanged,
)
PAY_REFUSALS = (
    rules.NotTheDepartment,
    rules.NoSuchClaim,
    rules.WrongState,
    rules.Sanctioned,
    rules.YearCapReached,
    rules.BudgetExhausted,
)
SEEING_REFUSALS = (rules.NoSuchClaim,)
"""What each command may be refused for, in the order it is checked; for the doors to document."""


def open_programme(unit: Unit, cause: Cause, *, rule: str, budget_fen: Fen, reference: str) -> Programme:
    """Open a programme with a budget that a payment has brought into custody. Refuses `OPENING_REFUSALS`."""
    command = OpenProgramme(id=unit.fresh(ProgrammeId), rule=rule, budget_fen=budget_fen, reference=reference)
    decision = rules.open_programme(command, cause)
    opened = decision.programme
    store.insert_programme(unit, opened)
    escrow.record_payment(unit, opened.id, amount_fen=budget_fen, reference=reference)
    books.open_accounts(unit, rules.programme_accounts(opened.id))
    books.transfer(unit, decision.orders, reference=opened.id, rule=opened.rule.ref)
    log.record(unit, cause, *decision.events)
    return opened


def programme(unit: Unit, id: ProgrammeId) -> ProgrammeView:
    """Return a programme with what is left of its budget; anyone may know. Refuses `NoSuchProgramme`."""
    return _views(unit, [store.programme_of(unit, id)])[0]


def programmes(unit: Unit, *, after: ProgrammeId | None = None, limit: int = 200) -> list[ProgrammeView]:
    """Return programmes in id order with what is left of their budgets; anyone may know."""
    return _views(unit, store.programmes(unit, after=after, limit=limit))


def claim(
    unit: Unit, cause: Cause, *, programme: ProgrammeId, deal: str, facts: DealFacts, seller: OrganisationId
) -> Claim:
    """Claim the subsidy of a deal: answers what was decided, ASSESSED or REFUSED by a clause. Refuses `CLAIM_REFUSALS`.

    Not checked: that `seller` sold the deal and that the facts are true, which are the caller's to establish.
    """
    found = store.lock_programme(unit, programme)
    rule = found.rule.ref
    command = MakeClaim(
        id=unit.fresh(ClaimId),
        deal=deal,
        seller=seller,
        facts=facts,
        received_fen=store.received(unit, seller, rule, facts.year),
    )
    earlier = store.refused_claims(unit, rule, deal)
    decision = rules.make_claim(found, command, cause, live=store.live_claim(unit, rule, deal), earlier=earlier)
    store.insert_claim(unit, decision.claim, rule)
    log.record(unit, cause, *decision.events)
    return decision.claim


def pay_claim(unit: Unit, cause: Cause, id: ClaimId, *, sanctioned: bool = False) -> Claim:
    """Pay a claim out of its programme's budget, at most what is left of the year's cap. Refuses `PAY_REFUSALS`.

    Whether a party has been `sanctioned` since is a fact established by the caller.
    """
    rules.require_department(cause)
    found = store.lock_programme(unit, store.load_claim(unit, id).programme)
    before = store.load_claim(unit, id, lock=True)
    remaining = _remaining(unit, before, found)
    decision = rules.decide(before, PayClaim(), cause, programme=found, remaining=remaining, sanctioned=sanctioned)
    store.save_claim(unit, decision.claim)
    if before.facts.year is not None:
        books.open_accounts(unit, rules.cap_accounts(found.id, before.claimant, before.facts.year))
    books.transfer(unit, decision.orders, reference=id, rule=found.rule.ref)
    log.record(unit, cause, *decision.events)
    return decision.claim


def find_claim(unit: Unit, cause: Cause, id: ClaimId) -> Claim:
    """Return a claim to its claimant or a reader of all. Refuses `NoSuchClaim`."""
    found = store.load_claim(unit, id)
    if not cause.actor.may(READ_ALL) and found.claimant != cause.actor.organisation:
        raise rules.NoSuchClaim("there is no claim of this name that you may see")
    return found


def page_claims(unit: Unit, cause: Cause, *, after: ClaimId | None, limit: int) -> list[Claim]:
    """Return the asking organisation's claims, to a reader of all everybody's, in id order."""
    own = None if cause.actor.may(READ_ALL) else cause.actor.organisation
    return store.claims(unit, claimant=own, after=after, limit=limit)


def claims_of(unit: Unit, deal: str) -> list[Claim]:
    """Return the claims for a deal, the first first; who may know is the caller's to establish."""
    return store.claims_of(unit, deal)


def _remaining(unit: Unit, one: Claim, found: Programme) -> Remaining:
    """Return what a payment can be made from; the programmes of the rule are locked, so nobody else takes it."""
    budget, year = rules.budget_account(found.id), one.facts.year
    names = [budget] if year is None else [budget, rules.cap_account(found.id, one.claimant, year)]
    accounts = books.accounts(unit, names)
    return Remaining(
        budget_fen=Fen(accounts[budget].available_fen),
        received_fen=store.received(unit, one.claimant, found.rule.ref, year),
        cap_open=len(accounts) > 1,
    )


def _views(unit: Unit, found: list[Programme]) -> list[ProgrammeView]:
    names = {one.id: rules.budget_account(one.id) for one in found}
    accounts = books.accounts(unit, list(names.values()))
    return [ProgrammeView(programme=one, left_fen=Fen(accounts[names[one.id]].available_fen)) for one in found]
