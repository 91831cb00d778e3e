"""Why a transfer may not be made, and whether the books add up. Making transfers is the database's: see `store`.

What the database says of an order is one of `MADE`, `LINKED`, or the last part of a refusal's code.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from ledger.kernel.errors import Kind, Refusal, invariant

from .model import Account, AccountName, Book, Order, Side, Transfer, TransferId
from .model import Kind as Does

MADE: Final = frozenset({"ok", "exists"})
LINKED: Final = "linked"  # nothing wrong with it; another order of its list cannot be


class TransferDiffers(Refusal):
    """A transfer of this name has been made already, and it is another one."""

    kind = Kind.CONFLICT
    zh = "同一编号的转账已经办理，且内容不同"


class NotPositive(Refusal):
    """A transfer moves at least one fen."""

    kind = Kind.MALFORMED
    zh = "转账金额必须大于零"


class SameAccount(Refusal):
    """A transfer needs two accounts."""

    kind = Kind.MALFORMED
    zh = "转出与转入不能是同一账户"


class NoSuchAccount(Refusal):
    """There is no such account."""

    kind = Kind.NOT_FOUND
    zh = "没有这个账户"


class AcrossBooks(Refusal):
    """Nothing is transferred from one book to another."""

    kind = Kind.CONFLICT
    zh = "不同账簿的账户之间不能转账"


class NoSuchHold(Refusal):
    """There is no such hold."""

    kind = Kind.NOT_FOUND
    zh = "没有这笔冻结"


class HoldDiffers(Refusal):
    """The hold is another one than the order says."""

    kind = Kind.CONFLICT
    zh = "与所指冻结的内容不符"


class ExceedsHold(Refusal):
    """The amount is larger than what is held."""

    kind = Kind.CONFLICT
    zh = "金额超过冻结数额"


class HoldResolved(Refusal):
    """The hold has been posted or voided already."""

    kind = Kind.CONFLICT
    zh = "该笔冻结已经结清"


class Overflows(Refusal):
    """An account cannot count that much."""

    kind = Kind.CONFLICT
    zh = "账户累计数额超出可记录的范围"


class Overdrawn(Refusal):
    """The account does not have that much."""

    kind = Kind.CONFLICT
    zh = "账户可用余额不足"


class AccountDiffers(Refusal):
    """An account of this name is open already, and it is another one."""

    kind = Kind.CONFLICT
    zh = "同名账户已经开立，且性质不同"


REFUSALS: tuple[type[Refusal], ...] = (
    TransferDiffers,
    NotPositive,
    # a move or a hold
    SameAccount,
    NoSuchAccount,
    AcrossBooks,
    # a post or a void
    NoSuchHold,
    HoldDiffers,
    ExceedsHold,
    HoldResolved,
    # what the accounts would come to
    Overflows,
    Overdrawn,
)
"""Why an order may be refused, in the order they are checked; the first order that cannot be made decides."""


def refusal(order: Order, outcome: str, detail: str | None) -> Refusal:
    """Return the refusal that the database means.

    `detail` names the field that differs, or the account concerned.
    """
    which = _BY_OUTCOME.get(outcome)
    invariant(which is not None, f"the database says of an order what we know: {outcome}")
    assert which is not None
    facts = {"transfer": str(order.id)}
    if detail is not None:
        facts["field" if which in {TransferDiffers, HoldDiffers} else "account"] = detail
    if order.hold is not None and which in {NoSuchHold, HoldDiffers, ExceedsHold, HoldResolved}:
        facts["hold"] = order.hold
    return which(_WORDS[which], **facts)


_BY_OUTCOME: Final = {one.code().partition("/")[2]: one for one in REFUSALS}
_WORDS: Final[Mapping[type[Refusal], str]] = {
    TransferDiffers: "a transfer is made once; another one needs another name",
    NotPositive: "to give back the whole of a hold, void it",
    SameAccount: "debit and credit name the same account",
    NoSuchAccount: "open the account before it is used",
    AcrossBooks: "money and quotas are kept apart",
    NoSuchHold: "what is posted or voided must have been held before",
    HoldDiffers: "repeat the accounts of the hold, and its amount when it is voided",
    ExceedsHold: "at most what is held can be posted",
    HoldResolved: "a hold is resolved once",
    Overflows: "the totals of an account have a limit",
    Overdrawn: "what is held cannot be spent otherwise, and what is pending has not arrived",
}


def differences(accounts: Iterable[Account], transfers: Iterable[Transfer]) -> list[str]:
    """Return what does not add up between accounts and all transfers ever made, these in the order they were made.

    Totals are the sum of the transfers, what is pending the holds still open; in each book debits equal credits; no
    account stands on its wrong side; a resolution has its hold, once; a balance after is what it was.
    """
    standing = {one.name: one for one in accounts}
    fold = _Fold(standing=standing)
    for one in transfers:
        fold.findings.extend(f"{one.id}: {finding}" for finding in fold.take(one))
    fold.hold_back()
    return [*fold.findings, *_totals(standing, fold), *_balance(standing.values())]


@dataclass(slots=True)
class _Fold:
    """What the transfers so far amount to: by account `[debits pending, posted, credits pending, posted]`."""

    standing: Mapping[AccountName, Account]
    totals: defaultdict[AccountName, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * 4))
    open: dict[TransferId, Transfer] = field(default_factory=dict)
    resolved: set[TransferId] = field(default_factory=set)
    findings: list[str] = field(default_factory=list)

    def take(self, one: Transfer) -> Iterator[str]:
        """Add a transfer; yield what is wrong with it."""
        if one.kind is Does.HOLD:
            self.open[one.id] = one
        elif one.kind is not Does.MOVE:
            yield from self._resolve(one)
        if one.kind in {Does.MOVE, Does.POST}:
            self.totals[one.debit][1] += one.amount_fen
            self.totals[one.credit][3] += one.amount_fen
        books = {self.standing[name].book for name in (one.debit, one.credit) if name in self.standing}
        if len(books) > 1:
            yield "goes from one book to another"
        for name, said in ((one.debit, one.debit_after_fen), (one.credit, one.credit_after_fen)):
            if name not in self.standing:
                yield f"there is no account {name}"
            elif said != self._balance(name):
                yield f"{name} stood at {self._balance(name)} afterwards, not at {said}"

    def hold_back(self) -> None:
        """Add what is held, when all has been taken."""
        for one in self.open.values():
            self.totals[one.debit][0] += one.amount_fen
            self.totals[one.credit][2] += one.amount_fen

    def _resolve(self, one: Transfer) -> Iterator[str]:
        if one.hold in self.resolved:
            yield "resolves a hold for the second time"
            return
        hold = self.open.pop(one.hold, None) if one.hold else None
        if hold is None:
            yield "resolves no hold made before it"
            return
        self.resolved.add(hold.id)
        if (hold.debit, hold.credit) != (one.debit, one.credit):
            yield "is of other accounts than its hold"
        if one.amount_fen > hold.amount_fen or (one.kind is Does.VOID and one.amount_fen < hold.amount_fen):
            yield f"is of {one.amount_fen}, its hold of {hold.amount_fen}"

    def _balance(self, name: AccountName) -> int:
        net = self.totals[name][3] - self.totals[name][1]
        return -net if self.standing[name].side is Side.DEBIT else net


def _totals(standing: Mapping[AccountName, Account], fold: _Fold) -> Iterator[str]:
    for name, one in standing.items():
        stands = [one.debits_pending_fen, one.debits_posted_fen, one.credits_pending_fen, one.credits_posted_fen]
        if stands != fold.totals[name]:
            yield f"{name}: its totals are {stands}, its transfers amount to {fold.totals[name]}"
        if one.side is not Side.EITHER and one.available_fen < 0:
            yield f"{name}: overdrawn by {-one.available_fen}"


def _balance(accounts: Iterable[Account]) -> Iterator[str]:
    sums = {book: [0, 0] for book in Book}
    for one in accounts:
        sums[one.book][0] += one.debits_pending_fen - one.credits_pending_fen
        sums[one.book][1] += one.debits_posted_fen - one.credits_posted_fen
    for book, over in sums.items():
        if any(over):
            yield f"the book of {book.value}: debits are {over[0]} more than credits pending, {over[1]} more posted"
