"""How the log grows: the state it stands in, what waits in the outbox, and what is written for it.

The sequencer's transaction is short and runs without end, so here the driver is spoken to directly: what belongs
together travels together (pipeline), in binary, and entries move from the outbox to their place inside the database.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeAlias, cast

import psycopg

from ledger.kernel.errors import invariant
from ledger.kernel.unit import Unit

from ..model import Entry, Head

SEQUENCER_LOCK: Final = 0x6D656E67_6B656A75  # "mengkeju": one sequencer at a time per database

Tiles: TypeAlias = Mapping[tuple[int, int], bytes]
"""The whole content of tiles, by level and index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """What is placed: durable, and maybe not yet signed."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far the log is: what is placed, what is signed, what readers see; each None before there is any.

    `edges` holds the right-most tile of every level that has one, as it is stored; `own` is the content of the newest
    entry of the log's own chain; `accused` says that a witness has shown something against this log.
    """

    tree: Tree | None
    signed: Head | None
    published: Head | None
    edges: Mapping[int, bytes]
    own: bytes | None
    accused: bool = False

    @property
    def size(self) -> int:
        """How many entries are placed."""
        return self.tree.size if self.tree else 0


class Waiting(NamedTuple):
    """An entry in the outbox: its exact bytes, and what says which others it may not be parted from."""

    place: int
    transaction: int
    subject: str
    seq: int
    content: bytes


def read_standing(unit: Unit, *, alone: bool = False) -> Standing:
    """Return how far the log is; with `alone` after waiting to be the only sequencer until the unit ends."""
    driver = _driver(unit)
    if alone:  # a statement of its own, so that the next one sees what the lock's last holder has committed
        driver.execute("SELECT pg_advisory_xact_lock(%s)", (SEQUENCER_LOCK,))
    with driver.cursor(binary=True) as cursor:
        row = cursor.execute(_STANDING).fetchone()
    size, root, own, accused, levels, hashes, *rest = cast("tuple[Any, ...]", row)  # Any: columns have several types
    return Standing(
        tree=None if size is None else Tree(size=size, root=root),
        signed=_head(*rest[:4]),
        published=_head(*rest[4:]),
        edges=dict(zip(levels or (), hashes or (), strict=True)),
        own=own,
        accused=accused,
    )


_STANDING: Final = """
    SELECT head.size, head.root,
        (SELECT content FROM entries WHERE subject = 'log' ORDER BY seq DESC LIMIT 1),
        EXISTS (SELECT FROM testimony),
        edge.levels, edge.hashes,
        signed.size, signed.root, signed.note, signed.signed_at,
        published.size, published.root, published.note, published.published_at
    FROM (SELECT) AS one
    LEFT JOIN (SELECT * FROM head LIMIT 1) AS head ON true  -- LIMIT: the planner cannot know that there is one row
    LEFT JOIN (SELECT * FROM signed LIMIT 1) AS signed ON true
    LEFT JOIN (SELECT * FROM published LIMIT 1) AS published ON true
    LEFT JOIN LATERAL (
        SELECT array_agg(level) AS levels, array_agg(hashes) AS hashes
        FROM generate_series(0, 7) AS at (level), LATERAL (
            SELECT hashes FROM tiles WHERE tiles.level = at.level AND "index" = head.size >> (8 * at.level + 8) OFFSET 0
        ) AS found
    ) AS edge ON true
"""


def _head(size: int | None, root: bytes, note: bytes, at: datetime) -> Head | None:
    return None if size is None else Head(size=size, root=root, note=note, at=at)


def newest_of(unit: Unit, subject: str, kinds: Sequence[str], *, before: int) -> bytes | None:
    """Return the content of the newest entry of `subject` of one of `kinds` that stands before index `before`."""
    row = _driver(unit).execute(_NEWEST, (subject, list(kinds), before)).fetchone()
    return None if row is None else row[0]


_NEWEST: Final = """
    SELECT content FROM entries WHERE subject = %s AND kind = ANY(%s) AND "index" < %s ORDER BY seq DESC LIMIT 1
"""


def oldest(unit: Unit, limit: int) -> list[Waiting]:
    """Return the oldest `limit` entries of the outbox, and with them all they may not be parted from.

    A transaction is taken whole, or a checkpoint would show half a deal; and nothing is taken before an earlier entry
    of its subject. So more than `limit` may come, in an order that keeps every subject's own.

    An entry's `place` is drawn while its subject is locked, so within one subject place follows seq even when
    transactions commit out of order; nothing is skipped because rows are removed, not remembered by position. Whatever
    one row of a transaction is seen with is seen whole, and so is what its subjects' locks had waited for: each
    statement here finds at least what belongs to the rows before it, whoever commits in between. Nobody changes a row
    of the outbox, and only the sequencer removes one.
    """
    found = sorted(_look(unit, _OLDEST, (limit,)))
    if len(found) < limit:  # all there was
        return found
    rest = found[limit:]
    while rest:
        more = _before(unit, rest, found)
        rest = _rest_of(unit, more, [*found, *more]) if more else []
        found += [*more, *rest]
    return sorted(found)


def _look(unit: Unit, statement: str, values: Sequence[object]) -> list[Waiting]:
    with _driver(unit).cursor(binary=True) as cursor:
        return list(map(Waiting._make, cursor.execute(statement, values)))


