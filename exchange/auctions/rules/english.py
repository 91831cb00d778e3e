"""Open ascending bidding (增价竞价): when a bid is in time, whether it is enough, what it moves, who wins.

The instant of a bid is its arrival at the platform (法释〔2016〕18号 art. 20), not the moment it is decided. So what
happens to a bid depends on when it arrives:

    opens_at ......... end ......... end + grace .........
    too early   decided now  parked               too late

`end` is the effective end, or the end at which parking began while bids are parked. Parked bids are decided when the
grace is over, in order of arrival, each against the end as it then is: a bid is saved when an earlier arrival, decided
late, has extended the end past it. A clock that runs late loses nobody a bid: an arrival after the grace first
has the parked bids decided.

Arrival decides whether a bid is in time; the lot's decision sequence decides rank.
"""

from dataclasses import replace
from datetime import datetime

from ledger.kernel import instant
from ledger.kernel.cause import TIME, Actor, Cause
from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.log.model import Event

from ..model import (
    BID_ACCEPTED,
    BID_PARKED,
    BID_REFUSED,
    LOT_SOLD,
    LOT_UNSOLD,
    Bid,
    Bidder,
    BidOutcome,
    BidState,
    Decision,
    Lot,
    PlaceBid,
    State,
    UnsoldReason,
)
from .increments import minimum_next
from .terms import require_amount


class NotYetOpen(Refusal):
    """Bidding has not opened yet."""

    kind = Kind.CONFLICT
    zh = "竞价尚未开始"


class PastEnd(Refusal):
    """Bidding has ended."""

    kind = Kind.CONFLICT
    zh = "竞价已经结束"


class ProcessedTooLate(Refusal):
    """The bid arrived in time but reached the rules after the lot had closed."""

    kind = Kind.UNAVAILABLE
    final = True  # a repeat, arriving later, must not hear that the bidder was late
    zh = "出价按时到达，但处理时标的已经结束"


class NotDue(Refusal):
    """Nothing is due yet."""

    kind = Kind.CONFLICT
    zh = "尚未到期"


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


def grace_from(lot: Lot) -> datetime:
    """Return from when arrivals are parked: the effective end, or that at which parking began."""
    return lot.parked_since or lot.ends_at


def grace_over(lot: Lot) -> datetime:
    """Return when parked bids are decided, or, with none, when the lot closes."""
    return grace_from(lot) + lot.profile.grace


def place_bid(lot: Lot, command: PlaceBid, cause: Cause, bidder: Bidder) -> Decision:
    """Accept or park a bid on an announced lot; standing has been checked.

    Refuses, in this order, `NotYetOpen`, `PastEnd`, `AmountOutOfRange`, `BelowStart`, `BelowIncrement`,
    `AlreadyLeading`; of a parked bid the last three are asked when it is decided.
    """
    bid = Bid(
        id=command.bid,
        organisation=bidder.organisation,
        code=bidder.code,
        amount_fen=command.amount_fen,
        arrived_at=cause.at,
    )
    before = settle(lot) if lot.parked and cause.at >= grace_over(lot) else Decision(lot=lot)
    _require_open(before.lot, cause.at)
    require_amount(bid.amount_fen)
    act = _decide if cause.at < grace_from(before.lot) else _park
    after = act(before.lot, bid, cause.actor)
    return _then(before, after)


def too_late(lot: Lot, cause: Cause) -> Refusal:
    """Return what a bid on a closed lot hears: it was early, or we were late, or it was."""
    if cause.at < lot.terms.opens_at:
        return NotYetOpen("bidding had not opened", opens_at=instant.render(lot.terms.opens_at))
    if cause.at < lot.ends_at + lot.profile.grace:
        return ProcessedTooLate("the lot closed before this bid could be decided")
    return PastEnd("bidding has ended", ends_at=instant.render(lot.ends_at))


def tick(lot: Lot, cause: Cause) -> Decision:
    """Decide parked bids; then close the lot, unless they extended it. Refuses `NotDue`."""
    if cause.at < grace_over(lot):
        raise NotDue("bids may still arrive", due_at=instant.render(grace_over(lot)))
    before = settle(lot)
    if cause.at < grace_over(before.lot):
        return before
    return _then(before, _close(before.lot))


