"""Reading what a lot's announcement says."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ledger.audit.reading import Reader
from ledger.kernel.ids import OrganisationId

from ..model import Format, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One entry: its kind, what it publishes, what of its sealed fields was opened, and the arrival that caused it."""

    kind: str
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
    rank: int | None = None  # of its code, where that is a priority code


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

    def number(self, name: str) -> int:
        """Return a number of the profile; one that it does not name is 0."""
        return self.profile.number(name) if self.profile.has(name) else 0

    def asks(self, name: str) -> bool:
        """Whether the profile asks for something; one that does not name it does not."""
        return self.profile.flag(name) if self.profile.has(name) else False

    @property
    def extension(self) -> timedelta:
        """How much time an accepted bid leaves."""
        return timedelta(seconds=self.profile.number("extension_s"))

    @property
    def free_until(self) -> datetime:
        """When the time ends that the profile asks for at least: before the first timed round, where there are any."""
        return self.closes_at - self.extension if self.format is Format.ROUNDS else self.closes_at

    @property
    def grace(self) -> timedelta:
        """How long after the end an arrival is parked."""
        return timedelta(milliseconds=self.profile.number("grace_ms"))

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """What the entries amount to; each field should equal the lot's row of the same meaning."""

    state: State
    price_fen: int | None
    leader_code: str | None
    leader_bid: str | None
    ends_at: datetime
    bid_count: int
    decision_count: int
    parked: tuple[str, ...]  # bid ids, in the order of parking
    parked_since: datetime | None
    opens_at: datetime
    suspended_at: datetime | None
    codes: tuple[str, ...]  # in the order their deposits were confirmed
    extra_rounds: int = 0
    bid_freely: frozenset[str] = frozenset()


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
