"""The doors of a payment plan that reach beyond money: each of them one flow."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from exchange.members import service as members
from exchange.members.model import Capability
from ledger.kernel.answers import Reply
from ledger.kernel.ids import OrganisationId
from ledger.kernel.unit import Unit
from ledger.kernel.web import Door, done, needs, refuses
from settlement.escrow import service as escrow
from settlement.escrow.api import PlanBody, PlanPath, PlanShape, SettlementPath, basis_points

from .. import flows

router = APIRouter(prefix="/v1", tags=["settlements"])


@router.post(
    "/settlements/{settlement}/plan",
    status_code=201,
    response_model=PlanShape,
    responses=refuses(*escrow.PROPOSE_REFUSALS, flows.NotABroker, *members.SEEING_REFUSALS),
)
def propose_plan(
    settlement: SettlementPath, body: PlanBody, door: Door = needs(Capability.SETTLEMENTS_SETTLE)
) -> JSONResponse:
    """Propose, as the seller, how the price is paid; a proposal nobody has agreed to is replaced."""
    broker = body.broker

    def act(unit: Unit) -> Reply:
        made = flows.propose_plan(
            unit,
            door.cause,
            settlement,
            terms=body.terms(),
            reward_bp=basis_points(body.reward_percent),
            shares=body.weights,
            broker=(OrganisationId(broker.organisation), basis_points(broker.commission_percent)) if broker else None,
        )
        return done(201, PlanShape.of(made, unit.now()))

    return door.command(body, act)


@router.post("/plans/{plan}/decline", response_model=PlanShape, responses=refuses(*escrow.TRIAL_REFUSALS))
def decline_trial(plan: PlanPath, door: Door = needs(Capability.CONTRACTS_SIGN)) -> JSONResponse:
    """Buy nothing, as the buyer, of what was tried; the deposit goes back, and the sale falls through."""

    def act(unit: Unit) -> Reply:
        return done(200, PlanShape.of(flows.decline_trial(unit, door.cause, plan), unit.now()))

    return door.command(None, act)
