"""A scored auction as a careful child would keep it: slips of paper, and every total reckoned anew in fractions.

It imports nothing of the wing. Bids come one after another, in the order in which they were decided.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction


@dataclass
class Book:
    """One lot: 60 hundredths for the price, the rest for the criteria, by a panel of three."""

    opens_at: datetime
    ends_at: datetime
    start: int = 100_000
    benchmark: int = 100_000
    price_weight: Fraction = Fraction(60, 100)
    weights: tuple[Fraction, ...] = (Fraction(25, 100), Fraction(15, 100))
    step: int = 1_000
    seats: int = 3
    window: timedelta = timedelta(minutes=5)
    day: timedelta = timedelta(days=1)

    paid: dict[str, datetime] = field(default_factory=dict)
    slips: dict[tuple[str, int], tuple[int, ...]] = field(default_factory=dict)
    prices: dict[str, int] = field(default_factory=dict)
    leader: str | None = None
    heard: int = 0

    def pay(self, who: str, at: datetime) -> None:
        self.paid[who] = at

    def judge(self, who: str, seat: int, scores: tuple[int, ...], at: datetime) -> str:
        if at >= self.ends_at:
            return "past-end"
        if who not in self.paid:
            return "no-such-bidder"
        if (who, seat) in self.slips:
            return "already-scored"
        if at >= self.opens_at and at - self.paid[who] >= self.day:
            return "scoring-over"
        if any(score > 100 or score < 0 for score in scores):
            return "bad-scores"
        self.slips[who, seat] = scores
        return "accepted"

    def judged(self, who: str) -> bool:
        return all((who, seat) in self.slips for seat in range(1, self.seats + 1))

    def total(self, who: str, price: int) -> Fraction:
        points = self.price_weight * 100 * price / self.benchmark
        for nth, weight in enumerate(self.weights):
            points += weight * Fraction(sum(self.slips[who, seat][nth] for seat in range(1, 4)), self.seats)
        return points

    def leads(self, who: str, price: int) -> bool:
        """Whether a price is at least one whole step beyond a price at which the total ties or leads."""
        if price < self.start:
            return False
        if self.leader is None:
            return True
        best = self.total(self.leader, self.prices[self.leader])
        return self.total(who, price - self.step) >= best

    def hear(self, who: str, price: int, at: datetime) -> str:
        if at >= self.ends_at:
            return "past-end"
        if price < self.start:
            return "below-start"
        if not self.leads(who, price):
            return "below-leading-total"
        if who == self.leader:
            return "already-leading"
        self.leader, self.prices[who] = who, price
        self.heard += 1
        self.ends_at = max(self.ends_at, at + self.window)
        return "accepted"
