"""One function per command of a royalty, and what flows and parties may read of it.

Every command runs as those of a settlement do. The settlement is locked before its royalty, always, as before a plan.
"""

from collections.abc import Mapping
from datetime import datetime

from ledger.kernel.calendar import YEARS, YearPlan
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Refusal
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit
from ledger.log import service as log

from .. import rules as escrow
from ..model import (
    AgreeRoyalty,
    CallAudit,
    Cost,
    DeclareOverdue,
    DivideRoyalty,
    ElapseRoyalty,
    PayRoyalty,
    Period,
    ProposeRoyalty,
    RecordAudit,
    RescindRoyalty,
    Royalty,
    RoyaltyCommand,
    RoyaltyDecision,
    RoyaltyId,
    RoyaltyTerms,
    SeenRoyalty,
    SettlementId,
    Sharing,
    StateSales,
    TerminateRoyalty,
    Turn,
    WithdrawRoyalty,
    Withholding,
)
from ..rules import royalties as rules
from ..store import payouts, settlements
from ..store import royalties as store
from .posting import post_money

SEEING_REFUSALS: tuple[type[Refusal], ...] = (rules.NoSuchRoyalty,)
PROPOSE_REFUSALS: tuple[type[Refusal], ...] = (
    escrow.NoSuchSettlement,
    escrow.NotTheSeller,
    escrow.WrongState,
    escrow.NoPracticeInForce,
    escrow.UnusableField,
    escrow.BadOwners,
    escrow.CommissionTooLarge,
    escrow.RewardTooSmall,
    escrow.SharesMissing,
    escrow.BadShares,
    rules.RoyaltyStands,
)
"""What a proposal may be refused for, in the order it is checked; for the doors to document. So the others."""

WITHDRAW_REFUSALS: tuple[type[Refusal], ...] = (rules.NoSuchRoyalty, escrow.NotTheSeller, rules.WrongRoyaltyState)
AGREE_REFUSALS: tuple[type[Refusal], ...] = (
    rules.NoSuchRoyalty,
    escrow.NotTheBuyer,
    rules.WrongRoyaltyState,
    escrow.TooLate,
    escrow.OtherTerms,
)
_OF_A_PERIOD: tuple[type[Refusal], ...] = (rules.WrongRoyaltyState, rules.NoSuchPeriod, rules.WrongPeriodState)
STATE_REFUSALS: tuple[type[Refusal], ...] = (
    rules.NoSuchRoyalty,
    escrow.NotTheBuyer,
    *_OF_A_PERIOD,
    rules.PeriodNotOver,
    escrow.UnusableField,
)
CALL_REFUSALS: tuple[type[Refusal], ...] = (
    rules.NoSuchRoyalty,
    escrow.NotTheSeller,
    *_OF_A_PERIOD,
    rules.AlreadyAudited,
)
AUDIT_REFUSALS: tuple[type[Refusal], ...] = (
    rules.NoSuchRoyalty,
    escrow.NotAnOfficer,
    *_OF_A_PERIOD,
    rules.NoAuditCalled,
    rules.AlreadyAudited,
    rules.NoticeNotOver,
    escrow.UnusableField,
)
PAY_REFUSALS: tuple[type[Refusal], ...] = (
    rules.NoSuchRoyalty,
    escrow.NotAnOfficer,
    rules.WrongRoyaltyState,
    rules.NoSuchPeriod,
    escrow.AlreadyPaid,
    rules.WrongPeriodState,
    escrow.UnusableField,
    rules.NothingDue,
    escrow.WrongAmount,
    escrow.PaymentRecorded,
)
OVERDUE_REFUSALS: tuple[type[Refusal], ...] = (
    rules.NoSuchRoyalty,
    escrow.NotAnOfficer,
    *_OF_A_PERIOD,
    rules.NothingDue,
    escrow.NotYetOverdue,
)
DIVIDE_REFUSALS: tuple[type[Refusal], ...] = (
    rules.NoSuchRoyalty,
    escrow.NotTheSeller,
    *_OF_A_PERIOD,
    escrow.UnusableField,
    escrow.BadShares,
    escrow.CostsExceedPrice,
    escrow.WithheldTooMuch,
    escrow.Frozen,
)
TERMINATE_REFUSALS: tuple[type[Refusal], ...] = (
    rules.NoSuchRoyalty,
    escrow.NotAParty,
    rules.WrongRoyaltyState,
    rules.AlreadySigned,
    escrow.Frozen,
)


