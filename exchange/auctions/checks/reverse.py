"""How a lot stands that is bid down from a ceiling."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ..model import Demand, Form
from .reading import Offer
from .standing import Standing


@dataclass(slots=True)
class Reverse(Standing):
    """A lot whose lowest offer leads."""

    needs: ClassVar[type[Form] | type[None]] = Demand
    falls_through: ClassVar[bool] = False

    unmet: ClassVar[str] = "above the reserve"

    def deserves(self, offer: Offer) -> set[str | None]:
        """Return what an offer deserves: it is at most the ceiling, then at most the price less an increment."""
        price, most = self.price_fen, self.terms.start_fen
        if price is not None:
            most = 2 * price - self.terms.above(price)
        if offer.amount_fen is None or offer.amount_fen > most:
            return {"auctions/not-low-enough" if self.leader else "auctions/above-ceiling"}
        again = self.leader is not None and self.leader.code == offer.code
        return {"auctions/already-lowest" if again and not self.terms.profile.flag("leader_may_raise") else None}

    def meets_reserve(self) -> bool | None:
        """Say whether the demander would pay the price."""
        reserve, price = self.terms.reserve_fen, self.price_fen
        return None if reserve is None or price is None else price <= reserve

    def reserve_amiss(self) -> Iterator[str]:
        """Say what is wrong with an opened reserve."""
        if self.terms.reserve_fen is not None and self.terms.reserve_fen > self.terms.start_fen:
            yield "has a reserve above its ceiling"
