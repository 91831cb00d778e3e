"""Formats of auction, and the published versions of the rules each is held under."""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Self, cast

from ledger.kernel.canonical import Json
from ledger.kernel.errors import invariant


class Format(StrEnum):
    """How a price is found; each has a transition table and rules of its own in `rules.formats`."""

    ASCENDING = "ascending"  # 增价竞价, 多次报价
    PROXY = "proxy"  # 增价竞价, 系统按竞买人设定的最高价代为出价
    ROUNDS = "rounds"  # 网络竞价: 自由报价期, 然后限时报价期
    DUTCH = "dutch"  # 降价竞价 (荷兰式)
    FIRST_PRICE = "first-price"  # 一次报价, 密封
    SECOND_PRICE = "second-price"  # 密封第二价格
    SCORED = "scored"  # 权重报价
    UNIFORM = "uniform"  # 多份普通许可统一成交价
    REVERSE = "reverse"  # 反向竞价, 需求方发起

    @property
    def sealed(self) -> bool:
        """Whether amounts must be unreadable until they are opened, by the operator too."""
        return self in {Format.FIRST_PRICE, Format.SECOND_PRICE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A published version of the bidding rules (竞价规则版本): dated data, never edited.

    A share is in basis points (`_bp`): of the start price for deposits, of the appraisal for the start price.
    Fields with a default came later: a version that leaves them at it is written without them, as it always was.
    """

    id: str
    version: int
    effective_from: date  # in China; a lot may be announced under it from this day
    min_bidding_s: int
    extension_s: int  # an accepted bid leaves at least this much time; 0 never extends
    grace_ms: int  # how long after the effective end an arrival is parked; 0 parks nothing
    start_min_bp: int
    deposit_min_bp: int
    deposit_max_bp: int
    needs_deposit: bool
    needs_increments: bool  # otherwise any strictly higher bid will do
    needs_listing: bool
    leader_may_raise: bool
    format: Format = Format.ASCENDING
    floor_min_bp: int = 0  # of the appraisal: how far a clock may fall
    step_min_s: int = 0  # how long a falling price stands at least
    opening_s: int = 0  # how long bidders have to open their envelopes

    def __post_init__(self) -> None:
        periods = (self.min_bidding_s, self.extension_s, self.grace_ms, self.start_min_bp, self.version)
        later = (self.floor_min_bp, self.step_min_s, self.opening_s)
        invariant(min(*periods, *later) >= 0, "a profile's numbers are not negative")
        invariant(0 <= self.deposit_min_bp <= self.deposit_max_bp, "the least deposit is not above the greatest")

    @property
    def ref(self) -> str:
        """How decisions and entries cite this version: `judicial-2016@1`."""
        return f"{self.id}@{self.version}"

    @property
    def extension(self) -> timedelta:
        """How much time an accepted bid leaves for an answer."""
        return timedelta(seconds=self.extension_s)

    @property
    def grace(self) -> timedelta:
        """How long after the effective end arrivals are parked."""
        return timedelta(milliseconds=self.grace_ms)

    def to_json(self) -> dict[str, Json]:
        """Write the profile for a row or an entry."""
        at_rest = {one.name: one.default for one in fields(self) if one.default is not MISSING}
        written = {name: value for name, value in asdict(self).items() if name not in at_rest or value != at_rest[name]}
        return written | {"effective_from": self.effective_from.isoformat()}

    @classmethod
    def from_json(cls, written: Mapping[str, Json]) -> Self:
        """Read what `to_json` wrote; a missing or unknown field is our own mistake."""
        known = {one.name for one in fields(cls)}
        needed = {one.name for one in fields(cls) if one.default is MISSING}
        invariant(needed <= set(written) <= known, "a profile is written with exactly its fields")
        values = dict(written) | {"effective_from": date.fromisoformat(str(written["effective_from"]))}
        values["format"] = Format(str(values.get("format", Format.ASCENDING)))
        return cls(**cast("dict[str, Any]", values))  # Any: a mapping has one value type, the fields have several
