"""Onboarding for replays: many bidders and lots at once, on a virtual clock alone."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import Field, StrictInt, StrictStr

from exchange.auctions import service as auctions
from exchange.auctions.api.shapes import BandShape
from exchange.auctions.model import Draft, LotId, Terms
from exchange.members import service as members
from ledger.kernel import clock, db
from ledger.kernel.answers import Reply
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit
from ledger.kernel.web import Door, Instant, Money, Shape, done, needs, refuses

router = APIRouter(tags=["exchange"])


class BidderCount(Shape):
    """How many bidders to make."""

    count: Annotated[StrictInt, Field(ge=1, le=1000)]


class Bidders(Shape):
    """New bidders' organisations; their tokens are shown once, in the same order."""

    organisations: list[str]
    tokens: Annotated[list[str], Field(description="shown once; a repeated request answers none")]


class ReplayLot(Shape):
    """A lot of an old log."""

    start_price: Money
    opens_at: Instant
    closes_at: Instant


class ReplayLots(Shape):
    """Lots to open by a version of the rules that is for replays alone."""

    lots: Annotated[list[ReplayLot], Field(min_length=1, max_length=500)]
    profile: Annotated[StrictStr, Field(max_length=100, description="a version for replays")] = "replay@1"
    increments: Annotated[
        list[BandShape], Field(max_length=50, description="of every lot; none: any strictly higher bid will do")
    ] = Field(default_factory=list)


class LotIds(Shape):
    """The lots that were opened, in the order given."""

    lots: list[str]


@router.post("/v1/replay/bidders", status_code=201, response_model=Bidders, responses=refuses(clock.NotVirtual))
def make_bidders(body: BidderCount, door: Door = needs("replay.onboard")) -> JSONResponse:
    """Make verified enterprises with a token each, on a virtual clock only."""

    def act(unit: Unit) -> Reply:
        _require_virtual(unit)
        made = members.enrol_many(unit, door.cause, body.count)
        names = [str(one.organisation) for one in made]
        return done(201, Bidders(organisations=names, tokens=[]), tokens=[one.bearer.text for one in made])

    return door.command(body, act)


@router.post(
    "/v1/replay/lots",
    status_code=201,
    response_model=LotIds,
    responses=refuses(clock.NotVirtual, *auctions.REPLAY_REFUSALS),
)
def open_lots(body: ReplayLots, door: Door = needs("replay.onboard")) -> JSONResponse:
    """Open lots without listings, on a virtual clock only."""

    def act(unit: Unit) -> Reply:
        _require_virtual(unit)
        drafts = [
            Draft(
                lot=unit.fresh(LotId),
                listing=None,
                excluded=frozenset(),
                profile=body.profile,
                terms=_terms(one, body.increments),
            )
            for one in body.lots
        ]
        return done(201, LotIds(lots=[str(lot) for lot in auctions.open_for_replay(unit, door.cause, drafts)]))

    return door.command(body, act)


def _require_virtual(unit: Unit) -> None:
    if not db.stamped(unit.connection)[1]:
        raise clock.NotVirtual("replays run in a database made for them, on a virtual clock")


def _terms(lot: ReplayLot, increments: Sequence[BandShape]) -> Terms:
    return Terms(
        start_price_fen=lot.start_price.fen,
        increments=tuple(one.band() for one in increments),
        deposit_fen=Fen(0),
        reserve_fen=None,
        appraisal_fen=None,
        opens_at=lot.opens_at,
        closes_at=lot.closes_at,
    )
