"""Onboarding for replays: many bidders and lots at once, on a virtual clock alone."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import Field, StrictInt

from exchange.auctions import service as auctions
from exchange.auctions.model import Draft, LotId, Terms
from exchange.members import service as members
from ledger.kernel import clock, db
from ledger.kernel.answers import Reply
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit
from ledger.kernel.web import Door, Instant, Money, Shape, done, needs, refuses

router = APIRouter(tags=["exchange"])

REPLAY_PROFILE: Final = "replay@1"


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
    """Lots to open by the replay profile."""

    lots: Annotated[list[ReplayLot], Field(min_length=1, max_length=500)]


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


@router.post("/v1/replay/lots", status_code=201, response_model=LotIds, responses=refuses(clock.NotVirtual))
def open_lots(body: ReplayLots, door: Door = needs("replay.onboard")) -> JSONResponse:
    """Open lots by the replay profile, without listings, on a virtual clock only."""

    def act(unit: Unit) -> Reply:
        _require_virtual(unit)
        drafts = [
            Draft(
                lot=unit.fresh(LotId),
                listing=None,
                excluded=frozenset(),
                profile=auctions.replay_profile(REPLAY_PROFILE),
                terms=_replay_terms(one.start_price.fen, one.opens_at, one.closes_at),
            )
            for one in body.lots
        ]
        return done(201, LotIds(lots=[str(lot) for lot in auctions.open_for_replay(unit, door.cause, drafts)]))

    return door.command(body, act)


def _require_virtual(unit: Unit) -> None:
    if not db.stamped(unit.connection)[1]:
        raise clock.NotVirtual("replays run in a database made for them, on a virtual clock")


def _replay_terms(start_price_fen: Fen, opens_at: datetime, closes_at: datetime) -> Terms:
    return Terms(
        start_price_fen=start_price_fen,
        increments=(),
        deposit_fen=Fen(0),
        reserve_fen=None,
        appraisal_fen=None,
        opens_at=opens_at,
        closes_at=closes_at,
    )
