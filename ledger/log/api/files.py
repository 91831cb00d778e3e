"""The log over HTTP: the paths of C2SP tlog-tiles, at the root of the server, for anyone."""

from fastapi import APIRouter, Request, Response

from ledger.kernel.web import PUBLIC, Door, needs, refuses

from .. import service
from ..tiles import NotATile
from .serving import BINARY, FOR_EVER, FOR_SECONDS, TEXT, OpenRoute, answer

router = APIRouter(tags=["ledger"], route_class=OpenRoute)


@router.get("/checkpoint", responses=refuses(service.NothingPlaced), response_class=Response)
def read_checkpoint(request: Request, door: Door = needs(PUBLIC)) -> Response:
    """Return the newest signed checkpoint (C2SP tlog-checkpoint)."""
    return answer(request, door.read(service.checkpoint), media_type=TEXT, cache=FOR_SECONDS)


@router.get("/log.vkey", response_class=Response)
def read_vkey(request: Request, door: Door = needs(PUBLIC)) -> Response:
    """Return the log's verifier key, for convenience: pin it from a source you trust instead."""
    return answer(request, f"{door.gate.vkey}\n".encode(), media_type=TEXT, cache=FOR_SECONDS)


@router.get("/tile/{path:path}", responses=refuses(NotATile, service.NotInLog), response_class=Response)
def read_tile(path: str, request: Request, door: Door = needs(PUBLIC)) -> Response:
    """Return a tile or an entry bundle (C2SP tlog-tiles), the bundle compressed if asked."""
    content = door.read(lambda unit: service.resource(unit, f"tile/{path}"))
    is_bundle = path.startswith("entries/")
    return answer(request, content, media_type=BINARY, cache=FOR_EVER, compressible=is_bundle)
