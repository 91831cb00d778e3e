"""What requests and answers about listings look like.

What is marked confidential is shown to the owner, to officers and to regulators, and is null to others.
"""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import BeforeValidator, Field, StrictInt, StrictStr, WithJsonSchema

from ledger.kernel.web import Instant, Money, Shape, described_as, named

from ..model import (
    MAX_ABSTRACT,
    MAX_DISCLOSURE_DAYS,
    MAX_DOCUMENT_BYTES,
    MAX_DOCUMENTS,
    MAX_REASON,
    MAX_REASONS,
    Approval,
    AssetId,
    Document,
    Industry,
    ListingId,
    Mode,
    Price,
    PricingMethod,
    Region,
    State,
    Terms,
)
from ..service import ListingView
from .asset_shapes import Name, Sha256, Title


def _read_day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value, re.ASCII):
        raise ValueError("write a day as text, such as 2026-03-02")
    return date.fromisoformat(value)


Day = Annotated[
    date,
    BeforeValidator(_read_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-03-02"]}),
]
Reason = Annotated[StrictStr, Field(min_length=1, max_length=MAX_REASON)]
Stage = Annotated[State, described_as("ListingStage")]


class DocumentShape(Shape):
    """A document of a listing, known by its hash; the bytes are kept by whoever wrote it."""

    sha256: Sha256
    name: Name
    media_type: Annotated[StrictStr, Field(max_length=127, examples=["application/pdf"])]
    size_bytes: Annotated[StrictInt, Field(ge=1, le=MAX_DOCUMENT_BYTES)]


class ApprovalShape(Shape):
    """The decision inside the unit that allows the deal (内部审批)."""

    number: Name
    body: Annotated[Name, Field(examples=["校长办公会"])]
    decided_on: Day
    sha256: Sha256


class PriceShape(Shape):
    """What is asked, the confidential least that is taken, and how the price is found."""

    asking: Money
    floor: Annotated[Money | None, Field(description="kept secret")] = None
    method: PricingMethod


class ListingTermsShape(Shape):
    """What the owner writes."""

    title: Title
    abstract: Annotated[StrictStr, Field(min_length=1, max_length=MAX_ABSTRACT)]
    mode: Mode
    industry: Annotated[StrictStr, Field(max_length=4, description="a GB/T 4754-2017 code", examples=["3240"])]
    region: Annotated[Region, Field(description="a league or city by its GB/T 2260 code, or `outside`")]
    documents: Annotated[list[DocumentShape], Field(max_length=MAX_DOCUMENTS)] = Field(default_factory=list)
    approval: ApprovalShape | None = None
    price: PriceShape
    disclosure_days: Annotated[StrictInt, Field(ge=1, le=MAX_DISCLOSURE_DAYS, description="working days")]

    def terms(self) -> Terms:
        """Return the nouns. Refuses what they refuse."""
        approval, price = self.approval, self.price
        return Terms(
            title=self.title,
            abstract=self.abstract,
            mode=self.mode,
            industry=Industry(self.industry),
            region=self.region,
            documents=tuple(Document(**one.model_dump()) for one in self.documents),
            approval=Approval(**approval.model_dump()) if approval else None,
            price=Price(
                asking_fen=price.asking.fen,
                floor_fen=price.floor.fen if price.floor else None,
                method=price.method,
            ),
            disclosure_days=self.disclosure_days,
        )


class ListingDraft(Shape):
    """A listing to be; `previous` names a withdrawn one that it takes up again."""

    asset: Annotated[AssetId, named(AssetId)]
    previous: Annotated[ListingId, named(ListingId)] | None = None
    terms: ListingTermsShape


class ListingRevision(Shape):
    """New terms for a listing."""

    terms: ListingTermsShape


class ListingReturn(Shape):
    """Why a listing goes back to its owner."""

    reasons: Annotated[list[Reason], Field(min_length=1, max_length=MAX_REASONS)]


class ListingWithdrawal(Shape):
    """Why the owner takes a listing back."""

    reason: Reason


class ListingState(Shape):
    """Where a command has brought a listing."""

    id: str
    state: Stage
    disclosure_ends_at: Instant | None


class PublicDocument(Shape):
    """A document as anyone may see it."""

    sha256: str
    name: Annotated[str | None, Field(description="confidential")]
    media_type: str
    size_bytes: int


class PublicApproval(Shape):
    """The internal decision as anyone may see it."""

    number: Annotated[str | None, Field(description="confidential")]
    body: Annotated[str | None, Field(description="confidential")]
    decided_on: Day
    sha256: str


class PublicPrice(Shape):
    """The price as anyone may see it."""

    asking: Money
    floor: Annotated[Money | None, Field(description="confidential")]
    method: PricingMethod


class ListingShape(Shape):
    """A listing as anyone may see it, once it has been disclosed."""

    id: str
    state: Stage
    asset: str
    owner: str
    previous: str | None
    title: str
    abstract: str
    mode: Mode
    industry: str
    region: Region
    documents: list[PublicDocument]
    approval_required: bool
    approval: PublicApproval | None
    price: PublicPrice
    disclosure_days: int
    rule: Annotated[str | None, Field(description="the disclosure rule its period was set by")]
    disclosed_at: Instant | None
    disclosure_ends_at: Instant | None
    reasons: Annotated[list[str] | None, Field(description="confidential: why an officer returned it")]
    deal: Annotated[str | None, Field(description="the lot that holds it, or took it")]

    @classmethod
    def of(cls, view: ListingView) -> "ListingShape":
        """Write what this reader may see."""
        listing, terms = view.listing, view.listing.terms
        return cls(
            id=listing.id,
            state=listing.state,
            asset=listing.asset,
            owner=listing.owner,
            previous=listing.previous,
            title=terms.title,
            abstract=terms.abstract,
            mode=terms.mode,
            industry=terms.industry,
            region=terms.region,
            documents=[_document(one, privy=view.privy) for one in terms.documents],
            approval_required=listing.approval_required,
            approval=_approval(terms.approval, privy=view.privy) if terms.approval else None,
            price=_price(terms.price, privy=view.privy),
            disclosure_days=terms.disclosure_days,
            rule=listing.rule,
            disclosed_at=listing.disclosed_at,
            disclosure_ends_at=listing.disclosure_ends_at,
            reasons=list(listing.reasons) if view.privy else None,
            deal=listing.deal,
        )


class ListingPage(Shape):
    """Some listings, and the identifier to go on after."""

    items: list[ListingShape]
    next: str | None


def _document(one: Document, *, privy: bool) -> PublicDocument:
    return PublicDocument(
        sha256=one.sha256, name=one.name if privy else None, media_type=one.media_type, size_bytes=one.size_bytes
    )


def _approval(one: Approval, *, privy: bool) -> PublicApproval:
    return PublicApproval(
        number=one.number if privy else None,
        body=one.body if privy else None,
        decided_on=one.decided_on,
        sha256=one.sha256,
    )


def _price(one: Price, *, privy: bool) -> PublicPrice:
    floor_fen = one.floor_fen if privy else None
    return PublicPrice(
        asking=Money.of(one.asking_fen),
        floor=Money.of(floor_fen) if floor_fen is not None else None,
        method=one.method,
    )
