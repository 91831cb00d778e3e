"""How a lot stands that is bid for in a free period and timed rounds: who may bid in them, and how many there were."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from ledger.audit.reading import Reader

from ..model import BidId
from .reading import Offer, Said
from .standing import Standing


@dataclass(slots=True)
class Rounds(Standing):
    """An ascending lot whose later bids each begin a round."""

    timed: ClassVar[bool] = True

    ends_at: datetime | None = None  # as the bid left it that began the last round

    def deserves(self, offer: Offer) -> set[str | None]:
        """Return what an offer deserves: before its amount, whether its bidder may bid in a round."""
        strict = self.terms.profile.written.get("must_bid_free") is True
        if strict and not self._free(offer) and offer.code not in self.bid_freely:
            return {"auctions/did-not-bid-freely"}
        return Standing.deserves(self, offer)

    def accept(self, offer: Offer, data: Reader) -> Iterator[str]:
        """Take an accepted offer; whoever placed it in the free period may bid in the rounds."""
        yield from Standing.accept(self, offer, data)
        if self._free(offer):
            self.bid_freely.add(offer.code)

    def move_end(self, ends_at: datetime, offer: Offer) -> datetime:
        """Return the end that an accepted offer leaves; where it moves, a round begins, which is to be told next."""
        profile = self.terms.profile
        most = profile.number("rounds_most") if profile.has("rounds_most") else 0
        if most and self.extra_rounds + 1 >= most:
            return ends_at
        moved = Standing.move_end(self, ends_at, offer)
        if moved > ends_at:
            self.extra_rounds, self.owes, self.ends_at = self.extra_rounds + 1, offer.id, moved
        return moved

    def begin_round(self, said: Said) -> Iterator[str]:
        """Hold the beginning of a round against the bid before it."""
        if self.owes is None:
            yield "begins a round that no bid began"
            return
        if said.data.id("bid", BidId) != self.owes:
            yield f"should name {self.owes}, which began the round"
        if said.data.number("round") != 1 + self.extra_rounds:
            yield f"should be round {1 + self.extra_rounds}"
        if said.data.instant("ends_at") != self.ends_at:
            yield f"should end the round at {self.ends_at and self.ends_at.isoformat()}"
        self.owes = None

    def _free(self, offer: Offer) -> bool:
        return offer.placed_at < self.terms.free_until
