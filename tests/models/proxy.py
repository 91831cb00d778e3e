"""Bidding by maxima as the definition has it: every maximum is kept, and the price worked out anew from all of them.

price = min(highest maximum, second maximum + increment(second maximum)), never below the start; where the highest
meets the reserve, not below the reserve either. Who leads and raises itself leaves the price where it is, unless it
comes to meet the reserve. Bids come in the order in which they were decided.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(slots=True)
class Proxy:
    """A lot whose bidders name maxima, in fen; `steps` are (from price, increment) from 0 upward."""

    ends_at: datetime
    start: int = 100_000
    steps: tuple[tuple[int, int], ...] = ((0, 1_000),)
    window: timedelta = timedelta(minutes=5)
    reserve: int = 0
    maxima: dict[str, tuple[int, int]] = field(default_factory=dict)  # who -> (maximum, minus its place in time)
    price: int | None = None
    accepted: int = 0

    def step(self, price: int) -> int:
        """The increment at a price."""
        found = 1
        for low, step in self.steps:
            if low <= price:
                found = step
        return found

    @property
    def leader(self) -> str | None:
        """Who named the highest maximum, of equals the first."""
        return max(self.maxima, key=lambda who: self.maxima[who], default=None)

    def worth(self) -> int:
        """The price as the definition has it."""
        highest, *others = sorted((most for most, _ in self.maxima.values()), reverse=True)
        price = min(highest, others[0] + self.step(others[0])) if others else self.start
        return max(price, self.start, self.reserve if highest >= self.reserve else 0)

    def least(self) -> int:
        """What a maximum must reach now."""
        return self.start if self.price is None else self.price + self.step(self.price)

    def hear(self, who: str, most: int, at: datetime) -> str:
        """Say what a maximum hears, and remember it if it counts."""
        if at >= self.ends_at:
            return "past-end"
        if most < self.least():
            return "below-start" if self.price is None else "below-increment"
        if who == self.leader and most <= self.maxima[who][0]:
            return "not-a-raise"
        self.accepted += 1
        raised = who == self.leader
        self.maxima[who] = (most, -self.accepted)
        if not raised or self.price is None:
            self.price = self.worth()
        elif most >= self.reserve:
            self.price = max(self.price, self.reserve)
        self.ends_at = max(self.ends_at, at + self.window)
        return "accepted"

    def sells(self, reserve: int | None) -> bool:
        """Whether it would be sold if it closed now."""
        return self.price is not None and self.price >= (reserve or 0)