_OLDEST: Final = """
    WITH oldest AS MATERIALIZED (
        SELECT place, transaction, subject, seq, content FROM outbox ORDER BY place LIMIT %s
    )
    SELECT * FROM oldest
    UNION ALL
    SELECT rest.* FROM (SELECT DISTINCT transaction FROM oldest) AS cut, LATERAL (
        SELECT place, transaction, subject, seq, content FROM outbox
        WHERE outbox.transaction = cut.transaction AND place + 0 > (SELECT max(place) FROM oldest)
        OFFSET 0  -- `+ 0`, `OFFSET 0`: by the index of each transaction, whatever the planner believes of the outbox
    ) AS rest
"""
_REST: Final = """
    SELECT place, transaction, subject, seq, content FROM outbox
    WHERE transaction = ANY(%s::bigint[]) AND place <> ALL(%s::bigint[])
"""
_BEFORE: Final = """
    SELECT place, transaction, subject, seq, content FROM outbox
    WHERE place <> ALL(%s::bigint[]) AND EXISTS (
        SELECT FROM unnest(%s::text[], %s::bigint[]) AS held (subject, seq)
        WHERE outbox.subject = held.subject AND outbox.seq < held.seq
    )
"""


def _rest_of(unit: Unit, rows: Sequence[Waiting], found: Sequence[Waiting]) -> list[Waiting]:
    """Return what is left of the transactions of `rows`."""
    transactions = sorted({row.transaction for row in rows})
    return _look(unit, _REST, (_array(transactions), _array(row.place for row in found)))


def _before(unit: Unit, rows: Sequence[Waiting], found: Sequence[Waiting]) -> list[Waiting]:
    """Return what was sent before `rows` about their subjects."""
    newest = {row.subject: row.seq for row in sorted(rows, key=lambda row: row.seq)}
    return _look(unit, _BEFORE, (_array(row.place for row in found), list(newest), _array(newest.values())))


def insert(unit: Unit, first: int, own: Sequence[Entry]) -> None:
    """Write entries that no outbox held at their indexes from `first`."""
    for index, one in enumerate(own, first):
        _driver(unit).execute(_INSERT, (index, one.id, one.kind, one.subject, one.seq, one.content))


_INSERT: Final = """INSERT INTO entries ("index", id, kind, subject, seq, content) VALUES (%s, %s, %s, %s, %s, %s)"""


@contextmanager
def moving(unit: Unit, first: int, waiting: Sequence[Waiting]) -> Iterator[Callable[[Tree, Tiles], None]]:
    """Move entries from the outbox to their indexes from `first`; yield what writes the head and the tiles they touch.

    The database moves while the block reckons what the tree has become. The head never shrinks. An entry that is not in
    the outbox any more is our own mistake.
    """
    driver = _driver(unit)

    def write(grown: Tree, changed: Tiles) -> None:
        levels, indexes = _array(level for level, _ in changed), _array(index for _, index in changed)
        driver.execute(_TILES, (levels, indexes, list(changed.values())))
        driver.execute(_HEAD, (grown.size, grown.root))

    with driver.pipeline():
        moved = driver.execute(_MOVE, (_array(one.place for one in waiting), first))
        yield write
    invariant(moved.rowcount == len(waiting), "what was seen in the outbox is there until it is placed")


_MOVE: Final = """
    WITH gone AS (
        DELETE FROM outbox WHERE place = ANY(%s::bigint[]) RETURNING place, id, kind, subject, seq, content
    )
    INSERT INTO entries ("index", id, kind, subject, seq, content)
    SELECT %s + row_number() OVER (ORDER BY place) - 1, id, kind, subject, seq, content FROM gone
"""
_TILES: Final = """
    INSERT INTO tiles (level, "index", hashes)
    SELECT * FROM unnest(%s::smallint[], %s::bigint[], %b::bytea[])
    ON CONFLICT (level, "index") DO UPDATE SET hashes = excluded.hashes
"""
_HEAD: Final = """
    INSERT INTO head (size, root) VALUES (%s, %s)
    ON CONFLICT ("only") DO UPDATE SET size = excluded.size, root = excluded.root WHERE head.size <= excluded.size
"""


def save_signed(unit: Unit, new: Head, *, shown: bool) -> bool:
    """Replace the newest signed checkpoint, and with `shown` what readers see; neither ever shrinks.

    False where it is not what is placed: then the unit must not be committed.
    """
    values = {"size": new.size, "root": new.root, "note": new.note, "at": new.at, "shown": shown}
    return _driver(unit).execute(_SIGNED, values).fetchone() == (1, int(shown))


_SIGNED: Final = """
    WITH signing AS (
        INSERT INTO signed (size, root, note, signed_at)
        SELECT %(size)s, %(root)b, %(note)b, %(at)s
        WHERE EXISTS (SELECT FROM head WHERE size = %(size)s AND root = %(root)b)
        ON CONFLICT ("only") DO UPDATE
        SET size = excluded.size, root = excluded.root, note = excluded.note, signed_at = excluded.signed_at
        WHERE signed.size <= excluded.size
        RETURNING size
    ), showing AS (
        INSERT INTO published (size, root, note, published_at)
        SELECT %(size)s, %(root)b, %(note)b, %(at)s WHERE %(shown)s
        ON CONFLICT ("only") DO UPDATE
        SET size = excluded.size, root = excluded.root, note = excluded.note, published_at = excluded.published_at
        WHERE published.size <= excluded.size
        RETURNING size
    )
    SELECT (SELECT count(*) FROM signing), (SELECT count(*) FROM showing)
"""


def _array(numbers: Iterable[int]) -> str:
    """Write numbers as PostgreSQL reads an array: several times faster than as a list."""
    return f"{{{','.join(map(str, numbers))}}}"


def _driver(unit: Unit) -> psycopg.Connection[tuple[Any, ...]]:
    """Return the unit's connection as the driver has it, in the unit's transaction."""
    connection = unit.connection
    if not connection.in_transaction():
        connection.begin()  # or what the driver does by itself would never be committed
    return cast("psycopg.Connection[tuple[Any, ...]]", connection.connection.driver_connection)
