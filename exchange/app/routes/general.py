"""Health, the clock, and what each problem means."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.exceptions import HTTPException

from ledger.kernel import clock, db
from ledger.kernel.unit import Unit
from ledger.kernel.web import PUBLIC, Door, Instant, Shape, needs, refuses
from ledger.log import service as log

from .. import flows, problems

router = APIRouter(tags=["exchange"])


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


@router.get("/problems/{wing}/{reason}", response_model=ProblemType)
def explain_problem(wing: str, reason: str, door: Door = needs(PUBLIC)) -> ProblemType:  # noqa: ARG001 - the guard
    """Return what a problem's `type` means, in English and Chinese."""
    found = problems.explain(f"{wing}/{reason}")
    if found is None:
        raise HTTPException(404, "no problem of this exchange has this type")
    status, title, zh = found
    return ProblemType(type=f"/problems/{wing}/{reason}", title=title, title_zh=zh, status=status)
