"""A regulator's own copy of each log, in files: what C2SP tlog-mirror asks for, in the layout of `ledger.log.export`.

    mirror/<origin hash>/     the copy at the mirror checkpoint: exactly the files of an export, ready for an audit
    pending/<origin hash>/    entry bundles beyond it, each proven to be in a checkpoint that the witness cosigned
    pending/…/begun           while the first mirror checkpoint is being written
    staging/                  files being written

The files are the only truth. Everything is on the disk before what refers to it: bundles before they are counted, tiles
before the mirror checkpoint moves, and that before its cosignature is answered. What a crash left over is removed, and
an upload goes on where it stopped; a copy that has lost its checkpoint is left as it is. A partial tile is kept at its
newest width; narrower ones are cut from it.
"""

import contextlib
import os
import secrets
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.log import checkpoints, merkle, notes, subtrees, tiles
from ledger.log.checkpoints import Checkpoint
from ledger.log.export import CHECKPOINT, VKEY
from ledger.log.lines import seconds
from ledger.log.notes import Note, Signature
from ledger.log.signers import Signer, VerifierKey
from ledger.log.submissions import Package
from ledger.log.tiles import WIDTH, Bundle, NotATile, Tile

from .model import origin_hash

BEGUN = "begun"

Cosign = Callable[[Checkpoint, int], tuple[tuple[Signature, ...], int]]
"""Cosign a checkpoint, not before an instant; return the lines and when."""


class NotMirrored(Refusal):
    """The mirror has no such file."""

    kind = Kind.NOT_FOUND
    zh = "镜像中没有该文件"


class CopyDamaged(Refusal):
    """The copy on the mirror's own disk is not what it was proven to be."""

    kind = Kind.UNAVAILABLE
    zh = "镜像副本已损坏"


class Outgrown(Refusal):
    """The mirror is beyond this size."""

    kind = Kind.CONFLICT
    zh = "镜像已超过该规模"


