"""Every statement on the table of money that nobody expected."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit

from ..model import AssignedPart, Misdirected, MisdirectedId, MisdirectedState
from ..rules.misdirected import NoSuchMisdirected
from ..tables import misdirected, payment

_ONE = sa.select(misdirected).where(misdirected.c.id == sa.bindparam("this"))
_ASSIGNED = (
    sa.select(misdirected.c.id, payment.c.reference, payment.c.subject, payment.c.code)
    .join(misdirected, misdirected.c.id == sa.func.split_part(payment.c.reference, "/", 1))
    .where(payment.c.subject.in_(sa.bindparam("subjects", expanding=True)))
    .order_by(misdirected.c.id, payment.c.recorded_at)
)
_INSERT = sa.insert(misdirected)
_SAVE = (
    sa.update(misdirected)
    .where(misdirected.c.id == sa.bindparam("this"))
    .values(left_fen=sa.bindparam("left"), state=sa.bindparam("into"), parts=sa.bindparam("so_far"))
)

_OPEN_ENDED = (
    sa.select(misdirected).where(misdirected.c.deal_with_by.is_(None)).order_by(misdirected.c.id).with_for_update()
)
_SET_DEADLINE = (
    sa.update(misdirected).where(misdirected.c.id == sa.bindparam("this")).values(deal_with_by=sa.bindparam("due"))
)


def load(unit: Unit, id: MisdirectedId, *, lock: bool = False) -> Misdirected:
    """Return the payment. Refuses `NoSuchMisdirected`."""
    row = unit.connection.execute(_ONE.with_for_update() if lock else _ONE, {"this": id}).one_or_none()
    if row is None:
        raise NoSuchMisdirected("there is no payment of this name")
    return _misdirected(row)


def insert(unit: Unit, new: Misdirected) -> None:
    """Write a payment whose reference has been kept."""
    unit.write(_INSERT, _columns(new))


def save(unit: Unit, changed: Misdirected) -> None:
    """Write what is left of a payment that was loaded with a lock."""
    unit.write(_SAVE, {"this": changed.id, "left": changed.left_fen, "into": changed.state, "so_far": changed.parts})


def open_ended(unit: Unit) -> list[Misdirected]:
    """Return payments whose time was left open, whether they still wait or not; locked, in id order."""
    return [_misdirected(row) for row in unit.connection.execute(_OPEN_ENDED)]


def set_deadline(unit: Unit, changed: Misdirected) -> None:
    """Write until when a payment that was loaded with a lock is to be dealt with."""
    unit.write(_SET_DEADLINE, {"this": changed.id, "due": changed.deal_with_by})


def page(
    unit: Unit, *, waiting: bool, overdue_at: datetime | None, after: MisdirectedId | None, limit: int
) -> list[Misdirected]:
    """Return payments in id order, those after `after`: all, those that wait, or those overdue at an instant."""
    query = sa.select(misdirected).order_by(misdirected.c.id).limit(limit)
    if waiting or overdue_at is not None:
        query = query.where(misdirected.c.state == MisdirectedState.WAITING)
    if overdue_at is not None:
        query = query.where(misdirected.c.deal_with_by <= overdue_at)
    if after is not None:
        query = query.where(misdirected.c.id > after)
    return [_misdirected(row) for row in unit.connection.execute(query)]


def assigned_to(unit: Unit, subjects: Collection[str]) -> list[AssignedPart]:
    """Return the parts that were received for any of these subjects, payment by payment."""
    return [
        AssignedPart(id=MisdirectedId(row.id), number=int(number), subject=row.subject, code=row.code)
        for row in unit.connection.execute(_ASSIGNED, {"subjects": list(subjects)})
        if (number := row.reference.removeprefix(f"{row.id}/")).isdecimal()
    ]


def _misdirected(row: sa.Row[tuple[object, ...]]) -> Misdirected:
    return Misdirected(
        id=MisdirectedId(row.id),
        practice=row.practice,
        amount_fen=Fen(row.amount_fen),
        left_fen=Fen(row.left_fen),
        reference=row.reference,
        state=MisdirectedState(row.state),
        recorded_at=row.recorded_at,
        deal_with_by=row.deal_with_by,
        parts=row.parts,
    )


def _columns(one: Misdirected) -> dict[str, object]:
    return {
        "id": one.id,
        "practice": one.practice,
        "amount_fen": one.amount_fen,
        "left_fen": one.left_fen,
        "reference": one.reference,
        "state": one.state,
        "recorded_at": one.recorded_at,
        "deal_with_by": one.deal_with_by,
        "parts": one.parts,
    }