def settle(lot: Lot) -> Decision:
    """Decide the parked bids in order of arrival, then of parking; each is accepted or refused for good.

    It is time that decides them, also where the next arrival comes before the clock: who acted was recorded on parking.
    """
    decision = Decision(lot=replace(lot, parked=(), parked_since=None))
    for bid in sorted(lot.parked, key=lambda one: one.arrived_at):
        try:
            after = _decide(decision.lot, bid, TIME)
        except Refusal as refusal:
            after = _refuse(decision.lot, bid, refusal.code())
        decision = _then(decision, after)
    return decision


def _require_open(lot: Lot, at: datetime) -> None:
    if at < lot.terms.opens_at:
        raise NotYetOpen("wait until bidding opens", opens_at=instant.render(lot.terms.opens_at))
    if at >= grace_over(lot):
        raise PastEnd("bidding has ended", ends_at=instant.render(lot.ends_at))


def _decide(lot: Lot, bid: Bid, actor: Actor) -> Decision:
    """Accept a bid that is in time and enough. It alone may extend the end (art. 20)."""
    if bid.arrived_at >= lot.ends_at:
        raise PastEnd("bidding has ended", ends_at=instant.render(lot.ends_at))
    minimum = minimum_next(lot)
    if bid.amount_fen < minimum:
        refusal = BelowIncrement if lot.leader else BelowStart
        raise refusal("offer more", minimum_next_fen=minimum)
    if lot.leader and lot.leader.organisation == bid.organisation and not lot.profile.leader_may_raise:
        raise AlreadyLeading("wait until you are outbid", price_fen=lot.leader.amount_fen)
    after = replace(
        lot,
        leader=bid,
        bid_count=lot.bid_count + 1,
        decision_count=lot.decision_count + 1,
        ends_at=max(lot.ends_at, bid.arrived_at + lot.profile.extension),
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


def _park(lot: Lot, bid: Bid, actor: Actor) -> Decision:
    event = BID_PARKED(
        lot.id,
        rule=lot.profile.ref,
        bid=bid.id,
        code=bid.code,
        bidder=bid.organisation,
        amount_fen=bid.amount_fen,
        by=actor.named,
    )
    after = replace(lot, parked=(*lot.parked, bid), parked_since=grace_from(lot))
    return Decision(lot=after, events=(event,), outcomes=(BidOutcome(bid=bid, state=BidState.PARKED),))


def _refuse(lot: Lot, bid: Bid, code: str) -> Decision:
    """Refuse a parked bid; unlike a bid refused at once, the record knows of it and is told."""
    number = lot.decision_count + 1
    event = BID_REFUSED(
        lot.id,
        rule=lot.profile.ref,
        bid=bid.id,
        code=bid.code,
        bidder=bid.organisation,
        amount_fen=bid.amount_fen,
        placed_at=bid.arrived_at,
        number=number,
        reason=code,
    )
    outcome = BidOutcome(bid=bid, state=BidState.REFUSED, refusal=code, number=number)
    return Decision(lot=replace(lot, decision_count=number), events=(event,), outcomes=(outcome,))


def _close(lot: Lot) -> Decision:
    """Sell to the leader (art. 11: one bidder is enough), unless the reserve is not met (拍卖法 art. 50)."""
    invariant(not lot.parked, "parked bids are decided before a lot closes")
    event: Event
    if lot.leader and lot.leader.amount_fen >= (lot.terms.reserve_fen or 0):
        leader = lot.leader
        event = LOT_SOLD(
            lot.id,
            rule=lot.profile.ref,
            bid=leader.id,
            code=leader.code,
            buyer=leader.organisation,
            price_fen=leader.amount_fen,
            bids=lot.bid_count,
        )
        return Decision(lot=replace(lot, state=State.SOLD), events=(event,))
    reason = UnsoldReason.RESERVE_NOT_MET if lot.leader else UnsoldReason.NO_BIDS  # art. 26
    event = LOT_UNSOLD(lot.id, rule=lot.profile.ref, reason=reason, bids=lot.bid_count)
    return Decision(lot=replace(lot, state=State.UNSOLD), events=(event,))


def _then(first: Decision, second: Decision) -> Decision:
    """Return both decisions as one, the second having been made on the first one's lot."""
    return replace(second, events=first.events + second.events, outcomes=first.outcomes + second.outcomes)
