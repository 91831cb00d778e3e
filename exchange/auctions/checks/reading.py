"""Reading entries of somebody else's making: every shape is doubted, and named when it is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from ledger.kernel import instant
from ledger.kernel.errors import Refusal
from ledger.kernel.ids import Id, OrganisationId

Entry: TypeAlias = Mapping[str, object]


class UnreadableError(ValueError):
    """A field is missing or is not what its name promises."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The fields of one mapping, by type; each method raises `UnreadableError`."""

    written: Mapping[str, object]

    def text(self, name: str) -> str:
        """Return a string."""
        value = self._value(name)
        if not isinstance(value, str):
            raise UnreadableError(f"{name} is not a string")
        return value

    def id(self, name: str, kind: type[Id]) -> str:
        """Return an identifier of that kind."""
        try:
            return kind(self.text(name))
        except Refusal as refusal:
            raise UnreadableError(f"{name} is not an identifier") from refusal

    def number(self, name: str) -> int:
        """Return an integer."""
        value = self._value(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise UnreadableError(f"{name} is not a whole number")
        return value

    def flag(self, name: str) -> bool:
        """Return true or false."""
        value = self._value(name)
        if not isinstance(value, bool):
            raise UnreadableError(f"{name} is neither true nor false")
        return value

    def fen(self, name: str) -> int:
        """Return an amount, written as digits."""
        text = self.text(name)
        if not (text.isascii() and text.isdigit()):
            raise UnreadableError(f"{name} is not a string of digits")
        return int(text)

    def instant(self, name: str) -> datetime:
        """Return an instant."""
        try:
            return instant.parse(self.text(name))
        except Refusal as refusal:
            raise UnreadableError(f"{name} is not an instant") from refusal

    def fen_or_none(self, name: str) -> int | None:
        """Return an amount, or None where the field is null."""
        return None if self._value(name) is None else self.fen(name)

    def text_or_none(self, name: str) -> str | None:
        """Return a string, or None where the field is null."""
        return None if self._value(name) is None else self.text(name)

    def inside(self, name: str) -> "Reader":
        """Return a nested mapping."""
        value = self._value(name)
        if not isinstance(value, Mapping):
            raise UnreadableError(f"{name} is not an object")
        return Reader(value)

    def each(self, name: str) -> list["Reader"]:
        """Return the mappings of a list."""
        value = self._value(name)
        if not isinstance(value, list | tuple) or not all(isinstance(item, Mapping) for item in value):
            raise UnreadableError(f"{name} is not a list of objects")
        return [Reader(item) for item in value]

    def has(self, name: str) -> bool:
        """Return whether the field is there at all, as an opened one may not be."""
        return name in self.written

    def _value(self, name: str) -> object:
        if name not in self.written:
            raise UnreadableError(f"{name} is missing")
        return self.written[name]


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
    def extension(self) -> timedelta:
        """How much time an accepted bid leaves."""
        return timedelta(seconds=self.profile.number("extension_s"))

    @property
    def grace(self) -> timedelta:
        """How long after the end an arrival is parked."""
        return timedelta(milliseconds=self.profile.number("grace_ms"))

    def least_after(self, price_fen: int | None) -> int:
        """Return the least a bid must offer."""
        if price_fen is None:
            return self.start_fen
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
