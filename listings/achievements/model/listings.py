"""The nouns of a listing: its terms, its states, the commands that move it and the events that record it."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import MAX_FEN, Fen
from ledger.log.model import Event, event_kind

from .assets import MAX_NAME, MAX_TITLE, Asset
from .codes import (
    AssetId,
    Industry,
    ListingId,
    Region,
    UnusableField,
    require_count,
    require_sha256,
    require_text,
)

REVIEW = "listings.review"
"""The capability of an officer who reviews listings and records what courts and registers say of an asset."""

MAX_ABSTRACT = 5_000  # characters; the record carries its hash
MAX_DOCUMENTS = 50
MAX_DOCUMENT_BYTES = 200 * 2**20
MAX_DISCLOSURE_DAYS = 120  # half a year of working days
MAX_REASONS = 20
MAX_REASON = 500
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}", re.ASCII)


class Mode(StrEnum):
    """How the achievement is to change hands (转化方式, 转化法 art. 16)."""

    ASSIGNMENT = "assignment"  # 转让
    EXCLUSIVE_LICENCE = "exclusive_licence"  # 独占许可
    SOLE_LICENCE = "sole_licence"  # 排他许可
    ORDINARY_LICENCE = "ordinary_licence"  # 普通许可
    INVESTMENT = "investment"  # 作价投资


class PricingMethod(StrEnum):
    """How the price is found (定价方式, 转化法 art. 18)."""

    AGREEMENT = "agreement"  # 协议定价
    LISTING = "listing"  # 挂牌交易
    AUCTION = "auction"  # 拍卖


class State(StrEnum):
    """How far along a listing is; the comment says who acts next."""

    DRAFT = "draft"  # owner: still writing, nothing is on the record
    SUBMITTED = "submitted"  # officer: reviews it (形式审核)
    RETURNED = "returned"  # owner: mends what the reasons name (补正)
    ACCEPTED = "accepted"  # owner or officer: publishes it (受理)
    DISCLOSED = "disclosed"  # the clock: working days of disclosure (正式披露)
    OPEN = "open"  # owner: brings it to a lot or a negotiation
    RESERVED = "reserved"  # the deal that holds it
    AWARDED = "awarded"  # nobody, unless the deal falls through: it has taken it (成交)
    WITHDRAWN = "withdrawn"  # nobody: the owner took it back (终结)


class FloorAboveAsking(Refusal):
    """The floor price is above the asking price."""

    kind = Kind.MALFORMED
    zh = "底价高于挂牌价"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document of the listing, known by its hash; the bytes are kept elsewhere, its name stays off the record."""

    sha256: str
    name: str
    media_type: str
    size_bytes: int

    def __post_init__(self) -> None:
        require_sha256("documents.sha256", self.sha256)
        require_text("documents.name", self.name, MAX_NAME)
        if set(self.name) & set("/\\") or self.name in {".", ".."}:
            raise UnusableField("a document's name is not a path", field="documents.name")
        if not _MEDIA_TYPE.fullmatch(self.media_type):
            raise UnusableField("a media type is written application/pdf", field="documents.media_type")
        require_count("documents.size_bytes", self.size_bytes, least=1, most=MAX_DOCUMENT_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The decision inside the unit that allows the deal (内部审批): what its leaders' exemption rests on (尽职免责)."""

    number: str
    body: str
    decided_on: date
    sha256: str

    def __post_init__(self) -> None:
        require_text("approval.number", self.number, MAX_NAME)
        require_text("approval.body", self.body, MAX_NAME)
        require_sha256("approval.sha256", self.sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What is asked (挂牌价), the sealed least that is taken (底价), and how the price is found.

    At an auction the asking price is where bidding starts, so only there may the floor lie above it (拍卖法 art. 50).
    """

    asking_fen: Fen
    floor_fen: Fen | None
    method: PricingMethod

    def __post_init__(self) -> None:
        require_count("price.asking_fen", self.asking_fen, least=1, most=MAX_FEN)
        if self.floor_fen is None:
            return
        require_count("price.floor_fen", self.floor_fen, least=1, most=MAX_FEN)
        if self.method is not PricingMethod.AUCTION and self.floor_fen > self.asking_fen:
            raise FloorAboveAsking("except at an auction, the floor is at most the asking price")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the owner writes: the offer itself, its papers, its price and how long it is to be disclosed."""

    title: str
    abstract: str
    mode: Mode
    industry: Industry
    region: Region
    documents: tuple[Document, ...]
    approval: Approval | None
    price: Price
    disclosure_days: int  # working days

    def __post_init__(self) -> None:
        require_text("title", self.title, MAX_TITLE)
        require_text("abstract", self.abstract, MAX_ABSTRACT, lines=True)
        require_count("documents", len(self.documents), least=0, most=MAX_DOCUMENTS)
        if len({document.sha256 for document in self.documents}) != len(self.documents):
            raise UnusableField("a document is attached once", field="documents")
        require_count("disclosure_days", self.disclosure_days, least=1, most=MAX_DISCLOSURE_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """An achievement on offer (挂牌项目).

    `approval_required` is a fact about the owner, handed in by who knows it: a state-established university or
    institute must show its internal decision. `previous` is the listing this one takes up again, `deal` the opaque id
    of what holds it.
    """

    id: ListingId
    asset: AssetId
    owner: OrganisationId
    approval_required: bool
    terms: Terms
    state: State = State.DRAFT
    previous: ListingId | None = None
    reasons: tuple[str, ...] = ()
    rule: str | None = None  # the disclosure rule its current period was set by
    disclosed_at: datetime | None = None
    disclosure_ends_at: datetime | None = None
    deal: str | None = None

    def __post_init__(self) -> None:
        held = self.state in {State.RESERVED, State.AWARDED}
        shown = held or self.state in {State.DISCLOSED, State.OPEN}
        invariant((self.deal is not None) == held, "a deal holds a listing exactly while it is reserved or awarded")
        invariant(self.disclosure_ends_at is not None or not shown, "what is disclosed has an end of disclosure")
        invariant(bool(self.reasons) == (self.state is State.RETURNED), "a listing is returned for reasons")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftListing:
    """Begin a listing of an asset. It is nobody else's business until it is submitted."""

    id: ListingId
    asset: AssetId
    approval_required: bool
    terms: Terms
    previous: ListingId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revise:
    """Replace the terms: freely while writing; while disclosed only price, papers and period, restarting the clock."""

    terms: Terms


@dataclass(frozen=True, slots=True)
class Submit:
    """Hand the listing in for review."""


@dataclass(frozen=True, slots=True)
class Accept:
    """Find the listing fit to be published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Send the listing back to its owner with reasons."""

    reasons: tuple[str, ...]

    def __post_init__(self) -> None:
        require_count("reasons", len(self.reasons), least=1, most=MAX_REASONS)
        for reason in self.reasons:
            require_text("reasons", reason, MAX_REASON, lines=True)


@dataclass(frozen=True, slots=True)
class Publish:
    """Disclose the listing; its working days begin to count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """Take the listing back before any deal holds it."""

    reason: str

    def __post_init__(self) -> None:
        require_text("reason", self.reason, MAX_REASON, lines=True)


@dataclass(frozen=True, slots=True)
class Tick:
    """Let time act on the listing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """Hold the listing and its asset for a deal, such as a lot."""

    deal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Put the listing back on offer: the deal that held it came to nothing."""

    deal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """Record that the deal that holds the listing has taken it."""

    deal: str


PaperCommand = Revise | Submit | Accept | Return | Publish | Withdraw
"""What people do to a listing."""
MarketCommand = Tick | Reserve | Release | Award
"""What time and deals do to it."""
Command = PaperCommand | MarketCommand
COMMANDS = (Revise, Submit, Accept, Return, Publish, Withdraw, Tick, Reserve, Release, Award)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What accepting a command changes: the listing and its asset as they are now, and what to record."""

    listing: Listing
    asset: Asset
    events: tuple[Event, ...]


_OFFER = (
    "state asset owner mode industry region documents approval_sha256 approval_on method asking_fen disclosure_days"
)
_PRIVATE = "document_names approval_number approval_body floor_fen by"

LISTING_SUBMITTED = event_kind("listing.submitted", public=f"{_OFFER} previous", sealed=f"title abstract {_PRIVATE}")
LISTING_RETURNED = event_kind("listing.returned", public="state reviewer", sealed="reasons by")
LISTING_ACCEPTED = event_kind("listing.accepted", public="state reviewer", sealed="by")
_DISCLOSED = f"{_OFFER} title abstract_sha256 disclosed_at disclosure_ends_at"
LISTING_DISCLOSED = event_kind("listing.disclosed", public=_DISCLOSED, sealed=_PRIVATE)
LISTING_REVISED = event_kind("listing.revised", public=_DISCLOSED, sealed=_PRIVATE)
LISTING_OPENED = event_kind("listing.opened", public="state disclosure_ends_at")
LISTING_RESERVED = event_kind("listing.reserved", public="state asset deal", sealed="by")
LISTING_RELEASED = event_kind("listing.released", public="state asset deal", sealed="by")
LISTING_AWARDED = event_kind("listing.awarded", public="state asset deal", sealed="by")
LISTING_WITHDRAWN = event_kind("listing.withdrawn", public="state", sealed="reason by")
