"""Record packs over HTTP: for the seller of the lot, and for those who may read all."""

from typing import Annotated

from fastapi import Response
from pydantic import Field

from exchange.auctions.model import LotId
from ledger.kernel.web import Door, Instant, Shape, named, needs, refuses

from .. import service
from ..model import READ, Pack, PackState
from .router import router

LotPath = Annotated[LotId, named(LotId)]


class PackShape(Shape):
    """How far the record pack of a lot is; what is null comes when it is built."""

    id: str
    lot: str
    state: PackState
    requested_at: Instant
    built_at: Instant | None
    log_size: Annotated[int | None, Field(description="how many entries the log had that it was taken from")]
    sha256: Annotated[str | None, Field(description="of the zip, in hex; also on the record, as contract.pack_built")]
    size_bytes: int | None

    @classmethod
    def of(cls, pack: Pack) -> "PackShape":
        """Write a pack for an answer."""
        return cls(
            id=pack.id,
            lot=pack.lot,
            state=pack.state,
            requested_at=pack.requested_at,
            built_at=pack.built_at,
            log_size=pack.log_size,
            sha256=pack.sha256,
            size_bytes=pack.size_bytes,
        )


@router.get("/lots/{lot}/pack", response_model=PackShape, responses=refuses(service.NoSuchPack))
def read_pack(lot: LotPath, door: Door = needs(READ)) -> PackShape:
    """Return how far the record pack of a closed lot is."""
    return PackShape.of(door.read(lambda unit: service.find(unit, door.cause, lot)))


@router.get(
    "/lots/{lot}/pack.zip",
    response_class=Response,
    responses=refuses(*service.READING_REFUSALS) | {200: {"content": {"application/zip": {}}}},
)
def read_pack_zip(lot: LotPath, door: Door = needs(READ)) -> Response:
    """Return the record pack (交易存证包) of a closed lot. It opens sealed values: keep it as you would the papers."""
    pack, content = door.read(lambda unit: service.content(unit, door.cause, lot))
    headers = {
        "Content-Disposition": f'attachment; filename="record-pack-{pack.lot}.zip"',
        "ETag": f'"{pack.sha256}"',
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type="application/zip", headers=headers)
