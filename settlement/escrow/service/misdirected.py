"""One function per command of money that nobody expected.

A part that is assigned leaves by the bank's account, and the ordinary command receives it from there in the same unit,
so that whatever is due hears of a payment like any other. Its reference is the payment's name and the part's number.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from ledger.kernel.calendar import YEARS, YearPlan
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Refusal, invariant
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit
from ledger.log import service as log

from .. import rules as escrow
from ..model import (
    Assign,
    AssignedPart,
    Due,
    Find,
    GonePart,
    Misdirected,
    MisdirectedDecision,
    MisdirectedId,
    Payee,
    Payout,
    PlanId,
    Purpose,
    RoyaltyId,
    SendBack,
    SettlementId,
    WholeMisdirected,
    reference_of,
    transfer_for,
)
from ..rules import misdirected as rules
from ..store import misdirected as store
from ..store import payouts, plans, receipts, royalties, settlements
from . import plan_refusals
from . import plans as of_plans
from . import royalties as of_royalties
from . import settlements as of_settlements
from .posting import post_money

FIND_REFUSALS: Final[tuple[type[Refusal], ...]] = (
    escrow.NotAnOfficer,
    escrow.UnusableField,
    escrow.NoPracticeInForce,
    escrow.PaymentRecorded,
)
"""What a finding may be refused for, in the order it is checked; for the doors to document. So the others."""

SEND_BACK_REFUSALS: Final[tuple[type[Refusal], ...]] = (
    rules.NoSuchMisdirected,
    escrow.NotAnOfficer,
    rules.NothingLeft,
    escrow.UnusableField,
    rules.MoreThanIsLeft,
)

ONE_REFUSALS: Final[tuple[type[Refusal], ...]] = (rules.NoSuchMisdirected,)


def _once(refusals: Iterable[type[Refusal]]) -> tuple[type[Refusal], ...]:
    return tuple(dict.fromkeys(refusals))


ASSIGN_REFUSALS: Final[tuple[type[Refusal], ...]] = _once(
    (*SEND_BACK_REFUSALS, *of_settlements.BALANCE_REFUSALS, *plan_refusals.PART_REFUSALS, *of_royalties.PAY_REFUSALS)
)


def find(unit: Unit, cause: Cause, *, amount_fen: Fen, reference: str, note: str = "") -> Misdirected:
    """Record, as an officer, that money came which nobody expected. Refuses `FIND_REFUSALS`."""
    command = Find(id=unit.fresh(MisdirectedId), amount_fen=amount_fen, reference=reference, note=note)
    decision = rules.find(command, cause)
    found = decision.misdirected
    settlements.record_payment(unit, found.id, code=None, amount_fen=amount_fen, reference=reference)
    store.insert(unit, found)
    return _carry_out(unit, cause, decision)


def assign(unit: Unit, cause: Cause, id: MisdirectedId, *, to: Due, amount_fen: Fen) -> Misdirected:
    """Receive, as an officer, a part for exactly what is due. Refuses `ASSIGN_REFUSALS`.

    Not for a deposit: its lot has to hear of it, so a flow takes the part out and receives it.
    """
    invariant(to.code is None, "a deposit is received by a flow")
    after = take_out(unit, cause, id, to=to, amount_fen=amount_fen)
    _receive(unit, cause, to, amount_fen, reference_of(after))
    return after


def take_out(unit: Unit, cause: Cause, id: MisdirectedId, *, to: Due, amount_fen: Fen) -> Misdirected:
    """Take a part out, back to the bank's account, for the caller to receive it from there in the same unit.

    Refuses `SEND_BACK_REFUSALS`. The settlement is locked first, as by whatever else receives money of its deal, so
    that no two wait for each other.
    """
    settlements.load(unit, _settlement_of(unit, to), lock=True)
    decision = rules.decide_misdirected(
        store.load(unit, id, lock=True), Assign(amount_fen=amount_fen, to=to.subject), cause
    )
    store.save(unit, decision.misdirected)
    return _carry_out(unit, cause, decision)


def send_back(unit: Unit, cause: Cause, id: MisdirectedId, *, amount_fen: Fen) -> Misdirected:
    """Have, as an officer, a part paid back to where it came from. Refuses `SEND_BACK_REFUSALS`."""
    decision = rules.decide_misdirected(store.load(unit, id, lock=True), SendBack(amount_fen=amount_fen), cause)
    after = decision.misdirected
    store.save(unit, after)
    told = (
        Payout(
            transfer=one.id,
            subject=after.id,
            payee=Payee.SENDER,
            amount_fen=one.amount_fen,
            source=after.reference,
        )
        for one in decision.orders
    )
    payouts.record(unit, tuple(told))
    return _carry_out(unit, cause, decision)


def reckon(unit: Unit, *, years: Mapping[int, YearPlan] = YEARS) -> int:
    """Say until when payments are to be dealt with, where it was left open and can be counted now; of how many."""
    changed = [now for left in store.open_ended(unit) if (now := rules.reckoned(left, years))]
    for now in changed:
        store.set_deadline(unit, now)
    return len(changed)


def one(unit: Unit, id: MisdirectedId) -> Misdirected:
    """Return a payment; for readers of all. Refuses `ONE_REFUSALS`."""
    return store.load(unit, id)


def whole(unit: Unit, id: MisdirectedId) -> WholeMisdirected:
    """Return a payment, what was written beside it and where its parts went; for readers of all. As `one` refuses."""
    found = store.load(unit, id)
    entries = log.about(unit, id, amount_fen=str(found.amount_fen))[:1]  # the first is of its being found
    note = next((one.value for one in log.disclosures(unit, entries) if one.field == "note"), "")
    received = {one.reference: one for one in receipts.out_of(unit, id)}
    returned = {one.payout.transfer: one for one in payouts.of_subject(unit, id)}

    def part(number: int) -> GonePart:
        came = received.get(f"{id}/{number}")
        if came is not None:
            fen, at = came.amount_fen, came.recorded_at
            return GonePart(number=number, amount_fen=fen, gone_at=at, subject=came.subject, code=came.code)
        back = returned[transfer_for(id, Purpose.SEND_BACK, str(number))]
        return GonePart(number=number, amount_fen=back.payout.amount_fen, gone_at=back.ordered_at, subject=None)

    parts = tuple(part(number) for number in range(1, found.parts + 1))
    return WholeMisdirected(payment=found, note=str(note), parts=parts)


def assigned_to(unit: Unit, subjects: Collection[str]) -> list[AssignedPart]:
    """Return the parts that were received for any of these; who may know is the caller's to establish."""
    return store.assigned_to(unit, subjects)


