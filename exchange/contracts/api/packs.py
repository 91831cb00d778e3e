"""Record packs over HTTP: for the seller of the lot, and for those who may read all."""

from typing import Annotated

from fastapi import Query, Response
from pydantic import Field

from exchange.auctions.model import LotId
from ledger.kernel.web import Door, Instant, Shape, described_as, named, needs, refuses

from .. import service
from ..model import MAX_EDITION, READ, Occasion, PackState, Shelf
from .router import router

LotPath = Annotated[LotId, named(LotId)]
Edition = Annotated[int | None, Query(ge=1, le=MAX_EDITION, description="an edition; without it, the newest built")]


class PackShape(Shape):
    """How far an edition of a lot's record pack is; what is null comes when it is built."""

    id: str
    lot: str
    edition: int
    newer_edition: Annotated[int | None, Field(description="one that is requested and not built yet, if any")]
    occasion: Annotated[
        Occasion, described_as("PackOccasion"), Field(description="what has ended, so that this edition was due")
    ]
    version: Annotated[int, Field(description="of the format: 1 tells of the lot, 2 of the whole deal")]
    state: PackState
    requested_at: Instant
    built_at: Instant | None
    log_size: Annotated[int | None, Field(description="how many entries the log had that it was taken from")]
    sha256: Annotated[str | None, Field(description="of the zip, in hex; also on the record, as contract.pack_built")]
    size_bytes: int | None

    @classmethod
    def of(cls, shelf: Shelf) -> "PackShape":
        """Write an edition for an answer."""
        pack = shelf.pack
        return cls(
            id=pack.id,
            lot=pack.lot,
            edition=pack.edition,
            newer_edition=shelf.newer_edition,
            occasion=pack.occasion,
            version=pack.version,
            state=pack.state,
            requested_at=pack.requested_at,
            built_at=pack.built_at,
            log_size=pack.log_size,
            sha256=pack.sha256,
            size_bytes=pack.size_bytes,
        )


@router.get("/lots/{lot}/pack", response_model=PackShape, responses=refuses(service.NoSuchPack))
def read_pack(lot: LotPath, edition: Edition = None, door: Door = needs(READ)) -> PackShape:
    """Return how far the record pack of a closed lot is: its newest edition that is built, or another."""
    return PackShape.of(door.read(lambda unit: service.find(unit, door.cause, lot, edition)))


@router.get(
    "/lots/{lot}/pack.zip",
    response_class=Response,
    responses=refuses(*service.READING_REFUSALS) | {200: {"content": {"application/zip": {}}}},
)
def read_pack_zip(lot: LotPath, edition: Edition = None, door: Door = needs(READ)) -> Response:
    """Return the record pack (交易存证包) of a closed lot. It opens sealed values: keep it as you would the papers."""
    pack, content = door.read(lambda unit: service.content(unit, door.cause, lot, edition))
    named = pack.lot if pack.edition == 1 else f"{pack.lot}-{pack.edition}"
    headers = {
        "Content-Disposition": f'attachment; filename="record-pack-{named}.zip"',
        "ETag": f'"{pack.sha256}"',
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type="application/zip", headers=headers)
