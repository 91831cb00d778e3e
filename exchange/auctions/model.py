"""The nouns of an auction: profiles, lots, bids, commands, decisions, and what the record says of them.

No behaviour beyond arithmetic on their own fields. What is lawful is in `rules`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NewType, Self, TypeAlias, cast

from ledger.kernel.canonical import Json
from ledger.kernel.cause import Cause
from ledger.kernel.errors import invariant
from ledger.kernel.ids import Id, OrganisationId
from ledger.kernel.money import Fen
from ledger.log.model import Event, event_kind


class LotId(Id, prefix="lot"):
    """Names a lot; also the subject of its entries."""


class BidId(Id, prefix="bid"):
    """Names a bid from the moment it arrives, whatever becomes of it."""


BidderCode = NewType("BidderCode", str)
"""What the public calls a bidder of one lot (竞买代码); unique within the lot, and the store sees to that."""


class State(StrEnum):
    """How far along a lot is; the comment says who acts next. Windows are instants, not states: see `rules.phase`."""

    DRAFT = "draft"  # seller: still writing; nobody else may know
    ANNOUNCED = "announced"  # bidders, from opening to the effective end; then the clock
    SOLD = "sold"  # contracts: the leader has won
    FELL_THROUGH = (
        "fell_through"  # seller: may offer it again, though not to a buyer in default (法释〔2016〕18号 art. 24)
    )
    UNSOLD = "unsold"  # seller: may offer it again
    WITHDRAWN = "withdrawn"  # nobody: the seller took it back before bidding began


class Phase(StrEnum):
    """What a reader should show of a lot at an instant; the comment says what a bid would meet."""

    DRAFT = "draft"  # nothing: the lot is not public
    UPCOMING = "upcoming"  # it is too early
    OPEN = "open"  # it is decided at once
    GRACE = "grace"  # it is parked
    CLOSING = "closing"  # it is too late, though the result is not out
    CLOSED = "closed"  # it is too late


class BidState(StrEnum):
    """What has become of a bid; the comment says who acts next."""

    ACCEPTED = "accepted"  # nobody: it binds until a higher one is accepted (拍卖法 art. 36)
    PARKED = "parked"  # the clock: decided when the grace is over
    REFUSED = "refused"  # nobody: the refusal code says why


class Fault(StrEnum):
    """Through whom a sale came to nothing."""

    SELLER = "seller"
    BUYER = "buyer"  # 悔拍
    NOBODY = "nobody"  # what was tried was not taken up (先用后付)


class UnsoldReason(StrEnum):
    """Why a lot found no buyer."""

    NO_BIDS = "no-bids"  # 流拍, 法释〔2016〕18号 art. 26
    RESERVE_NOT_MET = "reserve-not-met"  # 拍卖法 art. 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A published version of the bidding rules (竞价规则版本): dated data, never edited.

    A share is in basis points (`_bp`): of the start price for deposits, of the appraisal for the start price.
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

    def __post_init__(self) -> None:
        periods = (self.min_bidding_s, self.extension_s, self.grace_ms, self.start_min_bp, self.version)
        invariant(min(periods) >= 0, "a profile's numbers are not negative")
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
        return asdict(self) | {"effective_from": self.effective_from.isoformat()}

    @classmethod
    def from_json(cls, written: Mapping[str, Json]) -> Self:
        """Read what `to_json` wrote; a missing or unknown field is our own mistake."""
        invariant(set(written) == {one.name for one in fields(cls)}, "a profile is written with exactly its fields")
        values = dict(written) | {"effective_from": date.fromisoformat(str(written["effective_from"]))}
        return cls(**cast("dict[str, Any]", values))  # Any: a mapping has one value type, the fields have several


@dataclass(frozen=True, slots=True)
class Band:
    """From this price upward, a bid must exceed the price by at least this much."""

    from_fen: Fen
    increment_fen: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the seller fixes before anybody bids. `closes_at` is the announced end: extensions leave it alone."""

    start_price_fen: Fen  # 起拍价
    increments: tuple[Band, ...]  # 加价幅度, from 0 upward; empty: any strictly higher bid
    deposit_fen: Fen  # 保证金
    reserve_fen: Fen | None  # 保留价, kept secret (拍卖法 art. 28)
    appraisal_fen: Fen | None  # 评估价
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Bidder:
    """An organisation that may bid for one lot (竞买人), under a code. `deposit_fen` is what was confirmed, or 0."""

    organisation: OrganisationId
    code: BidderCode
    deposit_fen: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Bid:
    """A price somebody offered (出价), and when it reached the platform."""

    id: BidId
    organisation: OrganisationId
    code: BidderCode
    amount_fen: Fen
    arrived_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Something on auction (标的). What it is, its listing says; `excluded` may never bid for it (art. 34)."""

    id: LotId
    seller: OrganisationId
    listing: str | None
    excluded: frozenset[OrganisationId]
    profile: Profile
    terms: Terms
    state: State
    announced_at: datetime | None  # None: the public never saw it
    ends_at: datetime  # the effective end: the only end a reader may show
    leader: Bid | None = None
    bid_count: int = 0  # accepted
    decision_count: int = 0  # accepted, and refused after parking: the numbers of the lot's decisions
    parked: tuple[Bid, ...] = ()  # in the order of parking
    parked_since: datetime | None = None  # the effective end at which parking began
    fault: Fault | None = None  # of a sale that fell through

    @property
    def price_fen(self) -> Fen | None:
        """The current price: the leading amount."""
        return self.leader.amount_fen if self.leader else None

    def bars(self, organisation: OrganisationId) -> bool:
        """Whether `organisation` may never bid: the seller (拍卖法 art. 30), or one of those of art. 34."""
        return organisation == self.seller or organisation in self.excluded


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Begin a lot for the asking organisation. `listing` and `excluded` are facts established by the caller."""

    lot: LotId
    listing: str | None
    excluded: frozenset[OrganisationId]
    profile: str
    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Revise:
    """Replace the terms of a draft."""

    profile: str
    terms: Terms


