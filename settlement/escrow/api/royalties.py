"""A royalty over HTTP. Proposing one reaches beyond money: its route is a flow's."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Path
from fastapi.responses import JSONResponse

from ledger.kernel.answers import Reply
from ledger.kernel.unit import Unit
from ledger.kernel.web import Door, Shape, done, named, needs, refuses

from ..model import MAX_PERIODS, Royalty, RoyaltyId
from ..service import royalties as service
from .plan_shapes import PlanSignature
from .router import router
from .royalty_shapes import FindingsBody, RoyaltyShape, StatementBody, WholeRoyaltyShape
from .settlements import READ, RECORD, SETTLE, SIGN
from .shapes import DivideBody, PaymentShape

RoyaltyPath = Annotated[RoyaltyId, named(RoyaltyId)]
PeriodPath = Annotated[int, Path(ge=1, le=MAX_PERIODS)]


@router.get("/royalties/{royalty}", response_model=WholeRoyaltyShape, responses=refuses(*service.SEEING_REFUSALS))
def read_royalty(royalty: RoyaltyPath, door: Door = needs(READ)) -> WholeRoyaltyShape:
    """Return a royalty to its seller, its buyer and supervisors."""
    return door.read(lambda unit: WholeRoyaltyShape.seen(service.see(unit, door.cause, royalty), unit.now()))


@router.post(
    "/royalties/{royalty}/withdraw", response_model=RoyaltyShape, responses=refuses(*service.WITHDRAW_REFUSALS)
)
def withdraw_royalty(royalty: RoyaltyPath, door: Door = needs(SETTLE)) -> JSONResponse:
    """Take a proposal back, as the seller."""
    return _answer(door, None, lambda unit: service.withdraw(unit, door.cause, royalty))


@router.post("/royalties/{royalty}/agree", response_model=RoyaltyShape, responses=refuses(*service.AGREE_REFUSALS))
def agree_royalty(royalty: RoyaltyPath, body: PlanSignature, door: Door = needs(SIGN)) -> JSONResponse:
    """Agree, as the buyer, to the terms whose hash is given."""
    return _answer(door, body, lambda unit: service.agree(unit, door.cause, royalty, terms_sha256=body.terms_sha256))


@router.post(
    "/royalties/{royalty}/terminate", response_model=RoyaltyShape, responses=refuses(*service.TERMINATE_REFUSALS)
)
def terminate_royalty(royalty: RoyaltyPath, door: Door = needs(SIGN)) -> JSONResponse:
    """Sign, as either party, that it ends. After a declared default the seller's signature suffices."""
    return _answer(door, None, lambda unit: service.terminate(unit, door.cause, royalty))


@router.post(
    "/royalties/{royalty}/periods/{period}/statement",
    response_model=RoyaltyShape,
    responses=refuses(*service.STATE_REFUSALS),
)
def state_sales(
    royalty: RoyaltyPath, period: PeriodPath, body: StatementBody, door: Door = needs(SIGN)
) -> JSONResponse:
    """State, as the buyer, the net sales of a period that is over; the answer says what is due."""

    def act(unit: Unit) -> Royalty:
        return service.state_sales(
            unit,
            door.cause,
            royalty,
            period,
            sales_fen=body.sales.fen,
            statement_sha256=body.statement_sha256,
        )

    return _answer(door, body, act)


@router.post(
    "/royalties/{royalty}/periods/{period}/payments",
    status_code=201,
    response_model=RoyaltyShape,
    responses=refuses(*service.PAY_REFUSALS),
)
def record_royalty(
    royalty: RoyaltyPath, period: PeriodPath, body: PaymentShape, door: Door = needs(RECORD)
) -> JSONResponse:
    """Record, as an officer, that a royalty has arrived: exactly what is due, and once."""

    def act(unit: Unit) -> Royalty:
        return service.pay(
            unit, door.cause, royalty, period, amount_fen=body.amount.fen, reference=body.payment_reference
        )

    return _answer(door, body, act, status=201)


@router.post(
    "/royalties/{royalty}/periods/{period}/audit",
    response_model=RoyaltyShape,
    responses=refuses(*service.CALL_REFUSALS),
)
def call_audit(royalty: RoyaltyPath, period: PeriodPath, door: Door = needs(SETTLE)) -> JSONResponse:
    """Announce, as the seller, an audit of a period for when the days of notice are over."""
    return _answer(door, None, lambda unit: service.call_audit(unit, door.cause, royalty, period))


@router.post(
    "/royalties/{royalty}/periods/{period}/findings",
    response_model=RoyaltyShape,
    responses=refuses(*service.AUDIT_REFUSALS),
)
def record_audit(
    royalty: RoyaltyPath, period: PeriodPath, body: FindingsBody, door: Door = needs(RECORD)
) -> JSONResponse:
    """Record, as an officer, what an audit has found; understated beyond the tolerance, more is due."""

    def act(unit: Unit) -> Royalty:
        return service.record_audit(
            unit,
            door.cause,
            royalty,
            period,
            sales_fen=body.sales.fen,
            cost_fen=body.cost.fen,
            document_sha256=body.document_sha256,
        )

    return _answer(door, body, act)


@router.post(
    "/royalties/{royalty}/periods/{period}/overdue",
    response_model=RoyaltyShape,
    responses=refuses(*service.OVERDUE_REFUSALS),
)
def declare_overdue(royalty: RoyaltyPath, period: PeriodPath, door: Door = needs(RECORD)) -> JSONResponse:
    """Record, as an officer who has looked at the bank, that a royalty was not paid in time."""
    return _answer(door, None, lambda unit: service.declare_overdue(unit, door.cause, royalty, period))


@router.post(
    "/royalties/{royalty}/periods/{period}/divide",
    response_model=RoyaltyShape,
    responses=refuses(*service.DIVIDE_REFUSALS),
)
def divide_royalty(
    royalty: RoyaltyPath, period: PeriodPath, body: DivideBody, door: Door = needs(SETTLE)
) -> JSONResponse:
    """State one's costs, as the seller, and pay everybody their share of a royalty."""

    def act(unit: Unit) -> Royalty:
        return service.divide(
            unit, door.cause, royalty, period, costs=body.stated_costs(), withheld=body.stated_taxes()
        )

    return _answer(door, body, act)


def _answer(door: Door, body: Shape | None, act: Callable[[Unit], Royalty], *, status: int = 200) -> JSONResponse:
    def reply(unit: Unit) -> Reply:
        return done(status, RoyaltyShape.of(act(unit), unit.now()))

    return door.command(body, reply)
