"""The doors of orders that freeze a deal: recorded, lifted, listed."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from exchange.members.model import Capability
from ledger.kernel.answers import Reply
from ledger.kernel.unit import Unit
from ledger.kernel.web import Door, Page, done, named, needs, paged, refuses
from settlement.escrow import service as escrow
from settlement.escrow.api import FreezeLift, FreezeOrder, FreezePage, SettlementPath, WholeFreezeShape
from settlement.escrow.model import FreezeId

from .. import flows

router = APIRouter(prefix="/v1", tags=["settlements"])


@router.post(
    "/settlements/{settlement}/freezes",
    status_code=201,
    response_model=WholeFreezeShape,
    responses=refuses(*escrow.FREEZE_REFUSALS),
)
def freeze(settlement: SettlementPath, body: FreezeOrder, door: Door = needs(Capability.DEALS_FREEZE)) -> JSONResponse:
    """Record an order of a court or regulator against a deal: no money leaves it while the order stands."""

    def act(unit: Unit) -> Reply:
        made = flows.freeze(
            unit,
            door.cause,
            settlement,
            authority=body.authority,
            order_number=body.order_number,
            document_sha256=body.document_sha256,
            reason=body.reason,
        )
        return done(201, WholeFreezeShape.of(made))

    return door.command(body, act)


@router.post(
    "/freezes/{freeze}/lift",
    response_model=WholeFreezeShape,
    responses=refuses(*escrow.LIFT_REFUSALS, *escrow.SEEING_REFUSALS),
)
def lift_freeze(
    freeze: Annotated[FreezeId, named(FreezeId)], body: FreezeLift, door: Door = needs(Capability.DEALS_FREEZE)
) -> JSONResponse:
    """Record that an order no longer stands; with the last one the deal goes on."""

    def act(unit: Unit) -> Reply:
        lifted = flows.lift(unit, door.cause, freeze, document_sha256=body.document_sha256)
        return done(200, WholeFreezeShape.of(lifted))

    return door.command(body, act)


@router.get("/freezes", response_model=FreezePage)
def list_freezes(
    response: Response,
    standing: Annotated[bool, Query(description="only orders that stand")] = False,
    page: Page = paged(),
    door: Door = needs(Capability.DEALS_READ_ALL),
) -> FreezePage:
    """Return every order to freeze there ever was, or those that stand, the oldest first."""
    after = page.past(FreezeId)
    found = door.read(lambda unit: escrow.page_freezes(unit, standing=standing, after=after, limit=page.limit))
    following = found[-1].id if len(found) == page.limit else None
    if following:
        more = f"/v1/freezes?after={following}&limit={page.limit}&standing={str(standing).lower()}"
        response.headers["Link"] = f'<{more}>; rel="next"'
    return FreezePage(items=[WholeFreezeShape.of(one) for one in found], next=following)
