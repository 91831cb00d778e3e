"""A falling clock (降价竞价, 荷兰式): the price falls by itself, and who first takes it has it.

    step(t)  = floor((t - opens_at) / step_s), no further than the step at which the floor is reached
    price(t) = max(floor, start - step * step(t))

A click carries the step that its bidder saw. A step that had not been reached when the click arrived is refused: its
bidder would pay more than it saw. Where the clock has moved on since, the price is that of the arrival: never more than
was seen. Arrival decides who was first, as it decides who is in time (法释〔2016〕18号 art. 20). Computers may hand
clicks over in another order, so the first one handed over is parked for the profile's grace, and with it every click
that arrives before that is over; then the earliest arrival wins, of equal ones the first parked, at the price of its
own arrival. Without a grace the first click handed over wins.

The end is `closes_at` until the price is taken; from then on it is the arrival of the click that took it. Nothing that
arrives after the end is parked: no click moves it. A lot that nobody takes is closed a grace after its end, for clicks
that arrived in time and are still on their way.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from ledger.kernel import instant
from ledger.kernel.cause import Actor, Cause
from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.kernel.money import Fen
from ledger.log.model import Event

from ...model import (
    PRICE_TAKEN,
    TAKE_REFUSED,
    Bid,
    Bidder,
    BidOutcome,
    BidState,
    Click,
    Clock,
    ClockFace,
    Command,
    Decision,
    FallThrough,
    Lot,
    Profile,
    State,
    TakePrice,
    Terms,
    Tick,
)
from .. import arrival, authority, closing
from ..offering import WHOLE_BP
from ..rulebook import OFFERING, Rulebook, Transitions
from ..terms import WrongForm, require_amount

TRANSITIONS: Final[Transitions] = MappingProxyType(
    {
        **OFFERING,
        (State.ANNOUNCED, TakePrice): (State.ANNOUNCED,),
        (State.ANNOUNCED, Tick): (State.SOLD, State.UNSOLD),
        (State.SOLD, FallThrough): (State.FELL_THROUGH,),
    }
)


class NoSuchStep(Refusal):
    """The clock has no such step."""

    kind = Kind.MALFORMED
    zh = "降价时钟没有这一档"


class StepNotReached(Refusal):
    """The clock had not fallen to this step when the click arrived."""

    kind = Kind.CONFLICT
    zh = "应价到达时，价格尚未降至该档"


class AlreadyTaken(Refusal):
    """Somebody took the price first."""

    kind = Kind.CONFLICT
    zh = "已有他人先行应价"


class BadClock(Refusal):
    """The price must fall by whole steps from the start to a lower floor."""

    kind = Kind.CONFLICT
    zh = "降价时钟应自起始价逐档降至更低的底价"


class StepTooShort(Refusal):
    """Each price must stand longer."""

    kind = Kind.CONFLICT
    zh = "每档价格停留时间过短"


class FloorTooLow(Refusal):
    """The floor is too low a share of the appraisal."""

    kind = Kind.CONFLICT
    zh = "底价占评估价的比例过低"


class FallTooLong(Refusal):
    """The floor would not be reached, and stand for a step, before bidding ends."""

    kind = Kind.CONFLICT
    zh = "竞价结束前，价格不能降至底价并停留一档时间"


def face(lot: Lot, at: datetime) -> ClockFace | None:
    """Return what a lot's clock shows at an instant: before the opening the start price, after the end its last step.

    While the lot is suspended the clock stands. None once the price was taken, of a lot that has no clock, and of one
    whose terms nobody has announced.
    """
    hidden = lot.announced_at is None or lot.leader is not None or lot.state is State.WITHDRAWN
    if hidden or not isinstance(lot.terms.form, Clock):
        return None
    shown = _face(lot.terms, lot.suspension.at if lot.suspension else at)
    return replace(shown, next_at=None) if lot.suspension else shown


def take(lot: Lot, command: TakePrice, cause: Cause, bidder: Bidder | None) -> Decision:
    """Park a click, or without a grace let it win at once.

    Refuses, in this order, `Suspended`, `NotYetOpen`, `ProcessedTooLate`, `AlreadyTaken`, `PastEnd`, `NoSuchStep`,
    `StepNotReached`.
    """
    who = authority.standing(lot, cause, bidder)
    _require_untaken(lot, command, cause)
    shown = _face(lot.terms, cause.at)
    last = _last(lot.terms)
    if not 0 <= command.step <= last:
        raise NoSuchStep("name the step that you saw", last_step=last)
    if command.step > shown.step:
        raise StepNotReached("wait until the clock has fallen to it", step=shown.step, price_fen=shown.price_fen)
    bid = Bid(
        id=command.bid,
        organisation=who.organisation,
        code=who.code,
        amount_fen=shown.price_fen,
        arrived_at=cause.at,
        click=Click(seen=command.step, step=shown.step),
    )
    if lot.profile.grace_ms == 0:
        return judge(lot, bid, cause.actor)
    return arrival.park(replace(lot, parked_since=lot.parked_since or cause.at), bid, cause.actor)


def judge(lot: Lot, bid: Bid, actor: Actor) -> Decision:
    """Give the lot to the first click. Refuses `AlreadyTaken`."""
    if lot.leader is not None:
        raise AlreadyTaken("another click arrived before this one")
    number = lot.decision_count + 1
    after = replace(lot, leader=bid, bid_count=1, decision_count=number, ends_at=bid.arrived_at)
    click = _click(bid)
    event = PRICE_TAKEN(
        lot.id,
        rule=lot.profile.ref,
        bid=bid.id,
        code=bid.code,
        bidder=bid.organisation,
        step=click.step,
        seen=click.seen,
        price_fen=bid.amount_fen,
        placed_at=bid.arrived_at,
        number=number,
        ends_at=after.ends_at,
        by=actor.named,
    )
    outcome = BidOutcome(bid=bid, state=BidState.ACCEPTED, number=number)
    return Decision(lot=after, events=(event,), outcomes=(outcome,))


def refused(lot: Lot, bid: Bid, number: int, reason: str) -> Event:
    """Say that a parked click was not the first, and what it would have paid."""
    click = _click(bid)
    return TAKE_REFUSED(
        lot.id,
        rule=lot.profile.ref,
        bid=bid.id,
        code=bid.code,
        bidder=bid.organisation,
        step=click.step,
        seen=click.seen,
        price_fen=bid.amount_fen,
        placed_at=bid.arrived_at,
        number=number,
        reason=reason,
    )


def late(lot: Lot, _command: Command, cause: Cause) -> Refusal:
    """Return what a click on a closed lot hears: it was early, or somebody was first, or we were late, or it was."""
    if cause.at < lot.terms.opens_at:
        return arrival.NotYetOpen("bidding had not opened", opens_at=instant.render(lot.terms.opens_at))
    if cause.at < (lot.leader.arrived_at if lot.leader else lot.terms.closes_at):
        return arrival.ProcessedTooLate("the lot was decided before this click could be")
    if lot.leader is not None:
        return AlreadyTaken("another click arrived before this one")
    return arrival.PastEnd("bidding has ended", ends_at=instant.render(lot.ends_at))


def require_terms(profile: Profile, terms: Terms) -> None:
    """Refuse a clock that would not reach its floor, and terms of other formats.

    Refuses `WrongForm`, `AmountOutOfRange`, `BadClock`, `StepTooShort`, `FloorTooLow`, `FallTooLong`. No reserve: the
    floor is what the seller sells at, and it is published.
    """
    if not isinstance(terms.form, Clock):
        raise WrongForm("say by how much the price falls, how often, and how far")
    if terms.reserve_fen is not None or terms.increments:
        raise WrongForm("a falling price has no reserve and no increments: its floor and its steps are published")
    clock, start = terms.form, terms.start_price_fen
    require_amount(clock.floor_fen)
    require_amount(clock.step_fen)
    if clock.floor_fen >= start:
        raise BadClock("the floor is below the start price", start_price_fen=start)
    if clock.step_s < max(1, profile.step_min_s):
        raise StepTooShort("let each price stand longer", step_min_s=max(1, profile.step_min_s))
    appraisal = terms.appraisal_fen or 0
    if clock.floor_fen * WHOLE_BP < appraisal * profile.floor_min_bp:
        raise FloorTooLow("raise the floor", smallest_fen=-(-appraisal * profile.floor_min_bp // WHOLE_BP))
    whole_s = (_last(terms) + 1) * clock.step_s
    if whole_s > (terms.closes_at - terms.opens_at) // timedelta(seconds=1):
        raise FallTooLong("close later, or fall faster", shortest_s=whole_s)


def _require_untaken(lot: Lot, command: TakePrice, cause: Cause) -> None:
    """Refuse a click that comes before the opening, after another's, or after the end, or while nobody could take it.

    The clock has moved since a suspension that is over: by it, what arrived before that can no longer be priced.
    """
    if lot.was_halted(cause.at):
        raise arrival.Suspended("bidding was suspended when this click arrived")
    if lot.halts and cause.at < lot.halts[-1][0]:
        raise arrival.ProcessedTooLate("bidding was suspended before this click could be decided")
    if cause.at < lot.terms.opens_at:
        raise arrival.NotYetOpen("wait until bidding opens", opens_at=instant.render(lot.terms.opens_at))
    if lot.leader is not None:
        raise late(lot, command, cause)
    if lot.parked and cause.at >= arrival.grace_over(lot):
        raise AlreadyTaken("another click arrived before this one")
    if cause.at >= lot.ends_at:
        raise arrival.PastEnd("bidding has ended", ends_at=instant.render(lot.ends_at))


def _face(terms: Terms, at: datetime) -> ClockFace:
    clock = _clock(terms)
    last = _last(terms)
    step = min(last, max(0, (at - terms.opens_at) // timedelta(seconds=clock.step_s)))
    price = Fen(max(clock.floor_fen, terms.start_price_fen - step * clock.step_fen))
    falls = terms.opens_at + timedelta(seconds=(step + 1) * clock.step_s) if step < last else None
    return ClockFace(step=step, price_fen=price, next_at=falls)


def _last(terms: Terms) -> int:
    """Return the step at which the floor is reached."""
    return _clock(terms).steps(terms.start_price_fen)


def _clock(terms: Terms) -> Clock:
    invariant(isinstance(terms.form, Clock), "a lot of this format was announced with its clock")
    assert isinstance(terms.form, Clock)
    return terms.form


def _click(bid: Bid) -> Click:
    invariant(bid.click is not None, "a bid under this format is a click")
    assert bid.click is not None
    return bid.click


def _threshold(lot: Lot) -> Fen:
    """Return the least that the lot can be had for, at whatever time; of a draft without a clock, the start price."""
    return lot.terms.form.floor_fen if isinstance(lot.terms.form, Clock) else lot.terms.start_price_fen


BOOK: Final = Rulebook(
    transitions=TRANSITIONS,
    judge=judge,
    refused=refused,
    close=closing.close,
    threshold=_threshold,
    require_terms=require_terms,
    timed=True,
    first_wins=True,
    own=MappingProxyType({TakePrice: take}),
    late=late,
)
