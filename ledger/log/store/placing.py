"""How the log grows: the state it stands in, what is taken from the outbox, and what is written for it.

The sequencer's transaction is short and often: these statements are the driver's own, with no row objects in between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from ledger.kernel.ids import EntryId
from ledger.kernel.unit import Unit

from ..model import Entry, Head
from ..tables import entries, head, outbox, published, signed

SEQUENCER_LOCK: Final = 0x6D656E67_6B656A75  # "mengkeju": one sequencer at a time per database

_Row: TypeAlias = "sa.Row[tuple[Any, ...]]"  # Any: a row's columns have several types


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """What is placed: durable, and maybe not yet signed."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far the log is: what is placed, what is signed, what readers see; None before entry 0."""

    tree: Tree | None
    signed: Head | None
    published: Head | None


def lock_log(unit: Unit) -> None:
    """Wait to be the only sequencer until the unit ends."""
    unit.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(SEQUENCER_LOCK)))


def read_standing(unit: Unit) -> Standing:
    """Return how far the log is, of one moment."""
    row = unit.connection.execute(_STANDING).one()
    size, root, *rest = row
    return Standing(
        tree=None if size is None else Tree(size=size, root=root), signed=_head(*rest[:4]), published=_head(*rest[4:])
    )


_ONE = sa.select(sa.literal(1).label("one")).subquery()
_STANDING = sa.select(
    head.c.size,
    head.c.root,
    signed.c.size,
    signed.c.root,
    signed.c.note,
    signed.c.signed_at,
    published.c.size,
    published.c.root,
    published.c.note,
    published.c.published_at,
).select_from(_ONE.outerjoin(head, sa.true()).outerjoin(signed, sa.true()).outerjoin(published, sa.true()))


def _head(size: int | None, root: bytes, note: bytes, at: datetime) -> Head | None:
    return None if size is None else Head(size=size, root=root, note=note, at=at)


def newest_of(unit: Unit, subject: str, kinds: Sequence[str], *, before: int) -> Entry | None:
    """Return the newest entry of `subject` of one of `kinds` that stands before index `before`."""
    row = unit.connection.execute(_NEWEST, {"subject": subject, "kinds": list(kinds), "before": before}).one_or_none()
    return None if row is None else _entry(row)


_NEWEST = (
    sa.select(entries)
    .where(
        entries.c.subject == sa.bindparam("subject"),
        entries.c.index < sa.bindparam("before"),
        entries.c.kind == sa.any_(sa.bindparam("kinds", type_=sa.ARRAY(sa.Text))),
    )
    .order_by(entries.c.seq.desc())
    .limit(1)
)


def drain(unit: Unit, limit: int) -> list[Entry]:
    """Take the oldest `limit` frozen entries out of the outbox, and with them all they may not be parted from.

    A transaction is taken whole, or a checkpoint would show half a deal; and nothing is taken before an earlier entry
    of its subject. So more than `limit` may come, in an order that keeps every subject's own.

    An entry's `place` is drawn while its subject is locked, so within one subject place follows seq even when
    transactions commit out of order; nothing is skipped because rows are removed, not remembered by position. Whatever
    one row of a transaction is seen with is seen whole, and so is what its subjects' locks had waited for: each
    statement here finds at least what belongs to the rows before it, whoever commits in between.
    """
    taken = _take(unit, "place IN (SELECT place FROM outbox ORDER BY place LIMIT %s)", limit)
    if len(taken) < limit:  # all there was
        return _placed(taken)
    more = taken
    while more and (rest := _rest_of(unit, more)):
        more = _before(unit, rest)
        taken += [*rest, *more]
    return _placed(taken)


def _take(unit: Unit, which: str, *values: object) -> list[_Row]:
    statement = f"DELETE FROM outbox WHERE {which} RETURNING {_COLUMNS}"  # noqa: S608 - three constants of this room
    return list(unit.connection.exec_driver_sql(statement, values).all())


_COLUMNS: Final = ", ".join(f'"{column.name}"' for column in outbox.c)


def _rest_of(unit: Unit, rows: Sequence[_Row]) -> list[_Row]:
    """Take what is left of the transactions of `rows`."""
    transactions = sorted({row.transaction for row in rows})
    return _take(unit, "transaction = ANY(%s::bigint[])", transactions)


def _before(unit: Unit, rows: Sequence[_Row]) -> list[_Row]:
    """Take what was sent before `rows` about their subjects."""
    newest = {row.subject: row.seq for row in sorted(rows, key=lambda row: row.seq)}
    earlier = (
        "EXISTS (SELECT FROM unnest(%s::text[], %s::bigint[]) AS held (subject, seq)"
        " WHERE outbox.subject = held.subject AND outbox.seq < held.seq)"
    )
    return _take(unit, earlier, list(newest), list(newest.values()))


def _placed(rows: Sequence[_Row]) -> list[Entry]:
    return [_entry(row) for row in sorted(rows, key=lambda row: row.place)]


def append(unit: Unit, first: int, placed: Sequence[Entry], changed: Mapping[tuple[int, int], bytes]) -> None:
    """Write entries at their indexes from `first`, and every tile they touch."""
    with unit.connection.connection.cursor() as cursor, cursor.copy(_COPY_ENTRIES) as copy:  # type: ignore[attr-defined]  # psycopg's
        for index, one in enumerate(placed, first):
            copy.write_row((index, one.id, one.kind, one.subject, one.seq, one.content))
    levels, indexes = [level for level, _ in changed], [index for _, index in changed]
    unit.connection.exec_driver_sql(_UPSERT_TILES, (levels, indexes, list(changed.values())))


_COPY_ENTRIES: Final = 'COPY entries ("index", id, kind, subject, seq, content) FROM STDIN'
_UPSERT_TILES: Final = """
    INSERT INTO tiles (level, "index", hashes)
    SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])
    ON CONFLICT (level, "index") DO UPDATE SET hashes = excluded.hashes
"""


def save_tree(unit: Unit, grown: Tree) -> None:
    """Replace what is placed; it never shrinks."""
    unit.connection.exec_driver_sql(_SAVE_TREE, (grown.size, grown.root))


_SAVE_TREE: Final = """
    INSERT INTO head (size, root) VALUES (%s, %s)
    ON CONFLICT ("only") DO UPDATE SET size = excluded.size, root = excluded.root WHERE head.size <= excluded.size
"""


def _entry(row: _Row) -> Entry:
    return Entry(id=EntryId(row.id), kind=row.kind, subject=row.subject, seq=row.seq, content=row.content)