@dataclass(frozen=True, slots=True)
class Announce:
    """Publish the lot: from now on its terms stand."""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take the lot back before bidding begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmDeposit:
    """Record that an organisation's deposit has arrived, and let it bid as `code` (art. 18)."""

    organisation: OrganisationId
    amount_fen: Fen
    payment_reference: str
    code: BidderCode


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceBid:
    """Offer a price. Irrevocable (拍卖法 art. 36)."""

    bid: BidId
    amount_fen: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class FallThrough:
    """Record that the sale came to nothing: no contract, or no payment. A fact established by the caller."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Tick:
    """Let time act on the lot: decide parked bids, then close it if its end has passed."""


Command: TypeAlias = Revise | Announce | Withdraw | ConfirmDeposit | PlaceBid | Tick | FallThrough
COMMANDS: tuple[type[Command], ...] = (Revise, Announce, Withdraw, ConfirmDeposit, PlaceBid, Tick, FallThrough)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A command with its cause and, for bids and deposits, the organisation's standing on the lot if it has one."""

    command: Command
    cause: Cause
    bidder: Bidder | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BidOutcome:
    """What became of one bid: `refusal` is a code, `number` the lot's decision number; a parked bid has neither."""

    bid: Bid
    state: BidState
    refusal: str | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LotView:
    """A lot as a reader at `at` may see it: never the reserve, never who is behind a code."""

    lot: Lot
    phase: Phase
    minimum_next_fen: Fen
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BidRow:
    """A bid as it stands now."""

    lot: LotId
    bid: Bid
    state: BidState
    refusal: str | None
    number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What accepting a command changes: the lot, what to record, which bids to write, whom to let bid."""

    lot: Lot
    events: tuple[Event, ...] = ()
    outcomes: tuple[BidOutcome, ...] = ()
    bidder: Bidder | None = None


# What the record says. Codes and decided amounts are public (art. 20); who is behind a code is not (art. 18).
# `profile` carries the numbers of the rule version, so that an outsider needs no other source to recompute a result.
# `by` is the organisation and the person who acted, or the clock; `excluded_count` lets nobody be barred unseen.
LOT_ANNOUNCED = event_kind(
    "auction.lot_announced",
    public="seller listing profile start_price_fen increments deposit_fen appraisal_fen has_reserve opens_at closes_at"
    " excluded_count",
    sealed="reserve_fen excluded by",
)
LOT_WITHDRAWN = event_kind("auction.lot_withdrawn", public="", sealed="by")
DEPOSIT_CONFIRMED = event_kind(
    "auction.deposit_confirmed", public="code", sealed="bidder amount_fen payment_reference by"
)
# `placed_at` is the bid's own arrival; the entry's `arrived_at` is later when the bid had been parked.
BID_ACCEPTED = event_kind(
    "auction.bid_accepted", public="bid code amount_fen placed_at number price_fen ends_at", sealed="bidder by"
)
# An undecided amount is sealed: were it public, others in the grace could answer a bid that may never count.
# Its digest holds the operator to it; the decision publishes it.
BID_PARKED = event_kind("auction.bid_parked", public="bid code", sealed="bidder amount_fen by")
BID_REFUSED = event_kind("auction.bid_refused", public="bid code amount_fen placed_at number reason", sealed="bidder")
LOT_SOLD = event_kind("auction.lot_sold", public="bid code price_fen bids", sealed="buyer")
LOT_UNSOLD = event_kind("auction.lot_unsold", public="reason bids")
SALE_FELL_THROUGH = event_kind("auction.sale_fell_through", public="code fault")

KINDS = (
    LOT_ANNOUNCED,
    LOT_WITHDRAWN,
    DEPOSIT_CONFIRMED,
    BID_ACCEPTED,
    BID_PARKED,
    BID_REFUSED,
    LOT_SOLD,
    LOT_UNSOLD,
    SALE_FELL_THROUGH,
)
"""Everything that can happen to a lot on the record."""
