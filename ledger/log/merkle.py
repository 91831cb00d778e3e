"""Merkle trees over SHA-256 as RFC 6962 section 2.1 draws them: hashes, roots, and the two proofs.

Pure arithmetic on hashes already in memory. `tiles` finds the same hashes in stored tiles, so both share the paths:
a path lists the half-open spans of leaves whose subtree hashes make up a proof.

A tree of size 0 is the beginning of every tree: its consistency proof is empty, and holds only against the empty root.
"""

from collections.abc import Sequence
from hashlib import sha256
from struct import Struct
from typing import TypeAlias

from ledger.kernel.errors import Kind, Refusal

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

_PAIRS = Struct("64s").iter_unpack  # faster than slices

Span: TypeAlias = tuple[int, int]
"""Leaves `start` up to and without `stop`."""


class NotProven(Refusal):
    """The proof does not hold."""

    kind = Kind.CONFLICT
    zh = "证明不成立"


class NotInTree(Refusal):
    """The tree has no such entry or size."""

    kind = Kind.NOT_FOUND
    zh = "默克尔树中没有该条目或该规模"


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry's bytes."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def fold(hashes: bytes) -> bytes:
    """Return the root over concatenated hashes of equally high subtrees, one or more; only the last may be ragged."""
    while len(hashes) > HASH_BYTES:
        hashes = fold_once(hashes) + hashes[len(hashes) - len(hashes) % 64 :]
    return hashes


def fold_once(hashes: bytes) -> bytes:
    """Return the concatenated hashes of the pairs among concatenated hashes; a last one without another is left out."""
    pairs = _PAIRS(hashes[: len(hashes) - len(hashes) % 64])
    return b"".join([sha256(b"\x01" + pair).digest() for (pair,) in pairs])


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    return fold(join(leaves)) if leaves else EMPTY_ROOT


def join(hashes: Sequence[bytes]) -> bytes:
    """Concatenate hashes. Refuses `NotProven` unless each has exactly 32 bytes."""
    _require_hashes(hashes)
    return b"".join(hashes)


def prove_inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the sibling hashes of leaf `index`, from the leaf up. Refuses `NotInTree`."""
    return [root(leaves[start:stop]) for start, stop in inclusion_path(index, len(leaves))]


def prove_consistency(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """Return the hashes that show the first `old_size` leaves unchanged. Refuses `NotInTree`."""
    return [root(leaves[start:stop]) for start, stop in consistency_path(old_size, len(leaves))]


def inclusion_path(index: int, size: int) -> list[Span]:
    """Return the spans of the inclusion proof (RFC 6962 2.1.1). Refuses `NotInTree`."""
    if not 0 <= index < size:
        raise NotInTree(f"there is no entry {index} in a log of size {size}", index=index, size=size)
    path: list[Span] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + split(stop - start)
        if index < middle:
            path.append((middle, stop))
            stop = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency_path(old_size: int, size: int) -> list[Span]:
    """Return the spans of the consistency proof (RFC 6962 2.1.2); none from size 0 or to the same size."""
    if not 0 <= old_size <= size:
        raise NotInTree(f"a log of size {size} was never of size {old_size}", old_size=old_size, size=size)
    if old_size in {0, size}:
        return []
    path: list[Span] = []
    start, stop = 0, size
    while stop != old_size:
        middle = start + split(stop - start)
        if old_size <= middle:
            path.append((middle, stop))
            stop = middle
        else:
            path.append((start, middle))
            start = middle
    if start > 0:  # else the subtree is the old tree itself, whose root the verifier holds
        path.append((start, stop))
    return path[::-1]


def split(size: int) -> int:
    """Return the largest power of two below `size`, where RFC 6962 splits a tree of two or more leaves."""
    return 1 << ((size - 1).bit_length() - 1)


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that leaf hash `leaf` stands at `index` under `root` (RFC 9162 2.1.3.2). Refuses `NotProven`."""
    _require_hashes([leaf, root, *proof])
    _require(0 <= index < size, f"there is no entry {index} in a tree of size {size}")
    at, last, computed = index, size - 1, leaf
    for sibling in proof:
        _require(last > 0, "the proof is too long")
        if at & 1 or at == last:
            computed = node_hash(sibling, computed)
            at, last = _climb(at, last)
        else:
            computed = node_hash(computed, sibling)
        at, last = at >> 1, last >> 1
    _require(last == 0, "the proof is too short")
    _require(computed == root, "the proof leads to another root")


def verify_consistency(*, old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree of `size` begins with that of `old_size` (RFC 9162 2.1.4.2). Refuses `NotProven`."""
    _require_hashes([old_root, root, *proof])
    _require(0 <= old_size <= size, "a tree cannot shrink")
    if old_size in {0, size}:
        _require(not proof, "nothing needs proof between these sizes")
        _require(old_root == (root if old_size else EMPTY_ROOT), "the same size has two roots")
        _require(size > 0 or root == EMPTY_ROOT, "an empty tree has another root")
        return
    _require(bool(proof), "the proof is too short")
    known = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    at, last = old_size - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old, new = known[0], known[0]
    for sibling in known[1:]:
        _require(last > 0, "the proof is too long")
        if at & 1 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            at, last = _climb(at, last)
        else:
            new = node_hash(new, sibling)
        at, last = at >> 1, last >> 1
    _require(last == 0, "the proof is too short")
    _require(old == old_root, "the proof leads to another old root")
    _require(new == root, "the proof leads to another root")


def _climb(at: int, last: int) -> Span:
    """Skip the levels at which a right-most node has no sibling."""
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last


def _require_hashes(hashes: Sequence[bytes]) -> None:
    if not set(map(len, hashes)) <= {HASH_BYTES}:
        raise NotProven("every hash has exactly 32 bytes")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise NotProven(otherwise)
