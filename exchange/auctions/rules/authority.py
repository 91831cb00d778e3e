"""Is it yours to do? Asked before anything else, so that a stranger learns nothing of a lot's state."""

from typing import assert_never

from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal, invariant

from ..model import (
    Announce,
    Bidder,
    Command,
    ConfirmDeposit,
    FallThrough,
    Lodge,
    Lot,
    OpenEnvelope,
    PlaceBid,
    Revise,
    TakePrice,
    Tick,
    Withdraw,
)


class NoSuchLot(Refusal):
    """There is no such lot."""

    kind = Kind.NOT_FOUND
    zh = "没有这个标的"


class NotTheSeller(Refusal):
    """Only the seller may do this."""

    kind = Kind.FORBIDDEN
    zh = "只有委托方可以办理"


class ConflictOfInterest(Refusal):
    """The seller, the operator and their related parties may not bid for this lot."""

    kind = Kind.FORBIDDEN
    zh = "委托方、平台及其关联方不得参与竞买"


class NoDeposit(Refusal):
    """A deposit must be confirmed before bidding."""

    kind = Kind.FORBIDDEN
    zh = "未经确认交纳保证金，不得参加竞买"


class NotQualified(Refusal):
    """The organisation has no bidding code for this lot."""

    kind = Kind.FORBIDDEN
    zh = "尚未取得本标的的竞买代码"


def require(lot: Lot, command: Command, cause: Cause, bidder: Bidder | None) -> None:
    """Refuse a command that is not the actor's to give, in the order of the classes above.

    Not checked: capabilities, which are the web door's, that a tick comes from the clock, and that a sale fell through,
    which the flow of its deal says.
    """
    asking = cause.actor.organisation
    if lot.announced_at is None and asking != lot.seller and not isinstance(command, Tick | FallThrough):
        raise NoSuchLot("there is no lot of this name that you may see")
    match command:
        case Revise() | Announce() | Withdraw():
            if asking != lot.seller:
                raise NotTheSeller("this lot is another organisation's")
        case ConfirmDeposit():
            invariant(bidder is None or bidder.organisation == command.organisation, "the bidder concerned")
            if lot.bars(command.organisation):
                raise ConflictOfInterest("this organisation may not bid for this lot")
        case PlaceBid() | TakePrice() | Lodge() | OpenEnvelope():
            invariant(bidder is None or bidder.organisation == asking, "the bidder concerned")
            standing(lot, cause, bidder)
        case Tick() | FallThrough():
            pass
        case _:
            assert_never(command)


def standing(lot: Lot, cause: Cause, bidder: Bidder | None) -> Bidder:
    """Return the bidder, or refuse: 法释〔2016〕18号 art. 34 and 拍卖法 art. 22 and 30 first, then art. 17 and 18."""
    if lot.bars(cause.actor.organisation):
        raise ConflictOfInterest("your organisation may not bid for this lot")
    deposited = bidder.deposit_fen if bidder else 0
    if lot.profile.needs_deposit and (bidder is None or deposited < lot.terms.deposit_fen):
        raise NoDeposit("have the deposit confirmed first", deposit_fen=lot.terms.deposit_fen)
    if bidder is None:
        raise NotQualified("obtain a bidding code for this lot first")
    return bidder
