"""Suspending a lot, letting it go on, or ending it for good (暂缓、中止、恢复、终结; 法释〔2016〕18号 art. 28 and 36).

A suspension stops the clock. What lay ahead when it began lies as far ahead when it is over: the end, and the opening
too if that had not come; and once bidding was open, no less than an accepted bid would leave. So nobody gains or loses
time to bid, nor time to read an announcement. Where a format's course hangs on the announced instants (a free period, a
falling price, the opening of envelopes), those move with it: a price does not fall while nobody can take it.

Arrival decides here as everywhere. What had arrived in time but was not decided is answered as when a lot has closed;
a bid that arrived later is refused, also one that was parked because the suspension itself was held up, and one that is
handed over only after bidding has gone on. In the grace
nothing is suspended: bidding is over, or goes on when its parked bids are decided, and then it can be.
"""

from dataclasses import replace
from datetime import timedelta

from ledger.kernel import calendar, instant
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal

from ..model import (
    LOT_CANCELLED,
    LOT_RESUMED,
    LOT_SUSPENDED,
    Cancel,
    Decision,
    Lot,
    Resume,
    State,
    Suspend,
    Suspension,
)
from . import arrival
from .rulebook import Rulebook
from .terms import FOLLOWING_DAYS


class BidsUndecided(Refusal):
    """Bids are parked until the grace is over."""

    kind = Kind.CONFLICT
    zh = "竞价截止后的出价尚未确定，请稍后办理"


class NeedsOrder(Refusal):
    """Name the order or decision by its number."""

    kind = Kind.MALFORMED
    zh = "应当写明裁定、决定或者通知的文号"


class CauseNotOver(Refusal):
    """A cause ends after the suspension began, and not in the future."""

    kind = Kind.CONFLICT
    zh = "事由消失的时间应在中止之后，且不得晚于当前"


def decide(lot: Lot, command: Suspend | Resume | Cancel, cause: Cause, book: Rulebook) -> Decision:
    """Suspend, resume or cancel a lot whose state allows it."""
    match command:
        case Suspend():
            return suspend(lot, command, cause, book)
        case Resume():
            return resume(lot, command, cause, book)
        case Cancel():
            return cancel(lot, command, cause)


def suspend(lot: Lot, command: Suspend, cause: Cause, book: Rulebook) -> Decision:
    """Stop the clock of an announced lot. Refuses `BidsUndecided`, `PastEnd`, `NeedsOrder`."""
    late = bool(lot.parked) and cause.at >= arrival.grace_over(lot)
    before = arrival.settle(lot, book) if late else Decision(lot=lot)
    _require_under_way(before.lot, cause)
    _require_order(command)
    halted = Suspension(at=cause.at, reason=command.reason, order=command.order)
    event = LOT_SUSPENDED(
        lot.id, rule=lot.profile.ref, reason=command.reason, order=command.order, by=cause.actor.named
    )
    after = replace(before.lot, state=State.SUSPENDED, suspension=halted)
    return arrival.then(arrival.then(before, Decision(lot=after, events=(event,))), _turn_away(after, book))


def resume(lot: Lot, command: Resume, cause: Cause, book: Rulebook) -> Decision:
    """Let the clock of a suspended lot go on. Refuses `CauseNotOver`, `YearNotLoaded`.

    Not refused: to resume later than the law allows after the cause ended, for then the lot would stand still for ever;
    the record shows it, and an audit finds it.
    """
    assert lot.suspension is not None
    since = lot.suspension.at
    if not since <= command.cause_ended_at <= cause.at:
        raise CauseNotOver("say when the cause ended", suspended_at=instant.render(since))
    held, ends_at = cause.at - since, lot.ends_at + (cause.at - since)
    if since >= lot.terms.opens_at:
        ends_at = max(ends_at, cause.at + lot.profile.extension)
    opens_at = lot.terms.opens_at + (held if since < lot.terms.opens_at or book.first_wins else timedelta(0))
    closes_at = lot.terms.closes_at + (held if book.timed else timedelta(0))
    if lot.profile.needs_listing:
        calendar.deadline(ends_at, FOLLOWING_DAYS)
    event = LOT_RESUMED(
        lot.id,
        rule=lot.profile.ref,
        cause_ended_at=command.cause_ended_at,
        opens_at=opens_at,
        ends_at=ends_at,
        by=cause.actor.named,
    )
    terms = replace(lot.terms, opens_at=opens_at, closes_at=closes_at)
    halts = (*lot.halts, (since, cause.at))
    after = replace(lot, state=State.ANNOUNCED, suspension=None, halts=halts, terms=terms, ends_at=ends_at)
    return Decision(lot=after, events=(event,))


def cancel(lot: Lot, command: Cancel, cause: Cause) -> Decision:
    """End a suspended lot for good; nobody has won. Refuses `NeedsOrder`."""
    _require_order(command)
    event = LOT_CANCELLED(
        lot.id, rule=lot.profile.ref, reason=command.reason, order=command.order, by=cause.actor.named
    )
    return Decision(lot=replace(lot, state=State.WITHDRAWN, suspension=None), events=(event,))


def turned_away(lot: Lot, cause: Cause) -> Refusal:
    """Return what a bid on a suspended lot hears: it came after the suspension, or we were late."""
    assert lot.suspension is not None
    if cause.at < lot.terms.opens_at:
        return arrival.NotYetOpen("bidding had not opened", opens_at=instant.render(lot.terms.opens_at))
    if cause.at < lot.suspension.at:
        return arrival.ProcessedTooLate("bidding was suspended before this bid could be decided")
    return arrival.Suspended("wait until bidding is resumed", suspended_at=instant.render(lot.suspension.at))


def _turn_away(lot: Lot, book: Rulebook) -> Decision:
    """Refuse what was parked, for it arrived after the suspension had; each refusal is on the record."""
    decision = Decision(lot=replace(lot, parked=(), parked_since=None))
    for bid in sorted(lot.parked, key=lambda one: one.arrived_at):
        decision = arrival.then(decision, arrival.refuse(decision.lot, bid, arrival.Suspended.code(), book))
    return decision


def _require_under_way(lot: Lot, cause: Cause) -> None:
    if cause.at >= arrival.grace_over(lot):
        raise arrival.PastEnd("bidding has ended", ends_at=instant.render(lot.ends_at))
    if cause.at >= min([arrival.grace_from(lot), *(one.arrived_at for one in lot.parked)]):
        raise BidsUndecided("ask again", decided_at=instant.render(arrival.grace_over(lot)))


def _require_order(command: Suspend | Cancel) -> None:
    if command.reason.ordered and not command.order:
        raise NeedsOrder("an order or an objection has a number")
