"""The folder the servers live in: where it is, who holds it, and the few files around the servers' own data.

`HOME/servers` is the folder itself, or a link to one under `/var/lib/mengkeju` when root's home is closed to the
account that the servers run as. Its files are its owner's alone (0600); only `postgres-NN/`, `valkey/` and `run/`
belong to that account (0700), so that root never writes where somebody else could have put a link.
"""

import fcntl
import hashlib
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from . import programs
from .account import Account
from .refused import CannotStart, InUse

SOCKET_PATH_BYTES: Final = 100  # the kernel allows 107, macOS 103
LONGEST_SOCKET: Final = ".s.PGSQL.5432"
PREDECESSOR_TIMEOUT_S: Final = 30.0  # a server whose owner was killed still writes its checkpoint
LOG_BYTES: Final = 8_000_000


class Ground:
    """A folder of servers, found or made."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = _folder(home)
        self.account = Account.for_folder(self.folder)

    def room(self, name: str) -> Path:
        """Return the folder `name`, made if need be, that belongs to the servers' account alone."""
        room = self.folder / name
        room.mkdir(mode=0o700, exist_ok=True)
        self.account.give(room, 0o700)
        return room

    def sockets(self) -> Path:
        """Return a folder for sockets, closed to everyone but the servers' account.

        Its path is short and plain, as the kernel, libpq (for which a comma separates hosts) and kombu require.
        """
        socket = str(self.folder / "run" / LONGEST_SOCKET)
        if len(socket) <= SOCKET_PATH_BYTES and re.fullmatch(r"[A-Za-z0-9/._-]+", socket):
            return self.room("run")
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        room = Path("/tmp", f"mengkeju-{name}")  # noqa: S108 - the name is known, hence the check
        with suppress(FileExistsError):
            room.mkdir(mode=0o700)
            self.account.give(room, 0o700)
        status = room.lstat()
        if not stat.S_ISDIR(status.st_mode) or (status.st_uid, status.st_mode & 0o777) != (self.account.uid, 0o700):
            raise CannotStart(f"{room} is not ours: remove it, or set MENGKEJU_HOME to a shorter path")
        return room

    def open(self, name: str, flags: int) -> int:
        """Open a file of the folder's owner, made if need be, following no link; return its descriptor."""
        descriptor = os.open(self.folder / name, flags | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        owner = self.folder.stat()
        if owner.st_uid != os.geteuid():
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        return descriptor

    def log(self, name: str) -> tuple[int, Path]:
        """Open a log to append to; a big one is first put aside as `.1`."""
        path = self.folder / name
        if path.is_file() and path.stat().st_size > LOG_BYTES:
            path.rename(path.with_name(f"{name}.1"))
        return self.open(name, os.O_WRONLY | os.O_APPEND), path

    def password(self, name: str) -> str:
        """Return the password in the file `name`, generated the first time."""
        with os.fdopen(self.open(name, os.O_RDWR), "r+") as file:
            password = file.read().strip()
            if not password:
                password = secrets.token_urlsafe(24)
                file.write(password)
                file.flush()
                os.fsync(file.fileno())
        return password

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for this process; raise `InUse` when another one does."""
        descriptor = self.open("owner.lock", os.O_RDWR)
        try:
            if not _locked(descriptor):
                holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
                raise InUse(
                    f"the servers of {self.home} are already run by process {holder}: "
                    "stop it, or set MENGKEJU_HOME to another folder"
                )
            os.pwrite(descriptor, f"{os.getpid():<10}\n".encode(), 0)
            yield
            with suppress(OSError):  # not empty, or still wanted
                self.sockets().rmdir()
        finally:
            os.close(descriptor)

    def alone(self, name: str) -> int:
        """Wait until no process is left of an earlier server; return the lock that the next one must inherit.

        A server and all its children keep the descriptor, so the lock is free only when the last of them is gone,
        whatever happened to the process that started them: only then may what they left behind be removed.
        """
        descriptor = self.open(f"{name}.lock", os.O_RDWR)
        patience = time.monotonic() + PREDECESSOR_TIMEOUT_S
        while not _locked(descriptor):
            if time.monotonic() > patience:
                holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
                os.close(descriptor)
                raise CannotStart(f"an earlier {name} (process {holder}) still runs in {self.folder}: stop it")
            time.sleep(0.02)
        return descriptor


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _folder(home: Path) -> Path:
    """Return the folder of servers that belongs to `home`, made if need be."""
    _make(home)
    entry = home / "servers"
    if entry.is_symlink():
        _mend(entry)
    if not entry.exists():
        if Account.for_folder(entry).can_enter(home):
            _make(entry)
        else:
            _make_elsewhere(entry)
    return entry.resolve()


def _make(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)  # root's servers must pass through


def _make_elsewhere(entry: Path) -> None:
    target = programs.elsewhere() / secrets.token_hex(8)
    _make(target)
    (target / "home").write_text(str(entry.parent))
    try:
        entry.symlink_to(target)
    except FileExistsError:
        shutil.rmtree(target)  # another start was faster


def _mend(entry: Path) -> None:
    """Keep the link of a home that moved; drop a copied home's link, which leads to the original's data."""
    target = entry.readlink()
    if target.parent != programs.ELSEWHERE:
        raise CannotStart(f"{entry} leads to {target}, which is not ours: remove the link")
    if not target.is_dir():
        raise CannotStart(f"{entry} leads to {target}, which is gone: remove the link to begin with no data")
    original = Path((target / "home").read_text())
    if original == entry.parent:
        return
    if (original / "servers").resolve() == target:
        entry.unlink()
    else:
        (target / "home").write_text(str(entry.parent))
