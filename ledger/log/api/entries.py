"""Single entries of the log, the proof that each stands there, and whom to believe about it."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from ledger.kernel.ids import EntryId
from ledger.kernel.web import PUBLIC, Door, named, needs, refuses

from .. import page, service
from .serving import FOR_EVER, FOR_SECONDS, HTML, TEXT, OpenRoute, answer

router = APIRouter(tags=["ledger"], route_class=OpenRoute)
EntryName = Annotated[EntryId, named(EntryId)]


@router.get(
    "/v1/ledger/entries/{entry}",
    responses=refuses(service.NotRecorded, service.NotYetPublished),
    response_class=Response,
)
def read_entry(entry: EntryName, request: Request, door: Door = needs(PUBLIC)) -> Response:
    """Return the bytes of an entry as they were recorded: canonical JSON (RFC 8785), what its proof is a proof of."""
    content = door.read(lambda unit: service.published_entry(unit, entry))
    return answer(request, content, media_type="application/json", cache=FOR_EVER)


@router.get(
    "/v1/ledger/entries/{entry}/proof",
    responses=refuses(service.NotRecorded, service.NotYetPublished),
    response_class=Response,
)
def read_proof(entry: EntryName, request: Request, door: Door = needs(PUBLIC)) -> Response:
    """Return the proof that an entry stands in the log (C2SP tlog-proof): a file that can be kept, and checked offline.

    Its `extra` line carries the entry itself. With `Prefer: wait=N`, an entry on its way to the log is waited for.
    """
    if door.patience_s:
        door.gate.prove([entry], patience_s=door.patience_s)
    content = door.read(lambda unit: bytes(service.proof_of(unit, entry)))
    headers = {"Content-Disposition": f'inline; filename="{entry}.tlog-proof"'}
    return answer(request, content, media_type=TEXT, cache=FOR_SECONDS, headers=headers)


@router.get("/v1/ledger/policy", response_class=Response)
def read_policy(request: Request, door: Door = needs(PUBLIC)) -> Response:
    """Return whom to believe (C2SP tlog-policy): the log's keys, its witnesses, and how many of them must have seen it.

    For convenience: take it from somebody you trust instead, and keep it.
    """
    content = door.gate.policy.encode(errors="surrogateescape")
    return answer(request, content, media_type=TEXT, cache=FOR_SECONDS)


@router.get("/verify.html", response_class=HTMLResponse)
def read_page(request: Request, door: Door = needs(PUBLIC)) -> Response:  # noqa: ARG001 - the guard
    """Return the page that verifies a proof in a browser: save it, and it needs neither this server nor a network."""
    return answer(request, page.html(), media_type=HTML, cache=FOR_SECONDS, compressible=True)
