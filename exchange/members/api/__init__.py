"""Organisations, people and tokens over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from ledger.kernel.answers import Reply
from ledger.kernel.ids import OrganisationId, PersonId
from ledger.kernel.unit import Unit
from ledger.kernel.web import PUBLIC, Door, Page, Shape, done, named, needs, paged, refuses

from .. import service
from ..model import (
    Capability,
    Command,
    CreditCode,
    NotACreditCode,
    OrganisationState,
    Reinstate,
    Reject,
    Resubmit,
    Suspend,
    TokenId,
    UnusableField,
    Verify,
)
from .shapes import (
    Entry,
    IssuedToken,
    Me,
    Mended,
    NewPerson,
    NewToken,
    OrganisationPage,
    OrganisationShape,
    OrganisationStanding,
    PersonShape,
    PersonState,
    Reasons,
    Registration,
    TokenShape,
)

router = APIRouter(prefix="/v1", tags=["members"])

OrganisationPath = Annotated[OrganisationId, named(OrganisationId)]
PersonPath = Annotated[PersonId, named(PersonId)]
TokenPath = Annotated[TokenId, named(TokenId)]


@router.post(
    "/organisations",
    status_code=201,
    response_model=Entry,
    responses=refuses(NotACreditCode, UnusableField, *service.REGISTER_REFUSALS),
)
def register(body: Registration, door: Door = needs(PUBLIC)) -> JSONResponse:
    """Enter an organisation. It may look after itself at once, and trade once an officer has verified it."""

    def act(unit: Unit) -> Reply:
        entered = service.register(
            unit,
            door.cause,
            name=body.name,
            credit_code=body.credit_code,
            roles=frozenset(body.roles),
            region=body.region,
            person=body.person,
        )
        return _entry(201, entered)

    return door.command(body, act)


@router.post(
    "/organisations/{organisation}/verify",
    response_model=OrganisationStanding,
    responses=refuses(*service.JUDGE_REFUSALS),
)
def verify(organisation: OrganisationPath, door: Door = needs(Capability.MEMBERS_VERIFY)) -> JSONResponse:
    """Find, as an officer, that the organisation is who it says."""
    return _decide(door, organisation, Verify(), None)


@router.post(
    "/organisations/{organisation}/reject",
    response_model=OrganisationStanding,
    responses=refuses(UnusableField, *service.JUDGE_REFUSALS),
)
def reject(
    organisation: OrganisationPath, body: Reasons, door: Door = needs(Capability.MEMBERS_VERIFY)
) -> JSONResponse:
    """Send a registration back with reasons."""
    return _decide(door, organisation, Reject(reasons=tuple(body.reasons)), body)


@router.post(
    "/organisations/{organisation}/suspend",
    response_model=OrganisationStanding,
    responses=refuses(UnusableField, *service.JUDGE_REFUSALS),
)
def suspend(
    organisation: OrganisationPath, body: Reasons, door: Door = needs(Capability.MEMBERS_VERIFY)
) -> JSONResponse:
    """Stop an organisation's dealing at once, with reasons."""
    return _decide(door, organisation, Suspend(reasons=tuple(body.reasons)), body)


@router.post(
    "/organisations/{organisation}/reinstate",
    response_model=OrganisationStanding,
    responses=refuses(*service.JUDGE_REFUSALS),
)
def reinstate(organisation: OrganisationPath, door: Door = needs(Capability.MEMBERS_VERIFY)) -> JSONResponse:
    """Let a suspended organisation trade again."""
    return _decide(door, organisation, Reinstate(), None)


@router.post(
    "/organisations/{organisation}/reissue",
    response_model=Entry,
    responses=refuses(*service.JUDGE_REFUSALS),
)
def reissue(organisation: OrganisationPath, door: Door = needs(Capability.MEMBERS_VERIFY)) -> JSONResponse:
    """Replace the tokens of an organisation that lost them before it was verified by one for its first person.

    The officer, having made sure who asks, hands it over; every earlier token is dead.
    """
    return door.command(None, lambda unit: _entry(200, service.reissue(unit, door.cause, organisation)))


@router.post(
    "/organisations/{organisation}/resubmit",
    response_model=OrganisationStanding,
    responses=refuses(NotACreditCode, UnusableField, *service.RESUBMIT_REFUSALS),
)
def resubmit(
    organisation: OrganisationPath, body: Mended, door: Door = needs(Capability.MEMBERS_MANAGE)
) -> JSONResponse:
    """Hand one's own rejected registration in again, mended."""
    command = Resubmit(
        name=body.name,
        credit_code=CreditCode(body.credit_code),
        roles=frozenset(body.roles),
        region=body.region,
    )
    return _decide(door, organisation, command, body)


