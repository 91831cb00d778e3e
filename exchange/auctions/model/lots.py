"""A lot, its terms, its bids and who may place them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from ledger.kernel.ids import Id, OrganisationId
from ledger.kernel.money import Fen

from .forms import Form
from .profiles import Profile


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
    OPENING = "opening"  # bidders, each opening its envelope (开标); then the clock
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
    OPENING = "opening"  # it is too late; envelopes are opened
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
    form: Form | None = None  # what the profile's format asks for besides


@dataclass(frozen=True, slots=True, kw_only=True)
class Bidder:
    """An organisation that may bid for one lot (竞买人), under a code. `deposit_fen` is what was confirmed, or 0."""

    organisation: OrganisationId
    code: BidderCode
    deposit_fen: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """At which step of a falling clock a price was taken: the one the bidder saw, and the one its arrival fell in."""

    seen: int
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bid:
    """A price somebody offered (出价), and when it reached the platform.

    Where the platform bids on a bidder's behalf, `amount_fen` is what the bid stands at, and `maximum_fen` how far it
    may go (最高限价); that is told to nobody.
    """

    id: BidId
    organisation: OrganisationId
    code: BidderCode
    amount_fen: Fen
    arrived_at: datetime
    maximum_fen: Fen | None = None
    click: Click | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A sealed bid (密封报价): nobody knows its amount before its bidder has opened it, the operator neither."""

    id: BidId
    organisation: OrganisationId
    code: BidderCode
    commitment: str  # SHA-256, lower-case hex
    lodged_at: datetime
    amount_fen: Fen | None = None  # None: not opened
    nonce: str | None = None


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
    envelopes: tuple[Envelope, ...] = ()  # one to a bidder, as they were handed over

    @property
    def price_fen(self) -> Fen | None:
        """The current price: the leading amount."""
        return self.leader.amount_fen if self.leader else None

    def bars(self, organisation: OrganisationId) -> bool:
        """Whether `organisation` may never bid: the seller (拍卖法 art. 30), or one of those of art. 34."""
        return organisation == self.seller or organisation in self.excluded


@dataclass(frozen=True, slots=True, kw_only=True)
class BidOutcome:
    """What became of one bid: `refusal` is a code, `number` the lot's decision number; a parked bid has neither."""

    bid: Bid
    state: BidState
    refusal: str | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFace:
    """What a falling clock shows at an instant. `next_at` is when it next falls; None at the floor."""

    step: int
    price_fen: Fen
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LotView:
    """A lot as a reader at `at` may see it: never the reserve, never who is behind a code."""

    lot: Lot
    phase: Phase
    minimum_next_fen: Fen
    version: int
    face: ClockFace | None = None  # where the price falls by itself and nobody has taken it


@dataclass(frozen=True, slots=True, kw_only=True)
class BidRow:
    """A bid as it stands now."""

    lot: LotId
    bid: Bid
    state: BidState
    refusal: str | None
    number: int | None
