"""What is kept of each subject until all have been seen: little, since there may be millions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from exchange.auctions.model import VersionState
from ledger.audit.reading import Entry, Reader


@dataclass(frozen=True, slots=True)
class When:
    """Where an entry stands in the log, and its two instants as they are written: in order as texts, too."""

    index: int
    arrived_at: str
    recorded_at: str

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Read it off an entry. Raises `UnreadableError`."""
        read = Reader(entry)
        return cls(read.number("index"), read.text("arrived_at"), read.text("recorded_at"))


@dataclass(slots=True)
class Deposit:
    """A deposit under a code: as the lot confirmed it, or as escrow holds it. What is sealed is None unless opened."""

    index: int
    bidder: str | None
    reference: str | None
    amount_fen: int | None = None


@dataclass(slots=True, kw_only=True)
class Lot:
    """A lot that was announced."""

    id: str
    index: int
    listing: str | None
    seller: str
    deposit_fen: int
    deposits: dict[str, Deposit] = field(default_factory=dict)  # by code
    end: str = ""  # sold, unsold, withdrawn
    end_index: int = -1
    code: str | None = None
    price_fen: int | None = None
    buyer: str | None = None
    fault: str | None = None  # of a sale that fell through
    fell_index: int = -1
    rule: str = ""
    again: bool = False  # its rules hold a lot to the one before it
    start_fen: int = 0
    ends_at: str = ""  # the effective end
    bids: int = 0
    attempt: int = 1
    previous: tuple[str, str, int] | None = None  # the lot it says it follows, when that ended, what it had asked


@dataclass(slots=True, kw_only=True)
class Listing:
    """A listing that was handed in. What happened to it with a deal is kept by the deal's name, with the index."""

    id: str
    owner: str | None = None
    asset: str | None = None
    region: str | None = None
    mode: str | None = None
    disclosed_at: str | None = None
    reserved: dict[str, int] = field(default_factory=dict)
    awards: dict[str, int] = field(default_factory=dict)
    released: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Contract:
    """A contract that was opened."""

    id: str
    index: int
    lot: str
    listing: str
    seller: str
    price_fen: int
    region: str
    opened_at: str = ""
    buyer: str | None = None
    effective: When | None = None
    effective_at: str | None = None
    registered: When | None = None
    number: str | None = None
    ended: str = ""  # lapsed, rescinded
    fault: str | None = None
    end_index: int = -1


@dataclass(slots=True, kw_only=True)
class Settlement:
    """A settlement that was opened."""

    id: str
    index: int
    deal: str
    seller: str
    deposit_fen: int
    deposits: dict[str, Deposit] = field(default_factory=dict)  # by code
    award_index: int = -1
    code: str | None = None
    price_fen: int | None = None
    reward_min_bp: int | None = None
    buyer: str | None = None
    due_index: int = -1
    contract: str | None = None
    effective_at: str | None = None
    paid: When | None = None
    payouts_opened: bool = False  # those of the inventors
    end: str = ""  # settled, released, returned, forfeited
    end_index: int = -1
    plan: str | None = None  # to which it was left


@dataclass(slots=True)
class PaidPart:
    """A part of a price that has come, and when it went back, if it did."""

    at: When
    amount_fen: int
    back: When | None = None


@dataclass(slots=True, kw_only=True)
class Plan:
    """A payment plan that was proposed."""

    id: str
    index: int
    settlement: str
    deal: str
    seller: str
    buyer: str | None
    price_fen: int
    deposit_fen: int
    reward_min_bp: int
    tried: bool = False
    begun_index: int = -1  # from when its settlement is left to it
    declined_index: int = -1
    parts: dict[int, PaidPart] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Royalty:
    """A royalty that was proposed."""

    id: str
    index: int
    settlement: str
    deal: str
    seller: str
    buyer: str | None
    reward_min_bp: int
    over: bool = False  # withdrawn, or lapsed


