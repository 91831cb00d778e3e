"""Bidding in a free period and timed rounds, as somebody with a stopwatch and a slate would hold it.

It is given bids one after another, in the order in which they are decided; windows and parking are not its business. It
imports nothing of the wing: `tests/unit/test_models.py` reads its imports.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass
class Slate:
    """What is written up: the price, whose it is, until when, in which round, and who has bid freely."""

    start: int
    step: int
    free_until: datetime
    length: timedelta
    asks_free_bid: bool = False
    most_rounds: int = 0
    price: int | None = None
    leader: str | None = None
    accepted: int = 0
    later_rounds: list[datetime] = field(default_factory=list)  # when each began
    free: list[str] = field(default_factory=list)

    @property
    def ends_at(self) -> datetime:
        """A round after the last one began."""
        return max([self.free_until, *self.later_rounds]) + self.length

    def hear(self, who: str, amount: int, at: datetime) -> str:
        """Take a bid, or say in a word why not."""
        if at >= self.ends_at:
            return "past-end"
        if at >= self.free_until and self.asks_free_bid and who not in self.free:
            return "did-not-bid-freely"
        if self.price is None and amount < self.start:
            return "below-start"
        if self.price is not None and amount < self.price + self.step:
            return "below-increment"
        if who == self.leader:
            return "already-leading"
        self.price, self.leader, self.accepted = amount, who, self.accepted + 1
        if at < self.free_until:
            self.free.append(who)
        elif at > max([self.free_until, *self.later_rounds]) and len(self.later_rounds) + 1 != self.most_rounds:
            self.later_rounds.append(at)
        return "accepted"

    def sells(self, reserve: int | None) -> bool:
        """Whether there is a sale when the last round is over."""
        return self.price is not None and self.price >= (reserve or 0)
