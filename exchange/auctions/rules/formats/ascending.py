"""Open ascending bidding (增价竞价): every bid exceeds the price by the increment, and the highest wins.

The price is the leading bid's amount. Only an accepted bid extends the end (法释〔2016〕18号 art. 20).

Where the profile lets them, holders of a right of pre-emption may also offer exactly the price that stands, and lead
with it, if who leads has no such right or one of a later rank: of equal ranks the earlier bid stands (art. 21). Such
a match is an accepted bid like any other. Whoever outbids it need not match anything.
"""

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from ledger.kernel.cause import Actor
from ledger.kernel.errors import Kind, Refusal
from ledger.log.model import Event

from ...model import (
    BID_ACCEPTED,
    BID_REFUSED,
    Bid,
    BidOutcome,
    BidState,
    Decision,
    FallThrough,
    Lot,
    PlaceBid,
    State,
    Tick,
)
from .. import closing
from ..increments import minimum_next
from ..rulebook import OFFERING, Rulebook, Transitions
from ..terms import require_no_form

TRANSITIONS: Final[Transitions] = MappingProxyType(
    {
        **OFFERING,
        (State.ANNOUNCED, PlaceBid): (State.ANNOUNCED,),
        (State.ANNOUNCED, Tick): (State.ANNOUNCED, State.SOLD, State.UNSOLD),
        (State.SOLD, FallThrough): (State.FELL_THROUGH,),
    }
)


class BelowStart(Refusal):
    """The bid is below the start price."""

    kind = Kind.CONFLICT
    zh = "出价低于起拍价"


class BelowIncrement(Refusal):
    """The bid does not exceed the price by the increment."""

    kind = Kind.CONFLICT
    zh = "出价未达到加价幅度"


class AlreadyLeading(Refusal):
    """The bidder already holds the highest bid."""

    kind = Kind.CONFLICT
    zh = "当前最高出价已是贵方出价"


def judge(lot: Lot, bid: Bid, actor: Actor) -> Decision:
    """Accept a bid that is enough, or a match. Refuses `BelowStart`, `BelowIncrement`, `AlreadyLeading`."""
    require_higher(lot, bid)
    return accept(lot, bid, actor)


def extended(lot: Lot, bid: Bid) -> datetime:
    """Return the end that an accepted bid leaves, where nothing bounds it."""
    return max(lot.ends_at, bid.arrived_at + lot.profile.extension)


def accept(lot: Lot, bid: Bid, actor: Actor, *, leader: Bid | None = None, ends_at: datetime | None = None) -> Decision:
    """Let a bid count. It leads at its own amount and leaves time for an answer, unless the format says otherwise."""
    after = replace(
        lot,
        leader=leader or bid,
        bid_count=lot.bid_count + 1,
        decision_count=lot.decision_count + 1,
        ends_at=ends_at or extended(lot, bid),
    )
    event = BID_ACCEPTED(
        lot.id,
        rule=lot.profile.ref,
        bid=bid.id,
        code=bid.code,
        bidder=bid.organisation,
        amount_fen=bid.amount_fen,
        placed_at=bid.arrived_at,
        number=after.decision_count,
        price_fen=after.price_fen,
        ends_at=after.ends_at,
        by=actor.named,
    )
    outcome = BidOutcome(bid=bid, state=BidState.ACCEPTED, number=after.decision_count)
    return Decision(lot=after, events=(event,), outcomes=(outcome,))


def require_higher(lot: Lot, bid: Bid) -> None:
    """Refuse `BelowStart`, `BelowIncrement` for what is no match either, and `AlreadyLeading`."""
    if not _matches(lot, bid):
        require_enough(lot, bid)
    if lot.leader and lot.leader.organisation == bid.organisation and not lot.profile.leader_may_raise:
        raise AlreadyLeading("wait until you are outbid", price_fen=lot.leader.amount_fen)


def require_enough(lot: Lot, bid: Bid) -> None:
    """Refuse `BelowStart` or `BelowIncrement` for what is less than the least that could be accepted now."""
    minimum = minimum_next(lot)
    if bid.amount_fen < minimum:
        refusal = BelowIncrement if lot.leader else BelowStart
        raise refusal("offer more", minimum_next_fen=minimum)


def _matches(lot: Lot, bid: Bid) -> bool:
    """Whether a holder of a right of pre-emption offers the price that stands, and goes before who offered it."""
    led = lot.leader
    return lot.profile.matches and led is not None and bid.amount_fen == led.amount_fen and bid.outranks(led)


def refused(lot: Lot, bid: Bid, number: int, reason: str) -> Event:
    """Say that a parked bid was refused, and what it had offered."""
    return BID_REFUSED(
        lot.id,
        rule=lot.profile.ref,
        bid=bid.id,
        code=bid.code,
        bidder=bid.organisation,
        amount_fen=bid.amount_fen,
        placed_at=bid.arrived_at,
        number=number,
        reason=reason,
    )


BOOK: Final = Rulebook(
    transitions=TRANSITIONS,
    judge=judge,
    refused=refused,
    close=closing.close,
    threshold=minimum_next,
    require_terms=require_no_form,
)
