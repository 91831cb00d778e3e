"""Every statement on the table of orders to freeze."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ledger.kernel.unit import Unit

from .. import rules
from ..model import Authority, Freeze, FreezeId, FreezeState, SettlementId
from ..tables import deal_freeze

_FREEZE = sa.select(deal_freeze).where(deal_freeze.c.id == sa.bindparam("this"))
_INSERT = postgresql.insert(deal_freeze).on_conflict_do_nothing().returning(deal_freeze.c.id)
_KNOWN = sa.select(deal_freeze.c.id).where(
    deal_freeze.c.settlement == sa.bindparam("of"),
    deal_freeze.c.authority == sa.bindparam("from_whom"),
    deal_freeze.c.order_number == sa.bindparam("number"),
)
_SAVE = (
    sa.update(deal_freeze)
    .where(deal_freeze.c.id == sa.bindparam("this"))
    .values(
        state=sa.bindparam("into"), lifted_at=sa.bindparam("lifted_at"), lifted_sha256=sa.bindparam("lifted_sha256")
    )
)


def load(unit: Unit, id: FreezeId, *, lock: bool = False) -> Freeze:
    """Return the freeze. Refuses `NoSuchFreeze`."""
    query = _FREEZE.with_for_update() if lock else _FREEZE
    row = unit.connection.execute(query, {"this": id}).one_or_none()
    if row is None:
        raise rules.NoSuchFreeze("there is no freeze of this name that you may see")
    return _freeze(row)


def insert(unit: Unit, new: Freeze) -> None:
    """Write an order. Refuses `OrderRecorded` where its authority's number is known of this settlement."""
    if unit.connection.execute(_INSERT, _columns(new)).one_or_none() is None:
        known = {"of": new.settlement, "from_whom": new.authority, "number": new.order_number}
        raise rules.OrderRecorded(
            "an order is recorded once", freeze=unit.connection.execute(_KNOWN, known).scalar_one()
        )


def save(unit: Unit, changed: Freeze) -> None:
    """Write an order that was loaded with a lock."""
    row = {"this": changed.id, "into": changed.state}
    unit.write(_SAVE, row | {"lifted_at": changed.lifted_at, "lifted_sha256": changed.lifted_sha256})


def of_settlement(unit: Unit, id: SettlementId) -> list[Freeze]:
    """Return every order there ever was against a settlement, in the order they were recorded."""
    rows = unit.connection.execute(sa.select(deal_freeze).filter_by(settlement=id).order_by(deal_freeze.c.id))
    return [_freeze(row) for row in rows]


def page(unit: Unit, *, standing: bool, after: FreezeId | None, limit: int) -> list[Freeze]:
    """Return orders in id order, those after `after`; only those that stand, or all."""
    query = sa.select(deal_freeze).order_by(deal_freeze.c.id).limit(limit)
    if standing:
        query = query.where(deal_freeze.c.state == FreezeState.STANDING)
    if after is not None:
        query = query.where(deal_freeze.c.id > after)
    return [_freeze(row) for row in unit.connection.execute(query)]


def _freeze(row: sa.Row[tuple[object, ...]]) -> Freeze:
    return Freeze(
        id=FreezeId(row.id),
        settlement=SettlementId(row.settlement),
        authority=Authority(row.authority),
        order_number=row.order_number,
        document_sha256=row.document_sha256,
        reason=row.reason,
        state=FreezeState(row.state),
        frozen_at=row.frozen_at,
        lifted_at=row.lifted_at,
        lifted_sha256=row.lifted_sha256,
    )


def _columns(one: Freeze) -> dict[str, object]:
    return {
        "id": one.id,
        "settlement": one.settlement,
        "authority": one.authority,
        "order_number": one.order_number,
        "document_sha256": one.document_sha256,
        "reason": one.reason,
        "state": one.state,
        "frozen_at": one.frozen_at,
        "lifted_at": one.lifted_at,
        "lifted_sha256": one.lifted_sha256,
    }
