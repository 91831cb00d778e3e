"""Whether the books add up: every transfer folded again, by nothing that the database does."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..model import ARRIVING, Account, AccountName, Book, Ends, Kind, Side, Transfer, TransferId, expiry_of


def differences(accounts: Iterable[Account], transfers: Iterable[Transfer]) -> list[str]:
    """Return what does not add up between accounts and all transfers ever made, these in the order they were made.

    Totals are the sum of the transfers, what is pending the holds still open; in each book debits equal credits; no
    account ever stood on its wrong side, or moved while it was closed; a resolution has its hold, once and in its
    time; a reversal is what it reverses, once; a balance after is what it was; time on an account never runs back.
    """
    standing = {one.name: one for one in accounts}
    fold = _Fold(standing=standing)
    for one in transfers:
        fold.findings.extend(f"{one.id}: {finding}" for finding in fold.take(one))
    return [*fold.findings, *_totals(standing, fold), *_balance(standing.values())]


@dataclass(slots=True)
class _Fold:
    """What the transfers so far amount to: by account `[debits pending, posted, credits pending, posted]`."""

    standing: Mapping[AccountName, Account]
    totals: defaultdict[AccountName, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * 4))
    moved_at: dict[AccountName, datetime] = field(default_factory=dict)
    closed_by: dict[AccountName, TransferId] = field(default_factory=dict)
    open: dict[TransferId, Transfer] = field(default_factory=dict)
    resolved: set[TransferId] = field(default_factory=set)
    arrived: dict[TransferId, Transfer] = field(default_factory=dict)  # and not reversed
    findings: list[str] = field(default_factory=list)

    def take(self, one: Transfer) -> Iterator[str]:
        """Add a transfer; yield what is wrong with it."""
        yield from self._in_time(one)
        if one.kind is Kind.HOLD:
            self.open[one.id] = one
            self._pend(one, one.amount_fen)
        elif one.kind is not Kind.MOVE:
            yield from self._resolve(one)
        if one.reverses:
            yield from self._reverse(one)
        if one.kind in ARRIVING:
            self.arrived[one.id] = one
            self.totals[one.debit][1] += one.amount_fen
            self.totals[one.credit][3] += one.amount_fen
        books = {self.standing[name].book for name in (one.debit, one.credit) if name in self.standing}
        if len(books) > 1:
            yield "goes from one book to another"
        for name, said in ((one.debit, one.debit_after_fen), (one.credit, one.credit_after_fen)):
            yield from self._stands(name, said)

    def _in_time(self, one: Transfer) -> Iterator[str]:
        for name in (one.debit, one.credit):
            if one.recorded_at < self.moved_at.get(name, one.recorded_at):
                yield f"is recorded before what moved {name} earlier"
            self.moved_at[name] = one.recorded_at
            if name in self.closed_by and one.kind not in {Kind.VOID, Kind.EXPIRE}:
                yield f"moves {name}, which is closed"
        self._shut(one, one.closes, by=one.id)

    def _shut(self, one: Transfer, which: Ends | None, *, by: TransferId | None) -> None:
        ends = {None: (), Ends.DEBIT: (one.debit,), Ends.CREDIT: (one.credit,), Ends.BOTH: (one.debit, one.credit)}
        for name in ends[which]:
            if by:
                self.closed_by[name] = by
            else:
                self.closed_by.pop(name, None)

    def _pend(self, hold: Transfer, amount_fen: int) -> None:
        self.totals[hold.debit][0] += amount_fen
        self.totals[hold.credit][2] += amount_fen

    def _resolve(self, one: Transfer) -> Iterator[str]:
        if one.hold in self.resolved:
            yield "resolves a hold for the second time"
            return
        hold = self.open.pop(one.hold, None) if one.hold else None
        if hold is None:
            yield "resolves no hold made before it"
            return
        self.resolved.add(hold.id)
        self._pend(hold, -hold.amount_fen)
        if one.kind is not Kind.POST:
            self._shut(hold, hold.closes, by=None)
        if (hold.debit, hold.credit) != (one.debit, one.credit):
            yield "is of other accounts than its hold"
        if one.amount_fen > hold.amount_fen or (one.kind is not Kind.POST and one.amount_fen < hold.amount_fen):
            yield f"is of {one.amount_fen}, its hold of {hold.amount_fen}"
        over = hold.expires_at is not None and hold.expires_at <= one.recorded_at
        if over is not (one.kind is Kind.EXPIRE):
            yield "resolves a hold that is over" if over else "says that a hold is over that is not"
        if one.kind is Kind.EXPIRE and one.id != expiry_of(hold.id):
            yield "is not named as its hold's expiry"

    def _reverse(self, one: Transfer) -> Iterator[str]:
        undone = self.arrived.pop(one.reverses, None) if one.reverses else None
        if undone is None:
            yield "reverses nothing that moved before it, or what is reversed already"
        elif (undone.credit, undone.debit, undone.amount_fen) != (one.debit, one.credit, one.amount_fen):
            yield "is not what it reverses, the other way round"

    def _stands(self, name: AccountName, said: int) -> Iterator[str]:
        if name not in self.standing:
            yield f"there is no account {name}"
            return
        leaving, out, coming, into = self.totals[name]
        side = self.standing[name].side
        balance = out - into if side is Side.DEBIT else into - out
        if said != balance:
            yield f"{name} stood at {balance} afterwards, not at {said}"
        if side is not Side.EITHER and balance < (coming if side is Side.DEBIT else leaving):
            yield f"overdraws {name}"


def _totals(standing: Mapping[AccountName, Account], fold: _Fold) -> Iterator[str]:
    for name, one in standing.items():
        stands = [one.debits_pending_fen, one.debits_posted_fen, one.credits_pending_fen, one.credits_posted_fen]
        if stands != fold.totals[name]:
            yield f"{name}: its totals are {stands}, its transfers amount to {fold.totals[name]}"
        if one.closed_by != fold.closed_by.get(name):
            yield f"{name}: is closed by {one.closed_by}, where its transfers say {fold.closed_by.get(name)}"


def _balance(accounts: Iterable[Account]) -> Iterator[str]:
    sums = {book: [0, 0] for book in Book}
    for one in accounts:
        sums[one.book][0] += one.debits_pending_fen - one.credits_pending_fen
        sums[one.book][1] += one.debits_posted_fen - one.credits_posted_fen
    for book, over in sums.items():
        if any(over):
            yield f"the book of {book.value}: debits are {over[0]} more than credits pending, {over[1]} more posted"
