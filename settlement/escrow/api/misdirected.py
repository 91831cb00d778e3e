"""Money that nobody expected, over HTTP: recorded, sent back, looked at. Assigning it is a flow's route."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import JSONResponse

from ledger.kernel.answers import Reply
from ledger.kernel.unit import Unit
from ledger.kernel.web import Door, Page, Shape, done, named, needs, paged, refuses

from ..model import Misdirected, MisdirectedId
from ..service import misdirected as service
from .misdirected_shapes import (
    MisdirectedBody,
    MisdirectedPage,
    MisdirectedShape,
    OneMisdirectedShape,
    SendBackBody,
    WholeMisdirectedShape,
)
from .router import router
from .settlements import RECORD

MisdirectedPath = Annotated[MisdirectedId, named(MisdirectedId)]
READ_ALL = "deals.read_all"


@router.post(
    "/misdirected", status_code=201, response_model=MisdirectedShape, responses=refuses(*service.FIND_REFUSALS)
)
def find_misdirected(body: MisdirectedBody, door: Door = needs(RECORD)) -> JSONResponse:
    """Record, as an officer, that money came which nobody expected, or more than was due."""

    def act(unit: Unit) -> Misdirected:
        return service.find(
            unit, door.cause, amount_fen=body.amount.fen, reference=body.payment_reference, note=body.note
        )

    return _answer(door, body, act, status=201)


@router.post(
    "/misdirected/{misdirected}/return",
    response_model=MisdirectedShape,
    responses=refuses(*service.SEND_BACK_REFUSALS),
)
def return_misdirected(misdirected: MisdirectedPath, body: SendBackBody, door: Door = needs(RECORD)) -> JSONResponse:
    """Have, as an officer, a part of it paid back to where it came from."""
    return _answer(
        door, body, lambda unit: service.send_back(unit, door.cause, misdirected, amount_fen=body.amount.fen)
    )


@router.get("/misdirected", response_model=MisdirectedPage)
def list_misdirected(
    response: Response,
    waiting: Annotated[bool, Query(description="only those of which something is left")] = False,
    overdue: Annotated[bool, Query(description="only those that have waited for longer than they should")] = False,
    page: Page = paged(),
    door: Door = needs(READ_ALL),
) -> MisdirectedPage:
    """Return all money that nobody expected, what of it waits, or what waits for too long; the oldest first."""
    after = page.past(MisdirectedId)

    def read(unit: Unit) -> list[WholeMisdirectedShape]:
        found = service.page(unit, waiting=waiting, overdue=overdue, after=after, limit=page.limit)
        return [WholeMisdirectedShape.of(one, unit.now()) for one in found]

    items = door.read(read)
    following = items[-1].id if len(items) == page.limit else None
    if following:
        more = f"waiting={str(waiting).lower()}&overdue={str(overdue).lower()}"
        response.headers["Link"] = f'</v1/misdirected?after={following}&limit={page.limit}&{more}>; rel="next"'
    return MisdirectedPage(items=items, next=following)


@router.get("/misdirected/{misdirected}", response_model=OneMisdirectedShape, responses=refuses(*service.ONE_REFUSALS))
def read_misdirected(misdirected: MisdirectedPath, door: Door = needs(READ_ALL)) -> OneMisdirectedShape:
    """Return one such payment, what is left of it and where the rest went, to those who may read the list."""
    return door.read(lambda unit: OneMisdirectedShape.whole(service.whole(unit, misdirected), unit.now()))


def _answer(door: Door, body: Shape, act: Callable[[Unit], Misdirected], *, status: int = 200) -> JSONResponse:
    def reply(unit: Unit) -> Reply:
        return done(status, MisdirectedShape.of(act(unit), unit.now()))

    return door.command(body, reply)
