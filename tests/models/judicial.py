"""Bidding with ranked pre-emption and interruptions, as somebody at the side of the hall would follow it.

It keeps a list of what was offered and by whom, and finds who leads by sorting: highest amount first, then the best
rank, then the earliest. An interruption moves the end.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

NO_RIGHT = 10**6


@dataclass(slots=True)
class Judicial:
    """A lot; `ranks` by bidder. `offers` are (amount in fen, rank, turn, bidder), those that count."""

    ends_at: datetime
    ranks: dict[str, int]
    start: int = 100_000
    step: int = 1_000
    window: timedelta = timedelta(minutes=5)
    offers: list[tuple[int, int, int, str]] = field(default_factory=list)

    @property
    def best(self) -> tuple[int, int, int, str] | None:
        """Who would have it now."""
        return min(self.offers, key=lambda one: (-one[0], one[1], one[2]), default=None)

    @property
    def price(self) -> int | None:
        """What it would go for."""
        return self.best[0] if self.best else None

    @property
    def leader(self) -> str | None:
        """Whose it would be."""
        return self.best[3] if self.best else None

    @property
    def accepted(self) -> int:
        """How many offers counted."""
        return len(self.offers)

    def sells(self, reserve: int | None) -> bool:
        """Whether it would be sold if it closed now."""
        return bool(self.offers)

    def hear(self, who: str, amount: int, at: datetime) -> str:
        """Say what a bid hears, and remember it if it counts."""
        offer = (amount, self.ranks.get(who, NO_RIGHT), len(self.offers), who)
        if at >= self.ends_at:
            return "past-end"
        if self.best is None:
            if amount < self.start:
                return "below-start"
        else:
            same, better = amount == self.best[0], offer[1] < self.best[1]
            if not (same and better) and amount < self.best[0] + self.step:
                return "below-increment"
            if self.best[3] == who:
                return "already-leading"
        self.offers.append(offer)
        self.ends_at = max(self.ends_at, at + self.window)
        return "accepted"

    def interrupt(self, since: datetime, until: datetime) -> None:
        """Nobody could bid for a while: the time that was left is left again, and never less than a window."""
        self.ends_at = until + max(self.ends_at - since, self.window)
