"""Open ascending bidding as somebody at the side of the hall would follow it: one bid after another, no windows.

It is given bids in the order in which they were decided, with the instants of their arrival, and says what each hears.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(slots=True)
class Ascending:
    """A lot, its price in fen and who leads; `steps` are (from price, increment) from 0 upward."""

    ends_at: datetime
    start: int = 100_000
    steps: tuple[tuple[int, int], ...] = ((0, 1_000),)
    window: timedelta = timedelta(minutes=5)
    reserve: int = 0
    may_raise: bool = False
    price: int | None = None
    leader: str | None = None
    accepted: int = 0

    def least(self) -> int:
        """What a bid must reach now."""
        return self.start if self.price is None else self.price + self.step(self.price)

    def step(self, price: int) -> int:
        """The increment at a price."""
        found = 1
        for low, step in self.steps:
            if low <= price:
                found = step
        return found

    def hear(self, who: str, amount: int, at: datetime) -> str:
        """Say what a bid hears, and remember it if it counts."""
        if at >= self.ends_at:
            return "past-end"
        if amount < self.least():
            return "below-start" if self.price is None else "below-increment"
        if who == self.leader and not self.may_raise:
            return "already-leading"
        self.price, self.leader = amount, who
        self.ends_at = max(self.ends_at, at + self.window)
        self.accepted += 1
        return "accepted"

    def sells(self, reserve: int | None) -> bool:
        """Whether it would be sold if it closed now."""
        return self.price is not None and self.price >= (reserve or 0)