@router.get("/organisations", response_model=OrganisationPage)
def list_organisations(
    state: OrganisationState | None = None,
    page: Page = paged(),
    door: Door = needs(Capability.MEMBERS_READ),
) -> OrganisationPage:
    """Return the directory, for officers and regulators."""
    found = door.read(lambda unit: service.page(unit, state=state, after=page.past(OrganisationId), limit=page.limit))
    following = found[-1].id if len(found) == page.limit else None
    return OrganisationPage(items=[OrganisationShape.of(one) for one in found], next=following)


@router.get(
    "/organisations/{organisation}", response_model=OrganisationShape, responses=refuses(*service.SEEING_REFUSALS)
)
def read_organisation(organisation: OrganisationPath, door: Door = needs(Capability.MEMBERS_READ)) -> OrganisationShape:
    """Return an organisation with its names, for officers and regulators."""
    return OrganisationShape.of(door.read(lambda unit: service.find(unit, organisation)))


@router.get("/me", response_model=Me)
def read_me(door: Door = needs(Capability.MEMBERS_MANAGE)) -> Me:
    """Return one's own organisation, and what this token may do now."""
    actor = door.cause.actor
    own = door.read(lambda unit: service.find(unit, actor.organisation))
    return Me(organisation=OrganisationShape.of(own), person=actor.person, capabilities=sorted(actor.capabilities))


@router.post("/people", status_code=201, response_model=PersonState, responses=refuses(UnusableField))
def add_person(body: NewPerson, door: Door = needs(Capability.MEMBERS_MANAGE)) -> JSONResponse:
    """Let a person act for one's own organisation."""

    def act(unit: Unit) -> Reply:
        person = service.add_person(unit, door.cause, body.name)
        return done(201, PersonState(id=person.id, state=person.state))

    return door.command(body, act)


@router.post("/people/{person}/remove", response_model=PersonState, responses=refuses(*service.PERSON_REFUSALS))
def remove_person(person: PersonPath, door: Door = needs(Capability.MEMBERS_MANAGE)) -> JSONResponse:
    """End a person's acting for one's own organisation; their tokens are dead at once."""

    def act(unit: Unit) -> Reply:
        left = service.remove_person(unit, door.cause, person)
        return done(200, PersonState(id=left.id, state=left.state))

    return door.command(None, act)


@router.get("/people", response_model=list[PersonShape])
def list_people(door: Door = needs(Capability.MEMBERS_MANAGE)) -> list[PersonShape]:
    """Return the people of one's own organisation."""
    return [PersonShape.of(one) for one in door.read(lambda unit: service.people(unit, door.cause))]


@router.post("/tokens", status_code=201, response_model=IssuedToken, responses=refuses(*service.TOKEN_REFUSALS))
def issue_token(body: NewToken, door: Door = needs(Capability.MEMBERS_MANAGE)) -> JSONResponse:
    """Give a person of one's own organisation a token."""

    def act(unit: Unit) -> Reply:
        issued = service.issue_token(
            unit, door.cause, person=body.person, scopes=frozenset(body.scopes), expires_at=body.expires_at
        )
        answer = IssuedToken(**TokenShape.of(issued.token).model_dump(), token=None)
        return done(201, answer, token=issued.bearer.text)

    return door.command(body, act)


@router.post("/tokens/{token}/revoke", response_model=TokenShape, responses=refuses(*service.REVOKE_REFUSALS))
def revoke_token(token: TokenPath, door: Door = needs(Capability.MEMBERS_MANAGE)) -> JSONResponse:
    """End a token at once: one's own organisation's, or any as an officer."""

    def act(unit: Unit) -> Reply:
        return done(200, TokenShape.of(service.revoke_token(unit, door.cause, token)))

    return door.command(None, act)


@router.get("/tokens", response_model=list[TokenShape])
def list_tokens(door: Door = needs(Capability.MEMBERS_MANAGE)) -> list[TokenShape]:
    """Return the tokens of one's own organisation, without secrets, which nobody has."""
    return [TokenShape.of(one) for one in door.read(lambda unit: service.tokens(unit, door.cause))]


def _entry(status: int, entered: service.Entered) -> Reply:
    answer = Entry(organisation=entered.organisation, person=entered.person, state=entered.state, token=None)
    return done(status, answer, token=entered.bearer.text)


def _decide(door: Door, organisation: OrganisationId, command: Command, body: Shape | None) -> JSONResponse:
    def act(unit: Unit) -> Reply:
        after = service.decide(unit, door.cause, organisation, command)
        return done(200, OrganisationStanding(id=after.id, state=after.state))

    return door.command(body, act)
