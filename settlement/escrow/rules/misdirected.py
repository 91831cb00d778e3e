"""What becomes of money that nobody expected: it waits, and leaves part by part, never more than there is."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import assert_never

from ledger.kernel.calendar import YEARS, YearPlan, known_deadline
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.kernel.money import Fen
from ledger.log.model import Event
from settlement.books.model import Kind as TransferKind
from settlement.books.model import Order, written

from ..model import BANK, ORDERED, Purpose, transfer_for
from ..model.misdirected import (
    MAX_NOTE,
    MISDIRECTED,
    MISDIRECTED_ASSIGNED,
    MISDIRECTED_RETURNED,
    Assign,
    Find,
    Misdirected,
    MisdirectedCommand,
    MisdirectedDecision,
    MisdirectedState,
    SendBack,
    held_account,
)
from .authority import RECORD_PAYMENTS, NotAnOfficer, require_officer
from .drawing import drawn
from .fields import UnusableField, require_amount, require_reference
from .practice import PRACTICES, NoPracticeInForce, practice_on

MISDIRECTED_TRANSITIONS: Mapping[tuple[MisdirectedState, type[MisdirectedCommand]], tuple[MisdirectedState, ...]] = (
    MappingProxyType(
        {
            (MisdirectedState.WAITING, Assign): (MisdirectedState.WAITING, MisdirectedState.CLOSED),
            (MisdirectedState.WAITING, SendBack): (MisdirectedState.WAITING, MisdirectedState.CLOSED),
        }
    )
)
"""What each command leads to. No command is answered in CLOSED: that is final, and the account is empty."""


class NoSuchMisdirected(Refusal):
    """There is no such payment that waits to be dealt with."""

    kind = Kind.NOT_FOUND
    zh = "没有该笔错汇、多汇款项"


class NothingLeft(Refusal):
    """Nothing is left of this payment."""

    kind = Kind.CONFLICT
    zh = "该笔款项已经处理完毕"


class MoreThanIsLeft(Refusal):
    """This is more than is left of the payment."""

    kind = Kind.CONFLICT
    zh = "金额超过该笔款项的余额"


MISDIRECTED_REFUSALS: tuple[type[Refusal], ...] = (
    NoSuchMisdirected,
    NotAnOfficer,
    NothingLeft,
    UnusableField,
    MoreThanIsLeft,
    NoPracticeInForce,
)
"""In the order they are checked; of any one command only some apply."""


def find(command: Find, cause: Cause) -> MisdirectedDecision:
    """Let money that nobody expected wait, to be dealt with within the practice's working days.

    Refuses `NotAnOfficer`, `UnusableField`, `NoPracticeInForce`. Where the days cannot be counted yet, it waits all the
    same: the money is there.
    """
    require_officer(cause, RECORD_PAYMENTS)
    require_amount(command.amount_fen, "amount")
    require_reference(command.reference)
    if len(command.note) > MAX_NOTE or command.note != command.note.strip() or not command.note.isprintable():
        raise UnusableField(f"write at most {MAX_NOTE} printable characters", field="note")
    practice = practice_on(cause.at)
    misdirected = Misdirected(
        id=command.id,
        practice=practice.ref,
        amount_fen=command.amount_fen,
        left_fen=command.amount_fen,
        reference=command.reference,
        state=MisdirectedState.WAITING,
        recorded_at=cause.at,
        deal_with_by=known_deadline(cause.at, practice.misdirected_within_workdays),
    )
    made = (
        Order(
            id=transfer_for(command.id, Purpose.MISDIRECTED),
            kind=TransferKind.MOVE,
            debit=BANK,
            credit=held_account(command.id),
            amount_fen=command.amount_fen,
        ),
    )
    event = MISDIRECTED(
        command.id,
        rule=practice.ref,
        amount_fen=command.amount_fen,
        deal_with_by=misdirected.deal_with_by,
        transfers=written(made),
        reference=command.reference,
        note=command.note,
        by=cause.actor.named,
    )
    return MisdirectedDecision(misdirected=misdirected, orders=made, events=(event,))


def reckoned(misdirected: Misdirected, years: Mapping[int, YearPlan] = YEARS) -> Misdirected | None:
    """Return it with the deadline that was left open, counted from when it was found; None while it cannot be."""
    days = PRACTICES[misdirected.practice].misdirected_within_workdays
    due = known_deadline(misdirected.recorded_at, days, years=years)
    return replace(misdirected, deal_with_by=due) if due else None


def decide_misdirected(misdirected: Misdirected, command: MisdirectedCommand, cause: Cause) -> MisdirectedDecision:
    """Take a part out. Refuses `NotAnOfficer`, `NothingLeft`, `UnusableField`, `MoreThanIsLeft`."""
    require_officer(cause, RECORD_PAYMENTS)
    targets = MISDIRECTED_TRANSITIONS.get((misdirected.state, type(command)))
    if targets is None:
        raise NothingLeft("look for where it went", state=misdirected.state.value)
    require_amount(command.amount_fen, "amount")
    if command.amount_fen > misdirected.left_fen:
        raise MoreThanIsLeft("take no more than there is", left_fen=misdirected.left_fen)
    left_fen = Fen(misdirected.left_fen - command.amount_fen)
    after = replace(
        misdirected,
        left_fen=left_fen,
        parts=misdirected.parts + 1,
        state=MisdirectedState.WAITING if left_fen else MisdirectedState.CLOSED,
    )
    invariant(after.state in targets, "a decision stays within the table")
    made = (_out(after, command),)
    return MisdirectedDecision(misdirected=after, orders=made, events=(_told(after, command, made, cause),))


def misdirected_diagram() -> str:
    """Return the table as a Mermaid state diagram, for the documentation."""
    return drawn(MISDIRECTED_TRANSITIONS, MisdirectedState, first=f"{MisdirectedState.WAITING}: Find")


def _out(after: Misdirected, command: MisdirectedCommand) -> Order:
    """Return a part's way out: to the bank's account, where it is received anew, or to be paid back."""
    assigned = isinstance(command, Assign)
    return Order(
        id=transfer_for(after.id, Purpose.ASSIGN if assigned else Purpose.SEND_BACK, str(after.parts)),
        kind=TransferKind.MOVE,
        debit=held_account(after.id),
        credit=BANK if assigned else ORDERED,
        amount_fen=command.amount_fen,
    )


def _told(after: Misdirected, command: MisdirectedCommand, made: tuple[Order, ...], cause: Cause) -> Event:
    match command:
        case Assign():
            return MISDIRECTED_ASSIGNED(
                after.id,
                rule=after.practice,
                part=after.parts,
                amount_fen=command.amount_fen,
                left_fen=after.left_fen,
                to=command.to,
                transfers=written(made),
                by=cause.actor.named,
            )
        case SendBack():
            return MISDIRECTED_RETURNED(
                after.id,
                rule=after.practice,
                part=after.parts,
                amount_fen=command.amount_fen,
                left_fen=after.left_fen,
                transfers=written(made),
                by=cause.actor.named,
            )
        case _:
            assert_never(command)
