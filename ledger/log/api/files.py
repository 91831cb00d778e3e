"""The log over HTTP: the paths of C2SP tlog-tiles, at the root of the server, for anyone."""

from typing import Final

from fastapi import APIRouter, Response

from ledger.kernel.web import PUBLIC, Door, needs, refuses

from .. import service
from ..tiles import NotATile

router = APIRouter(tags=["ledger"])

FOR_SECONDS: Final = "max-age=2"
FOR_EVER: Final = "public, max-age=31536000, immutable"


@router.get("/checkpoint", responses=refuses(service.NothingPlaced), response_class=Response)
def read_checkpoint(door: Door = needs(PUBLIC)) -> Response:
    """Return the newest signed checkpoint (C2SP tlog-checkpoint)."""
    content = door.read(service.checkpoint)
    return Response(content, media_type="text/plain; charset=utf-8", headers={"Cache-Control": FOR_SECONDS})


@router.get("/log.vkey", response_class=Response)
def read_vkey(door: Door = needs(PUBLIC)) -> Response:
    """Return the log's verifier key, for convenience: pin it from a source you trust instead."""
    return Response(f"{door.gate.vkey}\n", media_type="text/plain; charset=utf-8")


@router.get("/tile/{path:path}", responses=refuses(NotATile, service.NotInLog), response_class=Response)
def read_tile(path: str, door: Door = needs(PUBLIC)) -> Response:
    """Return a tile or an entry bundle (C2SP tlog-tiles)."""
    content = door.read(lambda unit: service.resource(unit, f"tile/{path}"))
    return Response(content, media_type="application/octet-stream", headers={"Cache-Control": FOR_EVER})
