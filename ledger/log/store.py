"""Every statement on the record's tables."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ledger.kernel.ids import EntryId
from ledger.kernel.unit import Unit

from .model import Disclosure, Entry, Link
from .tables import disclosures, entries, head, outbox, subject_head, tiles

SEQUENCER_LOCK = 0x6D656E67_6B656A75  # "mengkeju": one sequencer at a time per database


_Row: TypeAlias = "sa.Row[tuple[Any, ...]]"  # Any: a row's columns have several types


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest signed state of the log."""

    size: int
    root: bytes
    checkpoint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An entry with its place in the log."""

    index: int
    entry: Entry


_FIRST = postgresql.insert(subject_head)
_LOCK_SUBJECTS = _FIRST.on_conflict_do_update(index_elements=["subject"], set_={"seq": subject_head.c.seq}).returning(
    subject_head, sort_by_parameter_order=False
)
_ADVANCE = (
    sa.update(subject_head)
    .where(subject_head.c.subject == sa.bindparam("of"))
    .values(seq=sa.bindparam("next"), leaf=sa.bindparam("leaf"))
)
_SEND = sa.insert(outbox).inline()
_DISCLOSE = sa.insert(disclosures)


def lock_subjects(unit: Unit, subjects: Iterable[str]) -> dict[str, Link]:
    """Lock the heads of `subjects` in name order; return the link each one's next entry must carry.

    A subject seen for the first time gets its row here, so two first events of one subject cannot both be first.
    """
    wanted = [{"subject": one, "seq": 0, "leaf": bytes(32)} for one in sorted(set(subjects))]
    rows = unit.connection.execute(_LOCK_SUBJECTS, wanted)
    return {row.subject: _next_link(row.seq, row.leaf) for row in rows}


def send(unit: Unit, frozen: Sequence[Entry]) -> None:
    """Hand entries to the sequencer."""
    unit.write(
        _SEND,
        [
            {"id": one.id, "kind": one.kind, "subject": one.subject, "seq": one.seq, "content": one.content}
            for one in frozen
        ],
    )


def fix(unit: Unit, frozen: Sequence[Entry], revealed: Sequence[Disclosure]) -> None:
    """Advance the heads of the entries' subjects, and keep the sealed values apart."""
    newest = {one.subject: one for one in frozen}
    unit.write(_ADVANCE, [{"of": name, "next": one.seq + 1, "leaf": one.leaf} for name, one in newest.items()])
    if revealed:
        unit.write(
            _DISCLOSE,
            [
                {
                    "entry": one.entry,
                    "field": one.field,
                    "salt": one.salt,
                    "value": json.dumps(one.value, ensure_ascii=False),
                }
                for one in revealed
            ],
        )


def lock_log(unit: Unit) -> None:
    """Wait to be the only sequencer until the unit ends."""
    unit.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(SEQUENCER_LOCK)))


def drain(unit: Unit, limit: int) -> list[Entry]:
    """Take the oldest `limit` frozen entries out of the outbox, and with them all they may not be parted from.

    A transaction is taken whole, or a checkpoint would show half a deal; and nothing is taken before an earlier entry
    of its subject. So more than `limit` may come, in an order that keeps every subject's own.

    An entry's `place` is drawn while its subject is locked, so within one subject place follows seq even when
    transactions commit out of order; nothing is skipped because rows are removed, not remembered by position. Whatever
    one row of a transaction is seen with is seen whole, and so is what its subjects' locks had waited for: each
    statement here finds at least what belongs to the rows before it, whoever commits in between.
    """
    oldest = sa.select(outbox.c.place).order_by(outbox.c.place).limit(limit)
    taken = _take(unit, outbox.c.place.in_(oldest.scalar_subquery()))
    if len(taken) < limit:  # all there was
        return _placed(taken)
    more = taken
    while more and (rest := _rest_of(unit, more)):
        more = _before(unit, rest)
        taken += [*rest, *more]
    return _placed(taken)


def _take(unit: Unit, which: sa.ColumnElement[bool]) -> list[_Row]:
    return list(unit.connection.execute(sa.delete(outbox).where(which).returning(outbox)).all())


def _rest_of(unit: Unit, rows: Sequence[_Row]) -> list[_Row]:
    """Take what is left of the transactions of `rows`."""
    transactions = sorted({row.transaction for row in rows})
    return _take(unit, outbox.c.transaction == sa.any_(sa.literal(transactions, sa.ARRAY(sa.BigInteger))))


