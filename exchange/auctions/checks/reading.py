"""Reading what a lot's announcement says."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ledger.audit.reading import Reader
from ledger.kernel.ids import OrganisationId

from ..model import Format


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One entry: what it publishes, what of its sealed fields was opened, and the arrival that caused it."""

    data: Reader
    opened: Reader
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A bid as the record tells it. `amount_fen` is None while it is parked, or a maximum, and not opened."""

    id: str
    code: str
    placed_at: datetime
    amount_fen: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What every later entry of the lot is held to. `reserve_fen` and `excluded` are empty unless opened."""

    rule: str
    seller: str
    listing: str | None
    start_fen: int
    bands: tuple[tuple[int, int], ...]
    deposit_fen: int
    appraisal_fen: int | None
    has_reserve: bool
    opens_at: datetime
    closes_at: datetime
    excluded_count: int
    profile: Reader
    reserve_fen: int | None = None
    excluded: frozenset[str] = field(default_factory=frozenset)

    @property
    def format(self) -> Format:
        """How the price is found; a version that does not say is open ascending."""
        return Format(self.profile.text("format")) if self.profile.has("format") else Format.ASCENDING

    @property
    def extension(self) -> timedelta:
        """How much time an accepted bid leaves."""
        return timedelta(seconds=self.profile.number("extension_s"))

    @property
    def grace(self) -> timedelta:
        """How long after the end an arrival is parked."""
        return timedelta(milliseconds=self.profile.number("grace_ms"))

    def setting(self, name: str) -> int:
        """Return a number of the profile that a version leaves out where it is 0."""
        return self.profile.number(name) if self.profile.has(name) else 0

    def least_after(self, price_fen: int | None) -> int:
        """Return the least a bid must offer."""
        return self.start_fen if price_fen is None else self.above(price_fen)

    def above(self, price_fen: int) -> int:
        """Return a price one increment higher."""
        increment = 1
        for from_fen, increment_fen in self.bands:
            if from_fen <= price_fen:
                increment = increment_fen
        return price_fen + increment


def announcement(rule: str, data: Reader, opened: Reader) -> Announcement:
    """Read what an `auction.lot_announced` says."""
    excluded = opened.written.get("excluded", ())
    return Announcement(
        rule=rule,
        seller=data.id("seller", OrganisationId),
        listing=data.text_or_none("listing"),
        start_fen=data.fen("start_price_fen"),
        bands=tuple((band.fen("from_fen"), band.fen("increment_fen")) for band in data.each("increments")),
        deposit_fen=data.fen("deposit_fen"),
        appraisal_fen=data.fen_or_none("appraisal_fen"),
        has_reserve=data.flag("has_reserve"),
        opens_at=data.instant("opens_at"),
        closes_at=data.instant("closes_at"),
        excluded_count=data.number("excluded_count"),
        profile=data.inside("profile"),
        reserve_fen=opened.fen_or_none("reserve_fen") if opened.has("reserve_fen") else None,
        excluded=frozenset(map(str, excluded)) if isinstance(excluded, list | tuple) else frozenset(),
    )
