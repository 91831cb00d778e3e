"""A payment plan over HTTP. Proposing one, and declining a trial, reach beyond money: their routes are flows'."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Path
from fastapi.responses import JSONResponse

from ledger.kernel.answers import Reply
from ledger.kernel.unit import Unit
from ledger.kernel.web import Door, Shape, done, named, needs, refuses

from .. import service
from ..model import MAX_PARTS, Plan, PlanId
from .plan_shapes import DisputeBody, JudgmentBody, OutcomeBody, PlanShape, PlanSignature, ReleaseBody, WholePlanShape
from .router import router
from .settlements import READ, RECORD, SETTLE, SIGN
from .shapes import DivideBody, PaymentShape

PlanPath = Annotated[PlanId, named(PlanId)]
PartPath = Annotated[int, Path(ge=1, le=MAX_PARTS)]


@router.get("/plans/{plan}", response_model=WholePlanShape, responses=refuses(*service.SEEING_PLAN_REFUSALS))
def read_plan(plan: PlanPath, door: Door = needs(READ)) -> WholePlanShape:
    """Return a payment plan to its seller, its buyer and supervisors."""
    return door.read(lambda unit: WholePlanShape.seen(service.see_plan(unit, door.cause, plan), unit.now()))


@router.post("/plans/{plan}/withdraw", response_model=PlanShape, responses=refuses(*service.WITHDRAW_PLAN_REFUSALS))
def withdraw_plan(plan: PlanPath, door: Door = needs(SETTLE)) -> JSONResponse:
    """Take a proposal back, as the seller."""
    return _answer(door, None, lambda unit: service.withdraw_plan(unit, door.cause, plan))


@router.post("/plans/{plan}/agree", response_model=PlanShape, responses=refuses(*service.AGREE_REFUSALS))
def agree_plan(plan: PlanPath, body: PlanSignature, door: Door = needs(SIGN)) -> JSONResponse:
    """Agree, as the buyer, to the terms whose hash is given; the deposit counts towards the first part."""
    return _answer(door, body, lambda unit: service.agree_plan(unit, door.cause, plan, terms_sha256=body.terms_sha256))


@router.post("/plans/{plan}/take-up", response_model=PlanShape, responses=refuses(*service.TRIAL_REFUSALS))
def take_up(plan: PlanPath, door: Door = needs(SIGN)) -> JSONResponse:
    """Buy, as the buyer, what was tried; the first part falls due."""
    return _answer(door, None, lambda unit: service.take_up(unit, door.cause, plan))


@router.post(
    "/plans/{plan}/parts/{part}/payments",
    status_code=201,
    response_model=PlanShape,
    responses=refuses(*service.PART_REFUSALS),
)
def record_part(plan: PlanPath, part: PartPath, body: PaymentShape, door: Door = needs(RECORD)) -> JSONResponse:
    """Record, as an officer, that a part has arrived: exactly what is due, and once."""

    def act(unit: Unit) -> Plan:
        return service.pay_part(
            unit, door.cause, plan, part, amount_fen=body.amount.fen, reference=body.payment_reference
        )

    return _answer(door, body, act, status=201)


@router.post(
    "/plans/{plan}/parts/{part}/release",
    response_model=PlanShape,
    responses=refuses(*service.PROPOSE_RELEASE_REFUSALS),
)
def propose_release(plan: PlanPath, part: PartPath, body: ReleaseBody, door: Door = needs(SIGN)) -> JSONResponse:
    """Say, as a person of either party, that a milestone is reached."""

    def act(unit: Unit) -> Plan:
        return service.propose_release(unit, door.cause, plan, part, evidence_sha256=body.evidence_sha256)

    return _answer(door, body, act)


@router.post(
    "/plans/{plan}/parts/{part}/confirm",
    response_model=PlanShape,
    responses=refuses(*service.CONFIRM_RELEASE_REFUSALS),
)
def confirm_release(plan: PlanPath, part: PartPath, door: Door = needs(SIGN)) -> JSONResponse:
    """Accept a milestone, as another person than who proposed it, of the buyer's: the part is the seller's."""
    return _answer(door, None, lambda unit: service.confirm_release(unit, door.cause, plan, part))


@router.post(
    "/plans/{plan}/parts/{part}/dispute", response_model=PlanShape, responses=refuses(*service.DISPUTE_REFUSALS)
)
def dispute_part(plan: PlanPath, part: PartPath, body: DisputeBody, door: Door = needs(SIGN)) -> JSONResponse:
    """Stop a part from being released, as either party."""
    return _answer(door, body, lambda unit: service.dispute_part(unit, door.cause, plan, part, reason=body.reason))


@router.post(
    "/plans/{plan}/parts/{part}/resolve", response_model=PlanShape, responses=refuses(*service.DISPUTE_REFUSALS)
)
def resolve_dispute(plan: PlanPath, part: PartPath, body: OutcomeBody, door: Door = needs(SIGN)) -> JSONResponse:
    """Offer how to end a dispute, as either party; what both offer ends it."""

    def act(unit: Unit) -> Plan:
        return service.resolve_dispute(unit, door.cause, plan, part, outcome=body.outcome, document_sha256=None)

    return _answer(door, body, act)


@router.post(
    "/plans/{plan}/parts/{part}/judgment", response_model=PlanShape, responses=refuses(*service.DISPUTE_REFUSALS)
)
def record_judgment(plan: PlanPath, part: PartPath, body: JudgmentBody, door: Door = needs(RECORD)) -> JSONResponse:
    """End a dispute, as an officer, by the judgment or award whose hash is given."""

    def act(unit: Unit) -> Plan:
        return service.resolve_dispute(
            unit, door.cause, plan, part, outcome=body.outcome, document_sha256=body.document_sha256
        )

    return _answer(door, body, act)


@router.post("/plans/{plan}/parts/{part}/divide", response_model=PlanShape, responses=refuses(*service.DIVIDE_REFUSALS))
def divide_part(plan: PlanPath, part: PartPath, body: DivideBody, door: Door = needs(SETTLE)) -> JSONResponse:
    """State one's costs, as the seller, and pay everybody their share of a released part."""

    def act(unit: Unit) -> Plan:
        return service.divide_part(
            unit, door.cause, plan, part, costs=body.stated_costs(), withheld=body.stated_taxes()
        )

    return _answer(door, body, act)


@router.post("/plans/{plan}/parts/{part}/default", response_model=PlanShape, responses=refuses(*service.STOP_REFUSALS))
def declare_default(plan: PlanPath, part: PartPath, door: Door = needs(RECORD)) -> JSONResponse:
    """Record, as an officer who has looked at the bank, that a part is overdue; the plan ends with what was paid."""
    return _answer(door, None, lambda unit: service.declare_plan_default(unit, door.cause, plan, part))


def _answer(door: Door, body: Shape | None, act: Callable[[Unit], Plan], *, status: int = 200) -> JSONResponse:
    def reply(unit: Unit) -> Reply:
        return done(status, PlanShape.of(act(unit), unit.now()))

    return door.command(body, reply)
