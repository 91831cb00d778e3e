"""Inclusion proofs that stand alone (C2SP tlog-proof): an index, a path, and the checkpoint that signs the root.

c2sp.org/tlog-proof@v1
extra <base64>              only if there is any; not authenticated
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
<blank line, then the signed checkpoint as it is>
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from ledger.kernel.errors import Kind, Refusal

from . import merkle, notes
from .notes import Checkpoint, VerifierKey, decode_base64, encode_base64

MAGIC = "c2sp.org/tlog-proof@v1"
MAX_PATH = 63  # a tree of 2^63 leaves is 63 high
MAX_PROOF_BYTES = 2 * notes.MAX_NOTE_BYTES

_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)


class NotAProof(Refusal):
    """This is not a transparency log proof."""

    kind = Kind.MALFORMED
    zh = "不是合规的存证证明"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """That some entry stands at `index`: sibling hashes from the leaf up, and the signed checkpoint, byte for byte."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def __bytes__(self) -> bytes:
        extra = [] if self.extra is None else [f"extra {encode_base64(self.extra)}"]
        lines = [MAGIC, *extra, f"index {self.index}", *map(encode_base64, self.path), "", ""]
        return "\n".join(lines).encode() + self.checkpoint


def parse(content: bytes) -> Proof:
    """Read a proof without verifying it. Refuses `NotAProof`, and `NotANote` for its checkpoint."""
    head, blank, checkpoint = content.partition(b"\n\n")
    if len(content) > MAX_PROOF_BYTES or not blank or not head.isascii():
        raise NotAProof("a proof is ASCII lines, a blank line and a checkpoint")
    magic, *lines = head.decode().split("\n")
    if magic != MAGIC:
        raise NotAProof(f"the first line is {MAGIC}")
    extra = _base64(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else None
    index = _INDEX.fullmatch(lines[0]) if lines else None
    if not index or len(lines) > 1 + MAX_PATH:
        raise NotAProof(f"a line index <number> comes before at most {MAX_PATH} hashes")
    notes.parse(checkpoint)
    path = tuple(_base64(line) for line in lines[1:])
    return Proof(index=int(index[1]), path=path, checkpoint=checkpoint, extra=extra)


def verify(proof: Proof, *, entry: bytes, keys: Collection[VerifierKey]) -> Checkpoint:
    """Check that `entry` stands in a log that one of `keys` signed, and return the checkpoint that says so.

    1. the checkpoint is signed (`BadSignature`, `Unsigned`);
    2. the path leads from the entry to its root (`NotProven`).
    Not checked: whose log this is (compare `origin`), `extra`, and what the entry says.
    """
    note = notes.parse(proof.checkpoint)
    notes.verify(note, keys)
    checkpoint = notes.parse_checkpoint(note.text)
    merkle.verify_inclusion(
        leaf=merkle.leaf_hash(entry),
        index=proof.index,
        size=checkpoint.size,
        proof=proof.path,
        root=checkpoint.root,
    )
    return checkpoint


def _base64(text: str) -> bytes:
    try:
        return decode_base64(text)
    except ValueError as cause:
        raise NotAProof("a line is not strict base64") from cause
