"""Open ascending bidding by maxima (代理出价): each bidder says how far it would go, and the platform bids for it.

    price = min(highest maximum, second maximum + increment(second maximum)), never below the start price

The price rises no further than the second bidder drives it. A tie goes to who bid that much first. Who leads may raise
its own maximum: that moves the price only where it comes to meet a reserve that was not met, and then to the reserve.
No maximum is ever published: not the leader's, not a refused one's; of one that was beaten the price tells.

A leading bid's `amount_fen` is the price; a bid beaten at once stands at the price it drove the leader to.
"""

from dataclasses import replace
from types import MappingProxyType
from typing import Final

from ledger.kernel.cause import Actor
from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.kernel.money import Fen
from ledger.log.model import Event

from ...model import (
    MAXIMUM_ACCEPTED,
    MAXIMUM_REFUSED,
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
from ..increments import increment_at, minimum_next
from ..rulebook import OFFERING, Rulebook, Transitions
from ..terms import require_no_form
from .ascending import require_enough

TRANSITIONS: Final[Transitions] = MappingProxyType(
    {
        **OFFERING,
        (State.ANNOUNCED, PlaceBid): (State.ANNOUNCED,),
        (State.ANNOUNCED, Tick): (State.ANNOUNCED, State.SOLD, State.UNSOLD),
        (State.SOLD, FallThrough): (State.FELL_THROUGH,),
    }
)


class NotARaise(Refusal):
    """Who leads may only raise its own maximum."""

    kind = Kind.CONFLICT
    zh = "贵方已领先，最高限价只能调高"


def judge(lot: Lot, bid: Bid, actor: Actor) -> Decision:
    """Accept a maximum that is enough. Refuses `BelowStart`, `BelowIncrement`, `NotARaise`."""
    require_enough(lot, bid)
    leader = _leader(lot, bid)
    after = replace(
        lot,
        leader=leader,
        bid_count=lot.bid_count + 1,
        decision_count=lot.decision_count + 1,
        ends_at=max(lot.ends_at, bid.arrived_at + lot.profile.extension),
    )
    event = MAXIMUM_ACCEPTED(
        lot.id,
        rule=lot.profile.ref,
        bid=bid.id,
        code=bid.code,
        bidder=bid.organisation,
        maximum_fen=bid.maximum_fen,
        placed_at=bid.arrived_at,
        number=after.decision_count,
        leader=leader.code,
        price_fen=leader.amount_fen,
        ends_at=after.ends_at,
        by=actor.named,
    )
    stood = replace(bid, amount_fen=leader.amount_fen)
    outcome = BidOutcome(bid=stood, state=BidState.ACCEPTED, number=after.decision_count)
    return Decision(lot=after, events=(event,), outcomes=(outcome,))


def refused(lot: Lot, bid: Bid, number: int, reason: str) -> Event:
    """Say that a parked maximum was refused, and not what it was."""
    return MAXIMUM_REFUSED(
        lot.id,
        rule=lot.profile.ref,
        bid=bid.id,
        code=bid.code,
        bidder=bid.organisation,
        maximum_fen=bid.maximum_fen,
        placed_at=bid.arrived_at,
        number=number,
        reason=reason,
    )


def _leader(lot: Lot, bid: Bid) -> Bid:
    """Return who leads after `bid`, standing at the price."""
    led, offered = lot.leader, _maximum(bid)
    if led is None:
        return replace(bid, amount_fen=_at_reserve(lot, offered, lot.terms.start_price_fen))
    held = _maximum(led)
    if led.organisation == bid.organisation:
        if offered <= held:
            raise NotARaise("name a maximum above the one you have given")
        return replace(bid, amount_fen=_at_reserve(lot, offered, led.amount_fen))
    if offered > held:
        return replace(bid, amount_fen=_at_reserve(lot, offered, min(offered, _above(lot, held))))
    return replace(led, amount_fen=min(held, _above(lot, offered)))  # a tie goes to the earlier


def _above(lot: Lot, fen: Fen) -> Fen:
    return Fen(fen + increment_at(lot.terms.increments, fen))


def _at_reserve(lot: Lot, maximum_fen: Fen, price_fen: Fen) -> Fen:
    """Return the price, or the reserve where the maximum meets it: what is worth the reserve is not had for less."""
    reserve = lot.terms.reserve_fen
    return max(price_fen, reserve) if reserve is not None and reserve <= maximum_fen else price_fen


def _maximum(bid: Bid) -> Fen:
    invariant(bid.maximum_fen is not None, "a bid under this format is a maximum")
    assert bid.maximum_fen is not None
    return bid.maximum_fen


BOOK: Final = Rulebook(
    transitions=TRANSITIONS,
    judge=judge,
    refused=refused,
    close=closing.close,
    threshold=minimum_next,
    require_terms=require_no_form,
    by_maximum=True,
)
