"""Tiles (C2SP tlog-tiles): how a tree is cut into files of 256 hashes, and how it grows and proves from them.

A tile of level L holds the roots of 256^L entries each. The right-most tile of a level may be partial; a full one never
changes. Entry bundles run beside level 0. Pure: contents are handed in and out; who stores them is somebody else.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import TypeAlias

from ledger.kernel.errors import Kind, Refusal, invariant

from . import merkle, subtrees
from .merkle import EMPTY_ROOT, HASH_BYTES

WIDTH = 256
TILE_BYTES = WIDTH * HASH_BYTES
MAX_LEVEL = 63
MAX_ENTRY_BYTES = 65_535
MAX_BUNDLE_BYTES = WIDTH * (2 + MAX_ENTRY_BYTES)
FOLDED = 4096  # tiles of which a prover keeps every layer: 64 MiB, enough for all of a million entries

_SIBLINGS = [
    [slice(at * HASH_BYTES, (at + 1) * HASH_BYTES) for at in (offset >> height ^ 1 for height in range(8))]
    for offset in range(WIDTH)
]
"""Where the sibling of a tile's hash lies in each layer of that tile, and those of the hashes above it."""

_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)

ReadTile: TypeAlias = Callable[[int, int], bytes]
"""The content of the tile at (level, index): concatenated hashes, at least as many as the size at hand implies."""


class NotATile(Refusal):
    """This is not a tile or entry bundle of the log."""

    kind = Kind.NOT_FOUND
    zh = "不是日志的分片或条目包"


@dataclass(frozen=True, slots=True)
class Tile:
    """Names a tile; `width` is how many of its 256 hashes it holds."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it lies, such as `tile/0/x001/067.p/9`."""
        return f"tile/{self.level}/{_number(self.index)}{_partial(self.width)}"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Names an entry bundle: the entries whose hashes stand in the level 0 tile of the same index and width."""

    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it lies, such as `tile/entries/x001/067`."""
        return f"tile/entries/{_number(self.index)}{_partial(self.width)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """A grown tree: its size and root, every tile touched with its whole content, and the edges to grow from next."""

    size: int
    root: bytes
    tiles: dict[tuple[int, int], bytes]
    edges: dict[int, bytes]


def parse_path(path: str) -> Tile | Bundle:
    """Read a path. Refuses `NotATile`: not in the one form that `path` writes."""
    match = _PATH.fullmatch(path)
    width = int(match[3] or WIDTH) if match else 0
    if not match or width > WIDTH:
        raise NotATile("a tile lies at tile/<level>/<number>, a bundle at tile/entries/<number>")
    index = int(re.sub("[x/]", "", match[2]))
    found = Bundle(index, width) if match[1] == "entries" else Tile(int(match[1]), index, width)
    if found.path != path or (isinstance(found, Tile) and found.level > MAX_LEVEL):
        raise NotATile("the path is not written in its one form")
    return found


def width_at(size: int, level: int, index: int) -> int:
    """Return how many hashes the tile at (level, index) holds in a log of `size`: 0 to 256."""
    return max(0, min(WIDTH, (size >> 8 * level) - index * WIDTH))


def tiles_of(size: int) -> Iterator[Tile]:
    """Yield every tile that a log of `size` implies, level by level."""
    level = 0
    while size >> 8 * level:
        full, rest = divmod(size >> 8 * level, WIDTH)
        yield from (Tile(level, index) for index in range(full))
        if rest:
            yield Tile(level, full, rest)
        level += 1


def edge_of(size: int) -> list[Tile]:
    """Return the right-most partial tile of each level that has one: what `grow` wants as `edges`."""
    levels = range((size.bit_length() + 7) // 8)
    widths = [(level, *divmod(size >> 8 * level, WIDTH)) for level in levels]
    return [Tile(level, full, rest) for level, full, rest in widths if rest]


def bundles_of(size: int) -> Iterator[Bundle]:
    """Yield every entry bundle that a log of `size` implies."""
    full, rest = divmod(size, WIDTH)
    yield from (Bundle(index) for index in range(full))
    if rest:
        yield Bundle(full, rest)


def is_implied(size: int, found: Tile | Bundle) -> bool:
    """Whether a log of `size` has exactly this tile or bundle."""
    level = found.level if isinstance(found, Tile) else 0
    return width_at(size, level, found.index) == found.width


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Write entries as a bundle: each after its 16-bit length."""
    invariant(len(entries) <= WIDTH, "a bundle has at most 256 entries")
    invariant(all(len(entry) <= MAX_ENTRY_BYTES for entry in entries), "an entry must fit its 16-bit length")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(content: bytes) -> list[bytes]:
    """Read a bundle. Refuses `NotATile`: its last entry is cut short, or there are more than 256.

    Whether there are as many as its path says is the caller's to check.
    """
    entries: list[bytes] = []
    at, end = 0, len(content)
    for _ in range(WIDTH):
        if at + 1 >= end:
            break
        start = at + 2
        at = start + (content[at] << 8 | content[at + 1])
        entries.append(content[start:at])
    _require_end(at, end)
    return entries


