"""That the bytes are those the log signed: every entry, every tile, up to the root of the checkpoint.

The entries are hashed anew into tiles of our own, which are compared with the files. If our root is the signed one,
the entries are right and any tile that differs is wrong. If not, the tiles tell where: hashes lead down from the signed
root to the first file that does not fit its parent.
"""

from collections.abc import Iterator, Mapping
from itertools import chain

from ledger.log import merkle, tiles
from ledger.log.checkpoints import Checkpoint
from ledger.log.export import CHECKPOINT, Progress
from ledger.log.merkle import HASH_BYTES
from ledger.log.tiles import Bundle, Tile

from .folder import Folder
from .report import Wrong

CHUNK = 64 * tiles.WIDTH  # entries hashed at a time


def prove(folder: Folder, checkpoint: Checkpoint, progress: Progress) -> None:
    """Prove that the entries and tiles are exactly those under the root of `checkpoint`, or raise `Wrong`."""
    edges: dict[int, bytes] = {}
    differing: Tile | None = None
    for start in range(0, checkpoint.size, CHUNK):
        stop = min(start + CHUNK, checkpoint.size)
        touched = tiles.extend(start, edges, _leaves(folder, start, stop))
        edges = tiles.edges_after(stop, edges, touched)
        complete = {at: content for at, content in touched.items() if len(content) == tiles.TILE_BYTES}
        differing = differing or _first_difference(folder, complete)
        progress(stop, checkpoint.size)
    last = {(one.level, one.index): edges[one.level] for one in tiles.edge_of(checkpoint.size)}
    differing = differing or _first_difference(folder, last)
    root = tiles.root_of(checkpoint.size, edges)
    if root != checkpoint.root:
        raise _locate(folder, checkpoint, root)
    if differing:
        raise Wrong(differing.path, "is not what the entries hash to")


def require_continuation(folder: Folder, new: Checkpoint, old: Checkpoint) -> None:
    """Require that the proven log of `new` begins with the log that `old` signs; `old` is verified already."""
    if old.origin != new.origin:
        raise Wrong(CHECKPOINT, f"is of the log {new.origin}, the old checkpoint of {old.origin}")
    if old.size > new.size:
        raise Wrong(
            CHECKPOINT,
            f"truncated: the old checkpoint signs {old.size} entries with root {old.root.hex()},"
            f" this log has {new.size} entries with root {new.root.hex()}",
        )
    root = tiles.root_at(folder.reader(new.size), old.size)
    if root != old.root:
        raise Wrong(
            CHECKPOINT,
            f"fork: for the first {old.size} entries the old checkpoint signs root {old.root.hex()},"
            f" this log of {new.size} entries has root {root.hex()}",
        )


def _leaves(folder: Folder, start: int, stop: int) -> list[bytes]:
    bundles = (_bundle_at(at, stop) for at in range(start, stop, tiles.WIDTH))
    return [leaf for bundle in bundles for leaf in folder.leaves(bundle)]


def _bundle_at(start: int, stop: int) -> Bundle:
    return Bundle(start // tiles.WIDTH, min(tiles.WIDTH, stop - start))


def _first_difference(folder: Folder, ours: Mapping[tuple[int, int], bytes]) -> Tile | None:
    for (level, index), content in sorted(ours.items()):
        tile = Tile(level, index, len(content) // HASH_BYTES)
        if folder.tile(tile) != content:
            return tile
    return None


def _locate(folder: Folder, checkpoint: Checkpoint, ours: bytes) -> Wrong:
    """Name the first file that does not fit, trusting only the signed root and what hashes to it."""
    size, root = checkpoint.size, checkpoint.root
    if tiles.root_at(folder.reader(size), size) != root:
        what = f"signs root {root.hex()} for {size} entries, but they hash to {ours.hex()}"
        return Wrong(CHECKPOINT, what)
    misfits = chain(_misfit_tiles(folder, size), _misfit_entries(folder, size))
    return next(misfits, Wrong(CHECKPOINT, "the folder changed while it was read"))


def _misfit_tiles(folder: Folder, size: int) -> Iterator[Wrong]:
    """Yield every full tile whose root is not the hash in its parent, from the top down."""
    for parent in sorted(tiles.tiles_of(size), key=lambda tile: -tile.level):
        if parent.level == 0:
            return
        hashes = folder.tile(parent)
        for offset in range(parent.width):
            child = Tile(parent.level - 1, parent.index * tiles.WIDTH + offset)
            if merkle.fold(folder.tile(child)) != hashes[offset * HASH_BYTES : (offset + 1) * HASH_BYTES]:
                yield Wrong(child.path, f"does not hash to its place in {parent.path}")


def _misfit_entries(folder: Folder, size: int) -> Iterator[Wrong]:
    for bundle in tiles.bundles_of(size):
        tile = Tile(0, bundle.index, bundle.width)
        hashes = folder.tile(tile)
        for offset, entry in enumerate(folder.bundle(bundle)):
            if merkle.leaf_hash(entry) != hashes[offset * HASH_BYTES : (offset + 1) * HASH_BYTES]:
                index = bundle.index * tiles.WIDTH + offset
                yield Wrong(bundle.path, f"is not the entry whose hash stands in {tile.path}", entry=index)
