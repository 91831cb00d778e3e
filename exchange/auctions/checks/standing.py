"""Who leads and at what price, worked out anew for each format; no rule of the auction is called."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final

from ledger.audit.reading import Reader
from ledger.log.model import EventKind

from ..model import (
    BID_ACCEPTED,
    BID_REFUSED,
    MAXIMUM_ACCEPTED,
    MAXIMUM_REFUSED,
    PRICE_TAKEN,
    TAKE_REFUSED,
    Clock,
    Form,
    Format,
)
from .reading import Announcement, Offer, Said


@dataclass(slots=True)
class Standing:
    """How an ascending lot stands: the leading offer, and the price it stands at."""

    terms: Announcement
    leader: Offer | None = None
    price_fen: int | None = None
    form: Form | None = None

    needs: ClassVar[type[Form] | type[None]] = type(None)  # the terms that the format asks for besides
    accepts: ClassVar[EventKind] = BID_ACCEPTED
    refuses: ClassVar[EventKind] = BID_REFUSED
    first_wins: ClassVar[bool] = False  # the first offer ends the lot

    def end_after(self, ends_at: datetime, placed_at: datetime) -> datetime:
        """Return the end that an accepted offer leaves."""
        return max(ends_at, placed_at + self.terms.extension)

    def amiss(self) -> Iterator[str]:
        """Say what is wrong with the terms of the format."""
        yield from ()

    def misstated(self, _offer: Offer, _data: Reader) -> Iterator[str]:
        """Say what an entry that decides an offer should have said of it, accepted or not."""
        yield from ()

    def offered(self, said: Said) -> int | None:
        """Return what an entry says a bid offered, if that can be known."""
        return said.data.fen("amount_fen")

    def deserves(self, offer: Offer) -> set[str | None]:
        """Return the refusals one of which an offer in time deserves now; None stands for being accepted."""
        if offer.amount_fen is None or offer.amount_fen < self.terms.least_after(self.price_fen):
            return {"auctions/below-increment" if self.leader else "auctions/below-start"}
        again = self.leader is not None and self.leader.code == offer.code
        return {"auctions/already-leading" if again and not self.terms.profile.flag("leader_may_raise") else None}

    def accept(self, offer: Offer, data: Reader) -> Iterator[str]:
        """Take an accepted offer; say what its entry should have said of the price."""
        if data.fen("price_fen") != offer.amount_fen:
            yield "states another price than the bid's"
        self.leader, self.price_fen = offer, offer.amount_fen


@dataclass(slots=True)
class Proxy(Standing):
    """How a lot stands whose bids are maxima: `leader` with what it may go to, where that has been opened."""

    accepts: ClassVar[EventKind] = MAXIMUM_ACCEPTED
    refuses: ClassVar[EventKind] = MAXIMUM_REFUSED

    def offered(self, said: Said) -> int | None:
        """Return the maximum, where it has been opened."""
        return said.opened.fen("maximum_fen") if said.opened.has("maximum_fen") else None

    def deserves(self, offer: Offer) -> set[str | None]:
        """Return what may have become of it; of a maximum that was not opened that is not one thing alone."""
        leads = self.leader is not None and self.leader.code == offer.code
        short = "auctions/below-increment" if self.leader else "auctions/below-start"
        if offer.amount_fen is None:
            return {None, short, "auctions/not-a-raise"} if leads else {None, short}
        if offer.amount_fen < self.terms.least_after(self.price_fen):
            return {short}
        held = self.leader.amount_fen if self.leader else None
        if leads and held is None:
            return {None, "auctions/not-a-raise"}
        return {"auctions/not-a-raise" if leads and held is not None and offer.amount_fen <= held else None}

    def accept(self, offer: Offer, data: Reader) -> Iterator[str]:
        """Take an accepted maximum; hold the leader and the price against what can be known of the two maxima."""
        before, said_price, said_leader = self.leader, data.fen("price_fen"), data.text("leader")
        expected = self._outcome(offer)
        if expected is not None:
            leads, price = expected
            if (said_leader, said_price) != (leads.code, price):
                yield f"should leave {leads.code} leading at {price} fen"
        else:
            yield from self._implausible(offer, said_leader, said_price)
        if before is None or said_leader == offer.code:
            self.leader = offer
        self.price_fen = said_price

    def _outcome(self, offer: Offer) -> tuple[Offer, int] | None:
        """Return who should lead at what price; None where a maximum or the reserve was not opened."""
        terms, led, most = self.terms, self.leader, offer.amount_fen
        if most is None or (terms.has_reserve and terms.reserve_fen is None):
            return None
        if led is None or self.price_fen is None:
            return offer, self._reserved(most, terms.start_fen)
        if led.code == offer.code:
            return offer, self._reserved(most, self.price_fen)
        if led.amount_fen is None:
            return None
        if most > led.amount_fen:
            return offer, self._reserved(most, min(most, terms.above(led.amount_fen)))
        return led, min(led.amount_fen, terms.above(most))

    def _reserved(self, most: int, price: int) -> int:
        reserve = self.terms.reserve_fen
        return price if reserve is None or most < reserve else max(price, reserve)

    def _implausible(self, offer: Offer, leader: str, price: int) -> Iterator[str]:
        """Say what cannot be, whatever the maxima were."""
        led, before = self.leader, self.price_fen
        if leader not in {offer.code, led.code if led else offer.code}:
            yield f"makes {leader} lead, which neither bid nor led"
        if led is None or before is None:
            if price < self.terms.start_fen:
                yield "prices the lot below its start"
            return
        stays = led.code == leader
        if offer.code == led.code and price != before and not self.terms.has_reserve:
            yield "moves the price though its leader raised itself"
        if offer.code != led.code and stays and price < before:
            yield "lowers the price"
        if not stays and price <= before:
            yield "changes the leader without a higher price"
        if offer.amount_fen is not None and leader == offer.code and price > offer.amount_fen:
            yield "prices the lot above its leader's maximum"


@dataclass(slots=True)
class Falling(Standing):
    """How a lot stands whose price falls by itself: nobody leads before the first has taken it, and that is the end."""

    needs: ClassVar[type[Form] | type[None]] = Clock
    accepts: ClassVar[EventKind] = PRICE_TAKEN
    refuses: ClassVar[EventKind] = TAKE_REFUSED
    first_wins: ClassVar[bool] = True

    def end_after(self, _ends_at: datetime, placed_at: datetime) -> datetime:
        """Return when the price was taken."""
        return placed_at

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
        if clock.step_s < terms.setting("step_min_s"):
            yield "lets a price stand too briefly"
        if clock.floor_fen * 10_000 < (terms.appraisal_fen or 0) * terms.setting("floor_min_bp"):
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


STANDINGS: Final = {Format.ASCENDING: Standing, Format.PROXY: Proxy, Format.DUTCH: Falling}

DECISIONS: Final = {kind.name for one in STANDINGS.values() for kind in (one.accepts, one.refuses)}
"""The kinds of entry that decide a bid, each under some format."""
