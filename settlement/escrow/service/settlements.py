"""One function per command of escrow, and what flows, packs and parties may read.

Every command runs the same way: the settlement is locked, the rules are asked, rows are written, the money is moved
with one call of the books, entries are recorded. A deal has one settlement, opened with its first deposit.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ledger.kernel.calendar import YEARS, YearPlan
from ledger.kernel.cause import Cause
from ledger.kernel.errors import invariant
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit
from ledger.log import service as log

from .. import rules
from ..model import (
    Award,
    Broker,
    Command,
    Cost,
    Decision,
    DeclareDefault,
    Forfeit,
    GiveBack,
    OrderedPayout,
    Owner,
    ReceiveBalance,
    Release,
    RequestDeposit,
    Require,
    Settle,
    SettleByTime,
    Settlement,
    SettlementId,
    Share,
    TakeDeposit,
    Withholding,
)
from ..store import payouts
from ..store import settlements as store
from .posting import post_money

SEEING_REFUSALS = (rules.NoSuchSettlement,)
DEPOSIT_REFUSALS = (
    rules.NotAnOfficer,
    rules.WrongState,
    rules.AlreadyPaid,
    rules.UnusableField,
    rules.WrongAmount,
    rules.NoTermsInForce,
    rules.PaymentRecorded,
)
"""What a deposit may be refused for, in the order it is checked; for the doors to document. So the others."""

REQUEST_REFUSALS = (
    rules.WrongState,
    rules.AlreadyRequested,
    rules.AlreadyPaid,
    rules.UnusableField,
    rules.NoTermsInForce,
)
REQUIRE_REFUSALS = (rules.NoSuchSettlement, rules.WrongState)
BALANCE_REFUSALS = (
    rules.NoSuchSettlement,
    rules.NotAnOfficer,
    rules.WrongState,
    rules.AlreadyPaid,
    rules.UnusableField,
    rules.WrongAmount,
    rules.PaymentRecorded,
)
SETTLE_REFUSALS = (
    rules.NoSuchSettlement,
    rules.NotTheSeller,
    rules.WrongState,
    rules.Frozen,
    rules.UnusableField,
    rules.SharesMissing,
    rules.BadShares,
    rules.BadOwners,
    rules.BadBroker,
    rules.CommissionTooLarge,
    rules.RewardTooSmall,
    rules.CostsExceedPrice,
    rules.WithheldTooMuch,
)
TIME_REFUSALS = (rules.NoSuchSettlement, rules.WrongState, rules.NotDue)
PAYMENT_REFUSALS = (rules.UnusableField, rules.PaymentRecorded)
DEFAULT_REFUSALS = (rules.NoSuchSettlement, rules.NotAnOfficer, rules.WrongState, rules.Frozen, rules.NotYetOverdue)


def request_deposit(
    unit: Unit,
    cause: Cause,
    *,
    deal: str,
    seller: OrganisationId,
    code: str,
    due_fen: Fen,
    account: str | None,
) -> Settlement:
    """Tell the asking organisation where to pay its deposit; the first one of a deal opens its settlement.

    Refuses `REQUEST_REFUSALS`. Not checked: that it may bid, and that the deal still takes deposits; both are the
    caller's to establish, and so is a code that is nobody else's.
    """
    command = RequestDeposit(code=code, payer=cause.actor.organisation, due_fen=due_fen, account=account)
    return _admit(unit, cause, deal, seller, command)


def take_deposit(
    unit: Unit,
    cause: Cause,
    *,
    deal: str,
    seller: OrganisationId,
    code: str,
    payer: OrganisationId,
    due_fen: Fen,
    paid_fen: Fen,
    reference: str,
) -> Settlement:
    """Record a deposit and hold it; the first one of a deal opens its settlement. Refuses `DEPOSIT_REFUSALS`.

    Not checked: whose the code is, and that the deal still takes deposits; both are the caller's to establish.
    """
    command = TakeDeposit(code=code, payer=payer, due_fen=due_fen, paid_fen=paid_fen, reference=reference)
    return _admit(unit, cause, deal, seller, command)


def award(
    unit: Unit, cause: Cause, *, deal: str, code: str, buyer: OrganisationId, price_fen: Fen, reward_required: bool
) -> Settlement:
    """Keep the winner's deposit, and give the others back. Refuses `NoSuchSettlement`, `WrongState`."""
    command = Award(code=code, buyer=buyer, price_fen=price_fen, reward_required=reward_required)
    return _obey(unit, cause, _locked(unit, deal), command)


