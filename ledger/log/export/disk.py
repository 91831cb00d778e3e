"""What an export does to files and folders: each step is whole, or is found to be unfinished and done again.

A file is written under another name beside its own, `.<name>.<16 hex>.part`, and then renamed: a torn file is never
found under its final name, unless the machine itself stops before `settle`. Two who share a folder take turns by
`holding` it.
"""

import fcntl
import os
import re
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ledger.kernel.errors import Kind, Refusal

from .. import tiles

CHECKPOINT = "checkpoint"
VKEY = "log.vkey"

_PART = re.compile(r"\.(.+)\.[0-9a-f]{16}\.part", re.ASCII)


class NotOurFolder(Refusal):
    """The folder holds something other than an earlier export."""

    kind = Kind.CONFLICT
    zh = "目标目录含有非导出文件"


@dataclass(frozen=True, slots=True)
class Disk:
    """The files of one export; paths are relative to it, and those of the log."""

    root: Path

    def require_folder(self) -> None:
        """Refuse `NotOurFolder` if something else than a folder has its name."""
        if self.root.is_symlink() or (self.root.exists() and not self.root.is_dir()):
            raise NotOurFolder(f"{self.root} is not a folder")

    def scan(self) -> dict[str, int]:
        """Return every file and how many bytes it has.

        Refuses `NotOurFolder`: something is there that no export leaves; or tiles alone, of which nothing says that an
        export put them there.
        """
        self.require_folder()
        found = dict(self._files("")) if self.root.exists() else {}
        if not found.keys() & {CHECKPOINT, VKEY} and not all(map(is_part, found)):
            raise NotOurFolder(f"{self.root} holds no checkpoint, so it is no export; choose another folder")
        return found

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, or None if it is not there."""
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError:
            return None

    def place(self, path: str, content: bytes, *, durably: bool = False) -> None:
        """Put a file in its place at once. `durably`: when this returns, the machine may stop."""
        target = self.root / path
        part = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
        if not target.parent.is_dir():
            self.make_folder(target.parent)
        self.write(part, content)
        if durably:
            self.sync(part)
        self.rename(part, target)
        if durably:
            self.sync(target.parent)

    def settle(self, paths: Collection[str]) -> None:
        """Make files durable that were placed, and the folders that lead to them."""
        for path in sorted(paths):
            self.sync(self.root / path)
        for folder in sorted({above for path in paths for above in Path(path).parents}):
            self.sync(self.root / folder)

    def remove(self, path: str) -> None:
        """Remove a file, and the folders that it leaves empty."""
        self.unlink(self.root / path)
        self.remove_empty(*(self.root / path).parents)

    def remove_empty(self, *folders: Path) -> None:
        """Remove those folders inside the export that are empty; the innermost come first."""
        for folder in folders:
            if folder == self.root or any(folder.iterdir()):
                return
            self.remove_folder(folder)

    def folders(self) -> list[Path]:
        """Return every folder of the export, the innermost first."""
        return [Path(folder) for folder, _, _ in os.walk(self.root, topdown=False)]

    def make_folder(self, path: Path) -> None:
        """Make a folder, and those above it."""
        path.mkdir(parents=True, exist_ok=True)

    def write(self, path: Path, content: bytes) -> None:
        """Write a new file."""
        with path.open("xb") as file:
            file.write(content)

    def rename(self, part: Path, target: Path) -> None:
        """Give a file its final name, in the place of what had it before."""
        part.replace(target)

    def sync(self, path: Path) -> None:
        """Have a file's bytes, or a folder's names, written down."""
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def unlink(self, path: Path) -> None:
        """Remove a file."""
        path.unlink()

    def remove_folder(self, path: Path) -> None:
        """Remove an empty folder."""
        path.rmdir()

    def _files(self, folder: str) -> Iterator[tuple[str, int]]:
        """Yield every file below `folder` and its size; refuse what is neither ours nor a folder of another name."""
        with os.scandir(self.root / folder) as entries:
            for entry in entries:
                path = f"{folder}{entry.name}"
                is_folder, is_file = entry.is_dir(follow_symlinks=False), entry.is_file(follow_symlinks=False)
                if (is_folder, is_file) != (not is_ours(path), is_ours(path)):
                    raise NotOurFolder(f"{self.root / path} is no part of an export; choose another folder")
                if is_folder:
                    yield from self._files(f"{path}/")
                else:
                    yield path, entry.stat(follow_symlinks=False).st_size


def require_new(target: Path) -> None:
    """Refuse `NotOurFolder` unless `target` is free for a log that nobody has exported yet."""
    if Disk(target).scan():
        raise NotOurFolder(f"{target} holds an export of another log; choose another folder")


def is_ours(path: str) -> bool:
    """Whether an export leaves such a file: one of the log of some size, or one that it did not finish writing."""
    return _is_final(_without_part(path))


def is_part(path: str) -> bool:
    """Whether this is a file that an export did not finish writing."""
    return _without_part(path) != path and is_ours(path)


@contextmanager
def holding(folder: Path, *, writing: bool) -> Iterator[None]:
    """Hold a folder while the block lasts: alone to write, beside other readers to read. Waits for who holds it now.

    Where the file system has no locks, or a reader may not open the folder, nobody is held off.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        if writing:
            raise
        yield
        return
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX if writing else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def _without_part(path: str) -> str:
    """Return what an unfinished file was to be called; any other path as it is."""
    folder, slash, name = path.rpartition("/")
    match = _PART.fullmatch(name)
    return f"{folder}{slash}{match[1]}" if match else path


def _is_final(path: str) -> bool:
    if path in {CHECKPOINT, VKEY}:
        return True
    try:
        tiles.parse_path(path)
    except tiles.NotATile:
        return False
    return True