@dataclass(slots=True, kw_only=True)
class Invoice:
    """An invoice that was recorded. `payment` is whose money, what for, and which of several."""

    id: str
    index: int
    settlement: str
    payment: tuple[str, str, int]
    amount_fen: int
    reversed: bool = False
    numbers: list[tuple[int, str | None]] = field(default_factory=list)  # with the index of their entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """A part of money that nobody expected, and what it was to be received for."""

    index: int
    reference: str  # under which it is received
    to: str
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A payment that came in for something due, with the bank's reference where it is opened."""

    index: int
    subject: str
    amount_fen: int
    reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """What is told of an order to freeze a settlement: from here on it stands, or it does not any more."""

    at: When
    freeze: str
    stands: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """An entry that may not come while an order stands."""

    index: int
    subject: str
    kind: str
    by_time_at: datetime | None = None  # of what waits as time does; of a division where who divided has been opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an entry of a plan says of the orders against its settlement: which stand, or since when it was frozen."""

    at: When
    subject: str
    kind: str
    freezes: tuple[str, ...] = ()
    frozen_at: str | None = None


@dataclass(slots=True, kw_only=True)
class Waited:
    """A part of a plan that came while an order stood, and when it was released, if it was."""

    subject: str
    part: int
    begun: When
    released: When | None = None


@dataclass(slots=True, kw_only=True)
class Trial:
    """A trial of a plan: until when it was to last, from each entry on, and when it was over, if it was."""

    until: list[tuple[When, datetime]]
    over: When | None = None


@dataclass(slots=True, kw_only=True)
class Stay:
    """From when to when a contract stands still."""

    begun: When
    ended: When | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """An asset that was registered: its holders by their shares, and its inventors by their places where opened."""

    holders: tuple[tuple[str, int], ...]
    inventors: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Who an entry tells to have a part of what is paid; None where it does not say, or is sealed."""

    index: int
    subject: str
    kind: str
    holders: tuple[tuple[str, int], ...] | None = None
    inventors: tuple[tuple[int, str], ...] | None = None


@dataclass(slots=True, kw_only=True)
class Claim:
    """A claim, decided when it arrived, and what it says of its deal."""

    id: str
    at: When
    deal: str
    claimant: str
    told: Mapping[str, object]
    from_day: str
    to_day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """How a version of the bidding rules stands from this entry on; `numbers` where the entry tells them."""

    index: int
    subject: str
    state: VersionState
    numbers: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """Under which version of the bidding rules a lot was announced, and the numbers it quotes."""

    index: int
    lot: str
    ref: str
    numbers: str
    replayed: bool


@dataclass(slots=True)
class Facts:
    """Everything that is kept, by name."""

    lots: dict[str, Lot] = field(default_factory=dict)
    announced: list[Announced] = field(default_factory=list)
    versions: dict[str, list[Stood]] = field(default_factory=dict)  # by what cites them
    numbers: dict[str, str] = field(default_factory=dict)  # one text of each version that is quoted
    listings: dict[str, Listing] = field(default_factory=dict)
    contracts: dict[str, Contract] = field(default_factory=dict)
    settlements: dict[str, Settlement] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    royalties: dict[str, Royalty] = field(default_factory=dict)
    invoices: dict[str, Invoice] = field(default_factory=dict)
    paid: dict[tuple[str, str, int], int] = field(default_factory=dict)  # what invoices are held against
    assigned: list[Assigned] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    claims: dict[str, Claim] = field(default_factory=dict)
    orders: dict[str, list[Ordered]] = field(default_factory=dict)  # by settlement
    stays: dict[str, list[Stay]] = field(default_factory=dict)  # by contract
    gone: list[Gone] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    waits: dict[str, list[Waited]] = field(default_factory=dict)  # by plan
    trials: dict[str, Trial] = field(default_factory=dict)  # by plan
    latest: When | None = None  # the last entry of all
    assets: dict[str, Asset] = field(default_factory=dict)
    shared: list[Shared] = field(default_factory=list)
    shared_since: int | None = None  # from where on holders beside the seller are paid
