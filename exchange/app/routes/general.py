"""Health, the clock, and what each problem means."""

from dataclasses import replace
from typing import Annotated, Final

from fastapi import APIRouter, Response
from pydantic import Field
from starlette.exceptions import HTTPException

from ledger.kernel import clock, db
from ledger.kernel.unit import Unit
from ledger.kernel.web import PUBLIC, Door, Instant, Shape, needs, refuses
from ledger.log import health, metrics, policy
from ledger.log.model import Trouble

from .. import flows, nightly, problems

BOOKS: Final = "books"  # what the alarm in the metrics is called

router = APIRouter(tags=["exchange"])


class WitnessHealth(Shape):
    """How a witness of the log stands."""

    name: str
    url: str | None
    size: Annotated[int, Field(description="entries in the newest checkpoint it is known to hold")]
    cosigned_at: Instant | None
    mirrored: Annotated[int | None, Field(description="entries in its own copy of the log; null: it keeps none")]
    problem: Annotated[
        str | None, Field(description="what is wrong with it; ALARM: it and the log contradict each other")
    ]


class Health(Shape):
    """How the exchange is."""

    status: Annotated[str, Field(description="ok, or degraded: then `problems` says why")]
    problems: list[str]
    origin: str
    virtual: bool
    now: Instant
    log_size: Annotated[int, Field(description="entries that readers see")]
    waiting: Annotated[int, Field(description="entries recorded but not yet published")]
    signed_size: int
    published_size: int
    published_at: Instant | None
    witnessing: Annotated[str, Field(description="UNWITNESSED: nobody but the log vouches for it; met; waiting")]
    witnesses: list[WitnessHealth]
    time_stamped_at: Instant | None


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
        found = _log_health(unit, door)
        return Health(
            status=found.status,
            problems=list(found.problems),
            origin=origin,
            virtual=virtual,
            now=unit.now(),
            log_size=found.published_size,
            waiting=found.waiting,
            signed_size=found.signed_size,
            published_size=found.published_size,
            published_at=found.published_at,
            witnessing=found.witnessing.value,
            witnesses=[
                WitnessHealth(
                    name=one.name,
                    url=one.url,
                    size=one.size,
                    cosigned_at=one.cosigned_at,
                    mirrored=one.mirrored,
                    problem=one.problem,
                )
                for one in found.witnesses
            ],
            time_stamped_at=found.stamped.stamped_at if found.stamped else None,
        )

    return door.read(look)


@router.get("/metrics", response_class=Response)
def read_metrics(door: Door = needs(PUBLIC)) -> Response:
    """Return how the log is, for Prometheus to scrape."""
    found = door.read(lambda unit: _log_health(unit, door))
    return Response(metrics.render(found), headers={"Content-Type": metrics.MEDIA_TYPE})


def _log_health(unit: Unit, door: Door) -> health.Health:
    """Return how the log is, with the books' alarm where the last proof of them failed."""
    trusted = policy.parse(door.gate.policy.encode(errors="surrogateescape"))
    found = health.read(unit, trusted, authority=door.gate.authority, at=unit.real_now())
    if (alarm := nightly.alarm(unit)) is None:
        return found
    said, at = alarm
    trouble = Trouble(part=BOOKS, said=said, at=at)
    return replace(found, problems=(said, *found.problems), troubles=(*found.troubles, trouble))


@router.get("/v1/clock", response_model=ClockReading)
def read_clock(door: Door = needs(PUBLIC)) -> ClockReading:
    """Return what time it is here."""
    return door.read(lambda unit: ClockReading(now=unit.now(), virtual=db.stamped(unit.connection)[1]))


@router.post(
    "/v1/clock",
    response_model=ClockMoved,
    responses=refuses(clock.TooFar, clock.NotVirtual, clock.Backwards, flows.StillTicking),
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