def leaf_hashes(content: bytes) -> list[bytes]:
    """Return the leaf hash of each entry of a bundle, as `decode_bundle` reads it and with its refusal, but faster."""
    leaves: list[bytes] = []
    begun = sha256(b"\x00").copy  # RFC 6962 2.1: a leaf is hashed after a zero
    view = memoryview(content)
    at, end = 0, len(content)
    for _ in range(WIDTH):
        if at + 1 >= end:
            break
        start = at + 2
        at = start + (content[at] << 8 | content[at + 1])
        leaf = begun()
        leaf.update(view[start:at])
        leaves.append(leaf.digest())
    _require_end(at, end)
    return leaves


def extend(size: int, edges: Mapping[int, bytes], leaves: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
    """Return every tile that appending leaf hashes to a log of `size` touches, with its whole content.

    `edges[level]` is the content of the right-most partial tile of that level; a level without one has no key.
    The cost is that of the leaves, not of the log.
    """
    touched: dict[tuple[int, int], bytes] = {}
    level, arriving = 0, merkle.join(leaves)
    while arriving:
        first, width = divmod(size >> 8 * level, WIDTH)
        edge = edges.get(level, b"")
        invariant(len(edge) == width * HASH_BYTES, f"the edge of level {level} holds {width} hashes")
        content = edge + arriving
        tiles = [content[at : at + TILE_BYTES] for at in range(0, len(content), TILE_BYTES)]
        touched.update({(level, first + number): tile for number, tile in enumerate(tiles)})
        arriving = b"".join(merkle.fold(tile) for tile in tiles if len(tile) == TILE_BYTES)
        level += 1
    return touched


def grow(size: int, edges: Mapping[int, bytes], leaves: Sequence[bytes]) -> Growth:
    """Append leaf hashes to a log of `size`; `edges` as in `extend`."""
    touched = extend(size, edges, leaves)
    grown = size + len(leaves)
    after = edges_after(grown, edges, touched)
    return Growth(size=grown, root=root_of(grown, after), tiles=touched, edges=after)


def edges_after(size: int, edges: Mapping[int, bytes], touched: Mapping[tuple[int, int], bytes]) -> dict[int, bytes]:
    """Return the edges of the log of `size` that came of `edges` by touching tiles; an untouched edge is as it was."""
    return {one.level: touched.get((one.level, one.index)) or edges[one.level] for one in edge_of(size)}


def root_of(size: int, edges: Mapping[int, bytes]) -> bytes:
    """Return the root of a log of `size` from its edges alone."""
    return root_at(lambda level, _: edges[level], size)


def root_at(read_tile: ReadTile, size: int) -> bytes:
    """Return the root of the first `size` entries; reads only the right edge."""
    ragged = b""
    for tile in edge_of(size):
        ragged = merkle.fold(_hashes(read_tile, tile.level, tile.index, 0, tile.width) + ragged)
    return ragged or EMPTY_ROOT


class Prover:
    """Proves much about one log: each tile is read and folded once, while it is among the last `FOLDED` of them.

    For sizes that `read_tile` has the tiles of; what it reads is not checked against a root.
    """

    def __init__(self, read_tile: ReadTile) -> None:
        self._read_tile = read_tile
        self._layers = lru_cache(FOLDED)(self._fold)
        self._ragged = lru_cache(FOLDED)(self._join)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Return the inclusion proof of entry `index` in the log of `size`. Refuses `NotInTree`."""
        proof: list[bytes] = []
        level, at = 0, index
        while 0 <= at >> 8 < size >> 8 * (level + 1):  # in a full tile every sibling is a hash of its layers
            layers = self._layers(level, at >> 8)
            _require_hashes(layers[0], WIDTH, level, at >> 8)
            proof += [layer[where] for layer, where in zip(layers, _SIBLINGS[at % WIDTH], strict=True)]
            level, at = level + 1, at >> 8
        unit = 8 * level  # what is left is the path in the tree over these tiles, of which the last may be ragged
        above = merkle.inclusion_path(at, -(-size >> unit))
        return proof + [self._span_hash(start << unit, min(stop << unit, size)) for start, stop in above]

    def consistency(self, old_size: int, size: int) -> list[bytes]:
        """Return the consistency proof from `old_size` to `size`; empty from 0. Refuses `NotInTree`."""
        return [self._span_hash(start, stop) for start, stop in merkle.consistency_path(old_size, size)]

    def subtree(self, start: int, stop: int, size: int) -> list[bytes]:
        """Return the proof that leaves `start` to `stop` are a subtree of the log of `size`. Refuses `NotASubtree`."""
        return [self._span_hash(*span) for span in subtrees.path(start, stop, size)]

    def _span_hash(self, start: int, stop: int) -> bytes:
        """Hash a span of a proof path: complete and aligned, or ragged at the right edge of the tree."""
        count = stop - start
        if count & (count - 1):
            return self._ragged(start, stop)
        height = count.bit_length() - 1
        level, layer = height >> 3, height & 7
        index, offset = divmod(start >> height, WIDTH >> layer)
        found = self._layers(level, index)[layer][offset * HASH_BYTES : (offset + 1) * HASH_BYTES]
        _require_hashes(found, 1, level, index)
        return found

    def _join(self, start: int, stop: int) -> bytes:
        middle = start + merkle.split(stop - start)
        return merkle.node_hash(self._span_hash(start, middle), self._span_hash(middle, stop))

    def _fold(self, level: int, index: int) -> list[bytes]:
        """Return the eight layers of a tile, its own hashes first; each holds the roots of pairs of the one before."""
        layers = [self._read_tile(level, index)[:TILE_BYTES]]
        while len(layers) < 8:
            layers.append(merkle.fold_once(layers[-1]))
        return layers


def prove_inclusion(read_tile: ReadTile, index: int, size: int) -> list[bytes]:
    """Return one inclusion proof; see `Prover`, which makes many."""
    return Prover(read_tile).inclusion(index, size)


def prove_consistency(read_tile: ReadTile, old_size: int, size: int) -> list[bytes]:
    """Return one consistency proof; see `Prover`."""
    return Prover(read_tile).consistency(old_size, size)


def prove_subtree(read_tile: ReadTile, start: int, stop: int, size: int) -> list[bytes]:
    """Return one subtree proof; see `Prover`."""
    return Prover(read_tile).subtree(start, stop, size)


def _hashes(read_tile: ReadTile, level: int, index: int, start: int, stop: int) -> bytes:
    found = read_tile(level, index)[start * HASH_BYTES : stop * HASH_BYTES]
    _require_hashes(found, stop - start, level, index)
    return found


def _require_hashes(found: bytes, count: int, level: int, index: int) -> None:
    if len(found) != count * HASH_BYTES:
        raise NotATile("the tile holds too few hashes", level=level, index=index)


def _require_end(at: int, end: int) -> None:
    """Refuse `NotATile` unless the reading of a bundle of `end` bytes came to its end."""
    if at + 1 < end:
        raise NotATile("a bundle has at most 256 entries")
    if at != end:
        raise NotATile("the bundle ends in the middle of an entry")


def _number(index: int) -> str:
    path = f"{index % 1000:03d}"
    while index := index // 1000:
        path = f"x{index % 1000:03d}/{path}"
    return path


def _partial(width: int) -> str:
    invariant(0 < width <= WIDTH, "a tile holds 1 to 256 hashes")
    return "" if width == WIDTH else f".p/{width}"
