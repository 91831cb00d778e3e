"""Who leads and at what price, worked out anew for each format; no rule of the auction is called."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from ledger.audit.reading import Reader
from ledger.log.model import EventKind

from ..model import BID_ACCEPTED, BID_REFUSED, LOT_SOLD, MAXIMUM_ACCEPTED, MAXIMUM_REFUSED, Form
from .reading import Announcement, Offer, Said


@dataclass(slots=True)
class Standing:
    """How an ascending lot stands: the leading offer, and the price it stands at."""

    terms: Announcement
    leader: Offer | None = None
    price_fen: int | None = None
    form: Form | None = None
    extra_rounds: int = 0  # timed rounds that bids began
    bid_freely: set[str] = field(default_factory=set)  # codes, where there is a free period
    halts: list[tuple[datetime, datetime]] = field(default_factory=list)  # suspensions that are over
    owes: str | None = None  # the bid whose consequence the next entry must tell

    needs: ClassVar[type[Form] | type[None]] = type(None)  # the terms that the format asks for besides
    accepts: ClassVar[EventKind] = BID_ACCEPTED
    refuses: ClassVar[EventKind] = BID_REFUSED
    timed: ClassVar[bool] = False  # its course hangs on the announced instants
    first_wins: ClassVar[bool] = False  # the first offer ends the lot
    sells: ClassVar[EventKind] = LOT_SOLD
    falls_through: ClassVar[bool] = True  # a sale may come to nothing on the record

    def sell(self, said: Said) -> Iterator[str]:  # noqa: ARG002 - formats use it
        """Hold a sale to several against who stands."""
        yield from ()

    def buyers(self, said: Said) -> Iterator[tuple[str, Reader]]:
        """Return who is behind the code of each of several winners, where that has been opened."""
        told = said.opened.written.get("buyers")
        for winner, buyer in zip(said.data.each("winners"), told if isinstance(told, list) else (), strict=False):
            yield winner.text("code"), Reader({"buyer": buyer})

    def amiss(self) -> Iterator[str]:
        """Say what is wrong with the terms of the format."""
        yield from ()

    def misstated(self, _offer: Offer, _data: Reader) -> Iterator[str]:
        """Say what an entry that decides an offer should have said of it, accepted or not."""
        yield from ()

    unmet: ClassVar[str] = "below the reserve"

    def admit(self, code: str, at: datetime) -> None:
        """Take that a bidder's deposit was confirmed."""

    def tell(self, said: Said) -> Iterator[str]:
        """Take an entry that only some formats have."""
        yield f"is not something that happens under this format: {said.kind}"

    def newcomer(self, offer: Offer) -> Iterator[str]:  # noqa: ARG002 - formats use it
        """Say what is wrong with hearing this bid at all, besides what is asked under every format."""
        yield from ()

    def offered(self, said: Said) -> int | None:
        """Return what an entry says a bid offered, if that can be known."""
        return said.data.fen("amount_fen")

    def deserves(self, offer: Offer) -> set[str | None]:
        """Return the refusals one of which an offer in time deserves now; None stands for being accepted."""
        if self._matches(offer):
            return {None}
        if offer.amount_fen is None or offer.amount_fen < self.terms.least_after(self.price_fen):
            return {"auctions/below-increment" if self.leader else "auctions/below-start"}
        again = self.leader is not None and self.leader.code == offer.code
        return {"auctions/already-leading" if again and not self.terms.profile.flag("leader_may_raise") else None}

    def _matches(self, offer: Offer) -> bool:
        """Whether an offer of the price that stands comes from a holder who goes before the leader (art. 21)."""
        if self.leader is None or offer.rank is None or not self.terms.asks("matches"):
            return False
        before = self.leader.rank is None or offer.rank < self.leader.rank
        return before and offer.amount_fen == self.price_fen

    def accept(self, offer: Offer, data: Reader) -> Iterator[str]:
        """Take an accepted offer; say what its entry should have said of the price."""
        if data.fen("price_fen") != offer.amount_fen:
            yield "states another price than the bid's"
        self.leader, self.price_fen = offer, offer.amount_fen

    def move_end(self, ends_at: datetime, offer: Offer) -> datetime:
        """Return the end that an accepted offer leaves."""
        return max(ends_at, offer.placed_at + self.terms.extension)

    def begin_round(self, said: Said) -> Iterator[str]:
        """Take the beginning of a timed round; say what its entry should have said."""
        yield f"begins round {said.data.number('round')} where bids are not heard in rounds"

    def meets_reserve(self) -> bool | None:
        """Say whether the price is one that the lot is sold at; None where that cannot be known."""
        reserve, price = self.terms.reserve_fen, self.price_fen
        return None if reserve is None or price is None else price >= reserve

    def reserve_amiss(self) -> Iterator[str]:
        """Say what is wrong with an opened reserve."""
        if (self.terms.reserve_fen or self.terms.start_fen) < self.terms.start_fen:
            yield "has a reserve below its start"


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
