"""What may be asked of a lot, and what accepting it changes."""

from dataclasses import dataclass
from typing import TypeAlias

from ledger.kernel.cause import Cause
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.log.model import Event

from .lots import Bidder, BidderCode, BidId, BidOutcome, Fault, Lot, LotId, Terms


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
class FallThrough:
    """Record that the sale came to nothing: no contract, or no payment. A fact established by the caller."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Tick:
    """Let time act on the lot: decide parked bids, then close it if its end has passed."""


Offering: TypeAlias = PlaceBid | TakePrice | Lodge | OpenEnvelope
"""What a bidder asks, each of them under some formats alone."""

Command: TypeAlias = Revise | Announce | Withdraw | ConfirmDeposit | Offering | Tick | FallThrough
COMMANDS: tuple[type[Command], ...] = (
    Revise,
    Announce,
    Withdraw,
    ConfirmDeposit,
    PlaceBid,
    TakePrice,
    Lodge,
    OpenEnvelope,
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