def _before(unit: Unit, rows: Sequence[_Row]) -> list[_Row]:
    """Take what was sent before `rows` about their subjects."""
    newest = {row.subject: row.seq for row in sorted(rows, key=lambda row: row.seq)}
    held = (
        sa.func.unnest(
            sa.literal(list(newest), sa.ARRAY(sa.Text)), sa.literal(list(newest.values()), sa.ARRAY(sa.BigInteger))
        )
        .table_valued("subject", "seq")
        .render_derived()
    )
    earlier = sa.exists().where(outbox.c.subject == held.c.subject, outbox.c.seq < held.c.seq)
    return _take(unit, earlier)


def _placed(rows: Sequence[_Row]) -> list[Entry]:
    return [_entry(row) for row in sorted(rows, key=lambda row: row.place)]


def read_head(unit: Unit) -> Head | None:
    """Return the newest signed state, or None before entry 0."""
    row = unit.connection.execute(sa.select(head.c.size, head.c.root, head.c.checkpoint)).one_or_none()
    return Head(size=row.size, root=row.root, checkpoint=row.checkpoint) if row else None


def append(unit: Unit, first: int, placed: Sequence[Entry], changed: Mapping[tuple[int, int], bytes]) -> None:
    """Write entries at their indexes from `first`, and every tile they touch."""
    with unit.connection.connection.cursor() as cursor, cursor.copy(_COPY_ENTRIES) as copy:  # type: ignore[attr-defined]  # psycopg's
        for index, one in enumerate(placed, first):
            copy.write_row((index, one.id, one.kind, one.subject, one.seq, one.content))
    upsert = postgresql.insert(tiles)
    unit.connection.execute(
        upsert.on_conflict_do_update(index_elements=["level", "index"], set_={"hashes": upsert.excluded.hashes}),
        [{"level": level, "index": index, "hashes": hashes} for (level, index), hashes in changed.items()],
    )


_COPY_ENTRIES = 'COPY entries ("index", id, kind, subject, seq, content) FROM STDIN'


def save_head(unit: Unit, new: Head, *, signed_at: datetime) -> None:
    """Replace the newest signed state; readers see it when the unit commits."""
    values = {"size": new.size, "root": new.root, "checkpoint": new.checkpoint, "signed_at": signed_at}
    unit.connection.execute(
        postgresql.insert(head)
        .values(only=True, **values)
        .on_conflict_do_update(index_elements=["only"], set_=values, where=head.c.size <= new.size)
    )


def read_tile(unit: Unit, level: int, index: int) -> bytes | None:
    """Return a tile's hashes as far as they are filled, or None where there is no such tile."""
    return unit.connection.execute(
        sa.select(tiles.c.hashes).where(tiles.c.level == level, tiles.c.index == index)
    ).scalar_one_or_none()


def read_entries(unit: Unit, start: int, stop: int) -> list[bytes]:
    """Return the contents of the entries `start <= index < stop`, in order."""
    return list(
        unit.connection.execute(
            sa.select(entries.c.content)
            .where(entries.c.index >= start, entries.c.index < stop)
            .order_by(entries.c.index)
        ).scalars()
    )


def entries_of(unit: Unit, subject: str) -> list[Placed]:
    """Return the placed entries of `subject`, in order; those still in the outbox are not among them."""
    rows = unit.connection.execute(sa.select(entries).where(entries.c.subject == subject).order_by(entries.c.seq))
    return [Placed(index=row[0], entry=_entry(row)) for row in rows]


def waiting(unit: Unit, subject: str | None = None) -> int:
    """Return how many entries, of `subject` or of all, are recorded but not yet placed."""
    query = sa.select(sa.func.count()).select_from(outbox)
    if subject is not None:
        query = query.where(outbox.c.subject == subject)
    return unit.connection.execute(query).scalar_one()


def disclosures_of(unit: Unit, entry_ids: Sequence[str] | None = None) -> list[Disclosure]:
    """Return the sealed values of the named entries, or of all of them."""
    query = sa.select(disclosures).order_by(disclosures.c.entry, disclosures.c.field)
    if entry_ids is not None:
        query = query.where(disclosures.c.entry.in_(entry_ids))
    return [
        Disclosure(entry=EntryId(row.entry), field=row.field, salt=row.salt, value=json.loads(row.value))
        for row in unit.connection.execute(query)
    ]


def _next_link(seq: int, leaf: bytes) -> Link:
    return Link(seq=seq, prev=leaf.hex() if seq else None)


def _entry(row: sa.Row[tuple[object, ...]]) -> Entry:
    return Entry(id=EntryId(row.id), kind=row.kind, subject=row.subject, seq=row.seq, content=row.content)
