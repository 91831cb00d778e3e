"""What a witness remembers, in SQLite: of every log the newest checkpoint, the roots of all before it, the evidence.

    log        the newest checkpoint of each log
    accepted   size and root of every checkpoint that was cosigned, for ever: what a log is held to
    kept       whole checkpoints: of the newest sizes, of what an upload goes to, and of what a fork contradicts
    target     the size that the mirror is being brought to
    evidence   what was refused though the log signed it: at most two of a size, and so many in all
    dropped    how often there was no room for more of it

An honest log adds some seventy bytes for each checkpoint; a lying one cannot add more than `MAX_EVIDENCE` notes.

Every write is one transaction that begins by taking the writer's lock (`BEGIN IMMEDIATE`) and is on the disk when it
ends (WAL, synchronous=FULL): what was decided on is what is written over, and nothing is answered that could be lost.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ledger.kernel.errors import Kind, Refusal

from .model import Evidence, Finding, Signed, Standing, State, Why

VERSION: Final = 2
BUSY_TIMEOUT_S: Final = 10.0
KEPT_NOTES: Final = 64  # of each log, whole; an upload is proven against one of them
MAX_AT_ONE_SIZE: Final = 2  # two contradict each other; a third says no more
MAX_UNPROVEN: Final = 100  # of each log; whoever holds a signed checkpoint can bring it with a proof that fails
MAX_EVIDENCE: Final = 200  # of each log; more than the doubts, so that there is room for a proof

_SCHEMA: Final = """
CREATE TABLE log (
    origin TEXT PRIMARY KEY,
    size INTEGER NOT NULL CHECK (size >= 0),
    root BLOB NOT NULL CHECK (length(root) = 32),
    note BLOB NOT NULL,
    cosigned_at INTEGER NOT NULL CHECK (cosigned_at > 0),
    seen_at INTEGER NOT NULL
) STRICT;
CREATE TABLE accepted (
    origin TEXT NOT NULL,
    size INTEGER NOT NULL CHECK (size >= 0),
    root BLOB NOT NULL CHECK (length(root) = 32),
    PRIMARY KEY (origin, size)
) STRICT, WITHOUT ROWID;
CREATE TABLE kept (
    origin TEXT NOT NULL,
    size INTEGER NOT NULL,
    note BLOB NOT NULL,
    PRIMARY KEY (origin, size)
) STRICT;
CREATE TABLE target (
    origin TEXT PRIMARY KEY,
    size INTEGER NOT NULL
) STRICT;
CREATE TABLE evidence (
    origin TEXT NOT NULL,
    size INTEGER NOT NULL,
    root BLOB NOT NULL CHECK (length(root) = 32),
    why TEXT NOT NULL CHECK (why IN ('fork', 'empty', 'unproven')),
    note BLOB NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (origin, size, root)
) STRICT;
CREATE TABLE dropped (
    origin TEXT PRIMARY KEY,
    number INTEGER NOT NULL
) STRICT;
"""
_REST: Final = _SCHEMA.split("CREATE TABLE accepted", 1)[1]
_UPGRADE: Final = f"""
ALTER TABLE accepted RENAME TO accepted_1;
ALTER TABLE evidence RENAME TO evidence_1;
CREATE TABLE accepted{_REST}
INSERT INTO accepted SELECT origin, size, root FROM accepted_1;
INSERT INTO kept SELECT origin, size, note FROM accepted_1;
INSERT INTO evidence SELECT origin, size, root, why, note, seen_at FROM (
    SELECT *, row_number() OVER (PARTITION BY origin, size ORDER BY seen_at, root) AS at_size,
        row_number() OVER (PARTITION BY origin ORDER BY why = 'unproven', seen_at, size) AS at FROM evidence_1
) WHERE at_size <= {MAX_AT_ONE_SIZE} AND at <= {MAX_EVIDENCE};
INSERT INTO dropped SELECT origin, count(*) FROM evidence_1 AS one
    WHERE (origin, size, root) NOT IN (SELECT origin, size, root FROM evidence) GROUP BY origin;
