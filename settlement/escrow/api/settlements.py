"""The money of a deal over HTTP: looking at it, and recording that the price was paid.

Settling and declaring a default reach beyond money (the asset's inventors, the contract): their routes are flows'.
"""

from typing import Annotated

from fastapi.responses import JSONResponse

from ledger.kernel.answers import Reply
from ledger.kernel.unit import Unit
from ledger.kernel.web import Door, done, named, needs, refuses

from .. import service
from ..model import SettlementId
from .router import router
from .shapes import PaymentShape, SettlementShape

SettlementPath = Annotated[SettlementId, named(SettlementId)]
READ = "deals.read"
RECORD = "payments.record"
SIGN = "contracts.sign"
SETTLE = "settlements.settle"


@router.get("/settlements/{settlement}", response_model=SettlementShape, responses=refuses(*service.SEEING_REFUSALS))
def read_settlement(settlement: SettlementPath, door: Door = needs(READ)) -> SettlementShape:
    """Return the money of a deal to its seller, its buyer and supervisors."""
    return SettlementShape.of(door.read(lambda unit: service.find(unit, door.cause, settlement)))


@router.post(
    "/settlements/{settlement}/payments",
    status_code=201,
    response_model=SettlementShape,
    responses=refuses(*service.BALANCE_REFUSALS),
)
def record_payment(settlement: SettlementPath, body: PaymentShape, door: Door = needs(RECORD)) -> JSONResponse:
    """Record, as an officer, that the balance has arrived: exactly what is due, and once."""

    def act(unit: Unit) -> Reply:
        after = service.receive_balance(
            unit, door.cause, settlement, amount_fen=body.amount.fen, reference=body.payment_reference
        )
        return done(201, SettlementShape.of(after))

    return door.command(body, act)
