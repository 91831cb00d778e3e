"""The journal: what this key has signed last, in a file beside it, so that it never signs against its own word.

A database can be restored from an older backup, or exchanged for another; the key cannot tell. So before anything is
signed the checkpoint is written here, and only what follows from the line before is. The file is small text:

    mengkeju/journal/v1
    example.com/log                                  origin, size, root: the checkpoint's own three lines
    1234
    zXr5Kl6Nn4wP2m0jv0cH8dJXh1pXw7E9xGJq0Jm8m3I=
    2026-03-02T01:00:00.000000Z                      when it was authorised

It is replaced whole (temporary file, fsync, rename, fsync of the folder), under a lock that two sequencers with the
same key share, whatever their databases. It holds no secret. A line that was written and never signed does no harm.
"""

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

from ledger.kernel import instant
from ledger.kernel.errors import Kind, Refusal

from . import checkpoints
from .checkpoints import Checkpoint

VERSION: Final = "mengkeju/journal/v1"
CLOCK_TOLERANCE: Final = timedelta(seconds=10)  # what a clock is set back when it is merely kept right
_MAX_BYTES: Final = 4096

RootAt: TypeAlias = Callable[[int], bytes]
"""The root that the stored tiles have at a size; may refuse where they do not reach so far."""


class RolledBack(Refusal):
    """The key has signed more of this log than the database holds."""

    kind = Kind.CONFLICT
    zh = "数据库落后于密钥已签名的检查点（疑似从旧备份恢复）"


class Forked(Refusal):
    """The database holds another history than the key has signed."""

    kind = Kind.CONFLICT
    zh = "数据库中的历史与密钥已签名的检查点不一致"


class ClockWentBack(Refusal):
    """The clock shows an earlier time than the last signature's."""

    kind = Kind.CONFLICT
    zh = "系统时钟早于上一次签名的时间"


class WrongLog(Refusal):
    """The key signs for another log."""

    kind = Kind.CONFLICT
    zh = "该密钥属于另一个日志"


class DamagedJournal(Refusal):
    """The journal of signatures cannot be read."""

    kind = Kind.CONFLICT
    zh = "签名日志文件已损坏"


REFUSALS: Final = (DamagedJournal, WrongLog, RolledBack, Forked, ClockWentBack)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorised:
    """The journal's one line: a checkpoint that may have been signed, and when."""

    checkpoint: Checkpoint
    at: datetime

    @property
    def text(self) -> str:
        """The content of the file."""
        return f"{VERSION}\n{self.checkpoint.text}{instant.render(self.at)}\n"


