"""The routes of no one wing: flows, health, the virtual clock, onboarding for replays, what each problem means."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import Field, StrictInt
from starlette.exceptions import HTTPException

from exchange.auctions import service as auctions
from exchange.auctions.model import Draft, LotId, Terms
from exchange.members import service as members
from ledger.kernel import clock, db
from ledger.kernel.answers import Reply
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit
from ledger.kernel.web import PUBLIC, Door, Instant, Money, Shape, done, named, needs, refuses
from ledger.log import service as log
from listings.achievements import service as achievements
from listings.achievements.api.asset_shapes import EncumbranceState
from listings.achievements.model import AssetId, EncumbranceId

from . import flows, problems

router = APIRouter(tags=["exchange"])

REPLAY_PROFILE: Final = "replay@1"


class Health(Shape):
    """How the exchange is."""

    status: str
    origin: str
    virtual: bool
    now: Instant
    log_size: int
    waiting: Annotated[int, Field(description="entries recorded but not yet in the log")]


class ClockReading(Shape):
    """What time it is here."""

    now: Instant
    virtual: bool


class ClockMove(Shape):
    """The instant to move a virtual clock to."""

    to: Instant


class ClockMoved(Shape):
    """Where the clock is now, and at how many instants something fell due on the way."""

    now: Instant
    stops: int


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


class ProblemType(Shape):
    """What a problem's `type` means."""

    type: str
    title: str
    title_zh: str
    status: int


@router.get("/healthz", response_model=Health)
def read_health(door: Door = needs(PUBLIC)) -> Health:
    """Return how the exchange is; answers only when the database does."""

    def look(unit: Unit) -> Health:
        origin, virtual = db.stamped(unit.connection)
        return Health(
            status="ok",
            origin=origin,
            virtual=virtual,
            now=unit.now(),
            log_size=log.size(unit),
            waiting=log.waiting(unit),
        )

    return door.read(look)


@router.get("/v1/clock", response_model=ClockReading)
def read_clock(door: Door = needs(PUBLIC)) -> ClockReading:
    """Return what time it is here."""
    return door.read(lambda unit: ClockReading(now=unit.now(), virtual=db.stamped(unit.connection)[1]))


@router.post(
    "/v1/clock",
    response_model=ClockMoved,
    responses=refuses(clock.NotVirtual, clock.Backwards, flows.StillTicking),
)
def move_clock(body: ClockMove, door: Door = needs("clock.move")) -> ClockMoved:
    """Move a virtual clock forward, stopping wherever something falls due. Repeating a move does no harm."""
    stops = flows.move_clock(door.gate.units, body.to)
    return ClockMoved(now=body.to, stops=stops)


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
                profile=REPLAY_PROFILE,
                terms=_replay_terms(one.start_price.fen, one.opens_at, one.closes_at),
            )
            for one in body.lots
        ]
        return done(201, LotIds(lots=[str(lot) for lot in auctions.open_for_replay(unit, door.cause, drafts)]))

    return door.command(body, act)


@router.post(
    "/v1/assets/{asset}/encumbrances/{encumbrance}/release",
    response_model=EncumbranceState,
    responses=refuses(*achievements.UNENCUMBER_REFUSALS),
    tags=["achievements"],
)
def release_encumbrance(
    asset: Annotated[AssetId, named(AssetId)],
    encumbrance: Annotated[EncumbranceId, named(EncumbranceId)],
    door: Door = needs("listings.review"),
) -> JSONResponse:
    """Record, as an officer, that a burden has ended; a sale that waited for it is awarded."""

    def act(unit: Unit) -> Reply:
        flows.release_encumbrance(unit, door.cause, asset, encumbrance)
        return done(200, EncumbranceState(id=encumbrance, asset=asset, in_force=False))

    return door.command(None, act)


@router.get("/problems/{wing}/{reason}", response_model=ProblemType)
def explain_problem(wing: str, reason: str, door: Door = needs(PUBLIC)) -> ProblemType:  # noqa: ARG001 - the guard
    """Return what a problem's `type` means, in English and Chinese."""
    found = problems.explain(f"{wing}/{reason}")
    if found is None:
        raise HTTPException(404, "no problem of this exchange has this type")
    status, title, zh = found
    return ProblemType(type=f"/problems/{wing}/{reason}", title=title, title_zh=zh, status=status)


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
