"""What accounts and their statements look like, as JSON and as CSV."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from pydantic import Field

from ledger.kernel import instant
from ledger.kernel.money import format_yuan
from ledger.kernel.web import Instant, Shape
from settlement.books.model import Account, AccountName, Book, Kind, Line, Side, Transfer

from ..views import SeenStanding, SeenStatement, purpose_of

Yuan = Annotated[str, Field(pattern=r"^-?(0|[1-9][0-9]*)\.[0-9]{2}$", examples=["12000.50"])]
"""An amount in yuan that may be negative: a change, or the balance of an account that may stand either way."""

COLUMNS = (
    *("at", "transfer", "kind", "counterpart", "reference", "amount", "change", "balance"),
    *("effective_at", "reverses", "note", "purpose", "bank_reference"),
)


class HoldShape(Shape):
    """An open hold on an account."""

    id: str
    at: Instant
    gives: Annotated[bool, Field(description="whether the account is to give it, or to receive it")]
    counterpart: Annotated[str | None, Field(description="null where it is another bidder's account")]
    amount: Yuan
    reference: str

    @classmethod
    def of(cls, hold: Transfer, account: AccountName, hidden: frozenset[AccountName]) -> "HoldShape":
        """Write a hold as one of its accounts sees it."""
        gives = hold.debit == account
        other = hold.credit if gives else hold.debit
        return cls(
            id=hold.id,
            at=hold.recorded_at,
            gives=gives,
            counterpart=None if other in hidden else other,
            amount=_yuan(hold.amount_fen),
            reference=hold.reference,
        )


class AccountShape(Shape):
    """How an account stands, or stood, in yuan; an account of quotas counts what may be received, and no money."""

    name: str
    side: Annotated[Side, Field(description="`credit` holds what others own, `debit` what we have")]
    book: Book
    at: Annotated[Instant | None, Field(description="the instant whose beginning this is of; null means now")]
    balance: Annotated[Yuan, Field(description="what is posted")]
    available: Annotated[Yuan, Field(description="the balance less what is held")]
    gives: Annotated[Yuan, Field(description="what is held on it")]
    receives: Annotated[Yuan, Field(description="what is held for it elsewhere, and has not arrived")]

    @classmethod
    def of(cls, one: Account, at: datetime | None = None) -> "AccountShape":
        """Write an account."""
        return cls(
            name=one.name,
            side=one.side,
            book=one.book,
            at=at,
            balance=_yuan(one.balance_fen),
            available=_yuan(one.available_fen),
            gives=_yuan(one.debits_pending_fen),
            receives=_yuan(one.credits_pending_fen),
        )


class AccountWithHolds(AccountShape):
    """An account and the holds open on it, of one moment."""

    holds: list[HoldShape]

    @classmethod
    def seen(cls, found: SeenStanding) -> "AccountWithHolds":
        """Write an account with its holds."""
        plain = AccountShape.of(found.standing.account, found.standing.at)
        return cls(**plain.model_dump(), holds=holds_of(found))


class LineShape(Shape):
    """One line of a statement."""

    at: Instant
    transfer: str
    kind: Annotated[Kind, Field(description="a hold sets aside; a post lets it arrive; a void gives it back")]
    counterpart: Annotated[str | None, Field(description="null where it is another bidder's account")]
    reference: Annotated[str, Field(description="the deal it was made for")]
    amount: Yuan
    change: Annotated[Yuan, Field(description="of the balance; a hold changes what is available alone")]
    balance: Annotated[Yuan, Field(description="after it")]
    effective_at: Annotated[Instant | None, Field(description="the value date (起息日), where it is another instant")]
    reverses: Annotated[str | None, Field(description="the transfer that it takes back (冲正)")]
    note: Annotated[str, Field(description="what was written beside it; mostly nothing")]
    purpose: Annotated[str, Field(description="what it is for, in words")]
    bank_reference: Annotated[
        str | None, Field(description="of what came from the bank, to its payer and to who may read every deal")
    ]

    @classmethod
    def of(cls, line: Line, found: SeenStatement) -> "LineShape":
        """Write a line."""
        one = line.transfer
        return cls(
            at=one.recorded_at,
            transfer=one.id,
            kind=one.kind,
            counterpart=None if line.counterpart in found.hidden else line.counterpart,
            reference=one.reference,
            amount=_yuan(one.amount_fen),
            change=_yuan(line.change_fen),
            balance=_yuan(line.balance_fen),
            effective_at=one.effective_at,
            reverses=one.reverses,
            note=one.note,
            purpose=purpose_of(one),
            bank_reference=found.references.get(one.id),
        )


class StatementShape(Shape):
    """A statement of account over `from <= at < to`: how the account stood, what happened, how it stands."""

    opening: Annotated[AccountShape, Field(description="its `at` is `from`; null where none was given")]
    lines: list[LineShape]
    closing: Annotated[AccountShape, Field(description="its `at` is `to`; null where none was given")]

    @classmethod
    def of(cls, found: SeenStatement) -> "StatementShape":
        """Write a statement."""
        one = found.statement
        return cls(
            opening=AccountShape.of(one.opening.account, found.since),
            lines=[LineShape.of(line, found) for line in one.lines],
            closing=AccountShape.of(one.closing.account, found.until),
        )


def holds_of(found: SeenStanding) -> list[HoldShape]:
    """Write the open holds of an account."""
    return [HoldShape.of(one, found.standing.account.name, found.hidden) for one in found.standing.holds]


def as_csv(found: SeenStatement) -> str:
    """Write a statement as CSV (RFC 4180): a heading, the opening balance, the lines, the closing balance."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows_of(found))
    return text.getvalue()


def rows_of(found: SeenStatement) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a statement, the heading first."""
    shape, nothing = StatementShape.of(found), ("",) * 5
    yield COLUMNS
    yield (_at(found.since), "", "opening", "", "", "", "", shape.opening.balance, *nothing)
    for line in shape.lines:
        named = (line.transfer, line.kind.value, line.counterpart or "", line.reference)
        also = (_at(line.effective_at), line.reverses or "", line.note, line.purpose, line.bank_reference or "")
        yield (_at(line.at), *named, line.amount, line.change, line.balance, *also)
    yield (_at(found.until), "", "closing", "", "", "", "", shape.closing.balance, *nothing)


def _at(at: datetime | None) -> str:
    return "" if at is None else instant.render(at)


def _yuan(fen: int) -> str:
    return f"-{format_yuan(-fen)}" if fen < 0 else format_yuan(fen)
