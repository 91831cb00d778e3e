"""What is signed and what readers see; how each witness stands; time stamps."""

from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ledger.kernel.db import Instant
from ledger.kernel.unit import Unit

from ..model import Head, Testimony, TimeStamp, Trouble, WitnessStanding
from ..tables import published, signed, testimony, time_stamp, trouble, witness

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


def save_published(unit: Unit, new: Head) -> bool:
    """Replace what readers see; it never shrinks. False, and nothing done, where nothing as large is signed."""
    values = {"size": new.size, "root": new.root, "note": new.note, "at": new.at}
    return bool(unit.connection.execute(_SAVE_PUBLISHED, values).rowcount)


_SAVE_PUBLISHED = sa.text(
    """
    INSERT INTO published (size, root, note, published_at)
    SELECT :size, :root, :note, :at
    WHERE EXISTS (SELECT FROM signed WHERE size > :size OR (size = :size AND root = :root))
    ON CONFLICT ("only") DO UPDATE
    SET size = excluded.size, root = excluded.root, note = excluded.note, published_at = excluded.published_at
    WHERE published.size <= excluded.size
    """
).bindparams(
    sa.bindparam("size", type_=sa.BigInteger),
    sa.bindparam("root", type_=sa.LargeBinary),
    sa.bindparam("note", type_=sa.LargeBinary),
    sa.bindparam("at", type_=Instant),
)


def withdraw_published(unit: Unit) -> None:
    """Show readers nothing until something is published anew."""
    unit.connection.execute(sa.delete(published))


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
    kept = {**values, "cosigned_at": sa.func.coalesce(sa.literal(stands.cosigned_at, Instant), witness.c.cosigned_at)}
    insert = postgresql.insert(witness).values(url=stands.url, **values)
    unit.connection.execute(insert.on_conflict_do_update(index_elements=["url"], set_=kept))


def testimonies(unit: Unit) -> list[Testimony]:
    """Return what witnesses have shown against this log, by their addresses."""
    rows = unit.connection.execute(sa.select(testimony).order_by(testimony.c.url))
    return [Testimony(url=row.url, note=row.note, at=row.at) for row in rows]


def save_testimony(unit: Unit, shown: Testimony) -> None:
    """Keep what a witness has shown; of each the newest."""
    values = {"note": shown.note, "at": shown.at}
    insert = postgresql.insert(testimony).values(url=shown.url, **values)
    unit.connection.execute(insert.on_conflict_do_update(index_elements=["url"], set_=values))


def drop_testimony(unit: Unit, url: str) -> None:
    """Forget what a witness has shown."""
    unit.connection.execute(sa.delete(testimony).where(testimony.c.url == url))


def troubles(unit: Unit) -> list[Trouble]:
    """Return which processes refuse to work, by name."""
    rows = unit.connection.execute(sa.select(trouble).order_by(trouble.c.part))
    return [Trouble(part=row.part, said=row.said, at=row.at) for row in rows]


def save_trouble(unit: Unit, found: Trouble) -> None:
    """Keep why a process refuses to work; since when stays as it is while it says the same."""
    values = {"said": found.said, "at": found.at}
    insert = postgresql.insert(trouble).values(part=found.part, **values)
    changed = trouble.c.said != found.said
    unit.connection.execute(insert.on_conflict_do_update(index_elements=["part"], set_=values, where=changed))


def drop_trouble(unit: Unit, part: str) -> None:
    """Forget why a process refused to work."""
    unit.connection.execute(sa.delete(trouble).where(trouble.c.part == part))


def insert_time_stamp(unit: Unit, stamp: TimeStamp) -> bool:
    """Keep a token; False, and nothing done, where that size has one."""
    insert = postgresql.insert(time_stamp).values(
        size=stamp.size, text=stamp.text, token=stamp.token, authority=stamp.authority, stamped_at=stamp.stamped_at
    )
    return unit.connection.execute(insert.on_conflict_do_nothing().returning(time_stamp.c.size)).scalar() is not None


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
