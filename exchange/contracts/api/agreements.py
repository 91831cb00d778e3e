"""Contracts over HTTP: for their parties, the registrar, and those who may read every deal.

Signing moves money and registering asks for a pack, so these routes are flows'; the shapes they take are here.
"""

from typing import Annotated, Final

from fastapi import Response
from fastapi.responses import JSONResponse

from ledger.kernel.answers import Reply
from ledger.kernel.unit import Unit
from ledger.kernel.web import Door, Page, done, named, needs, paged, refuses

from .. import service
from ..model import ContractId
from .router import router
from .shapes import ContractPage, ContractShape, ContractState, ContractTerms

ContractPath = Annotated[ContractId, named(ContractId)]
READ: Final = "deals.read"
WRITE: Final = "contracts.write"


@router.get("/contracts", response_model=ContractPage)
def list_contracts(response: Response, page: Page = paged(), door: Door = needs(READ)) -> ContractPage:
    """Return one's own contracts, the oldest first; everybody's to those who may read every deal."""
    after = page.past(ContractId)
    found = door.read(lambda unit: service.page_contracts(unit, door.cause, after=after, limit=page.limit))
    following = found[-1].id if len(found) == page.limit else None
    if following:
        response.headers["Link"] = f'</v1/contracts?after={following}&limit={page.limit}>; rel="next"'
    return ContractPage(items=[ContractShape.of(one) for one in found], next=following)


@router.get("/contracts/{contract}", response_model=ContractShape, responses=refuses(*service.FIND_CONTRACT_REFUSALS))
def read_contract(contract: ContractPath, door: Door = needs(READ)) -> ContractShape:
    """Return a contract: its priced parts, the hash to sign, who has signed, what is due and who acts next."""
    return ContractShape.of(door.read(lambda unit: service.find_contract(unit, door.cause, contract)))


@router.put("/contracts/{contract}", response_model=ContractState, responses=refuses(*service.WRITE_CONTRACT_REFUSALS))
def write_contract(contract: ContractPath, body: ContractTerms, door: Door = needs(WRITE)) -> JSONResponse:
    """Set the terms out as the seller, or others in their place while nobody has signed."""

    def act(unit: Unit) -> Reply:
        written = service.write_contract(
            unit,
            door.cause,
            contract,
            type=body.type,
            parts=body.nouns(),
            document_sha256=body.document_sha256,
        )
        return done(200, ContractState.of(written))

    return door.command(body, act)
