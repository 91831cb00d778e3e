"""A lot, its terms, its bids and who may place them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
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
    SUSPENDED = "suspended"  # an officer: resumes or cancels it; the time that was left is kept (art. 28)
    SOLD = "sold"  # contracts: the leader has won
    FELL_THROUGH = (
        "fell_through"  # seller: may offer it again, though not to a buyer in default (法释〔2016〕18号 art. 24)
    )
    UNSOLD = "unsold"  # seller: may offer it again
    WITHDRAWN = "withdrawn"  # nobody: the seller took it back before bidding began, or an officer cancelled it


class Phase(StrEnum):
    """What a reader should show of a lot at an instant; the comment says what a bid would meet."""

    DRAFT = "draft"  # nothing: the lot is not public
    UPCOMING = "upcoming"  # it is too early
    OPEN = "open"  # it is decided at once
    GRACE = "grace"  # it is parked
    OPENING = "opening"  # it is too late; envelopes are opened
    SUSPENDED = "suspended"  # it is refused, for now
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


class Right(StrEnum):
    """What a right of pre-emption (优先购买权) rests on (法释〔2016〕18号 art. 13 (6))."""

    CO_OWNER = "co-owner"  # 共有人, 民法典 art. 860
    INVENTOR = "inventor"  # 职务技术成果完成人, 民法典 art. 847
    COMMISSIONER = "commissioner"  # 委托人, 民法典 art. 859
    OTHER = "other"  # by contract, or by another law


class Halt(StrEnum):
    """Why bidding is suspended or called off (暂缓、中止的原因)."""

    ORDERED = "ordered"  # a court or regulator has ordered it (art. 28)
    OBJECTION = "objection"  # an objection to the auction or to the right is being decided (art. 36)
    FAULT = "fault"  # 系统故障 (art. 28)
    DANGER = "danger"  # 安全隐患 (art. 28)

    @property
    def ordered(self) -> bool:
        """Whether only a numbered order or decision can be behind it."""
        return self in {Halt.ORDERED, Halt.OBJECTION}


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """An organisation with a right of pre-emption (优先购买权人), as the seller names it; rank 1 goes first.

    `notified_at`: when it was told of the auction, in a way that shows it was (art. 16); None: it could not be reached.
    """

    organisation: OrganisationId
    rank: int
    right: Right
    notified_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """The lot that offered the same listing before and found no bids (流拍). `attempt`: the how-manieth it was."""

    lot: LotId
    ended_at: datetime
    start_price_fen: Fen
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """Since when bidding is suspended, why, and by which order (文号) if by one."""

    at: datetime
    reason: Halt
    order: str | None


@dataclass(frozen=True, slots=True)
class Band:
    """From this price upward, a bid must exceed the price by at least this much."""

    from_fen: Fen
    increment_fen: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the seller fixes before anybody bids. `closes_at` is the announced end: extensions leave it alone.

    A suspension that began before `opens_at` moves that, too.
    """

    start_price_fen: Fen  # 起拍价
    increments: tuple[Band, ...]  # 加价幅度, from 0 upward; empty: any strictly higher bid
    deposit_fen: Fen  # 保证金
    reserve_fen: Fen | None  # 保留价, kept secret (拍卖法 art. 28)
    appraisal_fen: Fen | None  # 评估价
    opens_at: datetime
    closes_at: datetime
    form: Form | None = None  # what the profile's format asks for besides
    holders: tuple[Holder, ...] = ()  # who may match the leader's price, if the profile lets anybody


@dataclass(frozen=True, slots=True, kw_only=True)
class Bidder:
    """An organisation that may bid for one lot (竞买人), under a code. `deposit_fen` is what was confirmed, or 0.

    One with a `rank` bids as a holder of a right of pre-emption: its code is a priority code (优先竞买代码, art. 19).
    """

    organisation: OrganisationId
    code: BidderCode
    deposit_fen: Fen
    admitted_at: datetime | None = None  # when the deposit was confirmed; None for those of before this was kept
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What one panellist gave one bidder (评审打分): 0 to 100 for each criterion, in the order of the form."""

    code: BidderCode
    panellist: int  # its number on the panel, from 1
    scores: tuple[int, ...]


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
    rank: int | None = None  # its bidder's

    def outranks(self, other: "Bid") -> bool:
        """Whether its bidder's right of pre-emption goes before the other's, which may have none (art. 21)."""
        return self.rank is not None and (other.rank is None or self.rank < other.rank)


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
    extra_rounds: int = 0  # timed rounds that bids began; the first begins by itself
    bid_freely: frozenset[BidderCode] = frozenset()  # who has bid in the free period
    # In formats that ask for them alone:
    standing: tuple[Bid, ...] = ()  # the bid that each bidder stands by, in the order of acceptance
    sheets: tuple[Sheet, ...] = ()  # what the panel gave, in any order
    previous: Previous | None = None  # established on announcing
    suspension: Suspension | None = None
    halts: tuple[tuple[datetime, datetime], ...] = ()  # the suspensions that are over: from, until

    def was_halted(self, at: datetime) -> bool:
        """Whether it was suspended at an instant, and is not any more."""
        return any(since <= at < until for since, until in self.halts)

    def halted_after(self, at: datetime) -> timedelta:
        """Return for how long in all it has been suspended since an instant."""
        return sum((until - max(since, at) for since, until in self.halts if until > at), timedelta(0))

    @property
    def attempt(self) -> int:
        """The how-manieth time in a row that its listing is offered, from 1."""
        return self.previous.attempt + 1 if self.previous else 1

    @property
    def price_fen(self) -> Fen | None:
        """The current price: the leading amount."""
        return self.leader.amount_fen if self.leader else None

    def bars(self, organisation: OrganisationId) -> bool:
        """Whether `organisation` may never bid: the seller (拍卖法 art. 30), or one of those of art. 34."""
        return organisation == self.seller or organisation in self.excluded


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """How one bidder stands where scores count. Points are exact; without a bid, `price_fen` and `total` are None.

    `points` and `minimum_next_fen` are None while not all of the panel have scored it; the latter also of who leads and
    may not raise itself.
    """

    code: BidderCode
    sheets: tuple[Sheet, ...]
    points: Fraction | None
    price_fen: Fen | None
    total: Fraction | None
    minimum_next_fen: Fen | None


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
    minimum_next_fen: Fen | None  # None where bids go down, or where it is not the same for everybody
    version: int
    face: ClockFace | None = None  # where the price falls by itself and nobody has taken it
    maximum_next_fen: Fen | None = None  # where bids go down; None also once nothing lower can be offered
    free_until: datetime | None = None  # where timed rounds follow a free period
    round: int | None = None  # which timed round it is; 0 in the free period
    rankings: tuple[Ranking, ...] = ()  # where scores count, the best total first
    ranked: tuple[Bid, ...] = ()  # where several win, the best first


@dataclass(frozen=True, slots=True, kw_only=True)
class BidRow:
    """A bid as it stands now. `leads`: it is the leading bid, or one of several that would win."""

    lot: LotId
    bid: Bid
    state: BidState
    refusal: str | None
    number: int | None
    leads: bool = False
