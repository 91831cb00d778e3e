"""The doors of an officer who stops a lot, and of anybody who wants to know who bought it."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from exchange.auctions import service as auctions
from exchange.auctions.api import LotPath
from exchange.auctions.api.offering_shapes import Resuming, Stopping
from exchange.auctions.api.shapes import LotState
from exchange.members.model import Capability
from ledger.kernel.answers import Reply
from ledger.kernel.unit import Unit
from ledger.kernel.web import PUBLIC, Door, done, needs, refuses

from .. import flows, views
from .confirmation_shape import ConfirmationShape

router = APIRouter(prefix="/v1", tags=["auctions"])


@router.post(
    "/lots/{lot}/suspend",
    response_model=LotState,
    responses=refuses(*auctions.SEEING_REFUSALS, *auctions.SUSPEND_REFUSALS),
)
def suspend_lot(lot: LotPath, body: Stopping, door: Door = needs(Capability.LOTS_SUSPEND)) -> JSONResponse:
    """Suspend bidding, as an officer (法释〔2016〕18号 art. 28). The time left is kept, and the reason is public."""

    def act(unit: Unit) -> Reply:
        after = auctions.suspend(unit, door.cause, lot, reason=body.reason, order=body.order)
        return done(200, LotState(id=after.id, state=after.state, ends_at=after.ends_at))

    return door.command(body, act)


@router.post(
    "/lots/{lot}/resume",
    response_model=LotState,
    responses=refuses(*auctions.SEEING_REFUSALS, *auctions.RESUME_REFUSALS),
)
def resume_lot(lot: LotPath, body: Resuming, door: Door = needs(Capability.LOTS_SUSPEND)) -> JSONResponse:
    """Let bidding go on, as an officer, with the time that was left when it was suspended."""

    def act(unit: Unit) -> Reply:
        after = auctions.resume(unit, door.cause, lot, cause_ended_at=body.cause_ended_at)
        return done(200, LotState(id=after.id, state=after.state, ends_at=after.ends_at))

    return door.command(body, act)


@router.post(
    "/lots/{lot}/cancel",
    response_model=LotState,
    responses=refuses(*auctions.SEEING_REFUSALS, *auctions.CANCEL_REFUSALS),
)
def cancel_lot(lot: LotPath, body: Stopping, door: Door = needs(Capability.LOTS_SUSPEND)) -> JSONResponse:
    """End a suspended lot for good, as an officer; every deposit goes back."""

    def act(unit: Unit) -> Reply:
        after = flows.cancel_lot(unit, door.cause, lot, reason=body.reason, order=body.order)
        return done(200, LotState(id=after.id, state=after.state, ends_at=after.ends_at))

    return door.command(body, act)


@router.get(
    "/lots/{lot}/confirmation",
    response_model=ConfirmationShape,
    responses=refuses(*auctions.SEEING_REFUSALS, views.NotConfirmed),
)
def read_confirmation(lot: LotPath, door: Door = needs(PUBLIC)) -> ConfirmationShape:
    """Return who bought a lot, by name (成交确认书, 法释〔2016〕18号 art. 22), where its rules say so."""
    return ConfirmationShape.of(door.read(lambda unit: views.confirmation(unit, door.cause, lot)))