class Files:
    """Durable writing below one folder."""

    def __init__(self, home: Path) -> None:
        self._staging = home / "staging"
        shutil.rmtree(self._staging, ignore_errors=True)
        self._staging.mkdir(parents=True)

    def write(self, path: Path, content: bytes) -> None:
        """Write a file, whole or not at all, and have it on the disk on return."""
        made = [one for one in path.parents if not one.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        staging = self._staging / secrets.token_hex(8)
        with staging.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        staging.replace(path)
        for folder in (path.parent, *(one.parent for one in made)):
            sync_folder(folder)


class Copy:
    """The copy of one log."""

    def __init__(self, home: Path, origin: str, files: Files, keys: Sequence[VerifierKey]) -> None:
        self.origin = origin
        self._keys = keys
        self._home = home
        self.folder = folder_of(home, origin)
        self._pending = home / "pending" / origin_hash(origin)
        self._files = files
        self._lock = threading.RLock()
        require_whole(home, origin)
        self.size, self._cosigned_at = self._found()
        self._tidy()
        self.next_entry = self._first_missing()

    def checkpoint(self) -> bytes:
        """Return the mirror checkpoint. Refuses `NotMirrored`: there is none yet."""
        try:
            return (self.folder / CHECKPOINT).read_bytes()
        except OSError as error:
            raise NotMirrored("nothing of this log was mirrored yet") from error

    def resource(self, path: str) -> bytes:
        """Return a tile or bundle that any size up to the mirror's implied. Refuses `NotMirrored`."""
        try:
            found = tiles.parse_path(path)
        except NotATile as refusal:
            raise NotMirrored(refusal.detail) from refusal
        level = found.level if isinstance(found, Tile) else 0
        width = tiles.width_at(self.size, level, found.index)
        if found.width > width:
            raise NotMirrored("the mirror is not as far yet", size=self.size)
        kept = Tile(level, found.index, width) if isinstance(found, Tile) else Bundle(found.index, width)
        try:
            content = (self.folder / kept.path).read_bytes()
        except FileNotFoundError:  # it grew meanwhile
            if width == tiles.width_at(self.size, level, found.index):
                raise CopyDamaged(f"{kept.path} is missing") from None
            return self.resource(path)
        if isinstance(found, Tile):
            return content[: found.width * merkle.HASH_BYTES]
        return tiles.encode_bundle(tiles.decode_bundle(content)[: found.width])

    def take(self, package: Package, checkpoint: Checkpoint) -> None:
        """Keep the entries of a package, once proven to be in the log of `checkpoint`.

        Refuses `NotProven`, `NotASubtree`: they are not. The package begins at or before the first entry missing.
        """
        start, stop = package.subtree
        with self._lock:
            invariant(package.start <= self.next_entry, "an upload leaves no gap")
            entries = (*self._entries(start, package.start), *package.entries)
            subtrees.verify(
                start=start,
                stop=stop,
                subtree=merkle.root([merkle.leaf_hash(one) for one in entries]),
                size=checkpoint.size,
                root=checkpoint.root,
                proof=package.proof,
            )
            if stop <= self.next_entry:
                return
            number = start // WIDTH
            narrower = self._widths(number)
            self._files.write(self._pending / Bundle(number, stop - start).path, tiles.encode_bundle(entries))
            self.next_entry = stop
            for width in narrower:
                _remove(self._pending, Bundle(number, width).path)

    def move(self, checkpoint: Checkpoint, note: Note, vkey: str, cosign: Cosign) -> tuple[Signature, ...]:
        """Bring the copy to `checkpoint`, which `note` signs, and return the mirror's cosignatures.

        Every entry must be here; `vkey` is put beside the copy. Refuses `Outgrown`, `CopyDamaged`.
        """
        with self._lock:
            if checkpoint.size < self.size:
                raise Outgrown("the mirror never goes back", size=self.size)
            invariant(checkpoint.size <= self.next_entry, "a mirror moves over what it has")
            if not (self.folder / CHECKPOINT).exists():
                require_whole(self._home, self.origin)
                self._files.write(self._pending / BEGUN, b"")
            if checkpoint.size > self.size:
                self._grow(checkpoint)
            elif checkpoint.root != tiles.root_at(self._tile, self.size):
                raise CopyDamaged("the tiles do not lead to the root that was cosigned", size=self.size)
            lines, self._cosigned_at = cosign(checkpoint, self._cosigned_at)
            self._files.write(self.folder / VKEY, f"{vkey}\n".encode())
            self._files.write(self.folder / CHECKPOINT, bytes(notes.with_signatures(note, lines)))
            (self._pending / BEGUN).unlink(missing_ok=True)
            before, self.size = self.size, checkpoint.size
            self._drop_superseded(before)
        return lines

    def _grow(self, checkpoint: Checkpoint) -> None:
        """Write the bundles and tiles from the mirror's size to that of `checkpoint`, beside those that are served."""
        edges = {one.level: self._tile(one.level, one.index) for one in tiles.edge_of(self.size)}
        at = self.size
        while at < checkpoint.size:
            number = at // WIDTH
            stop = min(checkpoint.size, number * WIDTH + WIDTH)
            entries = self._entries(number * WIDTH, stop)
            self._files.write(self.folder / Bundle(number, len(entries)).path, tiles.encode_bundle(entries))
            touched = tiles.extend(at, edges, [merkle.leaf_hash(one) for one in entries[at - number * WIDTH :]])
            for (level, index), content in touched.items():
                if len(content) == tiles.TILE_BYTES:
                    self._files.write(self.folder / Tile(level, index).path, content)
            at, edges = stop, tiles.edges_after(stop, edges, touched)
        for edge in tiles.edge_of(at):
            self._files.write(self.folder / edge.path, edges[edge.level])
        if tiles.root_of(at, edges) != checkpoint.root:
            raise CopyDamaged("the entries kept do not lead to the root that they were proven against", size=at)

    def _entries(self, start: int, stop: int) -> Sequence[bytes]:
        """Return entries of one bundle, from its beginning `start`."""
        if start == stop:
            return ()
        number, mirrored = divmod(start, WIDTH)[0], tiles.width_at(self.size, 0, start // WIDTH)
        pending = self._widest(number)
        folder, width = (self._pending, pending) if pending > mirrored else (self.folder, mirrored)
        try:
            entries = tiles.decode_bundle((folder / Bundle(number, width).path).read_bytes())
        except (OSError, NotATile) as error:
            raise CopyDamaged("an entry bundle cannot be read", bundle=number) from error
        if len(entries) < stop - start:
            raise CopyDamaged("an entry bundle lacks entries", bundle=number)
        return entries[: stop - start]

    def _tile(self, level: int, index: int) -> bytes:
        tile = Tile(level, index, tiles.width_at(self.size, level, index))
        try:
            return (self.folder / tile.path).read_bytes()
        except OSError as error:
            raise CopyDamaged("a tile cannot be read", level=level, index=index) from error

    def _found(self) -> tuple[int, int]:
        """Return the size of the copy on the disk, and when it was cosigned last."""
        note, size = found_in(self.folder)
        if note is None:
            return 0, 0
        times = (notes.signed_at(key, one) for key in self._keys for one in note.signatures if one.claims(key))
        return size, max((seconds(one) for one in times if one), default=0)

    def _first_missing(self) -> int:
        at = self.size
        while True:
            number = at // WIDTH
            width = self._widest(number)
            if number * WIDTH + width <= at:
                return at
            at = number * WIDTH + width
            if width < WIDTH:
                return at

    def _widest(self, number: int) -> int:
        """Return how many entries of a bundle are pending; 0 if none."""
        return max(self._widths(number), default=0)

    def _widths(self, number: int) -> list[int]:
        """Return every width of a bundle that lies pending; a crash may leave a narrower one beside a wider."""
        full = self._pending / Bundle(number).path
        partial = full.with_name(f"{full.name}.p")
        found = [int(one.name) for one in partial.iterdir()] if partial.is_dir() else []
        return [*found, WIDTH] if full.exists() else found

    def _drop_superseded(self, before: int) -> None:
        """Remove what the copy has outgrown: narrower tiles and bundles, and bundles that are pending no more."""
        for tile in tiles.edge_of(before):
            if not tiles.is_implied(self.size, tile):
                _remove(self.folder, tile.path)
        number, width = divmod(before, WIDTH)
        if width and not tiles.is_implied(self.size, Bundle(number, width)):
            _remove(self.folder, Bundle(number, width).path)
        for moved in range(before // WIDTH, self.size // WIDTH + 1):
            for pending in self._widths(moved):
                if moved * WIDTH + pending <= self.size:
                    _remove(self._pending, Bundle(moved, pending).path)

    def _tidy(self) -> None:
        """Remove what a move left behind when it did not end: tiles ahead of the copy, and pending bundles in it."""
        for tile in _tiles_in(self.folder):
            if not tiles.is_implied(self.size, tile):
                _remove(self.folder, tile.path)
        for tile in _tiles_in(self._pending):
            if isinstance(tile, Bundle) and tile.index * WIDTH + tile.width <= self.size:
                _remove(self._pending, tile.path)
        if (self.folder / CHECKPOINT).exists():
            (self._pending / BEGUN).unlink(missing_ok=True)


class Mirror:
    """The copies of all logs."""

    def __init__(self, home: Path, signers: Sequence[Signer]) -> None:
        self.signers = tuple(signers)
        self._home = home
        self._files = Files(home)
        self._copies: dict[str, Copy] = {}
        self._lock = threading.Lock()

    def of(self, origin: str) -> Copy:
        """Return the copy of a log, empty at first."""
        with self._lock:
            if origin not in self._copies:
                keys = [one.key for one in self.signers]
                self._copies[origin] = Copy(self._home, origin, self._files, keys)
            return self._copies[origin]


def folder_of(home: Path, origin: str) -> Path:
    """Return where the copy of a log lies."""
    return home / "mirror" / origin_hash(origin)


def require_whole(home: Path, origin: str) -> None:
    """Check that a copy has not lost its checkpoint; only one whose first is being written has none beside its tiles.

    Refuses `CopyDamaged`.
    """
    folder = folder_of(home, origin)
    stands = (folder / CHECKPOINT).exists() or (home / "pending" / origin_hash(origin) / BEGUN).exists()
    if stands or not ((folder / VKEY).exists() or (folder / "tile").exists()):
        return
    raise CopyDamaged(
        f"{folder} holds entries of a log, but no {CHECKPOINT}. Nothing was touched. Put the file back from a backup of"
        " this folder; or move the folder away, start the witness again, and the log sends it every entry anew"
    )


def found_in(folder: Path) -> tuple[Note | None, int]:
    """Return the checkpoint of a copy on the disk, and its size; None and 0 of none. Refuses `CopyDamaged`."""
    try:
        note = notes.parse((folder / CHECKPOINT).read_bytes())
        return note, checkpoints.parse(note.text).size
    except FileNotFoundError:
        return None, 0
    except Refusal as refusal:
        raise CopyDamaged(f"{folder / CHECKPOINT} is no checkpoint: {refusal.detail}") from refusal


def sync_folder(folder: Path) -> None:
    """Have what a folder lists on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _tiles_in(folder: Path) -> list[Tile | Bundle]:
    """Return the tiles and bundles below a folder; what else lies there is not ours to judge."""
    found: list[Tile | Bundle] = []
    for path in folder.glob("tile/**/*"):
        with contextlib.suppress(NotATile):
            if path.is_file():
                found.append(tiles.parse_path(path.relative_to(folder).as_posix()))
    return found


def _remove(folder: Path, path: str) -> None:
    """Remove a file, and the folders it leaves empty below `folder`."""
    (folder / path).unlink(missing_ok=True)
    for parent in (folder / path).parents:
        if parent == folder or any(parent.iterdir()):
            return
        parent.rmdir()
