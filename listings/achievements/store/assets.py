"""Every statement on the tables of assets: what it is, who holds it, who made it, what burdens it."""

from collections.abc import Sequence
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.ids import OrganisationId
from ledger.kernel.unit import Unit

from .. import rules
from ..model import (
    ApplicationNumber,
    Asset,
    AssetId,
    Encumbrance,
    EncumbranceId,
    EncumbranceKind,
    Holder,
    IpKind,
    ListingId,
)
from ..tables import asset, asset_encumbrance, asset_holder, asset_inventor

Row: TypeAlias = "sa.Row[tuple[object, ...]]"


class NoSuchAsset(Refusal):
    """There is no such asset."""

    kind = Kind.NOT_FOUND
    zh = "没有该知识产权"


def load_asset(unit: Unit, id: AssetId, *, lock: bool = False) -> Asset:
    """Return an asset. Refuses `NoSuchAsset`."""
    query = sa.select(asset).where(asset.c.id == id)
    row = unit.connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NoSuchAsset("there is no asset of this name")
    return Asset(
        id=AssetId(row.id),
        kind=IpKind(row.kind),
        title=row.title,
        application_number=ApplicationNumber(row.application_number) if row.application_number else None,
        holders=tuple(
            Holder(organisation=OrganisationId(one.organisation), share_bp=one.share_bp)
            for one in children(unit, asset_holder, "asset", [id])[id]
        ),
        inventors=tuple(one.name for one in children(unit, asset_inventor, "asset", [id])[id]),
        encumbrances=tuple(_burden(one) for one in children(unit, asset_encumbrance, "asset", [id]).get(id, ())),
        engaged_by=ListingId(row.engaged_by) if row.engaged_by else None,
    )


def insert_asset(unit: Unit, new: Asset, cause: Cause) -> None:
    """Write an asset that is not there yet. Refuses `AssetAlreadyRegistered`, also when a rival is a moment ahead."""
    written = unit.connection.execute(
        postgresql.insert(asset)
        .values(
            id=new.id,
            kind=new.kind,
            title=new.title,
            application_number=new.application_number,
            registered_by=cause.actor.organisation,
            registered_at=cause.at,
        )
        .on_conflict_do_nothing(index_elements=["application_number"])
        .returning(asset.c.id)  # an INSERT's rowcount is -1
    )
    if written.one_or_none() is None:
        raise rules.AssetAlreadyRegistered("an application number is registered once")
    unit.connection.execute(
        sa.insert(asset_holder),
        [
            {"asset": new.id, "place": place, "organisation": one.organisation, "share_bp": one.share_bp}
            for place, one in enumerate(new.holders)
        ],
    )
    unit.connection.execute(
        sa.insert(asset_inventor),
        [{"asset": new.id, "place": place, "name": name} for place, name in enumerate(new.inventors)],
    )


def save_asset(unit: Unit, changed: Asset) -> None:
    """Write an asset that was loaded with a lock: what engages it, and its burdens."""
    unit.connection.execute(
        sa.update(asset)
        .where(asset.c.id == changed.id)
        .values(engaged_by=changed.engaged_by, version=asset.c.version + 1)
    )
    if not changed.encumbrances:
        return
    upsert = postgresql.insert(asset_encumbrance)
    unit.connection.execute(
        upsert.on_conflict_do_update(
            index_elements=["asset", "id"],
            set_={"released_at": upsert.excluded.released_at},
            where=asset_encumbrance.c.released_at.is_(None),
        ),
        [
            {
                "asset": changed.id,
                "id": one.id,
                "place": place,
                "kind": one.kind,
                "holder": one.holder,
                "evidence_sha256": one.evidence_sha256,
                "recorded_at": one.recorded_at,
                "released_at": one.released_at,
            }
            for place, one in enumerate(changed.encumbrances)
        ],
    )


def children(unit: Unit, table: sa.Table, parent: str, ids: Sequence[str]) -> dict[str, list[Row]]:
    """Return the rows of `table` that hang on each of `ids`, in their places."""
    found: dict[str, list[Row]] = {}
    if ids:
        column = table.c[parent]
        for row in unit.connection.execute(sa.select(table).where(column.in_(ids)).order_by(column, table.c.place)):
            found.setdefault(getattr(row, parent), []).append(row)
    return found


def _burden(row: Row) -> Encumbrance:
    return Encumbrance(
        id=EncumbranceId(row.id),
        kind=EncumbranceKind(row.kind),
        holder=row.holder,
        evidence_sha256=row.evidence_sha256,
        recorded_at=row.recorded_at,
        released_at=row.released_at,
    )
