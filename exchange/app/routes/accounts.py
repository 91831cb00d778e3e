"""Accounts and their statements over HTTP: a member sees its own, officers and regulators everybody's."""

from typing import Annotated, Final

from fastapi import APIRouter, Header, Query
from fastapi.responses import JSONResponse, Response
from pydantic import AfterValidator

from exchange.members.model import Capability
from ledger.kernel.unit import Unit
from ledger.kernel.web import Door, Instant, needs, refuses
from settlement.books import service as books
from settlement.books.model import AccountName, NotAnAccountName

from .. import views
from .account_shapes import AccountShape, AccountWithHolds, HoldShape, StatementShape, as_csv, holds_of

router = APIRouter(prefix="/v1", tags=["accounts"])

CSV: Final = "text/csv"
_SEEING: Final = refuses(views.NoSuchAccountHere)


def _account_name(text: str) -> AccountName:
    try:
        return AccountName(text)
    except NotAnAccountName as refusal:
        raise ValueError(refusal.detail) from refusal


AccountPath = Annotated[str, AfterValidator(_account_name)]


@router.get("/accounts", response_model=list[AccountShape])
def list_accounts(
    after: Annotated[str, Query(max_length=204, description="the last name of the page before")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    door: Door = needs(Capability.DEALS_READ),
) -> list[AccountShape]:
    """Return one's accounts in name order as they stand; to a supervisor, everybody's."""

    def look(unit: Unit) -> list[AccountShape]:
        return [AccountShape.of(one) for one in views.own_accounts(unit, door.cause, after=after, limit=limit)]

    return door.read(look)


@router.get("/accounts/{name}", response_model=AccountWithHolds, responses=_SEEING)
def read_account(
    name: AccountPath,
    at: Annotated[Instant | None, Query(description="as it stood when this instant began")] = None,
    door: Door = needs(Capability.DEALS_READ),
) -> AccountWithHolds:
    """Return an account with its open holds, as it stands or as it stood."""
    named = AccountName(name)
    return AccountWithHolds.seen(door.read(lambda unit: views.account(unit, door.cause, named, at=at)))


@router.get("/accounts/{name}/holds", response_model=list[HoldShape], responses=_SEEING)
def read_holds(
    name: AccountPath,
    at: Annotated[Instant | None, Query(description="those open when this instant began")] = None,
    door: Door = needs(Capability.DEALS_READ),
) -> list[HoldShape]:
    """Return what is held on an account, and for it elsewhere."""
    named = AccountName(name)
    return holds_of(door.read(lambda unit: views.account(unit, door.cause, named, at=at)))


@router.get(
    "/accounts/{name}/statement",
    response_model=StatementShape,
    responses=refuses(views.NoSuchAccountHere, *books.STATEMENT_REFUSALS) | {200: {"content": {CSV: {}}}},
)
def read_statement(
    name: AccountPath,
    since: Annotated[Instant | None, Query(alias="from", description="the first instant; without it, all")] = None,
    until: Annotated[
        Instant | None, Query(alias="to", description="the first instant not in it; without it, now")
    ] = None,
    accept: Annotated[str, Header(description="`text/csv` for a table")] = "",
    door: Door = needs(Capability.DEALS_READ),
) -> Response:
    """Return a statement of account over `from <= at < to`, as JSON or as CSV."""
    found = door.read(lambda unit: views.statement(unit, door.cause, AccountName(name), since=since, until=until))
    if CSV in accept.lower():
        return Response(as_csv(found), media_type=f"{CSV}; charset=utf-8")
    return JSONResponse(StatementShape.of(found).model_dump(mode="json"))