def propose(unit: Unit, cause: Cause, settlement: SettlementId, *, terms: RoyaltyTerms, sharing: Sharing) -> Royalty:
    """Propose a royalty beside the price of a settlement, as its seller. Refuses `PROPOSE_REFUSALS`.

    Not checked: that owners and inventors are the asset's, which is the caller's to establish.
    """
    found = settlements.load(unit, settlement, lock=True)
    command = ProposeRoyalty(terms=terms, sharing=sharing)
    decision = rules.open_royalty(unit.fresh(RoyaltyId), found, command, cause)
    store.begin(unit, decision.royalty)
    log.record(unit, cause, *decision.events)
    return decision.royalty


def withdraw(unit: Unit, cause: Cause, id: RoyaltyId) -> Royalty:
    """Take a proposal back, as the seller. Refuses `WITHDRAW_REFUSALS`."""
    return _obey(unit, cause, id, WithdrawRoyalty())


def agree(unit: Unit, cause: Cause, id: RoyaltyId, *, terms_sha256: str) -> Royalty:
    """Agree to a royalty, as the buyer. Refuses `AGREE_REFUSALS`."""
    return _obey(unit, cause, id, AgreeRoyalty(terms_sha256=terms_sha256))


def state_sales(
    unit: Unit, cause: Cause, id: RoyaltyId, period: int, *, sales_fen: Fen, statement_sha256: str
) -> Royalty:
    """State, as the buyer, the sales of a period that is over. Refuses `STATE_REFUSALS`."""
    command = StateSales(period=period, sales_fen=sales_fen, statement_sha256=statement_sha256)
    return _obey(unit, cause, id, command)


def call_audit(unit: Unit, cause: Cause, id: RoyaltyId, period: int) -> Royalty:
    """Announce an audit, as the seller. Refuses `CALL_REFUSALS`."""
    return _obey(unit, cause, id, CallAudit(period=period))


def record_audit(
    unit: Unit, cause: Cause, id: RoyaltyId, period: int, *, sales_fen: Fen, cost_fen: Fen, document_sha256: str
) -> Royalty:
    """Record, as an officer, what an audit has found. Refuses `AUDIT_REFUSALS`."""
    command = RecordAudit(period=period, sales_fen=sales_fen, cost_fen=cost_fen, document_sha256=document_sha256)
    return _obey(unit, cause, id, command)


def pay(unit: Unit, cause: Cause, id: RoyaltyId, period: int, *, amount_fen: Fen, reference: str) -> Royalty:
    """Record, as an officer, that what is due for a period has arrived. Refuses `PAY_REFUSALS`."""
    return _obey(unit, cause, id, PayRoyalty(period=period, amount_fen=amount_fen, reference=reference))


def declare_overdue(unit: Unit, cause: Cause, id: RoyaltyId, period: int) -> Royalty:
    """Declare, as an officer, that what is due was not paid in time. Refuses `OVERDUE_REFUSALS`."""
    return _obey(unit, cause, id, DeclareOverdue(period=period))


def divide(
    unit: Unit,
    cause: Cause,
    id: RoyaltyId,
    period: int,
    *,
    costs: tuple[Cost, ...] = (),
    withheld: tuple[Withholding, ...] = (),
) -> Royalty:
    """Divide, as the seller, what was paid for a period. Refuses `DIVIDE_REFUSALS`."""
    return _obey(unit, cause, id, DivideRoyalty(period=period, costs=costs, withheld=withheld))


def terminate(unit: Unit, cause: Cause, id: RoyaltyId) -> Royalty:
    """Sign the end of a royalty, as either party. Refuses `TERMINATE_REFUSALS`."""
    return _obey(unit, cause, id, TerminateRoyalty())


def rescind(unit: Unit, cause: Cause, settlement: SettlementId) -> Royalty | None:
    """End the royalty of a deal that fell through, where one stands and has not ended."""
    settlements.load(unit, settlement, lock=True)
    before = store.standing(unit, settlement, lock=True)
    if before is None or (before.state, RescindRoyalty) not in rules.TRANSITIONS:
        return before
    return _carry_out(unit, cause, RescindRoyalty(), before, rules.decide(before, RescindRoyalty(), cause))


