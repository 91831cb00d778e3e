"""Programmes and claims over HTTP. Claiming and paying span wings: those doors are the composition root's.

What is public of a programme: its rule with every number, whether that is an illustration, its budget and what is left.
"""

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from ledger.kernel.answers import Reply
from ledger.kernel.unit import Unit
from ledger.kernel.web import PUBLIC, Door, Page, done, named, needs, paged, refuses

from .. import service
from ..model import DECIDE, READ, ClaimId, ProgrammeId
from .shapes import (
    ClaimBody,
    ClaimPage,
    ClaimShape,
    ProgrammeBody,
    ProgrammePage,
    ProgrammeShape,
)

__all__ = ["ClaimBody", "ClaimPath", "ClaimShape", "router"]

router = APIRouter(prefix="/v1", tags=["subsidies"])

ProgrammePath = Annotated[ProgrammeId, named(ProgrammeId)]
ClaimPath = Annotated[ClaimId, named(ClaimId)]


@router.post(
    "/programmes",
    status_code=201,
    response_model=ProgrammeShape,
    responses=refuses(*service.OPENING_REFUSALS),
)
def open_programme(body: ProgrammeBody, door: Door = needs(DECIDE)) -> JSONResponse:
    """Open a programme, as a department, with a budget that a payment has brought into custody."""

    def act(unit: Unit) -> Reply:
        opened = service.open_programme(
            unit, door.cause, rule=body.rule, budget_fen=body.budget.fen, reference=body.payment_reference
        )
        return done(201, ProgrammeShape.of(service.programme(unit, opened.id)))

    return door.command(body, act)


@router.get("/programmes", response_model=ProgrammePage)
def list_programmes(response: Response, page: Page = paged(), door: Door = needs(PUBLIC)) -> ProgrammePage:
    """Return programmes, the oldest first, with what is left of their budgets."""
    after = page.past(ProgrammeId)
    views = door.read(lambda unit: service.programmes(unit, after=after, limit=page.limit))
    following = views[-1].programme.id if len(views) == page.limit else None
    if following:
        response.headers["Link"] = f'</v1/programmes?after={following}&limit={page.limit}>; rel="next"'
    return ProgrammePage(items=[ProgrammeShape.of(one) for one in views], next=following)


@router.get("/programmes/{programme}", response_model=ProgrammeShape, responses=refuses(*service.PROGRAMME_REFUSALS))
def read_programme(programme: ProgrammePath, door: Door = needs(PUBLIC)) -> ProgrammeShape:
    """Return a programme with its rule and what is left of its budget."""
    return ProgrammeShape.of(door.read(lambda unit: service.programme(unit, programme)))


@router.get("/claims", response_model=ClaimPage)
def list_claims(response: Response, page: Page = paged(), door: Door = needs(READ)) -> ClaimPage:
    """Return one's own claims, to those who read all deals everybody's, the oldest first."""
    after = page.past(ClaimId)
    claims = door.read(lambda unit: service.page_claims(unit, door.cause, after=after, limit=page.limit))
    following = claims[-1].id if len(claims) == page.limit else None
    if following:
        response.headers["Link"] = f'</v1/claims?after={following}&limit={page.limit}>; rel="next"'
    return ClaimPage(items=[ClaimShape.of(one) for one in claims], next=following)


@router.get("/claims/{claim}", response_model=ClaimShape, responses=refuses(*service.SEEING_REFUSALS))
def read_claim(claim: ClaimPath, door: Door = needs(READ)) -> ClaimShape:
    """Return a claim with its whole calculation."""
    return ClaimShape.of(door.read(lambda unit: service.find_claim(unit, door.cause, claim)))
