"""Assets and listings over HTTP."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from ledger.kernel.answers import Reply
from ledger.kernel.ids import NotAnId
from ledger.kernel.unit import Unit
from ledger.kernel.web import PUBLIC, Door, Page, done, named, needs, paged, refuses

from .. import service
from ..model import (
    REVIEW,
    ApplicationNumber,
    AssetId,
    Industry,
    Listing,
    ListingId,
    NotAnIndustry,
    Region,
)
from .asset_shapes import (
    AssetRegistration,
    AssetShape,
    AssetState,
    EncumbranceRecord,
    EncumbranceState,
    Organisation,
)
from .listing_shapes import (
    ListingDraft,
    ListingPage,
    ListingReturn,
    ListingRevision,
    ListingShape,
    ListingState,
    ListingWithdrawal,
    Stage,
)

router = APIRouter(prefix="/v1", tags=["achievements"])

AssetPath = Annotated[AssetId, named(AssetId)]
ListingPath = Annotated[ListingId, named(ListingId)]
WRITE = "listings.write"


@router.post("/assets", status_code=201, response_model=AssetState, responses=refuses(*service.REGISTER_REFUSALS))
def register_asset(body: AssetRegistration, door: Door = needs(WRITE)) -> JSONResponse:
    """Enter an asset that the asking organisation holds a share of."""

    def act(unit: Unit) -> Reply:
        asset = service.register_asset(
            unit,
            door.cause,
            kind=body.kind,
            title=body.title,
            application_number=ApplicationNumber(body.application_number)
            if body.application_number is not None
            else None,
            holders=body.shares(),
            inventors=tuple(body.inventors),
        )
        return done(201, AssetState(id=asset.id, kind=asset.kind, application_number=asset.application_number))

    return door.command(body, act)


@router.get("/assets/{asset}", response_model=AssetShape, responses=refuses(*service.ASSET_REFUSALS))
def read_asset(asset: AssetPath, door: Door = needs(PUBLIC)) -> AssetShape:
    """Return an asset: what the record publishes of it, and to its holders the rest."""
    return AssetShape.of(door.read(lambda unit: service.find_asset(unit, door.cause, asset)))


@router.post(
    "/assets/{asset}/encumbrances",
    status_code=201,
    response_model=EncumbranceState,
    responses=refuses(*service.ENCUMBER_REFUSALS),
)
def record_encumbrance(asset: AssetPath, body: EncumbranceRecord, door: Door = needs(REVIEW)) -> JSONResponse:
    """Record, as an officer, a burden on an asset."""

    def act(unit: Unit) -> Reply:
        burden = service.record_encumbrance(
            unit, door.cause, asset, kind=body.kind, holder=body.holder, evidence_sha256=body.evidence_sha256
        )
        return done(201, EncumbranceState(id=burden, asset=asset, in_force=True))

    return door.command(body, act)


@router.post("/listings", status_code=201, response_model=ListingState, responses=refuses(*service.DRAFT_REFUSALS))
def draft_listing(body: ListingDraft, door: Door = needs(WRITE)) -> JSONResponse:
    """Begin a listing of an asset. It is nobody else's business until it is submitted."""

    def act(unit: Unit) -> Reply:
        listing = service.draft(
            unit,
            door.cause,
            asset=body.asset,
            approval_required=service.NEEDS_APPROVAL in door.cause.actor.roles,
            terms=body.terms.terms(),
            previous=body.previous,
        )
        return _reached(listing, status=201)

    return door.command(body, act)


@router.put("/listings/{listing}", response_model=ListingState, responses=refuses(*service.REVISE_REFUSALS))
def revise_listing(listing: ListingPath, body: ListingRevision, door: Door = needs(WRITE)) -> JSONResponse:
    """Replace the terms: freely while writing; while disclosed only price, papers and period, which begins anew."""
    return door.command(body, lambda unit: _reached(service.revise(unit, door.cause, listing, body.terms.terms())))


