"""Versions of the bidding rules over HTTP: proposed by one person of the operator, put into force by another."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse

from ledger.kernel.answers import Reply
from ledger.kernel.unit import Unit
from ledger.kernel.web import PUBLIC, Door, Page, done, needs, paged, refuses

from .. import service
from ..model import Activate, ProfileId, RejectProposal, Retire, VersionState
from .profile_shapes import ProfilePage, ProfileProposal, ProfileShape, Standing

router = APIRouter(prefix="/v1", tags=["auctions"])

MANAGE: Final = "profiles.manage"
Cited = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,60}@[0-9]{1,10}$", examples=["judicial-2016@1"])]


@router.post("/profiles", status_code=201, response_model=ProfileShape, responses=refuses(*service.PROPOSE_REFUSALS))
def propose_profile(body: ProfileProposal, door: Door = needs(MANAGE)) -> JSONResponse:
    """Propose a version of the bidding rules. Its numbers are on the record from now on, and never change."""

    def act(unit: Unit) -> Reply:
        if body.own is not None:
            named, own = body.own.named(), body.own.profile()
            return done(201, ProfileShape.of(service.propose_own(unit, door.cause, own, named=named)))
        return done(201, ProfileShape.of(service.propose_shipped(unit, door.cause, str(body.shipped))))

    return door.command(body, act)


@router.post("/profiles/{ref}/activate", response_model=ProfileShape, responses=refuses(*service.ACTIVATE_REFUSALS))
def activate_profile(ref: Cited, door: Door = needs(MANAGE)) -> JSONResponse:
    """Put a proposed version into force, as another person than proposed it."""
    return _decide(door, ref, Activate())


@router.post("/profiles/{ref}/reject", response_model=ProfileShape, responses=refuses(*service.END_REFUSALS))
def reject_profile(ref: Cited, door: Door = needs(MANAGE)) -> JSONResponse:
    """Turn a proposal down, or take one's own back; one of the officers' own has then used up its number."""
    return _decide(door, ref, RejectProposal())


@router.post("/profiles/{ref}/retire", response_model=ProfileShape, responses=refuses(*service.END_REFUSALS))
def retire_profile(ref: Cited, door: Door = needs(MANAGE)) -> JSONResponse:
    """Let no more lots be announced under a version, at once; one person is enough. Announced lots run on."""
    return _decide(door, ref, Retire())


@router.get("/profiles", response_model=ProfilePage)
def list_profiles(
    response: Response,
    state: Annotated[list[Standing] | None, Query(description="only in these states")] = None,
    page: Page = paged(),
    door: Door = needs(PUBLIC),
) -> ProfilePage:
    """Return every version that was ever proposed, with all its numbers, the first proposed first."""
    states = state or list(VersionState)
    after = page.past(ProfileId)
    versions = door.read(lambda unit: service.page_versions(unit, states=states, after=after, limit=page.limit))
    following = versions.found[-1].id if len(versions.found) == page.limit else None
    if following:
        wanted = "".join(f"&state={one}" for one in state or ())
        response.headers["Link"] = f'</v1/profiles?after={following}&limit={page.limit}{wanted}>; rel="next"'
    items = [ProfileShape.of(one) for one in versions.found]
    return ProfilePage(items=items, not_proposed=list(versions.not_proposed), next=following)


@router.get("/profiles/{ref}", response_model=ProfileShape, responses=refuses(service.NoSuchProfile))
def read_profile(ref: Cited, door: Door = needs(PUBLIC)) -> ProfileShape:
    """Return a version that was ever proposed, with all its numbers."""
    return ProfileShape.of(door.read(lambda unit: service.find_version(unit, ref)))


def _decide(door: Door, ref: str, command: Activate | RejectProposal | Retire) -> JSONResponse:
    def act(unit: Unit) -> Reply:
        return done(200, ProfileShape.of(service.decide_version(unit, door.cause, ref, command)))

    return door.command(None, act)
