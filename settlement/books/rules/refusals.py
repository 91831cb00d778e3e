"""Why a transfer may not be made. Making transfers is the database's: see `store`.

What the database says of an order is one of `MADE`, `LINKED`, or the last part of a refusal's code.
"""

from collections.abc import Mapping
from typing import Final

from ledger.kernel.errors import Kind, Refusal, invariant

from ..model import Order

MADE: Final = frozenset({"ok", "exists"})
LINKED: Final = "linked"  # nothing wrong with it; another order of its chain cannot be
CHAIN_OPEN: Final = "chain-open"  # it is linked to a next order that there is not


class TransferDiffers(Refusal):
    """A transfer of this name has been made already, and it is another one."""

    kind = Kind.CONFLICT
    zh = "同一编号的转账已经办理，且内容不同"


class AlreadyFailed(Refusal):
    """An order of this name was refused before, and its name is used up."""

    kind = Kind.CONFLICT
    zh = "同一编号的转账此前已被拒绝，编号作废"


class NotPositive(Refusal):
    """A transfer moves at least one fen."""

    kind = Kind.MALFORMED
    zh = "转账金额必须大于零"


class PastExpiry(Refusal):
    """The hold would be over before it begins."""

    kind = Kind.CONFLICT
    zh = "冻结到期时间必须晚于办理时间"


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


class NoSuchTransfer(Refusal):
    """There is no such transfer to be reversed."""

    kind = Kind.NOT_FOUND
    zh = "没有可供冲正的这笔转账"


class ReversalDiffers(Refusal):
    """A reversal is the whole of the transfer, the other way round."""

    kind = Kind.CONFLICT
    zh = "冲正与原转账内容不符"


class AlreadyReversed(Refusal):
    """The transfer has been reversed already."""

    kind = Kind.CONFLICT
    zh = "该笔转账已经冲正"


class NoSuchHold(Refusal):
    """There is no such hold."""

    kind = Kind.NOT_FOUND
    zh = "没有这笔冻结"


class NotAHold(Refusal):
    """The transfer named as a hold is none."""

    kind = Kind.CONFLICT
    zh = "所指转账不是冻结"


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


class HoldExpired(Refusal):
    """The hold is over."""

    kind = Kind.CONFLICT
    zh = "该笔冻结已经到期"


class HoldNotDue(Refusal):
    """The hold is not over yet."""

    kind = Kind.CONFLICT
    zh = "该笔冻结尚未到期"


class AccountClosed(Refusal):
    """The account is closed."""

    kind = Kind.CONFLICT
    zh = "账户已经关闭"


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
    AlreadyFailed,
    NotPositive,
    PastExpiry,
    # a move or a hold
    SameAccount,
    NoSuchAccount,
    AcrossBooks,
    NoSuchTransfer,
    ReversalDiffers,
    AlreadyReversed,
    # what resolves a hold
    NoSuchHold,
    NotAHold,
    HoldDiffers,
    ExceedsHold,
    HoldExpired,
    HoldResolved,
    HoldNotDue,
    # what the accounts would come to
    AccountClosed,
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
        facts["field" if which in _OF_FIELDS else "account"] = detail
    if order.hold is not None and which in _OF_HOLDS:
        facts["hold"] = order.hold
    return which(_WORDS[which], **facts)


_OF_FIELDS: Final = frozenset({TransferDiffers, HoldDiffers, ReversalDiffers})
_OF_HOLDS: Final = frozenset({NoSuchHold, NotAHold, HoldDiffers, ExceedsHold, HoldExpired, HoldResolved, HoldNotDue})
_BY_OUTCOME: Final = {one.code().partition("/")[2]: one for one in REFUSALS}
_WORDS: Final[Mapping[type[Refusal], str]] = {
    TransferDiffers: "a transfer is made once; another one needs another name",
    AlreadyFailed: "give a new order a new name",
    PastExpiry: "a hold is over later than now",
    NoSuchTransfer: "name a transfer that moved money",
    ReversalDiffers: "swap the accounts, repeat the amount",
    AlreadyReversed: "a transfer is reversed once",
    NotAHold: "only a hold is posted, voided or over",
    HoldExpired: "what it held has been given back",
    HoldNotDue: "void it to give it back before its time",
    AccountClosed: "nothing moves to or from it until the hold that closes it is voided or over",
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
