"""The door of money that nobody expected that reaches beyond money: a deposit is its lot's business too."""

from typing import Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from exchange.auctions import service as auctions
from exchange.members.model import Capability
from ledger.kernel.answers import Reply
from ledger.kernel.unit import Unit
from ledger.kernel.web import Door, done, needs, refuses
from settlement.escrow import service as escrow
from settlement.escrow.api import AssignBody, MisdirectedPath, MisdirectedShape
from settlement.escrow.service import misdirected as service

from .. import flows

router = APIRouter(prefix="/v1", tags=["settlements"])

REFUSALS: Final = dict.fromkeys(
    (
        *service.ASSIGN_REFUSALS,
        flows.NoSuchDeposit,
        *auctions.SEEING_REFUSALS,
        *auctions.DEPOSIT_REFUSALS,
        *escrow.DEPOSIT_REFUSALS,
    )
)


@router.post("/misdirected/{misdirected}/assign", response_model=MisdirectedShape, responses=refuses(*REFUSALS))
def assign_misdirected(
    misdirected: MisdirectedPath, body: AssignBody, door: Door = needs(Capability.PAYMENTS_RECORD)
) -> JSONResponse:
    """Receive, as an officer, a part of it for exactly what is due, as if it had come for that.

    For a deposit that was asked for, it takes what recording a deposit takes: its payer may bid from now on.
    """

    def act(unit: Unit) -> Reply:
        due = body.to.due()
        after = flows.assign_unexpected(unit, door.cause, misdirected, to=due, amount_fen=body.amount.fen)
        return done(200, MisdirectedShape.of(after, unit.now()))

    return door.command(body, act)
