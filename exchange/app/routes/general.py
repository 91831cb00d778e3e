"""Health, the clock, and what each problem means."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
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
from ..auth import AppGate
from ..skew import BOUND, Gauge, milliseconds

BOOKS: Final = "books"  # what the alarm in the metrics is called
CLOCK: Final = "clock"

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


class SkewShape(Shape):
    """How far the answering host's clock is ahead of the database server's (behind: negative), in milliseconds."""

    offset_ms: float
    uncertainty_ms: Annotated[float, Field(description="half the round trip, and more as the measurement ages")]
    bound_ms: Annotated[float, Field(description="beyond which this host takes no commands")]
    bounded: Annotated[bool, Field(description="whether the clock is certain to stand within the bound")]
    measured_at: Instant


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
    skew: Annotated[SkewShape | None, Field(description="null: a virtual clock, one for every host")]


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
            skew=_skew(door),
        )

    return door.read(look)


@router.get("/metrics", response_class=Response)
def read_metrics(door: Door = needs(PUBLIC)) -> Response:
    """Return how the log is, for Prometheus to scrape."""
    found = door.read(lambda unit: _log_health(unit, door))
    return Response(metrics.render(found), headers={"Content-Type": metrics.MEDIA_TYPE})


def _log_health(unit: Unit, door: Door) -> health.Health:
    """Return how the log is, with the books' alarm where the last proof of them failed, and this host's clock's."""
    trusted = policy.parse(door.gate.policy.encode(errors="surrogateescape"))
    found = health.read(unit, trusted, authority=door.gate.authority, at=unit.real_now())
    for part, said, at in _alarms(unit, door):
        trouble = Trouble(part=part, said=said, at=at)
        found = replace(found, problems=(said, *found.problems), troubles=(*found.troubles, trouble))
    return found


def _alarms(unit: Unit, door: Door) -> Iterator[tuple[str, str, datetime]]:
    """Yield what is wrong beside the log: what it is called, what is said of it, since when."""
    if alarm := nightly.alarm(unit):
        yield BOOKS, *alarm
    gauge = _gauge(door)
    if gauge and (said := gauge.trouble()):
        yield CLOCK, said, gauge.measured_at


def _gauge(door: Door) -> Gauge | None:
    return door.gate.gauge if isinstance(door.gate, AppGate) else None


def _skew(door: Door) -> SkewShape | None:
    """Return how far this host's clock stands from the others', where there are several."""
    gauge = _gauge(door)
    if gauge is None:
        return None
    now = gauge.read()
    return SkewShape(
        offset_ms=milliseconds(now.offset),
        uncertainty_ms=milliseconds(now.uncertainty),
        bound_ms=milliseconds(BOUND),
        bounded=now.is_bounded,
        measured_at=gauge.measured_at,
    )


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
