"""The nouns of the books: accounts, orders, transfers. What money means to a deal is not known here.

An account is a path such as `stl_…:bidder:0042`; its name is all that the books know of its owner. Two books are kept
apart: money, and quotas (yearly caps), which are counted in fen and are no money.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from ledger.kernel import canonical, errors, instant
from ledger.kernel.canonical import Json
from ledger.kernel.errors import Refusal, invariant
from ledger.kernel.ids import Id
from ledger.kernel.money import Fen


class TransferId(Id, prefix="trf"):
    """Names a transfer; made by whoever orders it, so that an order may be repeated."""


class NotAnAccountName(Refusal):
    """This is not the name of an account."""

    kind = errors.Kind.MALFORMED
    zh = "不是有效的账户名称"


class AccountName(str):
    """The name of an account (账户): two to five words of `a-z`, `0-9` and `_`, joined by colons."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Read a name. Refuses `NotAnAccountName`."""
        if not re.fullmatch(r"[a-z0-9_]{1,40}(?::[a-z0-9_]{1,40}){1,4}", text, re.ASCII):
            raise NotAnAccountName("write two to five lower-case words joined by colons, such as custody:bank")
        return super().__new__(cls, text)


class Book(StrEnum):
    """What an account counts; nothing is ever transferred from one book to another."""

    MONEY = "money"
    QUOTA = "quota"  # how much more somebody may receive in a year


class Side(StrEnum):
    """Which way an account may stand; the database refuses the other."""

    CREDIT = "credit"  # holds what others own (负债类): debits, pending ones too, never exceed posted credits
    DEBIT = "debit"  # holds what we have (资产类): credits, pending ones too, never exceed posted debits
    EITHER = "either"  # the outside world


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account to be opened."""

    name: AccountName
    side: Side
    book: Book = Book.MONEY


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account as it stands (账户余额)."""

    name: AccountName
    side: Side
    book: Book
    debits_pending_fen: Fen
    debits_posted_fen: Fen
    credits_pending_fen: Fen
    credits_posted_fen: Fen
    closed_by: "TransferId | None" = None  # the closing hold, while it is open or once it has been posted

    @property
    def balance_fen(self) -> int:
        """What is posted, on the account's own side: credits less debits, for a `DEBIT` account the reverse."""
        net = self.credits_posted_fen - self.debits_posted_fen
        return -net if self.side is Side.DEBIT else net

    @property
    def available_fen(self) -> int:
        """What may still leave: the balance less what is held."""
        held = self.credits_pending_fen if self.side is Side.DEBIT else self.debits_pending_fen
        return self.balance_fen - held


class Kind(StrEnum):
    """What a transfer does."""

    MOVE = "move"  # for good: `debit` gives, `credit` receives
    HOLD = "hold"  # sets an amount aside (冻结): it cannot be spent otherwise, and has not arrived yet
    POST = "post"  # lets a hold, or part of it, arrive; the rest returns
    VOID = "void"  # gives back what is held (解冻)
    EXPIRE = "expire"  # gives back what was held until now (到期解冻)


RESOLVING: Final = frozenset({Kind.POST, Kind.VOID, Kind.EXPIRE})
"""What resolves a hold, once."""

ARRIVING: Final = frozenset({Kind.MOVE, Kind.POST})
"""What changes balances."""

MOST: Final = Fen(2**63 - 1)
"""As an amount: of a post or a void, all that is held; of a clipped order, all that there is."""

MAX_NOTE: Final = 200  # characters


