"""Time stamps over HTTP: which checkpoints somebody else's clock vouches for, and the tokens, for anyone."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from ledger.kernel.web import PUBLIC, Door, Instant, Shape, needs, refuses

from .. import service
from ..lines import BELOW, encode_base64
from .serving import FOR_EVER, TEXT, OpenRoute, answer

router = APIRouter(tags=["ledger"], route_class=OpenRoute)


class Stamp(Shape):
    """A time stamp that is kept: over the checkpoint of which size, when, by whom."""

    size: int
    stamped_at: Instant
    authority: str


class Stamps(Shape):
    """The time stamps that are kept, the smallest size first."""

    items: list[Stamp]


class StampWhole(Stamp):
    """A time stamp with what it is over and its token."""

    text: Annotated[str, Field(description="the checkpoint's text, to the byte what was stamped")]
    token: Annotated[str, Field(description="the authority's answer (RFC 3161 2.4.2) in DER, base64")]


@router.get("/v1/ledger/timestamps", response_model=Stamps)
def list_time_stamps(
    after: Annotated[int, Query(ge=0, lt=BELOW, description="the last size of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
    door: Door = needs(PUBLIC),
) -> Stamps:
    """Return over which published checkpoints an RFC 3161 time stamp is kept."""
    found = door.read(lambda unit: service.time_stamps(unit, after=after, limit=limit))
    return Stamps(items=[Stamp(size=one.size, stamped_at=one.stamped_at, authority=one.authority) for one in found])


@router.get("/v1/ledger/timestamps/{size}", response_model=StampWhole, responses=refuses(service.NotStamped))
def read_time_stamp(size: int, door: Door = needs(PUBLIC)) -> StampWhole:
    """Return the time stamp over the checkpoint of one size."""
    found = door.read(lambda unit: service.time_stamp(unit, size))
    return StampWhole(
        size=found.size,
        stamped_at=found.stamped_at,
        authority=found.authority,
        text=found.text,
        token=encode_base64(found.token),
    )


@router.get("/v1/ledger/timestamps/{size}/token", responses=refuses(service.NotStamped), response_class=Response)
def read_token(size: int, request: Request, door: Door = needs(PUBLIC)) -> Response:
    """Return the authority's whole answer, as `openssl ts -verify -data checkpoint -in token` takes it."""
    found = door.read(lambda unit: service.time_stamp(unit, size))
    return answer(request, found.token, media_type="application/timestamp-reply", cache=FOR_EVER)


@router.get("/v1/ledger/timestamps/{size}/checkpoint", responses=refuses(service.NotStamped), response_class=Response)
def read_stamped_text(size: int, request: Request, door: Door = needs(PUBLIC)) -> Response:
    """Return the text that was stamped: the checkpoint's three lines, without its signatures."""
    found = door.read(lambda unit: service.time_stamp(unit, size))
    return answer(request, found.text.encode(), media_type=TEXT, cache=FOR_EVER)