def release(unit: Unit, cause: Cause, *, deal: str) -> Settlement | None:
    """Give every deposit back: nothing was sold. None where no deposit ever came. Refuses `WrongState`."""
    before = store.of_deal(unit, deal, lock=True)
    return None if before is None else _obey(unit, cause, before, Release())


def require(unit: Unit, cause: Cause, *, deal: str, contract: str, effective_at: datetime) -> Settlement:
    """Ask the buyer for the balance: the contract has taken effect. Refuses `REQUIRE_REFUSALS`."""
    return _obey(unit, cause, _locked(unit, deal), Require(contract=contract, effective_at=effective_at))


def receive_balance(unit: Unit, cause: Cause, id: SettlementId, *, amount_fen: Fen, reference: str) -> Settlement:
    """Record, as an officer, that the balance has arrived. Refuses `BALANCE_REFUSALS`."""
    command = ReceiveBalance(amount_fen=amount_fen, reference=reference)
    return _obey(unit, cause, store.load(unit, id, lock=True), command)


def settle(
    unit: Unit,
    cause: Cause,
    id: SettlementId,
    *,
    costs: tuple[Cost, ...],
    reward_bp: int,
    shares: tuple[Share, ...],
    owners: tuple[Owner, ...] = (),
    broker: Broker | None = None,
    withheld: tuple[Withholding, ...] = (),
) -> Settlement:
    """Pay everybody: the fee, the broker, the inventors, the holders. The seller alone may ask.

    Refuses `SETTLE_REFUSALS`. Not checked: that `owners`, in the asset's order, are its holders; none named means the
    seller alone.
    """
    command = Settle(costs=costs, reward_bp=reward_bp, shares=shares, owners=owners, broker=broker, withheld=withheld)
    return _obey(unit, cause, store.load(unit, id, lock=True), command)


def settle_by_time(
    unit: Unit, cause: Cause, id: SettlementId, *, owners: tuple[Owner, ...], inventors: tuple[str, ...]
) -> Settlement:
    """Pay everybody once the seller let its time pass. Refuses `TIME_REFUSALS`."""
    command = SettleByTime(owners=owners, inventors=inventors)
    return _obey(unit, cause, store.load(unit, id, lock=True), command)


def due(unit: Unit, at: datetime, limit: int = 100) -> list[SettlementId]:
    """Return settlements that time settles at or before `at`, locked; those another ticker holds are left out."""
    return store.due(unit, at, limit)


def reckon(unit: Unit, *, years: Mapping[int, YearPlan] = YEARS) -> int:
    """Say until when to pay and to settle, where it was left open and can be counted now; return of how many."""
    changed = [(left, now) for left in store.open_ended(unit) if (now := rules.reckoned(left, years))]
    for left, now in changed:
        store.save(unit, left, now)
    return len(changed)


def next_due(unit: Unit) -> datetime | None:
    """Return when time next settles anything."""
    return store.next_due(unit)


def payout_page(unit: Unit, *, after: int, limit: int) -> list[OrderedPayout]:
    """Return the next of what the bank is to be told, those behind the place `after`; for officers alone."""
    return payouts.page(unit, after=after, limit=limit)


def paid_out(unit: Unit, subject: str) -> list[OrderedPayout]:
    """Return what the bank was told to pay out of a subject, for views; who may know is the caller's to establish."""
    return payouts.of_subject(unit, subject)


def require_seller(settlement: Settlement, cause: Cause) -> None:
    """Refuse `NotTheSeller` unless the asking organisation sold."""
    rules.require_seller(settlement, cause)


def shares_of(inventors: Sequence[str], weights: Sequence[tuple[int, int]]) -> tuple[Share, ...]:
    """Name the inventors that (place, weight) stand for, in the asset's own order. Refuses `BadShares`."""
    return rules.shares_of(inventors, weights)


def forfeit(unit: Unit, cause: Cause, *, deal: str) -> Settlement:
    """Take the deposit of a buyer that did not sign. Refuses `NoSuchSettlement`, `WrongState`."""
    return _obey(unit, cause, _locked(unit, deal), Forfeit())


