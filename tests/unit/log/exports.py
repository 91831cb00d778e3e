"""How these tests make exports of one log at many sizes, and look at what lies in a folder."""

from functools import cache
from pathlib import Path

from ledger.log import export, merkle, tiles
from tests.make_log import VKEY, Log


class At:
    """A log as it stood at `size`, the `Source` of an export; it counts the entries that were asked for."""

    vkey = VKEY

    def __init__(self, log: Log, size: int) -> None:
        self.size = size
        self.checkpoint = signed(log, size)
        self.fetched = 0
        self._log = log

    def entries(self, start, stop):
        assert 0 <= start < stop <= self.size
        self.fetched += stop - start
        return self._log.contents[start:stop]

    def write(self, folder: Path, **options) -> Path:
        export.export(self, folder, **options)
        return folder


def counted(size: int) -> Log:
    """Return a log whose entries are just numbers: nothing to audit, but quickly made."""
    log = Log()
    log.contents = [b"%d" % number for number in range(size)]
    return log


def files(folder: Path) -> dict[str, bytes]:
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """Return every file and folder with its inode and when it was changed: equal if nothing was written at all."""
    found = {one.relative_to(folder).as_posix(): one.stat() for one in [folder, *folder.rglob("*")]}
    return {path: (one.st_ino, one.st_mtime_ns) for path, one in found.items()}


def folders(folder: Path) -> set[str]:
    return {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_dir()}


@cache
def signed(log: Log, size: int) -> bytes:
    return log.checkpoint_at(size)


@cache
def implied(log: Log, size: int) -> dict[str, bytes]:
    """Return the files of an export by a plain second way: tiles and bundles of all entries at once."""
    leaves = [merkle.leaf_hash(one) for one in log.contents[:size]]
    tree = tiles.extend(0, {}, leaves)
    return {
        "checkpoint": signed(log, size),
        "log.vkey": f"{VKEY}\n".encode(),
        **{one.path: tree[one.level, one.index] for one in tiles.tiles_of(size)},
        **{
            one.path: b"".join(
                len(entry).to_bytes(2, "big") + entry
                for entry in log.contents[one.index * 256 : one.index * 256 + one.width]
            )
            for one in tiles.bundles_of(size)
        },
    }
