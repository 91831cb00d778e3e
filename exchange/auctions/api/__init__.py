"""Lots and bids over HTTP. What moves money too (deposits, withdrawing a lot) is behind doors of the app."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from ledger.kernel.answers import Reply
from ledger.kernel.unit import Unit
from ledger.kernel.web import PUBLIC, Door, Page, done, named, needs, paged, refuses

from .. import service
from ..model import BidId, BidRow, BidState, LotId
from .shapes import (
    BidAmount,
    BidPage,
    BidShape,
    LotDraft,
    LotPage,
    LotRevision,
    LotShape,
    LotState,
    PublicBid,
    Stage,
    StepSeen,
)

router = APIRouter(prefix="/v1", tags=["auctions"])

LotPath = Annotated[LotId, named(LotId)]
BidPath = Annotated[BidId, named(BidId)]
SELL = "lots.write"
BID = "lots.bid"


@router.post(
    "/lots",
    status_code=201,
    response_model=LotState,
    responses=refuses(*service.SEEING_REFUSALS, *service.TERMS_REFUSALS),
)
def draft_lot(body: LotDraft, door: Door = needs(SELL)) -> JSONResponse:
    """Begin a lot. Nobody else sees it until it is announced."""

    def act(unit: Unit) -> Reply:
        lot = service.draft(
            unit,
            door.cause,
            listing=body.listing,
            related=frozenset(body.related),
            profile=body.profile,
            terms=body.terms.terms(),
        )
        return done(201, LotState(id=lot.id, state=lot.state, ends_at=lot.ends_at))

    return door.command(body, act)


@router.put(
    "/lots/{lot}", response_model=LotState, responses=refuses(*service.SEEING_REFUSALS, *service.TERMS_REFUSALS)
)
def revise_lot(lot: LotPath, body: LotRevision, door: Door = needs(SELL)) -> JSONResponse:
    """Replace the terms of a draft."""

    def act(unit: Unit) -> Reply:
        after = service.revise(unit, door.cause, lot, profile=body.profile, terms=body.terms.terms())
        return done(200, LotState(id=after.id, state=after.state, ends_at=after.ends_at))

    return door.command(body, act)


@router.post(
    "/lots/{lot}/bids",
    status_code=201,
    response_model=BidShape,
    responses=refuses(*service.SEEING_REFUSALS, *service.BID_REFUSALS)
    | {202: {"model": BidShape, "description": "parked: it arrived in the grace; repeat the request, or read the bid"}},
)
def place_bid(lot: LotPath, body: BidAmount, door: Door = needs(BID)) -> JSONResponse:
    """Offer a price.

    201: accepted. 202: it arrived after the effective end but within the published grace, and is decided when that
    is over; repeating the request with its key answers what has become of it.
    """

    def act(unit: Unit) -> Reply:
        row, _ = service.place_bid(unit, door.cause, lot, body.amount.fen)
        return _answer(row)

    return door.command(body, act, again=lambda unit, reply: _now(unit, door, lot, reply))


@router.post(
    "/lots/{lot}/takes",
    status_code=201,
    response_model=BidShape,
    responses=refuses(*service.SEEING_REFUSALS, *service.TAKE_REFUSALS)
    | {202: {"model": BidShape, "description": "parked: decided a grace later; repeat the request, or read the bid"}},
)
def take_price(lot: LotPath, body: StepSeen, door: Door = needs(BID)) -> JSONResponse:
    """Take the price that a falling clock shows.

    202: parked, for clicks that arrived earlier may still be on their way; the answer says which step the click fell
    in, and what it pays if nobody was earlier: never more than was seen. 201: won at once. Repeating the request with
    its key answers what has become of it.
    """

    def act(unit: Unit) -> Reply:
        row, _ = service.take_price(unit, door.cause, lot, body.step)
        return _answer(row)

    return door.command(body, act, again=lambda unit, reply: _now(unit, door, lot, reply))


@router.get("/lots", response_model=LotPage)
def list_lots(
    response: Response,
    state: Stage | None = None,
    page: Page = paged(),
    door: Door = needs(PUBLIC),
) -> LotPage:
    """Return announced lots, the oldest first, and the asking seller's own drafts."""
    after = page.past(LotId)
    views = door.read(lambda unit: service.page(unit, door.cause, state=state, after=after, limit=page.limit))
    following = views[-1].lot.id if len(views) == page.limit else None
    if following:
        wanted = f"&state={state}" if state else ""
        response.headers["Link"] = f'</v1/lots?after={following}&limit={page.limit}{wanted}>; rel="next"'
    return LotPage(items=[LotShape.of(view) for view in views], next=following)


@router.get("/lots/{lot}", response_model=LotShape, responses=refuses(*service.SEEING_REFUSALS))
def read_lot(lot: LotPath, response: Response, door: Door = needs(PUBLIC)) -> LotShape:
    """Return a lot with its effective end and the least amount that would be accepted now."""
    view = door.read(lambda unit: service.find(unit, door.cause, lot))
    response.headers["ETag"] = f'"{view.version}"'
    return LotShape.of(view)


@router.get("/lots/{lot}/bids", response_model=BidPage, responses=refuses(*service.SEEING_REFUSALS))
def list_bids(
    lot: LotPath,
    after: Annotated[int, Query(ge=0, lt=1 << 31)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    door: Door = needs(PUBLIC),
) -> BidPage:
    """Return a lot's decided bids by bidder code (法释〔2016〕18号 art. 20), in the order of decision."""
    rows = door.read(lambda unit: service.bids(unit, door.cause, lot, after=after, limit=limit))
    items = [PublicBid.of(row) for row in rows]
    return BidPage(items=items, next=items[-1].number if len(items) == limit else None)


@router.get("/lots/{lot}/bids/{bid}", response_model=BidShape, responses=refuses(service.NoSuchBid))
def read_bid(lot: LotPath, bid: BidPath, door: Door = needs(BID)) -> BidShape:
    """Return one's own bid as it stands now."""
    return BidShape.of(door.read(lambda unit: service.bid(unit, door.cause, lot, bid)))


def _answer(row: BidRow) -> Reply:
    """Return the reply to a bidder. Of a parked bid, and of a maximum, only the name is kept: the rest is sealed."""
    whole = BidShape.of(row).model_dump(mode="json")
    status = 202 if row.state is BidState.PARKED else 201
    if row.state is BidState.PARKED or row.bid.maximum_fen is not None:
        return Reply(status=status, body={"id": row.bid.id}, shown_once=whole)
    return Reply(status=status, body=whole)


def _now(unit: Unit, door: Door, lot: LotId, reply: Reply) -> Reply:
    """Return what a repeat hears: a bid that was parked has an outcome by now, or has not; a maximum is read again."""
    if set(reply.body) != {"id"}:
        return reply
    row = service.bid(unit, door.cause, lot, BidId(str(reply.body["id"])))
    if row.state is BidState.REFUSED:
        raise service.refusal_of(row)
    if row.state is BidState.PARKED:
        return _answer(row)
    return replace(_answer(row), entries=tuple(service.recorded_of(unit, lot, row.bid.id)))
