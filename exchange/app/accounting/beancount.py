"""The books as a beancount file: a second program adds them up again, and finds the same balances.

Debits are positive there, so an asset is as we write it and what others own is negative. What has arrived is a
transaction. What is only held moves nothing and stands as `custom "hold"`, its end as `custom "void"` or the like; a
post names its hold. Every account ends with a `balance` of no tolerance, a day after the last transfer.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from ledger.kernel import instant
from ledger.kernel.calendar import local_date
from ledger.kernel.money import format_yuan
from settlement.books.model import Account, AccountName, Book, Kind, Transfer

from ..views import purpose_of
from .chart import root_of

COMMODITY: Final = {Book.MONEY: "CNY", Book.QUOTA: "QUOTA"}
ARRIVES: Final = frozenset({Kind.MOVE, Kind.POST})
DAY: Final = timedelta(days=1)


@dataclass(slots=True)
class _Written:
    """What has been written so far."""

    sums: defaultdict[AccountName, int] = field(default_factory=lambda: defaultdict(int))
    last: date = date.min


def lines(
    accounts: Iterable[Account],
    transfers: Iterable[Transfer],
    *,
    whole: bool,
    bank_reference: Callable[[Transfer], str] = lambda _: "",
) -> Iterator[str]:
    """Yield the lines of the file. Transfers are taken in the order they were made; `bank_reference` may know theirs.

    Of the `whole` books the balances asserted at the end are those of the accounts' rows; of a part, what the part
    itself comes to, and accounts that it does not touch are left out.
    """
    written, body = _Written(), list[str]()
    known = {one.name: one for one in accounts}
    first: date | None = None
    for one in transfers:
        day = local_date(one.recorded_at)
        first = first or day
        body.extend(_transfer(one, known, written))
        body.extend(_meta(one, bank_reference(one)))
        body.extend(_postings(one, known))
        written.last = max(written.last, day)
    yield from _heading(whole=whole)
    if first is None:
        return
    # Transfers that never met at an account may be numbered in either order, so a day may be earlier than the first.
    opened = first - DAY
    shown = [one for one in known.values() if whole or one.name in written.sums]
    for account in shown:
        yield f"{opened} open {beancount_name(account)} {COMMODITY[account.book]}"
        yield f'  account: "{account.name}"'
    yield ""
    yield from body
    for account in shown:
        net = account.debits_posted_fen - account.credits_posted_fen if whole else written.sums[account.name]
        yield f"{written.last + DAY} balance {beancount_name(account)} {_amount(net)} ~ 0 {COMMODITY[account.book]}"


def beancount_name(account: Account) -> str:
    """Return the name of an account there: no two share one, since ours hold neither capitals nor hyphens."""
    return ":".join((root_of(account.name, account.side), *map(_word, account.name.split(":"))))


def _heading(*, whole: bool) -> Iterator[str]:
    yield "; The books of an exchange, written by `mengkeju books export`. Debits are positive."
    yield f'option "title" "mengkeju: {"the whole books" if whole else "a part of the books"}"'
    yield 'option "operating_currency" "CNY"'
    yield ""


def _transfer(one: Transfer, known: dict[AccountName, Account], written: _Written) -> Iterator[str]:
    debit, credit = known[one.debit], known[one.credit]
    commodity, day = COMMODITY[debit.book], local_date(one.recorded_at)
    moves = one.kind in ARRIVES
    written.sums[one.debit] += one.amount_fen if moves else 0
    written.sums[one.credit] -= one.amount_fen if moves else 0
    if moves:
        yield f'{day} * "{_quoted(purpose_of(one) or one.kind)}" ^{_link(one.reference)}'
    else:
        accounts = f"{beancount_name(debit)} {beancount_name(credit)}"
        yield f'{day} custom "{one.kind}" {accounts} {format_yuan(one.amount_fen)} {commodity}'


def _meta(one: Transfer, bank_reference: str) -> Iterator[str]:
    """Yield what is written under the first line of a transfer."""
    moves = one.kind in ARRIVES
    told = {
        "transfer": one.id,
        "kind": one.kind if moves else "",
        "purpose": "" if moves else purpose_of(one),
        "recorded_at": instant.render(one.recorded_at),
        "reference": "" if moves else _link(one.reference),
        "bank_reference": bank_reference,
        "hold": one.hold or "",
        "effective_at": instant.render(one.effective_at) if one.effective_at else "",
        "reverses": one.reverses or "",
        "note": one.note,
    }
    yield from (f'  {name}: "{_quoted(value)}"' for name, value in told.items() if value)


def _postings(one: Transfer, known: dict[AccountName, Account]) -> Iterator[str]:
    """Yield what a transfer moves: nothing of one that is only held, or held no more."""
    if one.kind in ARRIVES:
        commodity = COMMODITY[known[one.debit].book]
        yield f"  {beancount_name(known[one.debit])}  {_amount(one.amount_fen)} {commodity}"
        yield f"  {beancount_name(known[one.credit])}  {_amount(-one.amount_fen)} {commodity}"
    yield ""


def _word(word: str) -> str:
    """Return one word of a name as beancount allows it: a capital or a digit first, hyphens for underlines."""
    hyphened = word.replace("_", "-")
    return f"XX{hyphened}" if hyphened.startswith("-") else hyphened[0].upper() + hyphened[1:]


def _link(reference: str) -> str:
    return "".join(one if one.isascii() and (one.isalnum() or one in "-_/.") else "-" for one in reference)


def _quoted(text: str) -> str:
    """Return a text as it stands between quotation marks there, in one line."""
    return " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')


def _amount(fen: int) -> str:
    return f"-{format_yuan(-fen)}" if fen < 0 else format_yuan(fen)
