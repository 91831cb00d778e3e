"""The nouns of money that nobody expected: it waits until it is assigned to what is due, or sent back."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final, TypeAlias

from ledger.kernel.ids import ALPHABET, Id
from ledger.kernel.money import Fen
from ledger.log.model import Event, event_kind
from settlement.books.model import AccountName, Order, TransferId

from .accounts import Purpose, transfer_for
from .plans import PlanId
from .royalties import RoyaltyId
from .settlements import SettlementId

MAX_NOTE: Final = 500  # characters


class MisdirectedId(Id, prefix="mis"):
    """Names a payment nobody expected; also the subject of its entries and the first word of its account."""


class MisdirectedState(StrEnum):
    """Whether anything is left of it; the comment says who acts next."""

    WAITING = "waiting"  # an officer: assigns it or sends it back
    CLOSED = "closed"  # nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Misdirected:
    """A payment in custody that nobody expected, or that is more than was due (错汇、多汇款项)."""

    id: MisdirectedId
    practice: str  # the version it is kept under
    amount_fen: Fen
    left_fen: Fen
    reference: str  # the bank's
    state: MisdirectedState
    recorded_at: datetime
    deal_with_by: datetime | None  # then it is overdue, no more; None where no calendar reaches that far
    parts: int = 0  # into which it has gone so far

    def overdue(self, at: datetime) -> bool:
        """Whether it has waited for longer than it should."""
        return self.state is MisdirectedState.WAITING and self.deal_with_by is not None and at >= self.deal_with_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What a part is received for: a settlement's balance, a deposit, a part of a plan, or a period of a royalty."""

    subject: SettlementId | PlanId | RoyaltyId
    number: int = 0  # of the part or the period; nothing of a settlement
    code: str | None = None  # under which a deposit was asked for; None of what is no deposit


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignedPart:
    """A part of a payment, and what it was received for, as the list of the bank's references has it."""

    id: MisdirectedId
    number: int  # of the part, from 1
    subject: str
    code: str | None  # the bidder's, the number of a part or a period

    @property
    def transfer(self) -> TransferId:
        """By which it was assigned."""
        return transfer_for(self.id, Purpose.ASSIGN, str(self.number))


@dataclass(frozen=True, slots=True, kw_only=True)
class GonePart:
    """A part of a payment that is gone: received for something, or sent back."""

    number: int  # from 1
    amount_fen: Fen
    gone_at: datetime
    subject: str | None  # what it was received for; None of what was sent back
    code: str | None = None  # the bidder's, the number of a part or a period


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeMisdirected:
    """A payment with what was written beside it, and where its parts went."""

    payment: Misdirected
    note: str
    parts: tuple[GonePart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """Record that money came which nobody expected."""

    id: MisdirectedId
    amount_fen: Fen
    reference: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """Take a part out for what is due, `to` the subject it is received for. What is due is the caller's to establish.

    It leaves by the bank's account, on which the ordinary command then receives it.
    """

    amount_fen: Fen
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendBack:
    """Order a part to be paid back to where it came from."""

    amount_fen: Fen


MisdirectedCommand: TypeAlias = Assign | SendBack
MISDIRECTED_COMMANDS: tuple[type[MisdirectedCommand], ...] = (Assign, SendBack)


@dataclass(frozen=True, slots=True, kw_only=True)
class MisdirectedDecision:
    """What accepting a command changes: the payment, the money, and what to record."""

    misdirected: Misdirected
    orders: tuple[Order, ...]
    events: tuple[Event, ...]


MISDIRECTED = event_kind("escrow.misdirected", public="amount_fen deal_with_by transfers", sealed="reference note by")
MISDIRECTED_ASSIGNED = event_kind(
    "escrow.misdirected_assigned", public="part amount_fen left_fen to transfers", sealed="by"
)
MISDIRECTED_RETURNED = event_kind(
    "escrow.misdirected_returned", public="part amount_fen left_fen transfers", sealed="by"
)
MISDIRECTED_KINDS = (MISDIRECTED, MISDIRECTED_ASSIGNED, MISDIRECTED_RETURNED)
"""Everything that can happen on the record to money that nobody expected."""


def held_account(misdirected: str) -> AccountName:
    """Return where money that nobody expected waits."""
    return AccountName(f"{misdirected}:held")


class PartReference(str):
    """The reference under which a part is received: its payment's name and its number. Only `reference_of` makes one.

    A bank's reference of the same shape is a plain text, and is refused, so that none is ever taken for one of these.
    """

    __slots__ = ()
    pattern: ClassVar[str] = rf"{MisdirectedId.prefix}_[{ALPHABET}]{{26}}/[1-9][0-9]*"

    @classmethod
    def looks_like(cls, text: str) -> bool:
        """Whether a text has this shape, whoever wrote it."""
        return re.fullmatch(cls.pattern, text, re.ASCII) is not None


def reference_of(misdirected: Misdirected) -> PartReference:
    """Return under which reference the last part is received, since the bank's own stays that of the whole."""
    return PartReference(f"{misdirected.id}/{misdirected.parts}")