def page(unit: Unit, *, waiting: bool, overdue: bool, after: MisdirectedId | None, limit: int) -> list[Misdirected]:
    """Return payments in id order: all, those that wait, or those that wait for too long; for readers of all."""
    at = unit.now() if overdue else None
    return store.page(unit, waiting=waiting, overdue_at=at, after=after, limit=limit)


def _settlement_of(unit: Unit, to: Due) -> SettlementId:
    match to.subject:
        case PlanId():
            return plans.settlement_of(unit, to.subject)
        case RoyaltyId():
            return royalties.settlement_of(unit, to.subject)
        case SettlementId():
            return to.subject


def _receive(unit: Unit, cause: Cause, to: Due, amount_fen: Fen, reference: str) -> None:
    match to.subject:
        case PlanId():
            of_plans.pay_part(unit, cause, to.subject, to.number, amount_fen=amount_fen, reference=reference)
        case RoyaltyId():
            of_royalties.pay(unit, cause, to.subject, to.number, amount_fen=amount_fen, reference=reference)
        case SettlementId():
            of_settlements.receive_balance(unit, cause, to.subject, amount_fen=amount_fen, reference=reference)


def _carry_out(unit: Unit, cause: Cause, decision: MisdirectedDecision) -> Misdirected:
    """Move the money, then record what happened, as a settlement does."""
    after = decision.misdirected
    post_money(unit, decision.orders, reference=after.id, rule=after.practice)
    log.record(unit, cause, *decision.events)
    return after
