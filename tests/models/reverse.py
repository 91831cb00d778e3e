"""Bidding down for a demand, as a buyer with a list of quotes would hold it: the whole list is gone over each time.

It is given quotes one after another, in the order in which they are decided; windows and parking are not its business.
It imports nothing of the wing: `tests/unit/test_models.py` reads its imports.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass
class Quotes:
    """The quotes that count, each with who made it and when it came."""

    ceiling: int
    step: int
    closes_at: datetime
    window: timedelta
    taken: list[tuple[int, str, datetime]] = field(default_factory=list)

    @property
    def price(self) -> int | None:
        """The lowest quote."""
        return min((amount for amount, _, _ in self.taken), default=None)

    @property
    def leader(self) -> str | None:
        """Whose it is."""
        return min(self.taken)[1] if self.taken else None

    @property
    def accepted(self) -> int:
        return len(self.taken)

    @property
    def ends_at(self) -> datetime:
        return max([self.closes_at, *(at + self.window for _, _, at in self.taken)])

    def hear(self, who: str, amount: int, at: datetime) -> str:
        """Take a quote, or say in a word why not."""
        if at >= self.ends_at:
            return "past-end"
        if self.price is None and amount > self.ceiling:
            return "above-ceiling"
        if self.price is not None and self.price - amount < self.step:
            return "not-low-enough"
        if who == self.leader:
            return "already-lowest"
        self.taken.append((amount, who, at))
        return "accepted"

    def sells(self, reserve: int | None) -> bool:
        """Whether the demander buys at the lowest."""
        return self.price is not None and (reserve is None or self.price <= reserve)
