"""A lot whose price falls by itself, worked out anew from its clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from ledger.audit.reading import Reader
from ledger.log.model import EventKind

from ..model import PRICE_TAKEN, TAKE_REFUSED, Clock, Form
from .reading import Offer, Said
from .standing import Standing


@dataclass(slots=True)
class Falling(Standing):
    """How a lot stands whose price falls by itself: nobody leads before the first has taken it, and that is the end."""

    needs: ClassVar[type[Form] | type[None]] = Clock
    accepts: ClassVar[EventKind] = PRICE_TAKEN
    refuses: ClassVar[EventKind] = TAKE_REFUSED
    timed: ClassVar[bool] = True
    first_wins: ClassVar[bool] = True

    def move_end(self, _ends_at: datetime, offer: Offer) -> datetime:
        """Return when the price was taken."""
        return offer.placed_at

    def amiss(self) -> Iterator[str]:
        """Say why the clock would not run as announced: by the form, the announcement and the profile's numbers."""
        clock, terms = self.form, self.terms
        if not isinstance(clock, Clock):
            return
        if terms.has_reserve or terms.bands:
            yield "goes with a reserve or increments, which a falling price has not"
        if not 0 < clock.floor_fen < terms.start_fen or clock.step_fen < 1 or clock.step_s < 1:
            yield "does not fall to a floor below the start"
            return
        if clock.step_s < terms.number("step_min_s"):
            yield "lets a price stand too briefly"
        if clock.floor_fen * 10_000 < (terms.appraisal_fen or 0) * terms.number("floor_min_bp"):
            yield "falls too far below the appraisal"
        if (self._steps(clock) + 1) * clock.step_s > (terms.closes_at - terms.opens_at).total_seconds():
            yield "does not reach its floor in time"

    def misstated(self, offer: Offer, data: Reader) -> Iterator[str]:
        """Say what the step and the price of a click should have been, by the clock and its arrival."""
        clock, start = self.form, self.terms.start_fen
        if not isinstance(clock, Clock) or clock.step_s < 1 or clock.step_fen < 1:
            return
        fallen = (offer.placed_at - self.terms.opens_at) // timedelta(seconds=clock.step_s)
        step = max(0, min(fallen, self._steps(clock)))
        price = max(clock.floor_fen, start - step * clock.step_fen)
        if (data.number("step"), data.fen("price_fen")) != (step, price):
            yield f"should be step {step} at {price} fen"
        if not 0 <= data.number("seen") <= step:
            yield f"takes step {data.number('seen')}, which nobody could have seen"

    def _steps(self, clock: Clock) -> int:
        return (self.terms.start_fen - clock.floor_fen + clock.step_fen - 1) // clock.step_fen

    def offered(self, said: Said) -> int | None:
        """Return what the click would pay."""
        return said.data.fen("price_fen")

    def deserves(self, _offer: Offer) -> set[str | None]:
        """Return that somebody was first, or nothing."""
        return {"auctions/already-taken" if self.leader else None}

    def accept(self, offer: Offer, _data: Reader) -> Iterator[str]:
        """Take the first click."""
        self.leader, self.price_fen = offer, offer.amount_fen
        yield from ()
