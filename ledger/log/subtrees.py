"""Subtrees and their consistency proofs (draft-ietf-plants-merkle-tree-certs 4), as tlog-mirror asks for them.

A subtree is the tree over leaves `start` up to and without `stop`, where `start` is a multiple of the least power of
two that is not below `stop - start`. It is a node of every larger tree or, ragged, was one when its log ended there.
With `start` 0 the proof is that of RFC 6962 2.1.2. Paths list spans as in `merkle`; `tiles.prove_subtree` finds hashes.
"""

from collections.abc import Sequence

from ledger.kernel.errors import Kind, Refusal

from . import merkle
from .merkle import NotProven, Span


class NotASubtree(Refusal):
    """These leaves are no subtree of the tree."""

    kind = Kind.MALFORMED
    zh = "该区间不是默克尔树的合法子树"


def is_subtree(start: int, stop: int) -> bool:
    """Whether the leaves `start <= index < stop` are one subtree (section 4.1); an empty one is none."""
    return 0 <= start < stop and start % (1 << (stop - start - 1).bit_length()) == 0


def require_subtree(start: int, stop: int, size: int) -> None:
    """Refuse `NotASubtree` unless a tree of `size` has, or once had, this subtree."""
    if not is_subtree(start, stop) or stop > size:
        raise NotASubtree(
            f"[{start}, {stop}) is no subtree of a tree of size {size}", start=start, stop=stop, size=size
        )


def prove(leaves: Sequence[bytes], start: int, stop: int) -> list[bytes]:
    """Return the hashes that show the subtree in the tree over `leaves`. Refuses `NotASubtree`."""
    return [merkle.root(leaves[one:other]) for one, other in path(start, stop, len(leaves))]


def path(start: int, stop: int, size: int) -> list[Span]:
    """Return the spans of the proof (section 4.4.1). Refuses `NotASubtree`."""
    require_subtree(start, stop, size)
    found: list[Span] = []
    low, high, known = 0, size, True  # `known`: the verifier holds the hash of what is left, the subtree itself
    while (start, stop) != (low, high):
        middle = low + merkle.split(high - low)
        if stop <= middle:
            found.append((middle, high))
            high = middle
            continue
        found.append((low, middle))
        if start < middle:  # a ragged subtree that is itself split here; it began at `low`
            start, known = middle, False
        low = middle
    if not known:
        found.append((low, high))
    return found[::-1]


def verify(*, start: int, stop: int, subtree: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """Check that hash `subtree` is that of leaves `start` to `stop` of the tree under `root` (section 4.4.3).

    Refuses `NotASubtree`, `NotProven`.
    """
    require_subtree(start, stop, size)
    merkle.join([subtree, root, *proof])  # each has 32 bytes
    first, last, end = start, stop - 1, size - 1
    while first != last and (last == end or last & 1):
        first, last, end = first >> 1, last >> 1, end >> 1
    known = [subtree, *proof] if first == last else list(proof)
    _require(bool(known), "the proof is too short")
    old = new = known[0]
    for sibling in known[1:]:
        _require(end > 0, "the proof is too long")
        if last & 1 or last == end:
            old = merkle.node_hash(sibling, old) if first < last else old
            new = merkle.node_hash(sibling, new)
            while last and not last & 1:
                first, last, end = first >> 1, last >> 1, end >> 1
        else:
            new = merkle.node_hash(new, sibling)
        first, last, end = first >> 1, last >> 1, end >> 1
    _require(end == 0, "the proof is too short")
    _require(old == subtree, "the proof leads to another subtree")
    _require(new == root, "the proof leads to another root")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise NotProven(otherwise)
