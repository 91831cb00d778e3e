"""What is signed and what readers see; how each witness stands; time stamps."""

from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ledger.kernel.unit import Unit

from ..model import Head, TimeStamp, WitnessStanding
from ..tables import head, published, signed, time_stamp, witness

_Row: TypeAlias = "sa.Row[tuple[Any, ...]]"  # Any: a row's columns have several types


def read_signed(unit: Unit) -> Head | None:
    """Return the newest checkpoint that the log's own keys signed, without cosignatures."""
    row = unit.connection.execute(_SIGNED).one_or_none()
    return None if row is None else Head(size=row.size, root=row.root, note=row.note, at=row.at)


def read_published(unit: Unit) -> Head | None:
    """Return the newest checkpoint that readers see."""
    row = unit.connection.execute(_PUBLISHED).one_or_none()
    return None if row is None else Head(size=row.size, root=row.root, note=row.note, at=row.at)


_SIGNED = sa.select(signed.c.size, signed.c.root, signed.c.note, signed.c.signed_at.label("at"))
_PUBLISHED = sa.select(published.c.size, published.c.root, published.c.note, published.c.published_at.label("at"))


def save_signed(unit: Unit, new: Head) -> bool:
    """Replace the newest signed checkpoint; it never shrinks. False, and nothing done, where it is not placed."""
    return _raise(unit, signed, "signed_at", new, within=head)


def save_published(unit: Unit, new: Head) -> bool:
    """Replace what readers see; it never shrinks. False, and nothing done, where nothing as large is signed."""
    return _raise(unit, published, "published_at", new, within=signed)


def _raise(unit: Unit, table: sa.Table, moment: str, new: Head, *, within: sa.Table) -> bool:
    """Write the row of `table` if `within` reaches as far, with the same root where it is as large."""
    values = {"size": new.size, "root": new.root, "note": new.note, moment: new.at}
    source = sa.select(*(sa.literal(value, table.c[name].type) for name, value in values.items())).where(
        sa.exists().where(
            sa.or_(within.c.size > new.size, sa.and_(within.c.size == new.size, within.c.root == new.root))
        )
    )
    insert = postgresql.insert(table).from_select(list(values), source)
    upsert = insert.on_conflict_do_update(
        index_elements=["only"],
        set_={name: insert.excluded[name] for name in values},
        where=table.c.size <= insert.excluded.size,
    )
    return bool(unit.connection.execute(upsert).rowcount)


def witnesses(unit: Unit) -> list[WitnessStanding]:
    """Return how every witness that was ever asked stands, by its address."""
    rows = unit.connection.execute(sa.select(witness).order_by(witness.c.url))
    return [
        WitnessStanding(
            url=row.url, size=row.size, asked_at=row.asked_at, cosigned_at=row.cosigned_at, problem=row.problem
        )
        for row in rows
    ]


def save_witness(unit: Unit, stands: WitnessStanding) -> None:
    """Replace how a witness stands; when it last cosigned is kept where `stands` does not say."""
    values = {
        "size": stands.size,
        "asked_at": stands.asked_at,
        "cosigned_at": stands.cosigned_at,
        "problem": stands.problem,
    }
    kept = {**values, "cosigned_at": sa.func.coalesce(sa.literal(stands.cosigned_at, _INSTANT), witness.c.cosigned_at)}
    insert = postgresql.insert(witness).values(url=stands.url, **values)
    unit.connection.execute(insert.on_conflict_do_update(index_elements=["url"], set_=kept))


_INSTANT = witness.c.cosigned_at.type


def insert_time_stamp(unit: Unit, stamp: TimeStamp) -> bool:
    """Keep a token; False, and nothing done, where that size has one."""
    insert = postgresql.insert(time_stamp).values(
        size=stamp.size, text=stamp.text, token=stamp.token, authority=stamp.authority, stamped_at=stamp.stamped_at
    )
    return bool(unit.connection.execute(insert.on_conflict_do_nothing()).rowcount)


def time_stamps(unit: Unit, *, after: int = 0, limit: int | None = None) -> list[TimeStamp]:
    """Return the tokens over sizes above `after`, at most `limit` of them, the smallest size first."""
    query = sa.select(time_stamp).where(time_stamp.c.size > after).order_by(time_stamp.c.size).limit(limit)
    return [_stamp(row) for row in unit.connection.execute(query)]


def newest_time_stamp(unit: Unit) -> TimeStamp | None:
    """Return the token over the largest size, or None before the first."""
    row = unit.connection.execute(sa.select(time_stamp).order_by(time_stamp.c.size.desc()).limit(1)).one_or_none()
    return None if row is None else _stamp(row)


def time_stamp_of(unit: Unit, size: int) -> TimeStamp | None:
    """Return the token over one size, or None where there is none."""
    row = unit.connection.execute(sa.select(time_stamp).where(time_stamp.c.size == size)).one_or_none()
    return None if row is None else _stamp(row)


def _stamp(row: _Row) -> TimeStamp:
    return TimeStamp(size=row.size, text=row.text, token=row.token, authority=row.authority, stamped_at=row.stamped_at)
