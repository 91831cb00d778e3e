"""What a fold of a royalty reads, and what it amounts to; and what is due, worked out a second time in fractions."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import floor

from ledger.audit.reading import Reader
from ledger.kernel.calendar import end_of

from ..model import Every, PeriodState, RoyaltyState, Scale

_HALF = Fraction(1, 2)
_WHOLE = 10_000


@dataclass(slots=True, kw_only=True)
class PeriodFold:
    """A period, as far as the entries have come. `stated_fen` is known only where it was opened."""

    number: int
    ends_at: datetime
    statement_by: datetime
    state: PeriodState = PeriodState.RUNNING
    sales_fen: int | None = None
    audit_from: datetime | None = None
    audited: bool = False
    due_fen: int = 0
    owed_at: datetime | None = None
    pay_by: datetime | None = None
    overdue: bool = False
    costs_fen: int = 0
    payments: int = 0
    paid_fen: int = 0
    divided_fen: int = 0
    paid_at: datetime | None = None
    divide_by: datetime | None = None

    @property
    def royalty_fen(self) -> int:
        """All that was ever owed as royalty."""
        return self.paid_fen + self.due_fen - self.costs_fen


@dataclass(slots=True, kw_only=True)
class RoyaltyFold:
    """What the entries amount to; each field should equal the royalty's of the same meaning."""

    rule: str
    settlement: str
    deal: str
    seller: str
    reward_min_bp: int
    settled_under: str
    starts_on: date
    every: Every
    count: int
    state: RoyaltyState = RoyaltyState.PROPOSED
    periods: list[PeriodFold] = field(default_factory=list)
    divided_fen: int = 0
    fee_fen: int = 0
    costs_fen: int = 0
    commission_fen: int = 0
    reward_fen: int = 0

    def over(self, number: int) -> datetime:
        """Return when a period is over: the months are counted one by one, not reckoned."""
        year, month = self.starts_on.year, self.starts_on.month
        for _ in range(number * (3 if self.every is Every.QUARTER else 12)):
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        return end_of(date(year, month, self.starts_on.day) - timedelta(days=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The terms as they were opened."""

    bands: tuple[tuple[int, int], ...]
    scale: Scale
    minimum_fen: int
    cap_fen: int | None
    notice_days: int
    tolerance_bp: int

    @classmethod
    def of(cls, terms: Reader) -> "Opened":
        """Read them. Raises `UnreadableError`."""
        audit = terms.inside("audit")
        return cls(
            bands=tuple((one.fen("from_fen"), one.number("rate_bp")) for one in terms.each("bands")),
            scale=Scale(terms.text("scale")),
            minimum_fen=terms.fen("minimum_fen"),
            cap_fen=terms.fen_or_none("cap_fen"),
            notice_days=audit.number("notice_days"),
            tolerance_bp=audit.number("tolerance_bp"),
        )

    def rated(self, sales_fen: int) -> int:
        """Return what the rates come to on a period's sales."""
        if self.scale is Scale.FLAT:  # at the very foot of a band, its rate
            reached = [rate_bp for low, rate_bp in self.bands if low <= sales_fen]
            return floor(Fraction(sales_fen * reached[-1], _WHOLE) + _HALF) if reached else 0
        exact = Fraction(0)
        for place, (low, rate_bp) in enumerate(self.bands):
            high = self.bands[place + 1][0] if place + 1 < len(self.bands) else sales_fen
            exact += Fraction(max(min(high, sales_fen) - low, 0) * rate_bp, _WHOLE)
        return floor(exact + _HALF)

    def room(self, now: RoyaltyFold, period: PeriodFold) -> int | None:
        """Return what the cap leaves for a period beside all others."""
        if self.cap_fen is None:
            return None
        return max(self.cap_fen - sum(one.royalty_fen for one in now.periods if one is not period), 0)

    def due(self, now: RoyaltyFold, period: PeriodFold, sales_fen: int) -> int:
        """Return the whole royalty of a period on these sales."""
        due, room = max(self.rated(sales_fen), self.minimum_fen), self.room(now, period)
        return due if room is None else min(due, room)

    def short(self, stated_fen: int, found_fen: int) -> bool:
        """Whether what was found is so much more that it is not overlooked."""
        return found_fen > 0 and Fraction(found_fen - stated_fen, found_fen) > Fraction(self.tolerance_bp, _WHOLE)
