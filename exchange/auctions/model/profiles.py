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

    @property
    def ranks(self) -> bool:
        """Whether the bid that each bidder stands by counts, and not the leading one alone."""
        return self in {Format.SCORED, Format.UNIFORM}


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
    must_bid_free: bool = False  # who has not bid in the free period may not bid in the timed rounds
    rounds_most: int = 0  # at this many timed rounds a bid begins no other; 0 is no bound
    price_weight_min_bp: int = 0  # the least share of a total that the price makes up
    panel_min: int = 0  # the fewest panellists; there is always an odd number of them
    scoring_s: int = 0  # how long a panel has from a deposit, and until bidding opens at the least
    needs_appraisal: bool = False  # or, without one, what the price was set by (法释〔2016〕18号 art. 10)
    reserve_is_start: bool = False  # no secret reserve stands above the start price (art. 10)
    notice_s: int = 0  # from announcement to opening, at least (art. 12)
    renotice_s: int = 0  # the same of a lot that is offered again (art. 26)
    matches: bool = False  # holders of a right of pre-emption may offer the leader's own price (art. 21)
    holder_notice_s: int = 0  # from telling such a holder to announcement, at least (art. 16)
    reauction_s: int = 0  # from an end without bids to the next opening, at most; 0: no lot follows another (art. 26)
    cut_max_bp: int = 0  # of the start price before, by which the next may be lower, at most (art. 26)
    attempts_max: int = 0  # how often in all a listing may be offered (art. 26)
    resume_s: int = 0  # from the end of its cause to a suspension's own, at most; 0: no limit (art. 28)
    confirms: bool = False  # after the sale, who has bought is confirmed in public (art. 22)

    def __post_init__(self) -> None:
        numbers = [value for one in fields(self) if isinstance(value := getattr(self, one.name), int)]
        invariant(min(numbers) >= 0, "a profile's numbers are not negative")
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
    def scoring(self) -> timedelta:
        """How long a panel has to score who has paid its deposit."""
        return timedelta(seconds=self.scoring_s)

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