class Ends(StrEnum):
    """Which of the two accounts of an order something is about."""

    DEBIT = "debit"
    CREDIT = "credit"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A transfer to be made. One that resolves a `hold` repeats its accounts, a void or an expiry its amount too.

    A post's amount is what arrives: at most what is held. Of a post or a void, `MOST` is all that is held. A hold with
    `expires_at` can be resolved until just before that instant. A clipped order moves at most what its debited account
    has, or its credited account owes, down to nothing. A hold that `closes` an account keeps everything else from it,
    until it is voided or over; it cannot be posted, its account being closed.
    """

    id: TransferId
    kind: Kind
    debit: AccountName
    credit: AccountName
    amount_fen: Fen
    hold: TransferId | None = None
    expires_at: datetime | None = None
    effective_at: datetime | None = None  # from when it counts (起息日); None: from when it is recorded
    clip: Ends | None = None
    closes: Ends | None = None
    reverses: TransferId | None = None  # what this move undoes: all of it, the other way round
    linked: bool = False  # stands or falls with the next order of its list
    note: str = ""

    def __post_init__(self) -> None:
        invariant((self.hold is not None) == (self.kind in RESOLVING), "a post, a void or an expiry resolves a hold")
        invariant(self.kind is Kind.HOLD or (self.expires_at, self.closes) == (None, None), "a hold expires, or closes")
        invariant(self.kind in {Kind.MOVE, Kind.HOLD} or self.clip is None, "what resolves a hold is not clipped")
        invariant(self.reverses is None or (self.kind is Kind.MOVE and not self.clip), "a move reverses")
        invariant(len(self.note) <= MAX_NOTE, "a note is short")

    def written(self) -> Json:
        """Return the transfer as an entry publishes it."""
        said: dict[str, Json] = {
            "id": self.id,
            "kind": self.kind.value,
            "debit": self.debit,
            "credit": self.credit,
            "amount_fen": str(self.amount_fen),
        }
        return said if self.expires_at is None else said | {"expires_at": instant.render(self.expires_at)}

    def asked(self, *, reference: str, rule: str) -> dict[str, Json]:
        """Return everything that was asked for, to be hashed."""
        return {
            "v": 1,
            **{one: _plain(getattr(self, one)) for one in ("id", "kind", "debit", "credit", "hold", "clip", "closes")},
            "amount_fen": str(self.amount_fen),
            "expires_at": None if self.expires_at is None else instant.render(self.expires_at),
            "effective_at": None if self.effective_at is None else instant.render(self.effective_at),
            "reverses": self.reverses,
            "note": self.note,
            "reference": reference,
            "rule": rule,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A transfer that has been made, for good (转账). Of a void or an expiry, `amount_fen` is what was given back."""

    id: TransferId
    kind: Kind
    debit: AccountName
    credit: AccountName
    amount_fen: Fen
    hold: TransferId | None  # of what resolves one
    reference: str  # the deal, or whatever it was ordered for
    recorded_at: datetime
    debit_after_fen: int  # the debited account's balance after it, on that account's own side
    credit_after_fen: int
    rule: str = ""  # the version of the rules that decided it
    effective_at: datetime | None = None
    expires_at: datetime | None = None
    clip: Ends | None = None
    closes: Ends | None = None
    reverses: TransferId | None = None
    chain: TransferId | None = None  # the first of those that stood or fell with it
    note: str = ""
    request_hash: str | None = None  # SHA-256 of the canonical order; None of what was made before there was one

    @property
    def counts_from(self) -> datetime:
        """When it counts from: its value date, else when it was recorded."""
        return self.effective_at or self.recorded_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one order of a list: made, made before, or refused by the last part of a refusal's code."""

    outcome: str
    detail: str | None  # the field that differs, or the account concerned
    made: Transfer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An account as it stands, or stood when the instant `at` began, with the holds then open on it (冻结明细)."""

    account: Account
    at: datetime | None  # what was recorded at this very instant had not happened yet; None: now
    holds: tuple[Transfer, ...]  # in the order they were made, those it gives and those it is to receive


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a statement: a transfer as one of its two accounts sees it, on that account's own side."""

    transfer: Transfer
    counterpart: AccountName
    gives: bool  # whether the account is the debited one
    change_fen: int  # of what is posted; nothing for a hold and for what gives one back
    balance_fen: int  # after it, as the books wrote it then


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement of account (对账单) over `since <= recorded_at < until`."""

    opening: Standing
    lines: tuple[Line, ...]
    closing: Standing
    since: datetime
    until: datetime


def transfer_id(*purpose: str) -> TransferId:
    """Return the name of the transfer made for a purpose: the same for the same words, so that it is made once."""
    return TransferId.from_number(int(canonical.fingerprint(["mengkeju/transfer/v1", *purpose])[:32], 16))


def expiry_of(hold: TransferId) -> TransferId:
    """Return the name of the transfer by which a hold expires."""
    return transfer_id(hold, "expiry")


def request_hash(order: Order, *, reference: str, rule: str) -> str:
    """Return the SHA-256 of everything that an order asks for, in hex (golden vectors freeze it)."""
    return canonical.fingerprint(order.asked(reference=reference, rule=rule))


def written(orders: Iterable[Order]) -> Json:
    """Return transfers as an entry publishes them, in order."""
    return [one.written() for one in orders]


def _plain(value: object) -> str | None:
    return None if value is None else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """That the whole books were held against their transfers and against what entries say of these."""

    at: datetime  # by the machine's clock
    findings: int  # how many faults; none of sound books
