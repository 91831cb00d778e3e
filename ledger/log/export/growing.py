"""How an export grows: from the last full bundle that its own checkpoint covers, in an order that may stop anywhere.

1. Full bundles and tiles beyond the old checkpoint, each put in its place whole. Nobody reads them yet.
2. The root: what was there, read by its right edge, and what came must lead to the root of the new checkpoint.
3. The partial bundle and tiles of the new size; `log.vkey`; all of it made durable.
4. `checkpoint`, replaced at once: this publishes.
5. What the new size no longer implies is removed: a reader who still holds the old checkpoint finds the full tile.

Whoever comes after a run that was cut short goes on from the disk: what lies beyond the checkpoint is hashed again, and
fetched again from the first bundle on that does not agree with its tile. What the checkpoint covers is believed as far
as its right edge shows; that the rest is unharmed is for an audit to say. `log.vkey` comes first into an empty folder,
and marks it as ours until there is a checkpoint.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Protocol, TypeAlias

from ledger.kernel.errors import Kind, Refusal, invariant

from .. import checkpoints, merkle, notes, tiles
from ..checkpoints import Checkpoint
from ..tiles import Bundle, Tile
from .disk import CHECKPOINT, VKEY, Disk, holding, is_part

CHUNK = 16 * tiles.WIDTH  # entries fetched at a time

Progress: TypeAlias = Callable[[int, int], None]
"""Called with how many entries are done, and of how many. A run that goes on begins with what was done before."""


class AnotherLog(Refusal):
    """The folder holds an export of another log."""

    kind = Kind.CONFLICT
    zh = "目标目录含有另一日志的导出"


class OlderThanExport(Refusal):
    """The folder holds a later state of the log than this one."""

    kind = Kind.CONFLICT
    zh = "目标目录中的导出比来源更新"


class Forked(Refusal):
    """The log is not the one that was exported before: its past has changed."""

    kind = Kind.CONFLICT
    zh = "日志已分叉：与先前导出的历史不一致"


class RecordDiffers(Refusal):
    """The stored entries, or the files of the export, do not lead to the signed root."""

    kind = Kind.CONFLICT
    zh = "已存条目或导出文件与签名根不一致"


class Source(Protocol):
    """A log at one checkpoint, wherever it is kept."""

    @property
    def checkpoint(self) -> bytes:
        """The signed note."""

    @property
    def vkey(self) -> str:
        """The verifier key of the log, as text."""

    def entries(self, start: int, stop: int) -> list[bytes]:
        """Return the bytes of the entries from `start` up to and without `stop`."""


def export(source: Source, directory: Path, *, progress: Progress | None = None) -> Checkpoint:
    """Write the log of `source` to `directory`, or what is new since the export that lies there; return what it signs.

    Waits while somebody else writes to the folder or audits it. No signature is verified. Refuses `NotOurFolder`:
    anything but an earlier export is there; `AnotherLog`, `OlderThanExport`, `Forked`: the export there is not of a
    beginning of this log; `RecordDiffers`: the entries are not those signed, or a file there is not what it was. A
    refusal leaves nothing new behind.
    """
    checkpoint = checkpoints.parse(notes.parse(source.checkpoint).text)
    disk = Disk(directory.parent.resolve() / directory.name)
    disk.require_folder()
    disk.root.mkdir(parents=True, exist_ok=True)
    with holding(disk.root, writing=True):
        _Growing(disk, source, checkpoint, progress or _silent).run()
    return checkpoint


class _Growing:
    """One run: what was found, and how far it has come."""

    def __init__(self, disk: Disk, source: Source, new: Checkpoint, progress: Progress) -> None:
        self._disk = disk
        self._source = source
        self._new = new
        self._progress = progress
        self._found = disk.scan()
        self._old = _published(disk, self._found, new)
        self._old_edges = _edges(disk, self._old)
        self._begin(0)

    def run(self) -> None:
        if not self._old and VKEY not in self._found:
            self._keep(VKEY, self._vkey)
        resumed = self._grow(resume=True)
        if resumed and not self._holds():  # what an earlier run left beyond the checkpoint may be of another log
            self._discard()
            self._grow(resume=False)
        if not self._holds():
            refusal = self._explain()
            self._discard()
            raise refusal
        self._publish()
        self._tidy(self._new.size)

    @property
    def _base(self) -> int:
        """How many entries stay as they are: those in full bundles that the old checkpoint covers."""
        return self._old.size - self._old.size % tiles.WIDTH if self._old else 0

    @property
    def _vkey(self) -> bytes:
        return f"{self._source.vkey}\n".encode()

    def _begin(self, at: int) -> None:
        """Stand at `at`, a full bundle, with nothing new taken yet."""
        self._at = at
        self._edges = {level: content for level, content in self._old_edges.items() if level > 0}
        self._rest: list[bytes] = []  # entries of the last bundle, if it is partial
        self._continues = True  # as far as seen
        self._kept: set[str] = set()

    def _grow(self, *, resume: bool) -> bool:
        """Take in everything new; say whether any of it was on the disk already."""
        self._begin(self._base)
        for entries in self._left() if resume else ():
            self._take(entries)
        resumed = self._at > self._base
        for start in range(self._at, self._new.size, CHUNK):
            self._take(_fetch(self._source, start, min(start + CHUNK, self._new.size)))
        return resumed

    def _left(self) -> Iterator[list[bytes]]:
        """Yield bundle after bundle that an earlier run left beyond the checkpoint, while each agrees with its tile."""
        for number in range(self._base // tiles.WIDTH, self._new.size // tiles.WIDTH):
            bundle, tile = self._disk.read(Bundle(number).path), self._disk.read(Tile(0, number).path)
            if bundle is None or tile is None:
                return
            try:
                entries = tiles.decode_bundle(bundle)
            except tiles.NotATile:
                return
            if len(entries) != tiles.WIDTH or b"".join(map(merkle.leaf_hash, entries)) != tile:
                return
            yield entries

    def _take(self, entries: list[bytes]) -> None:
        """Append entries, writing every bundle and tile that can no longer grow."""
        bundles = [entries[at : at + tiles.WIDTH] for at in range(0, len(entries), tiles.WIDTH)]
        self._rest = bundles.pop() if len(bundles[-1]) < tiles.WIDTH else []
        touched = tiles.extend(self._at, self._edges, [merkle.leaf_hash(entry) for entry in entries])
        if self._at == self._base:
            self._compare(entries, touched[0, self._at // tiles.WIDTH])
        for number, bundle in enumerate(bundles, self._at // tiles.WIDTH):
            self._keep(Bundle(number).path, tiles.encode_bundle(bundle))
        for (level, index), content in touched.items():
            if len(content) == tiles.TILE_BYTES:
                self._keep(Tile(level, index).path, content)
        self._at += len(entries)
        self._edges = tiles.edges_after(self._at, self._edges, touched)
        self._progress(self._at, self._new.size)

    def _compare(self, entries: list[bytes], tile: bytes) -> None:
        """Compare the first bundle and tile with the partial ones of the old checkpoint, of which they are the next."""
        self._continues = tile.startswith(self._old_edges.get(0, b""))
        if self._old and self._continues and self._old.size > self._base:
            partial = Bundle(self._base // tiles.WIDTH, self._old.size - self._base)
            if self._disk.read(partial.path) != tiles.encode_bundle(entries[: partial.width]):
                raise _spoilt(partial.path, "does not hold the entries whose hashes the checkpoint covers")

    def _holds(self) -> bool:
        """Whether what was there and what came are the log of the new checkpoint."""
        return self._continues and tiles.root_of(self._new.size, self._edges) == self._new.root

    def _keep(self, path: str, content: bytes) -> None:
        """See that a file is there with exactly this content."""
        if self._found.get(path) != len(content) or self._disk.read(path) != content:
            self._disk.place(path, content)
            self._found[path] = len(content)
        self._kept.add(path)

    def _publish(self) -> None:
        for edge in tiles.edge_of(self._new.size):
            self._keep(edge.path, self._edges[edge.level])
        if self._rest:
            self._keep(Bundle(self._new.size // tiles.WIDTH, len(self._rest)).path, tiles.encode_bundle(self._rest))
        self._keep(VKEY, self._vkey)
        if self._disk.read(CHECKPOINT) != self._source.checkpoint:
            self._disk.settle(self._kept)
            self._disk.place(CHECKPOINT, self._source.checkpoint, durably=True)
            self._found[CHECKPOINT] = len(self._source.checkpoint)

    def _discard(self) -> None:
        """Leave what the old checkpoint covers, and nothing else; the mark of a first export goes last."""
        self._tidy(self._old.size if self._old else 0)
        if not self._old and self._found.pop(VKEY, None) is not None:
            self._disk.remove(VKEY)

    def _tidy(self, size: int) -> None:
        """Remove what a log of `size` does not imply: partials grown over, unfinished files, empty folders."""
        stale = [path for path in sorted(self._found) if is_part(path) or not _is_implied(path, size)]
        if stale and CHECKPOINT in self._found:
            self._disk.sync(self._disk.root)  # the checkpoint that is read without them stays, whatever happens
        for path in stale:
            self._disk.remove(path)
            del self._found[path]
        for folder in self._disk.folders():
            self._disk.remove_empty(folder)

    def _explain(self) -> Refusal:
        """Read the whole log again to tell whose fault it is that roots differ."""
        old = self._old or Checkpoint(origin=self._new.origin, size=0, root=merkle.EMPTY_ROOT)
        size, edges, roots = 0, dict[int, bytes](), list[bytes]()
        for end in (old.size, self._new.size):
            for start in range(size, end, CHUNK):
                entries = _fetch(self._source, start, min(start + CHUNK, end))
                growth = tiles.grow(size, edges, [merkle.leaf_hash(entry) for entry in entries])
                size, edges = growth.size, growth.edges
            roots.append(tiles.root_of(end, edges))
        if roots[1] != self._new.root:
            what = "the stored entries do not lead to the root that the checkpoint signs"
            return RecordDiffers(what, size=self._new.size)
        if roots[0] == old.root:
            return RecordDiffers("the folder changed while the export was written; export to a new folder")
        return Forked(
            f"the log has forked: for its first {old.size} entries the export in {self._disk.root} signs root"
            f" {old.root.hex()}, this log of {size} entries has root {roots[0].hex()}; keep both, and ask why",
            size=old.size,
            exported_root=old.root.hex(),
            root=roots[0].hex(),
        )


def _published(disk: Disk, found: dict[str, int], new: Checkpoint) -> Checkpoint | None:
    """Return the checkpoint that an export shows, if it has one; refuse what `new` cannot grow from."""
    content = disk.read(CHECKPOINT)
    if content is None:
        return None
    try:
        old = checkpoints.parse(notes.parse(content).text)
    except Refusal as refusal:
        raise _spoilt(CHECKPOINT, f"cannot be read: {refusal.detail}") from refusal
    if old.origin != new.origin:
        raise AnotherLog(f"{disk.root} holds an export of {old.origin}, not of {new.origin}; choose another folder")
    if old.size > new.size:
        raise OlderThanExport(
            f"{disk.root} holds {old.size} entries of this log, the source has {new.size}; nothing was written",
            exported=old.size,
            size=new.size,
        )
    implied: Iterator[Tile | Bundle] = chain(tiles.tiles_of(old.size), tiles.bundles_of(old.size))
    for one in implied:
        if one.path not in found:
            raise _spoilt(one.path, "is missing")
        if isinstance(one, Tile) and found[one.path] != one.width * merkle.HASH_BYTES:
            raise _spoilt(one.path, f"holds {found[one.path]} bytes where there are {one.width} hashes")
    return old


def _edges(disk: Disk, old: Checkpoint | None) -> dict[int, bytes]:
    """Return the right edge of an export, proven to lead to the root that its checkpoint signs."""
    edge = tiles.edge_of(old.size) if old else []
    edges = {one.level: disk.read(one.path) or b"" for one in edge}
    if old and tiles.root_of(old.size, edges) != old.root:
        raise _spoilt(", ".join([*(one.path for one in edge), CHECKPOINT]), "do not lead to the signed root together")
    return edges


def _is_implied(path: str, size: int) -> bool:
    return path in {CHECKPOINT, VKEY} or tiles.is_implied(size, tiles.parse_path(path))


def _spoilt(path: str, what: str) -> RecordDiffers:
    return RecordDiffers(f"the export that is there is not whole: {path} {what}; export to a new folder")


def _fetch(source: Source, start: int, stop: int) -> list[bytes]:
    entries = source.entries(start, stop)
    invariant(len(entries) == stop - start, "the source returns the entries it was asked for")
    return entries


def _silent(done: int, total: int) -> None:
    """Tell nobody."""