@router.post("/listings/{listing}/submit", response_model=ListingState, responses=refuses(*service.SUBMIT_REFUSALS))
def submit_listing(listing: ListingPath, door: Door = needs(WRITE)) -> JSONResponse:
    """Hand a listing in for review."""
    return door.command(None, lambda unit: _reached(service.submit(unit, door.cause, listing)))


@router.post("/listings/{listing}/accept", response_model=ListingState, responses=refuses(*service.REVIEW_REFUSALS))
def accept_listing(listing: ListingPath, door: Door = needs(REVIEW)) -> JSONResponse:
    """Find, as an officer, a listing fit to be published."""
    return door.command(None, lambda unit: _reached(service.accept(unit, door.cause, listing)))


@router.post("/listings/{listing}/return", response_model=ListingState, responses=refuses(*service.RETURN_REFUSALS))
def return_listing(listing: ListingPath, body: ListingReturn, door: Door = needs(REVIEW)) -> JSONResponse:
    """Send a listing, as an officer, back to its owner with reasons."""
    return door.command(body, lambda unit: _reached(service.return_(unit, door.cause, listing, tuple(body.reasons))))


@router.post("/listings/{listing}/publish", response_model=ListingState, responses=refuses(*service.PUBLISH_REFUSALS))
def publish_listing(listing: ListingPath, door: Door = needs(WRITE)) -> JSONResponse:
    """Disclose a listing: from now on everyone sees it, and its working days count."""
    return door.command(None, lambda unit: _reached(service.publish(unit, door.cause, listing)))


@router.post("/listings/{listing}/withdraw", response_model=ListingState, responses=refuses(*service.WITHDRAW_REFUSALS))
def withdraw_listing(listing: ListingPath, body: ListingWithdrawal, door: Door = needs(WRITE)) -> JSONResponse:
    """Take a listing back before any deal holds it."""
    return door.command(body, lambda unit: _reached(service.withdraw(unit, door.cause, listing, body.reason)))


@router.get("/listings", response_model=ListingPage, responses=refuses(NotAnIndustry, NotAnId))
def list_listings(
    response: Response,
    state: Stage | None = None,
    industry: Annotated[
        str | None, Query(max_length=4, description="a GB/T 4754-2017 code; finds all below it")
    ] = None,
    region: Region | None = None,
    owner: Organisation | None = None,
    page: Page = paged(),
    door: Door = needs(PUBLIC),
) -> ListingPage:
    """Return disclosed listings, the oldest first, and the asking organisation's own."""
    wanted = Industry(industry) if industry is not None else None
    views = door.read(
        lambda unit: service.page(
            unit,
            door.cause,
            after=page.past(ListingId),
            limit=page.limit,
            state=state,
            industry=wanted,
            region=region,
            owner=owner,
        )
    )
    following = views[-1].listing.id if len(views) == page.limit else None
    if following:
        asked = {"state": state, "industry": industry, "region": region, "owner": owner}
        again = {name: str(value) for name, value in asked.items() if value is not None}
        query = urlencode(again | {"after": following, "limit": str(page.limit)})
        response.headers["Link"] = f'</v1/listings?{query}>; rel="next"'
    return ListingPage(items=[ListingShape.of(view) for view in views], next=following)


@router.get("/listings/{listing}", response_model=ListingShape, responses=refuses(*service.SEEING_REFUSALS))
def read_listing(listing: ListingPath, response: Response, door: Door = needs(PUBLIC)) -> ListingShape:
    """Return a listing: what is published of it, and to its owner, officers and regulators the rest."""
    view = door.read(lambda unit: service.find(unit, door.cause, listing))
    response.headers["ETag"] = f'"{view.version}"'
    response.headers["Vary"] = "Authorization"
    return ListingShape.of(view)


def _reached(listing: Listing, *, status: int = 200) -> Reply:
    return done(status, ListingState(id=listing.id, state=listing.state, disclosure_ends_at=listing.disclosure_ends_at))