def give_back(unit: Unit, cause: Cause, *, deal: str) -> Settlement:
    """Give the winner's deposit back: the seller did not keep its word. Refuses `NoSuchSettlement`, `WrongState`."""
    return _obey(unit, cause, _locked(unit, deal), GiveBack())


def declare_default(unit: Unit, cause: Cause, id: SettlementId) -> Settlement:
    """Declare, as an officer, that the buyer did not pay, and take its deposit. Refuses `DEFAULT_REFUSALS`."""
    return _obey(unit, cause, store.load(unit, id, lock=True), DeclareDefault())


def find(unit: Unit, cause: Cause, id: SettlementId) -> Settlement:
    """Return a settlement to its seller, its buyer, or a supervisor. Refuses `NoSuchSettlement`."""
    found = store.load(unit, id)
    if not rules.may_see(found, cause):
        raise rules.NoSuchSettlement("there is no settlement of this name that you may see")
    return found


def deal_of(unit: Unit, id: SettlementId) -> str:
    """Return what a settlement is of, for flows. Refuses `NoSuchSettlement`."""
    return store.load(unit, id).deal


def of_deal(unit: Unit, deal: str) -> Settlement | None:
    """Return the settlement of a deal, for flows and packs; who may know is the caller's to establish."""
    return store.of_deal(unit, deal)


def settlement(unit: Unit, id: SettlementId) -> Settlement:
    """Return a settlement, for views; who may know is the caller's to establish. Refuses `NoSuchSettlement`."""
    return store.load(unit, id)


def concerning(unit: Unit, organisation: OrganisationId, *, since: str, behind: bool, limit: int) -> list[Settlement]:
    """Return the settlements that an organisation sells, buys, pays a deposit in or is paid out of, in name order.

    Those from a name on, or those `behind` it; who may know is the caller's to establish.
    """
    return store.concerning(unit, organisation, since=since, behind=behind, limit=limit)


def paid_total(unit: Unit, seller: OrganisationId, *, since: datetime, until: datetime) -> Fen:
    """Return the sum of a seller's prices of which the balance was paid in `since <= at < until`."""
    return store.paid_total(unit, seller, since=since, until=until)


def record_payment(unit: Unit, subject: str, *, amount_fen: Fen, reference: str) -> None:
    """Keep the bank reference of money that came into custody for something else than a deal.

    Refuses `UnusableField` where it names a part of money that nobody expected, and `PaymentRecorded` where it has been
    recorded already, whatever for.
    """
    rules.require_reference(reference)
    store.record_payment(unit, subject, code=None, amount_fen=amount_fen, reference=reference)


def _admit(
    unit: Unit, cause: Cause, deal: str, seller: OrganisationId, command: RequestDeposit | TakeDeposit
) -> Settlement:
    before = store.of_deal(unit, deal, lock=True)
    if before is None:
        decision = rules.open_settlement(unit.fresh(SettlementId), deal, seller, command, cause)
        if store.begin(unit, decision.settlement):
            return _carry_out(unit, cause, command, decision)
        before = store.of_deal(unit, deal, lock=True)  # a rival was first
        assert before is not None
    invariant(before.seller == seller, "a deal has one seller")
    return _obey(unit, cause, before, command)


def _locked(unit: Unit, deal: str) -> Settlement:
    before = store.of_deal(unit, deal, lock=True)
    if before is None:
        raise rules.NoSuchSettlement("no deposit was ever paid for this deal")
    return before


def _obey(unit: Unit, cause: Cause, before: Settlement, command: Command) -> Settlement:
    decision = rules.decide(before, command, cause)
    store.save(unit, before, decision.settlement)
    return _carry_out(unit, cause, command, decision)


def _carry_out(unit: Unit, cause: Cause, command: Command, decision: Decision) -> Settlement:
    """Keep the payment, move the money, record what happened; in this order, so that no two wait for each other."""
    after = decision.settlement
    if isinstance(command, TakeDeposit):
        store.record_payment(
            unit, after.id, code=command.code, amount_fen=command.paid_fen, reference=command.reference
        )
    elif isinstance(command, ReceiveBalance):
        assert after.code is not None
        store.record_payment(
            unit, after.id, code=after.code, amount_fen=command.amount_fen, reference=command.reference
        )
    payouts.record(unit, decision.payouts)
    post_money(unit, decision.orders, reference=after.id, rule=after.terms.ref)
    log.record(unit, cause, *decision.events)
    return after
