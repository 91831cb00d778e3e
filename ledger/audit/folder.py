"""Reading an exported folder that may be hostile: no links followed, nothing larger than it may be, nothing unexpected.

Whether the contents are right is for `structure` and `chains`.
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from ledger.log import notes, tiles
from ledger.log.export import CHECKPOINT, VKEY, holding, is_ours
from ledger.log.merkle import HASH_BYTES
from ledger.log.tiles import Bundle, NotATile, Tile

from .report import Wrong

MAX_VKEY_BYTES = 8192
MENDED = "if an export was cut short here, run it again: it goes on, and tidies up"
MAX_DEPTH = 10  # tile/entries, up to six x folders, a number, a width


class Folder:
    """An export on disk. Every method raises `Wrong` for what is missing, too large or not a plain file."""

    def __init__(self, root: Path) -> None:
        self.root = root
        if not root.is_dir():
            raise Wrong(".", f"{root} is not a folder")

    def held(self) -> AbstractContextManager[None]:
        """Wait for an export that is being written here, and keep others off while the block lasts, if locks work."""
        return holding(self.root, writing=False)

    def checkpoint(self) -> bytes:
        """Return the signed checkpoint."""
        if not os.path.lexists(self.root / CHECKPOINT) and os.path.lexists(self.root / VKEY):
            raise Wrong(CHECKPOINT, f"is missing; {MENDED}")
        return self._read(CHECKPOINT, notes.MAX_NOTE_BYTES)

    def vkey(self) -> bytes:
        """Return the verifier key that lies beside the log; a convenience that proves nothing."""
        return self._read(VKEY, MAX_VKEY_BYTES)

    def tile(self, tile: Tile) -> bytes:
        """Return the hashes of a tile, exactly as many as its width."""
        content = self._read(tile.path, tiles.TILE_BYTES)
        if len(content) != tile.width * HASH_BYTES:
            raise Wrong(
                tile.path, f"holds {len(content)} bytes where {tile.width} hashes take {tile.width * HASH_BYTES}"
            )
        return content

    def bundle(self, bundle: Bundle) -> list[bytes]:
        """Return the entries of a bundle, exactly as many as its width."""
        return self._parts(bundle, tiles.decode_bundle)

    def leaves(self, bundle: Bundle) -> list[bytes]:
        """Return the leaf hashes of the entries of a bundle, exactly as many as its width."""
        return self._parts(bundle, tiles.leaf_hashes)

    def entry(self, index: int, size: int) -> bytes:
        """Return the entry at `index` of the log of `size`."""
        number, offset = divmod(index, tiles.WIDTH)
        return self.bundle(Bundle(number, tiles.width_at(size, 0, number)))[offset]

    def reader(self, size: int) -> tiles.ReadTile:
        """Return how to read the tiles of a log of `size`, each once."""
        known: dict[tuple[int, int], bytes] = {}

        def read(level: int, index: int) -> bytes:
            if (level, index) not in known:
                known[level, index] = self.tile(Tile(level, index, tiles.width_at(size, level, index)))
            return known[level, index]

        return read

    def require_layout(self, size: int) -> None:
        """Require that nothing lies here which the size does not imply. That nothing is missing shows on reading."""
        folders = [""]
        while folders:
            here = folders.pop()
            found = self._list(here)
            if here and not found:
                raise Wrong(here, f"is an empty folder that is no part of the log; {MENDED}")
            for entry in found:
                path = f"{here}/{entry.name}" if here else entry.name
                if entry.is_dir(follow_symlinks=False) and path.count("/") < MAX_DEPTH:
                    folders.append(path)
                elif not entry.is_file(follow_symlinks=False) or not _is_implied(path, size):
                    hint = f"; {MENDED}" if is_ours(path) else ""
                    raise Wrong(path, f"is no part of a log of size {size}{hint}")

    def _parts(self, bundle: Bundle, read: Callable[[bytes], list[bytes]]) -> list[bytes]:
        content = self._read(bundle.path, tiles.MAX_BUNDLE_BYTES)
        try:
            parts = read(content)
        except NotATile as refusal:
            raise Wrong(bundle.path, refusal.detail) from refusal
        if len(parts) != bundle.width:
            raise Wrong(bundle.path, f"holds {len(parts)} entries where the size implies {bundle.width}")
        return parts

    def _list(self, path: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.root / path) as found:
                return sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            raise Wrong(path or ".", f"cannot be listed: {error.strerror}") from error

    def _read(self, path: str, limit: int) -> bytes:
        return read_plain(os.path.join(self.root, path), path, limit)  # noqa: PTH118 - a third of the time


def read_plain(path: Path | str, where: str, limit: int) -> bytes:
    """Read a plain file of at most `limit` bytes; anything else is `Wrong` at `where`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise Wrong(where, "is not a plain file")
            content = os.read(descriptor, min(limit, status.st_size) + 1)  # asking for more costs memory and time
        finally:
            os.close(descriptor)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Wrong(where, "is missing") from error
    except OSError as error:
        raise Wrong(where, f"cannot be read: {error.strerror}") from error
    if len(content) > limit:
        raise Wrong(where, f"is larger than the {limit} bytes it may have")
    if len(content) != status.st_size:
        raise Wrong(where, "changes while it is read")
    return content


def read_lines(path: Path, where: str, limit: int) -> Iterator[bytes]:
    """Yield the lines of a file without their newlines; one too long, or cut short, is `Wrong` at `where`."""
    try:
        with path.open("rb") as file:
            while line := file.readline(limit + 1):
                if not line.endswith(b"\n"):
                    raise Wrong(where, f"has a line that is longer than {limit} bytes or does not end")
                yield line[:-1]
    except OSError as error:
        raise Wrong(where, f"cannot be read: {error.strerror}") from error


def _is_implied(path: str, size: int) -> bool:
    if path in {CHECKPOINT, VKEY}:
        return True
    try:
        return tiles.is_implied(size, tiles.parse_path(path))
    except NotATile:
        return False
