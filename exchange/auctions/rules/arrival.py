"""When a bid is in time, in every format where bids are heard until an end.

The instant of a bid is its arrival at the platform (法释〔2016〕18号 art. 20), not the moment it is decided. So what
happens to a bid depends on when it arrives:

    opens_at ......... end ......... end + grace .........
    too early   decided now  parked               too late

`end` is the effective end, or the end at which parking began while bids are parked. Parked bids are decided when the
grace is over, in order of arrival, each against the end as it then is: a bid is saved when an earlier arrival, decided
late, has extended the end past it. A clock that runs late loses nobody a bid: an arrival after the grace first
has the parked bids decided.

Arrival decides whether a bid is in time; the lot's decision sequence decides rank. Whether a bid is enough, what it
moves and who wins is the format's to say.
"""

from dataclasses import replace
from datetime import datetime

from ledger.kernel import instant
from ledger.kernel.cause import TIME, Actor, Cause
from ledger.kernel.errors import Kind, Refusal

from ..model import BID_PARKED, Bid, BidOutcome, BidState, Decision, Lot
from .rulebook import Rulebook
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


class Suspended(Refusal):
    """Bidding is suspended."""

    kind = Kind.CONFLICT
    zh = "竞价已暂缓或中止"


class NotDue(Refusal):
    """Nothing is due yet."""

    kind = Kind.CONFLICT
    zh = "尚未到期"


def grace_from(lot: Lot) -> datetime:
    """Return from when arrivals are parked: the effective end, or that at which parking began."""
    return lot.parked_since or lot.ends_at


def grace_over(lot: Lot) -> datetime:
    """Return when parked bids are decided, or, with none, when the lot closes."""
    return grace_from(lot) + lot.profile.grace


def place(lot: Lot, bid: Bid, actor: Actor, book: Rulebook) -> Decision:
    """Judge or park a bid on an announced lot; standing has been checked.

    Refuses, in this order, `Suspended`, `NotYetOpen`, `PastEnd`, `AmountOutOfRange`, and what the format's `judge`
    refuses; of a parked bid that is asked when it is decided.
    """
    before = settle(lot, book) if lot.parked and bid.arrived_at >= grace_over(lot) else Decision(lot=lot)
    require_open(before.lot, bid.arrived_at)
    require_amount(bid.amount_fen)
    if bid.arrived_at >= grace_from(before.lot):
        return then(before, park(before.lot, bid, actor))
    return then(before, _judge(before.lot, bid, actor, book))


def too_late(lot: Lot, cause: Cause) -> Refusal:
    """Return what a bid on a closed lot hears: it was early, or we were late, or it was."""
    if cause.at < lot.terms.opens_at:
        return NotYetOpen("bidding had not opened", opens_at=instant.render(lot.terms.opens_at))
    if cause.at < lot.ends_at + lot.profile.grace:
        return ProcessedTooLate("the lot closed before this bid could be decided")
    return PastEnd("bidding has ended", ends_at=instant.render(lot.ends_at))


def tick(lot: Lot, cause: Cause, book: Rulebook) -> Decision:
    """Decide parked bids; then close the lot, unless they extended it. Refuses `NotDue`."""
    if cause.at < grace_over(lot):
        raise NotDue("bids may still arrive", due_at=instant.render(grace_over(lot)))
    before = settle(lot, book)
    if cause.at < grace_over(before.lot):
        return before
    return then(before, book.close(before.lot))


def settle(lot: Lot, book: Rulebook) -> Decision:
    """Decide the parked bids in order of arrival, then of parking; each is accepted or refused for good.

    It is time that decides them, also where the next arrival comes before the clock: who acted was recorded on parking.
    """
    decision = Decision(lot=replace(lot, parked=(), parked_since=None))
    for bid in sorted(lot.parked, key=lambda one: one.arrived_at):
        try:
            after = _judge(decision.lot, bid, TIME, book)
        except Refusal as refusal:
            after = refuse(decision.lot, bid, refusal.code(), book)
        decision = then(decision, after)
    return decision


def require_open(lot: Lot, at: datetime) -> None:
    """Refuse `Suspended`, `NotYetOpen`, `PastEnd` by when a bid arrived."""
    if lot.was_halted(at):
        raise Suspended("bidding was suspended when this bid arrived")
    if at < lot.terms.opens_at:
        raise NotYetOpen("wait until bidding opens", opens_at=instant.render(lot.terms.opens_at))
    if at >= grace_over(lot):
        raise PastEnd("bidding has ended", ends_at=instant.render(lot.ends_at))


def park(lot: Lot, bid: Bid, actor: Actor) -> Decision:
    """Keep a bid until the grace is over. Its amount is sealed: were it public, others in the grace could answer it."""
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


def then(first: Decision, second: Decision) -> Decision:
    """Return both decisions as one, the second having been made on the first one's lot."""
    return replace(second, events=first.events + second.events, outcomes=first.outcomes + second.outcomes)


def _judge(lot: Lot, bid: Bid, actor: Actor, book: Rulebook) -> Decision:
    """Have the format judge a bid that arrived before the end as it now is."""
    if bid.arrived_at >= lot.ends_at and not book.first_wins:
        raise PastEnd("bidding has ended", ends_at=instant.render(lot.ends_at))
    return book.judge(lot, bid, actor)


def refuse(lot: Lot, bid: Bid, code: str, book: Rulebook) -> Decision:
    """Refuse a parked bid; unlike a bid refused at once, the record knows of it and is told."""
    number = lot.decision_count + 1
    outcome = BidOutcome(bid=bid, state=BidState.REFUSED, refusal=code, number=number)
    after = replace(lot, decision_count=number)
    return Decision(lot=after, events=(book.refused(lot, bid, number, code),), outcomes=(outcome,))