def tick(unit: Unit, cause: Cause, id: RoyaltyId) -> Royalty:
    """Let time act on a royalty: a proposal lapses, a minimum falls due, what was paid is divided.

    Refuses `NotDue`, `WrongRoyaltyState`; `Frozen` where it would divide and an order stands.
    """
    return _obey(unit, cause, id, ElapseRoyalty())


def find(unit: Unit, cause: Cause, id: RoyaltyId) -> Royalty:
    """Return a royalty to its seller, its buyer, or a supervisor. Refuses `NoSuchRoyalty`."""
    found = store.load(unit, id)
    if not rules.may_see(found, cause):
        raise rules.NoSuchRoyalty("there is no royalty of this name that you may see")
    return found


def see(unit: Unit, cause: Cause, id: RoyaltyId) -> SeenRoyalty:
    """Return a royalty to the same, and what stops it. Refuses `NoSuchRoyalty`."""
    found = find(unit, cause, id)
    return SeenRoyalty(royalty=found, settlement=settlements.load(unit, found.settlement))


def turn_of(royalty: Royalty, at: datetime) -> tuple[Turn, ...]:
    """Return who acts next on a royalty at an instant."""
    return rules.waits_for(royalty, at)


def turn_of_period(period: Period, at: datetime) -> tuple[Turn, ...]:
    """Return who acts next on a period of a royalty at an instant."""
    return rules.period_waits_for(period, at)


def of_settlement(unit: Unit, settlement: SettlementId) -> Royalty | None:
    """Return the royalty that stands for a settlement, for flows and packs; who may know is the caller's to establish.

    One that has ended stands for good; one that was withdrawn or has lapsed does not.
    """
    return store.standing(unit, settlement)


def royalty(unit: Unit, id: RoyaltyId) -> Royalty:
    """Return a royalty, for views; who may know is the caller's to establish. Refuses `NoSuchRoyalty`."""
    return store.load(unit, id)


def concerning(unit: Unit, organisation: OrganisationId, *, since: str, behind: bool, limit: int) -> list[Royalty]:
    """Return the royalties that an organisation has a part in, in name order: from a name on, or `behind` it."""
    return store.concerning(unit, organisation, since=since, behind=behind, limit=limit)


def terms_of(royalty: Royalty) -> str:
    """Return the hash by which a buyer agrees to a royalty."""
    return rules.terms_sha256(royalty)


def due(unit: Unit, at: datetime, limit: int = 100) -> list[RoyaltyId]:
    """Return royalties on which time acts at or before `at`. They are not locked: their settlements are, before."""
    return store.due(unit, at, limit)


def next_due(unit: Unit) -> datetime | None:
    """Return when time next acts on any royalty."""
    return store.next_due(unit)


def reckon(unit: Unit, *, years: Mapping[int, YearPlan] = YEARS) -> int:
    """Count deadlines that were left open and can be counted now; return of how many royalties.

    Their settlements are not locked: nothing of theirs is asked or changed.
    """
    changed = [(left, now) for left in store.open_ended(unit) if (now := rules.reckoned(left, years))]
    for left, now in changed:
        store.save(unit, left, now)
    return len(changed)


def _obey(unit: Unit, cause: Cause, id: RoyaltyId, command: RoyaltyCommand) -> Royalty:
    settlement = settlements.load(unit, store.settlement_of(unit, id), lock=True)
    before = store.load(unit, id, lock=True)
    decision = rules.decide(before, command, cause)
    if rules.lets_money_go(command, decision):
        escrow.require_thawed(settlement)
        if isinstance(command, ElapseRoyalty):
            escrow.require_time(settlement, cause)
    return _carry_out(unit, cause, command, before, decision)


def _carry_out(
    unit: Unit, cause: Cause, command: RoyaltyCommand, before: Royalty, decision: RoyaltyDecision
) -> Royalty:
    """Write the rows, keep the payment, move the money, record what happened; in this order, as a settlement does."""
    after = decision.royalty
    store.save(unit, before, after)
    if isinstance(command, PayRoyalty):
        settlements.record_payment(
            unit, after.id, code=str(command.period), amount_fen=command.amount_fen, reference=command.reference
        )
    payouts.record(unit, escrow.told_of(after, decision.orders))
    post_money(unit, decision.orders, reference=after.id, rule=after.practice)
    log.record(unit, cause, *decision.events)
    return after
