"""What may be asked of a lot, and what accepting it changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from ledger.kernel.cause import Cause
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.log.model import Event

from .lots import Bidder, BidderCode, BidId, BidOutcome, Fault, Halt, Lot, LotId, Previous, Sheet, Terms
from .profiles import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Begin a lot for the asking organisation.

    `listing`, `excluded` and that `profile` is in force are facts established by the caller.
    """

    lot: LotId
    listing: str | None
    excluded: frozenset[OrganisationId]
    profile: Profile
    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Revise:
    """Replace the terms of a draft; and who may not bid, unless that is None. Both are facts of the caller's.

    That `profile` is in force is established by the caller too.
    """

    profile: Profile
    terms: Terms
    excluded: frozenset[OrganisationId] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """Publish the lot: from now on its terms stand.

    Facts established by the caller: `inactive`, its version of the rules is not, or no longer, in force; which lot it
    follows; who besides may not bid, as things stand now; and who may, as a holder of a right, though the thing is
    partly its own.
    """

    inactive: bool = False
    previous: Previous | None = None
    barred: frozenset[OrganisationId] = frozenset()
    admitted: frozenset[OrganisationId] = frozenset()


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take the lot back before bidding begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmDeposit:
    """Record that an organisation's deposit has arrived, and let it bid as `code` (art. 18).

    With a `rank`, it is confirmed to hold a right of pre-emption (art. 19).
    """

    organisation: OrganisationId
    amount_fen: Fen
    payment_reference: str
    code: BidderCode
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceBid:
    """Offer a price. Irrevocable (拍卖法 art. 36)."""

    bid: BidId
    amount_fen: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class TakePrice:
    """Take the price that a falling clock shows (应价). `step` is the one that the bidder saw. Irrevocable."""

    bid: BidId
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lodge:
    """Hand in a sealed envelope (递交密封报价): a digest that holds its bidder to an amount and tells nobody of it."""

    bid: BidId
    commitment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEnvelope:
    """Say what the envelope of the asking organisation holds (开标): what its commitment was made of."""

    amount_fen: Fen
    nonce: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Give a bidder, as one of the panel, 0 to 100 for each criterion. Final.

    When the bidder's deposit was confirmed is a fact established by the caller; None: there is no such bidder.
    """

    code: BidderCode
    scores: Mapping[str, int]
    admitted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FallThrough:
    """Record that the sale came to nothing: no contract, or no payment. A fact established by the caller."""

    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspend:
    """Suspend bidding (暂缓、中止), as an officer. `order` is the number of the order behind it."""

    reason: Halt
    order: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Let bidding go on, as an officer, with the time that was left. `cause_ended_at`: when the reason had gone."""

    cause_ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """End a suspended lot for good (终结), as an officer."""

    reason: Halt
    order: str | None


@dataclass(frozen=True, slots=True)
class Tick:
    """Let time act on the lot: decide parked bids, then close it if its end has passed."""


Offering: TypeAlias = PlaceBid | TakePrice | Lodge | OpenEnvelope
"""What a bidder asks, each of them under some formats alone."""

Halting: TypeAlias = Suspend | Resume | Cancel
"""What an officer asks, of lots of every format."""

Command: TypeAlias = Revise | Announce | Withdraw | ConfirmDeposit | Score | Offering | Halting | Tick | FallThrough
COMMANDS: tuple[type[Command], ...] = (
    Revise,
    Announce,
    Withdraw,
    ConfirmDeposit,
    Score,
    PlaceBid,
    TakePrice,
    Lodge,
    OpenEnvelope,
    Suspend,
    Resume,
    Cancel,
    Tick,
    FallThrough,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A command with its cause and, for bids and deposits, the organisation's standing on the lot if it has one."""

    command: Command
    cause: Cause
    bidder: Bidder | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What accepting a command changes: the lot, what to record, which bids and scores to write, whom to let bid."""

    lot: Lot
    events: tuple[Event, ...] = ()
    outcomes: tuple[BidOutcome, ...] = ()
    sheet: Sheet | None = None
    bidder: Bidder | None = None
