"""Several licences at one price as a careful child would keep them: a slip for each bidder, sorted anew every time.

It imports nothing of the wing. Bids come one after another, in the order in which they were decided.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass
class Stall:
    """One lot of `licences` equal ones."""

    ends_at: datetime
    licences: int
    start: int = 100_000
    step: int = 1_000
    window: timedelta = timedelta(minutes=5)

    slips: list[tuple[int, int, str]] = field(default_factory=list)  # minus the amount, when it was taken, whose
    heard: int = 0

    def price(self) -> int:
        lost = sorted(self.slips)[self.licences :]
        return max([self.start, *(-minus for minus, _, _ in lost)])

    def winners(self, reserve: int = 0) -> list[str]:
        return [who for minus, _, who in sorted(self.slips)[: self.licences] if -minus >= reserve]

    def hear(self, who: str, amount: int, at: datetime) -> str:
        """Accept only what wins, a whole step above the bid that it drives out or replaces."""
        if at >= self.ends_at:
            return "past-end"
        if amount < self.start:
            return "below-start"
        mine = [slip for slip in self.slips if slip[2] == who]
        lowest = sorted(self.slips)[self.licences - 1 : self.licences]
        beaten = mine if who in self.winners() else lowest
        if beaten and amount < -beaten[0][0] + self.step:
            return "below-increment"
        self.heard += 1
        self.slips = [slip for slip in self.slips if slip[2] != who] + [(-amount, self.heard, who)]
        self.ends_at = max(self.ends_at, at + self.window)
        return "accepted"
