"""The nouns of the terms of settlement: dated data, cited by version."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Self, cast

from ledger.kernel.canonical import Json
from ledger.kernel.errors import invariant
from ledger.kernel.money import WHOLE_BP, Fen


@dataclass(frozen=True, slots=True)
class Band:
    """From this much of the price upward, the fee is at this rate, in basis points."""

    from_fen: Fen
    rate_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A published version of the terms of settlement (结算规则版本): dated data, never edited."""

    id: str
    version: int
    effective_from: date  # in China; a settlement opened from this day runs under it
    fee_bands: tuple[Band, ...]  # marginal, from 0 upward: the exchange's fee, out of the price
    pay_within_days: int  # working days from when the contract takes effect
    reward_min_bp: int  # of net income, for the inventors of a state-established institution (转化法 art. 45)

    def __post_init__(self) -> None:
        starts = [band.from_fen for band in self.fee_bands]
        invariant(starts[:1] == [0] and starts == sorted(set(starts)), "fee bands begin at 0 and rise")
        invariant(all(0 <= band.rate_bp <= WHOLE_BP for band in self.fee_bands), "a fee is a share of the price")
        invariant(0 <= self.reward_min_bp <= WHOLE_BP and self.pay_within_days > 0, "terms are in range")

    @property
    def ref(self) -> str:
        """How decisions and entries cite this version: `settlement-2026@1`."""
        return f"{self.id}@{self.version}"

    def to_json(self) -> dict[str, Json]:
        """Write the terms for an entry."""
        bands = [{"from_fen": str(band.from_fen), "rate_bp": band.rate_bp} for band in self.fee_bands]
        return asdict(self) | {"effective_from": self.effective_from.isoformat(), "fee_bands": bands}

    @classmethod
    def from_json(cls, written: Mapping[str, Json]) -> Self:
        """Read what `to_json` wrote; a missing or unknown field is our own mistake."""
        invariant(set(written) == {one.name for one in fields(cls)}, "terms are written with exactly their fields")
        bands = cast("list[dict[str, Any]]", written["fee_bands"])  # Any: as `to_json` wrote them
        values = dict(written) | {
            "effective_from": date.fromisoformat(str(written["effective_from"])),
            "fee_bands": tuple(Band(Fen(int(band["from_fen"])), int(band["rate_bp"])) for band in bands),
        }
        return cls(**cast("dict[str, Any]", values))  # Any: the fields have several types
