"""The door of a royalty that reaches beyond money: one flow."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from exchange.members import service as members
from exchange.members.model import Capability
from ledger.kernel.answers import Reply
from ledger.kernel.ids import OrganisationId
from ledger.kernel.unit import Unit
from ledger.kernel.web import Door, done, needs, refuses
from settlement.escrow.api import SettlementPath, basis_points
from settlement.escrow.api.royalty_shapes import RoyaltyBody, RoyaltyShape
from settlement.escrow.service import royalties

from .. import flows

router = APIRouter(prefix="/v1", tags=["settlements"])


@router.post(
    "/settlements/{settlement}/royalties",
    status_code=201,
    response_model=RoyaltyShape,
    responses=refuses(*royalties.PROPOSE_REFUSALS, flows.NotABroker, *members.SEEING_REFUSALS),
)
def propose_royalty(
    settlement: SettlementPath, body: RoyaltyBody, door: Door = needs(Capability.SETTLEMENTS_SETTLE)
) -> JSONResponse:
    """Propose, as the seller, what the buyer pays out of its sales, beside the price as an entry fee."""
    broker = body.broker

    def act(unit: Unit) -> Reply:
        made = flows.propose_royalty(
            unit,
            door.cause,
            settlement,
            terms=body.terms(),
            reward_bp=basis_points(body.reward_percent),
            shares=body.weights,
            broker=(OrganisationId(broker.organisation), basis_points(broker.commission_percent)) if broker else None,
        )
        return done(201, RoyaltyShape.of(made, unit.now()))

    return door.command(body, act)