DROP TABLE accepted_1;
DROP TABLE evidence_1;
"""  # noqa: S608 - of this file alone


class OtherVersion(Refusal):
    """Another version of this program wrote the witness's memory."""

    kind = Kind.CONFLICT
    zh = "见证人数据库版本不符"


class Store:
    """The memory of a witness; any thread may use it, and other processes may read beside it."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it. Refuses `OtherVersion`."""
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, cached_statements=64
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        with self.transaction():
            self._prepare()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the writer's lock while the block lasts, and keep what it wrote, or nothing of it."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._commit()
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def state(self, origin: str) -> State:
        """Return what was cosigned last for a log."""
        with self._lock:
            row = self._connection.execute(
                "SELECT size, root, cosigned_at FROM log WHERE origin = ?", (origin,)
            ).fetchone()
        return State(size=row[0], root=row[1], cosigned_at=row[2]) if row else State()

    def newest(self, origin: str) -> bytes | None:
        """Return the newest checkpoint with the log's signatures and the cosignatures; None if there is none."""
        with self._lock:
            row = self._connection.execute("SELECT note FROM log WHERE origin = ?", (origin,)).fetchone()
        return bytes(row[0]) if row else None

    def kept(self, origin: str, size: int) -> bytes | None:
        """Return the checkpoint of this size that was cosigned, if it is still kept whole."""
        with self._lock:
            row = self._connection.execute(
                "SELECT note FROM kept WHERE origin = ? AND size = ?", (origin, size)
            ).fetchone()
        return bytes(row[0]) if row else None

    def aim(self, origin: str, size: int) -> None:
        """Keep the checkpoint of this size, if it is kept still, until the mirror is aimed at another."""
        with self._lock:
            row = self._connection.execute("SELECT size FROM target WHERE origin = ?", (origin,)).fetchone()
        if row is None or row[0] != size:
            with self.transaction():
                self._connection.execute("INSERT OR REPLACE INTO target VALUES (?, ?)", (origin, size))

    def roots(self, origin: str, size: int) -> list[bytes]:
        """Return every root that the log is known to have signed for a size."""
        with self._lock:
            found = self._connection.execute(
                "SELECT root FROM accepted WHERE origin = ?1 AND size = ?2"
                " UNION SELECT root FROM evidence WHERE origin = ?1 AND size = ?2",
                (origin, size),
            ).fetchall()
        return [bytes(row[0]) for row in found]

    def accept(self, signed: Signed, note: bytes, *, at: int) -> None:
        """Keep the newest checkpoint, cosigned at `at`.

        A doubt about the same checkpoint is settled by it; another root for its size is a fork from now on.
        """
        one = signed.checkpoint
        execute = self._connection.execute
        execute(
            "INSERT INTO log VALUES (?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT (origin) DO UPDATE SET"
            " size = ?2, root = ?3, note = ?4, cosigned_at = ?5, seen_at = max(seen_at, ?5)",
            (one.origin, one.size, one.root, note, at),
        )
        execute("INSERT INTO accepted VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (one.origin, one.size, one.root))
        execute("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", (one.origin, one.size, note))
        execute(
            "DELETE FROM evidence WHERE origin = ? AND size = ? AND root = ?",
            (one.origin, one.size, one.root),
        )
        execute(
            "UPDATE evidence SET why = 'fork' WHERE origin = ? AND size = ? AND why = 'unproven'",
            (one.origin, one.size),
        )
        self._forget(one.origin)

    def accuse(self, signed: Signed, why: Why, *, at: int) -> None:
        """Keep a refused checkpoint as evidence, once; count it where there is no room for more."""
        one = signed.checkpoint
        counted = "SELECT count(*), count(*) FILTER (WHERE size = ?2), count(*) FILTER (WHERE why = 'unproven')"
        in_all, at_size, doubts = self._connection.execute(
            f"{counted} FROM evidence WHERE origin = ?1", (one.origin, one.size)
        ).fetchone()
        full = in_all >= MAX_EVIDENCE or at_size >= MAX_AT_ONE_SIZE
        if full or (why is Why.UNPROVEN and doubts >= MAX_UNPROVEN):
            self._connection.execute(
                "INSERT INTO dropped VALUES (?, 1) ON CONFLICT (origin) DO UPDATE SET number = number + 1",
                (one.origin,),
            )
            return
        self._connection.execute(
            "INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (one.origin, one.size, one.root, why.value, bytes(signed.note), at),
        )

    def origins(self) -> list[str]:
        """Return the logs of which something was cosigned."""
        with self._lock:
            return [row[0] for row in self._connection.execute("SELECT origin FROM log")]

    def standings(self) -> list[Standing]:
        """Return how every log stands, by origin. No checkpoint is read whole."""
        with self._lock:
            logs = self._connection.execute(
                "SELECT origin, size, root, cosigned_at, seen_at FROM log ORDER BY origin"
            ).fetchall()
            findings = self._findings()
            dropped = dict(self._connection.execute("SELECT origin, number FROM dropped").fetchall())
        strangers = sorted({*findings, *dropped} - {row[0] for row in logs})
        return [
            Standing(
                origin=row[0],
                size=row[1],
                root=bytes(row[2]),
                cosigned_at=row[3],
                seen_at=row[4],
                findings=tuple(findings.get(row[0], ())),
                dropped=dropped.get(row[0], 0),
            )
            for row in [*logs, *((origin, 0, State().root, 0, 0) for origin in strangers)]
        ]

    def evidence(self, origin: str) -> list[Evidence]:
        """Return everything that a log signed and this witness refused, by size, with the checkpoints themselves."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT one.origin, one.size, one.root, one.why, one.seen_at, one.note, coalesce("
                "   (SELECT note FROM kept WHERE origin = one.origin AND size = one.size AND one.why = 'fork'),"
                "   (SELECT note FROM evidence WHERE origin = one.origin AND size = one.size AND root <> one.root))"
                " FROM evidence AS one WHERE one.origin = ? ORDER BY one.size, one.root",
                (origin,),
            ).fetchall()
        return [Evidence(**_found(row), note=row[5], against=row[6]) for row in rows]

    def _findings(self) -> dict[str, list[Finding]]:
        found: dict[str, list[Finding]] = {}
        for row in self._connection.execute(
            "SELECT origin, size, root, why, seen_at FROM evidence ORDER BY origin, size, root"
        ):
            found.setdefault(row[0], []).append(Finding(**_found(row)))
        return found

    def _forget(self, origin: str) -> None:
        """Drop whole checkpoints that nobody will ask for; their sizes and roots stay."""
        self._connection.execute(
            "DELETE FROM kept WHERE origin = ?1"
            " AND size NOT IN (SELECT size FROM kept WHERE origin = ?1 ORDER BY size DESC LIMIT ?2)"
            " AND size NOT IN (SELECT size FROM target WHERE origin = ?1 UNION"
            "                  SELECT size FROM evidence WHERE origin = ?1)",
            (origin, KEPT_NOTES),
        )

    def _commit(self) -> None:
        self._connection.execute("COMMIT")

    def _prepare(self) -> None:
        """Make the tables in a new file, or those of this version out of an older one's."""
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in {0, 1, VERSION}:
            raise OtherVersion("use the program that wrote it, or a newer one", found=version, known=VERSION)
        for statement in {0: _SCHEMA, 1: _UPGRADE}.get(version, "").split(";\n"):
            self._connection.execute(statement)
        if version == 1:
            for (origin,) in self._connection.execute("SELECT origin FROM log").fetchall():
                self._forget(origin)
        if version != VERSION:
            self._connection.execute(f"PRAGMA user_version = {VERSION}")


def _found(row: tuple[Any, ...]) -> dict[str, Any]:  # SQLite's values have any type
    return {"origin": row[0], "size": row[1], "root": row[2], "why": Why(row[3]), "seen_at": row[4]}
