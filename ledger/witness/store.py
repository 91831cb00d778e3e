"""What a witness remembers, in SQLite: of every log the newest checkpoint cosigned, all before it, and the evidence.

Every write is one transaction that begins by taking the writer's lock (`BEGIN IMMEDIATE`) and is on the disk when it
ends (WAL, synchronous=FULL): what was decided on is what is written over, and nothing is answered that could be lost.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ledger.kernel.errors import Kind, Refusal

from .model import Evidence, Signed, Standing, State, Why

VERSION: Final = 1
BUSY_TIMEOUT_S: Final = 10.0
MAX_UNPROVEN: Final = 1_000  # of each log; whoever holds a signed checkpoint can bring it with a proof that fails

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
    note BLOB NOT NULL,
    cosigned_at INTEGER NOT NULL,
    PRIMARY KEY (origin, size)
) STRICT;
CREATE TABLE evidence (
    origin TEXT NOT NULL,
    size INTEGER NOT NULL,
    root BLOB NOT NULL CHECK (length(root) = 32),
    why TEXT NOT NULL CHECK (why IN ('fork', 'empty', 'unproven')),
    note BLOB NOT NULL,
    against BLOB,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (origin, size, root)
) STRICT;
"""


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

    def accepted(self, origin: str, size: int) -> bytes | None:
        """Return the checkpoint of this size that was cosigned at any time."""
        with self._lock:
            row = self._connection.execute(
                "SELECT note FROM accepted WHERE origin = ? AND size = ?", (origin, size)
            ).fetchone()
        return bytes(row[0]) if row else None

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
        execute(
            "INSERT INTO accepted VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (one.origin, one.size, one.root, note, at),
        )
        execute(
            "DELETE FROM evidence WHERE origin = ? AND size = ? AND root = ?",
            (one.origin, one.size, one.root),
        )
        execute(
            "UPDATE evidence SET why = 'fork', against = ? WHERE origin = ? AND size = ? AND why = 'unproven'",
            (note, one.origin, one.size),
        )

    def accuse(self, signed: Signed, why: Why, *, at: int) -> None:
        """Keep a refused checkpoint as evidence, once, with what contradicts it."""
        one = signed.checkpoint
        against = self._contradicting(one.origin, one.size, one.root)
        if why is Why.UNPROVEN and self._doubts(one.origin) >= MAX_UNPROVEN:
            return
        self._connection.execute(
            "INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (one.origin, one.size, one.root, why.value, bytes(signed.note), against, at),
        )

    def origins(self) -> list[str]:
        """Return the logs of which something was cosigned."""
        with self._lock:
            return [row[0] for row in self._connection.execute("SELECT origin FROM log")]

    def standings(self) -> list[Standing]:
        """Return how every log stands, by origin."""
        with self._lock:
            logs = self._connection.execute(
                "SELECT origin, size, root, cosigned_at, seen_at FROM log ORDER BY origin"
            ).fetchall()
        evidence = self.evidence()
        known = {row[0] for row in logs}
        strangers = [(origin, 0, State().root, 0, 0) for origin in sorted({one.origin for one in evidence} - known)]
        return [
            Standing(
                origin=row[0],
                size=row[1],
                root=bytes(row[2]),
                cosigned_at=row[3],
                seen_at=row[4],
                evidence=tuple(one for one in evidence if one.origin == row[0]),
            )
            for row in [*logs, *strangers]
        ]

    def evidence(self) -> list[Evidence]:
        """Return everything that a log signed and this witness refused, by origin and size."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT origin, size, root, why, note, against, seen_at FROM evidence ORDER BY origin, size, root"
            ).fetchall()
        return [
            Evidence(
                origin=row[0], size=row[1], root=row[2], why=Why(row[3]), note=row[4], against=row[5], seen_at=row[6]
            )
            for row in rows
        ]

    def _contradicting(self, origin: str, size: int, root: bytes) -> bytes | None:
        row = self._connection.execute(
            "SELECT note FROM accepted WHERE origin = ?1 AND size = ?2 AND root <> ?3"
            " UNION ALL SELECT note FROM evidence WHERE origin = ?1 AND size = ?2 AND root <> ?3 LIMIT 1",
            (origin, size, root),
        ).fetchone()
        return bytes(row[0]) if row else None

    def _doubts(self, origin: str) -> int:
        row = self._connection.execute(
            "SELECT count(*) FROM evidence WHERE origin = ? AND why = 'unproven'", (origin,)
        ).fetchone()
        return int(row[0])

    def _commit(self) -> None:
        self._connection.execute("COMMIT")

    def _prepare(self) -> None:
        """Make the tables in a new file."""
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            for statement in _SCHEMA.split(";\n"):
                self._connection.execute(statement)
            self._connection.execute(f"PRAGMA user_version = {VERSION}")
        elif version != VERSION:
            raise OtherVersion("use the program that wrote it, or a newer one", found=version, known=VERSION)
