"""What may be asked of a lot, and what accepting it changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from ledger.kernel.cause import Cause
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.log.model import Event

from .lots import Bidder, BidderCode, BidId, BidOutcome, Fault, Halt, Lot, LotId, Previous, Terms


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """Publish the lot: from now on its terms stand. `previous` is a fact established by the caller."""

    previous: Previous | None = None


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


Command: TypeAlias = (
    Revise | Announce | Withdraw | ConfirmDeposit | PlaceBid | Suspend | Resume | Cancel | Tick | FallThrough
)
COMMANDS: tuple[type[Command], ...] = (
    Revise,
    Announce,
    Withdraw,
    ConfirmDeposit,
    PlaceBid,
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
    """What accepting a command changes: the lot, what to record, which bids to write, whom to let bid."""

    lot: Lot
    events: tuple[Event, ...] = ()
    outcomes: tuple[BidOutcome, ...] = ()
    bidder: Bidder | None = None