class Journal:
    """The journal in one file; the folder must exist. Threads and processes may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mutex = threading.RLock()
        self._depth = 0

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Wait to be the only one at this journal until the block ends; may be entered again by the same thread."""
        with self._mutex:
            lock = None if self._depth else self._lock()
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if lock is not None:
                    os.close(lock)

    def read(self) -> Authorised | None:
        """Return the journal's line, or None before the first. Refuses `DamagedJournal`."""
        try:
            with self.path.open("rb") as file:
                content = file.read(_MAX_BYTES + 1)
        except FileNotFoundError:
            return None
        try:
            version, rest = content.decode().split("\n", 1)
            text, at = rest.removesuffix("\n").rsplit("\n", 1)
            found = Authorised(checkpoint=checkpoints.parse(f"{text}\n"), at=instant.parse(at))
        except (ValueError, Refusal) as cause:
            raise self._damaged() from cause
        if version != VERSION or found.text.encode() != content:
            raise self._damaged()
        return found

    def review(self, *, origin: str, size: int, root_at: RootAt) -> Authorised | None:
        """Hold a log of `size` against the journal's line, writing nothing; return the line.

        Refuses `DamagedJournal`; `WrongLog`: the line is of another origin; `RolledBack`: of a larger size; `Forked`:
        the tiles do not lead to its root at its size.
        """
        if (last := self.read()) is None:
            return None
        signed = last.checkpoint
        if signed.origin != origin:
            raise WrongLog(_wrong_log(self.path, signed.origin, origin))
        if size < signed.size:
            raise RolledBack(_rolled_back(self.path, signed.size, size), signed=signed.size, size=size)
        try:
            found = root_at(signed.size)
        except Refusal as cause:
            raise Forked(_forked(self.path, signed.size), signed=signed.size) from cause
        if found != signed.root:
            raise Forked(_forked(self.path, signed.size), signed=signed.size)
        return last

    def authorise(self, checkpoint: Checkpoint, *, at: datetime, root_at: RootAt) -> datetime:
        """Write that `checkpoint` may be signed from now on, durably; return the instant to sign it at.

        That is `at`, or the last line's instant where the clock was set back by no more than `CLOCK_TOLERANCE`. The
        checkpoint's own root stands for what the tiles have at its size. Refuses as `review` does; `ClockWentBack`.
        """
        with self.alone():
            last = self.review(
                origin=checkpoint.origin,
                size=checkpoint.size,
                root_at=lambda size: checkpoint.root if size == checkpoint.size else root_at(size),
            )
            moment = _moment(last, at)
            self._write(Authorised(checkpoint=checkpoint, at=moment))
        return moment

    def moment(self, at: datetime) -> datetime:
        """Return `at`, or the last line's instant if that is a little later. Refuses `ClockWentBack`."""
        return _moment(self.read(), at)

    def adopt(self, checkpoint: Checkpoint, *, at: datetime) -> None:
        """Write what is known to be signed already: the first line of a log that had no journal, or one ahead of it.

        That our keys did sign it, and that the line before leads to it, is the caller's to establish.
        """
        with self.alone():
            last = self.read()
            self._write(Authorised(checkpoint=checkpoint, at=max(at, last.at) if last else at))

    def _write(self, line: Authorised) -> None:
        staging = self.path.with_name(f".{self.path.name}.new")  # one writer at a time: what a killed one left is gone
        staging.unlink(missing_ok=True)
        descriptor = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(line.text.encode())
                file.flush()
                os.fsync(file.fileno())
            staging.replace(self.path)
        finally:
            staging.unlink(missing_ok=True)
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _lock(self) -> int:
        """Hold the lock file, which is never replaced or removed; closing it lets go."""
        descriptor = os.open(
            self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return descriptor

    def _damaged(self) -> DamagedJournal:
        name = self.path.name
        return DamagedJournal(
            f"{self.path} is damaged: it no longer says what this key has signed last. Nothing was signed.\n"
            "1. Keep a copy of the damaged file.\n"
            f"2. Bring the newest intact {name} back from the backup of its folder, and start again.\n"
            "3. If there is none, look for the largest checkpoint that the witnesses and your exports hold.\n"
            "4. If the database is older than that, restore its newest backup.\n"
            f"5. Only when the database is no older than that, move {name} aside and start again: the newest\n"
            "   checkpoint in the database becomes its first line."
        )


def _moment(last: Authorised | None, at: datetime) -> datetime:
    if last is None or at >= last.at:
        return at
    if last.at - at > CLOCK_TOLERANCE:
        raise ClockWentBack(_clock_went_back(last.at, at), last_at=instant.render(last.at), now=instant.render(at))
    return last.at


def _rolled_back(path: Path, signed: int, size: int) -> str:
    return (
        f"this key has signed a log of {signed} entries, but the database holds {size or 'none'}: it was restored from"
        " an older backup, or it is another database. Nothing was signed.\n"
        f"1. Do not delete {path.name}: it keeps you from telling two histories.\n"
        "2. If MENGKEJU_DATABASE_URL names the wrong database, name the right one and start again.\n"
        f"3. Else restore the newest backup, or replay the archived WAL, until the log has {signed} entries or more.\n"
        f"4. If entries are lost for good, this log ends at {signed}: keep its last checkpoint and exports, start\n"
        "   a new log with another MENGKEJU_ORIGIN and a new key, and tell the witnesses and every reader why."
    )


def _forked(path: Path, signed: int) -> str:
    return (
        f"this key has signed {signed} entries with another root than the database has at that size: its history"
        " was changed, or it is another database. Nothing was signed.\n"
        f"1. Do not delete {path.name}: signing now would prove us liars.\n"
        "2. Stop the exchange and keep a copy of the database as it is: somebody will have to explain it.\n"
        "3. Audit the newest export (`mengkeju ledger audit`), and restore the newest backup that agrees with it.\n"
        f"4. If none does, this log ends at {signed}: keep its last checkpoint and exports, start a new log with\n"
        "   another MENGKEJU_ORIGIN and a new key, and tell the witnesses and every reader why."
    )


def _wrong_log(path: Path, theirs: str, ours: str) -> str:
    return (
        f"this key signs for {theirs}, and this database holds the log {ours}. Nothing was signed.\n"
        f"1. Do not delete {path.name}: it says which log the key beside it belongs to.\n"
        f"2. If MENGKEJU_DATABASE_URL names the wrong database, name that of {theirs} and start again.\n"
        f"3. If {ours} is a log of its own, give it a folder of its own (MENGKEJU_HOME): a key serves one log."
    )


def _clock_went_back(last: datetime, now: datetime) -> str:
    return (
        f"the clock shows {instant.render(now)}, but this key last signed at {instant.render(last)}."
        " Nothing was signed; what is recorded meanwhile waits.\n"
        "1. If the clock is wrong, set it right (`timedatectl`, NTP) and start again.\n"
        f"2. If it is right now and was ahead then, wait until {instant.render(last)} and start again:\n"
        "   signatures carry their time, and it never goes back."
    )
