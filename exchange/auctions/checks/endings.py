"""How a lot ends on the record: sold to whom and for how much, unsold and why, withdrawn, or fallen through."""

from collections.abc import Callable, Mapping

from ledger.audit.reading import Reader

from ..model import (
    LOT_SOLD,
    LOT_UNSOLD,
    LOT_WITHDRAWN,
    SALE_FELL_THROUGH,
    UNITS_SOLD,
    BidId,
    Fault,
    State,
)
from .besides import Besides
from .reading import Said
from .standing import Standing


class Endings(Besides):
    """The part of a fold that tells how the lot ended."""

    _accepted: int

    def _endings(self) -> Mapping[str, Callable[[Standing, Said], None]]:
        return {
            LOT_SOLD.name: self._sold,
            UNITS_SOLD.name: self._units_sold,
            LOT_UNSOLD.name: self._unsold,
            LOT_WITHDRAWN.name: self._withdrawn,
            SALE_FELL_THROUGH.name: self._fell_through,
        }

    def _sold(self, standing: Standing, said: Said) -> None:
        self._closing(standing, said)
        self._state = State.SOLD
        leader, price = standing.leader, standing.price_fen
        if leader is None:
            self._find("sells a lot nobody bid for")
            return
        named = (said.data.id("bid", BidId), said.data.text("code"), said.data.fen("price_fen"))
        won = (leader.id, leader.code, price)
        self._expect(named == won, f"should sell to {won[1]} at {won[2]} fen by {won[0]}")
        self._expect(standing.meets_reserve() is not False, f"sells {standing.unmet}")
        self._identify(standing.terms, said.data.text("code"), said.opened, "buyer")

    def _units_sold(self, standing: Standing, said: Said) -> None:
        self._closing(standing, said)
        self._state = State.SOLD
        for fault in standing.sell(said):
            self._find(fault)
        for code, buyer in standing.buyers(said):
            self._identify(standing.terms, code, buyer, "buyer")

    def _unsold(self, standing: Standing, said: Said) -> None:
        self._closing(standing, said)
        self._state = State.UNSOLD
        reason = "reserve-not-met" if standing.leader else "no-bids"
        self._expect(said.data.text("reason") == reason, f"should give the reason {reason}")
        if standing.leader is not None:
            self._expect(standing.terms.has_reserve, "withholds the lot from its leader without a reserve")
        self._expect(standing.meets_reserve() is not True, "withholds the lot though the reserve is met")

    def _withdrawn(self, standing: Standing, said: Said) -> None:
        self._expect(said.at < standing.terms.opens_at and not self._bids, "withdraws the lot after bidding began")
        self._done_by(standing.terms.seller, said.opened)
        self._state = State.WITHDRAWN

    def _fell_through(self, standing: Standing, said: Said) -> None:
        self._expect(standing.falls_through, "takes a sale back that is final under this format")
        self._state = State.FELL_THROUGH
        self._expect(said.data.text("fault") in set(Fault), "blames neither the seller nor the buyer")
        won = standing.leader.code if standing.leader else None
        self._expect(said.data.text("code") == won, f"should name {won}, who had won")

    def _closing(self, standing: Standing, said: Said) -> None:
        self._expect(not self._parked, f"closes the lot over {len(self._parked)} parked bids")
        self._expect(said.at >= self._ends_at + standing.terms.grace, "closes the lot before its time")
        self._expect(said.data.number("bids") == self._accepted, f"should count {self._accepted} bids")

    def _done_by(self, organisation: str | None, opened: Reader) -> None:
        raise NotImplementedError
