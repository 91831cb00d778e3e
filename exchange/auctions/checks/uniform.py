"""How a lot of several licences stands: who would win, and the one price, worked out anew from all standing bids."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from ledger.audit.reading import Reader
from ledger.log.model import EventKind

from ..model import UNITS_SOLD, Form, Units
from .reading import Offer, Said
from .standing import Standing


@dataclass(slots=True)
class Uniform(Standing):
    """The last accepted bid of each bidder, in the order of acceptance."""

    needs: ClassVar[type[Form] | type[None]] = Units
    sells: ClassVar[EventKind] = UNITS_SOLD
    falls_through: ClassVar[bool] = False

    stood_by: dict[str, Offer] = field(default_factory=dict)

    @property
    def best_fen(self) -> int | None:
        """The highest bid, which the reserve is held against."""
        best = self._best()
        return best[0][0] if best else None

    def meets_reserve(self) -> bool | None:
        """Say whether the highest bid is one that a licence is sold at."""
        reserve, best = self.terms.reserve_fen, self.best_fen
        return None if reserve is None or best is None else best >= reserve

    def amiss(self) -> Iterator[str]:
        """Say what is wrong with how many licences there are."""
        if self._count() < 2:
            yield "offers no more than one licence"

    def deserves(self, offer: Offer) -> set[str | None]:
        """Return what a bid deserves: acceptance where it would win."""
        if offer.amount_fen is None or offer.amount_fen < self.terms.start_fen:
            return {"auctions/below-start"}
        best, count = self._best(), self._count()
        own = self.stood_by.get(offer.code)
        wins = any(two.code == offer.code for _, two in best[:count])
        if own is not None and own.amount_fen is not None and wins:
            least = self.terms.above(own.amount_fen)
        else:
            least = self.terms.above(best[count - 1][0]) if len(best) >= count else self.terms.start_fen
        if offer.amount_fen < least:
            return {"auctions/below-increment"}
        return {"auctions/already-leading" if wins and not self.terms.profile.flag("leader_may_raise") else None}

    def accept(self, offer: Offer, data: Reader) -> Iterator[str]:
        """Take an accepted bid; hold the price that its entry tells against all that stand."""
        self.stood_by.pop(offer.code, None)
        self.stood_by[offer.code] = offer
        self.leader, self.price_fen = self._best()[0][1], self._price(0)
        if data.fen("price_fen") != self.price_fen:
            yield f"should price each licence at {self.price_fen} fen"

    def sell(self, said: Said) -> Iterator[str]:
        """Hold who won, and the price, against all that stand; the reserve where it has been opened."""
        reserve, count = self.terms.reserve_fen or 0, self._count()
        known = not self.terms.has_reserve or self.terms.reserve_fen is not None
        told = [(one.text("bid"), one.text("code")) for one in said.data.each("winners")]
        best = [(one.id, one.code) for fen, one in self._best()[:count] if fen >= reserve]
        price = said.data.fen("price_fen")
        if told != best if known else told != best[: len(told)] or not told:
            yield f"should sell to {', '.join(code for _, code in best)}"
        if price != self._price(reserve) if known else price < self._price(0):
            yield f"should sell at {self._price(reserve)} fen"
        buyers = said.opened.written.get("buyers")
        if isinstance(buyers, list) and len(buyers) != len(told):
            yield f"names {len(buyers)} buyers for {len(told)} licences"
        self.price_fen = price

    def _best(self) -> list[tuple[int, Offer]]:
        """Return what stands, the best first; of equals the earlier."""
        known = [(one.amount_fen or 0, one) for one in self.stood_by.values()]
        return sorted(known, key=lambda one: one[0], reverse=True)

    def _price(self, reserve: int) -> int:
        losing = [fen for fen, _ in self._best()][self._count() :]
        return max([self.terms.start_fen, reserve, *losing])

    def _count(self) -> int:
        if not isinstance(self.form, Units) or self.form.count < 1:
            raise ValueError("how many licences there are is not said")
        return self.form.count
