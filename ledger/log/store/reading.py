"""What is placed, for those who read it: tiles, entries, and how much is not published yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from ledger.kernel.ids import EntryId
from ledger.kernel.unit import Unit

from ..model import Entry
from ..tables import entries, outbox, published, tiles

AT_ONCE: Final = 1_000  # entries held in memory while all are read

_Row: TypeAlias = "sa.Row[Any]"  # Any: a row's columns have several types


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An entry with its place in the log."""

    index: int
    entry: Entry


_SHOWN = sa.func.coalesce(sa.select(published.c.size).scalar_subquery(), 0)  # how many entries readers see


def read_tile(unit: Unit, level: int, index: int) -> bytes | None:
    """Return a tile's hashes as far as they are filled, or None where there is no such tile."""
    return unit.connection.execute(_TILE, {"at_level": level, "at_index": index}).scalar_one_or_none()


_TILE = sa.select(tiles.c.hashes).where(
    tiles.c.level == sa.bindparam("at_level"), tiles.c.index == sa.bindparam("at_index")
)


def read_entries(unit: Unit, start: int, stop: int) -> list[bytes]:
    """Return the contents of the placed entries `start <= index < stop`, in order."""
    return _contents(unit, start, stop)


def read_published_entries(unit: Unit, start: int, stop: int) -> list[bytes]:
    """Return the contents of those of the entries `start <= index < stop` that readers see, in order."""
    return _contents(unit, start, stop, entries.c.index < _SHOWN)


def _contents(unit: Unit, start: int, stop: int, *also: sa.ColumnElement[bool]) -> list[bytes]:
    query = sa.select(entries.c.content).where(entries.c.index >= start, entries.c.index < stop, *also)
    return list(unit.connection.execute(query.order_by(entries.c.index)).scalars())


def every_entry(unit: Unit) -> Iterator[bytes]:
    """Read the contents of all entries: those placed, in order, then those on their way; few in memory at a time."""
    for query in (
        sa.select(entries.c.content).order_by(entries.c.index),
        sa.select(outbox.c.content).order_by(outbox.c.place),
    ):
        yield from unit.connection.execute(query, execution_options={"yield_per": AT_ONCE}).scalars()


def entries_of(unit: Unit, subject: str, *, before: int) -> list[Placed]:
    """Return the entries of `subject` that stand before index `before`, in order."""
    query = sa.select(entries).where(entries.c.subject == subject, entries.c.index < before)
    return [_placed(row) for row in unit.connection.execute(query.order_by(entries.c.seq))]


def find(unit: Unit, id: str) -> Placed | None:
    """Return a placed entry by its name, published or not."""
    row = unit.connection.execute(sa.select(entries).where(entries.c.id == id)).one_or_none()
    return None if row is None else _placed(row)


def find_about(unit: Unit, subject: str, field: str, value: str) -> list[EntryId]:
    """Return the entries of `subject`, placed or on their way, whose public `field` is the text `value`, in order."""
    found: list[EntryId] = []
    for table in (entries, outbox):
        said = sa.cast(sa.func.convert_from(table.c.content, "UTF8"), JSONB)["data"][field].astext
        query = sa.select(table.c.id).where(table.c.subject == subject, said == value).order_by(table.c.seq)
        found += [EntryId(one) for one in unit.connection.execute(query).scalars()]
    return found


def is_sent(unit: Unit, id: str) -> bool:
    """Whether an entry is on its way to the log."""
    return bool(unit.connection.execute(sa.select(sa.exists().where(outbox.c.id == id))).scalar_one())


def waiting(unit: Unit, subject: str | None = None) -> int:
    """Return how many entries, of `subject` or of all, are recorded and not yet published: sent, or placed."""
    sent = sa.select(sa.func.count()).select_from(outbox)
    placed = sa.select(sa.func.count()).select_from(entries).where(entries.c.index >= _SHOWN)
    if subject is not None:
        sent, placed = sent.where(outbox.c.subject == subject), placed.where(entries.c.subject == subject)
    # One statement and so one moment: an entry that is just being placed is counted in one of the two.
    query = sa.select(sent.scalar_subquery() + placed.scalar_subquery())
    return int(unit.connection.execute(query).scalar_one())


def oldest_unpublished(unit: Unit) -> EntryId | None:
    """Return the entry that has waited longest to be seen: the first placed beyond what is published, or sent."""
    placed = sa.select(entries.c.id).where(entries.c.index == _SHOWN)
    sent = sa.select(outbox.c.id).order_by(outbox.c.place).limit(1)
    for query in (placed, sent):
        if (found := unit.connection.execute(query).scalar_one_or_none()) is not None:
            return EntryId(found)
    return None


def _placed(row: _Row) -> Placed:
    entry = Entry(id=EntryId(row.id), kind=row.kind, subject=row.subject, seq=row.seq, content=row.content)
    return Placed(index=row[0], entry=entry)
