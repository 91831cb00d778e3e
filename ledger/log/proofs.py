"""Inclusion proofs that stand alone (C2SP tlog-proof): an index, a path, and the checkpoint that signs the root.

c2sp.org/tlog-proof@v1
extra <base64>              only if there is any; not authenticated by itself
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
<blank line, then the signed checkpoint as it is>

A proof that this exchange gives out carries the entry itself as its extra data, so that one file is enough: the path
leads from the hash of exactly these bytes to the signed root.
"""

from collections.abc import Collection
from dataclasses import dataclass

from ledger.kernel.errors import Kind, Refusal

from . import checkpoints, merkle, notes
from .checkpoints import Checkpoint
from .lines import decimal, decode_base64, encode_base64
from .policy import Policy, Verdict
from .signers import VerifierKey

MAGIC = "c2sp.org/tlog-proof@v1"
MAX_PATH = 63  # a tree of 2^63 leaves is 63 high
MAX_PROOF_BYTES = 2 * notes.MAX_NOTE_BYTES
INDEX = "index "
EXTRA = "extra "


class NotAProof(Refusal):
    """This is not a transparency log proof."""

    kind = Kind.MALFORMED
    zh = "不是合规的存证证明"


class NoEntry(Refusal):
    """The proof does not carry the entry it is of."""

    kind = Kind.MALFORMED
    zh = "存证证明未附条目原文"


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
    if len(content) > MAX_PROOF_BYTES:
        raise NotAProof(f"a proof has at most {MAX_PROOF_BYTES} bytes")
    head, blank, checkpoint = content.partition(b"\n\n")
    if not blank or not head.isascii():
        raise NotAProof("a proof is ASCII lines, a blank line and a checkpoint")
    magic, *lines = head.decode().split("\n", 3 + MAX_PATH)  # what comes after the last line allowed is not parted
    if magic != MAGIC:
        raise NotAProof(f"the first line is {MAGIC}")
    extra = _base64(lines.pop(0)[len(EXTRA) :]) if lines and lines[0].startswith(EXTRA) else None
    index = decimal(lines[0].removeprefix(INDEX)) if lines and lines[0].startswith(INDEX) else None
    if index is None or len(lines) > 1 + MAX_PATH:
        raise NotAProof(f"a line index <number> comes before at most {MAX_PATH} hashes")
    notes.parse(checkpoint)
    path = tuple(_base64(line) for line in lines[1:])
    if any(len(one) != merkle.HASH_BYTES for one in path):
        raise NotAProof("every hash has exactly 32 bytes")
    return Proof(index=index, path=path, checkpoint=checkpoint, extra=extra)


def verify(proof: Proof, *, entry: bytes, keys: Collection[VerifierKey]) -> Checkpoint:
    """Check that `entry` stands in a log that one of `keys` signed, and return the checkpoint that says so.

    1. the checkpoint is signed (`BadSignature`, `Unsigned`);
    2. the path leads from the entry to its root (`NotProven`).
    Not checked: whose log this is (compare `origin`), `extra`, and what the entry says.
    """
    note = notes.parse(proof.checkpoint)
    notes.verify(note, keys)
    checkpoint = checkpoints.parse(note.text)
    _require_in(checkpoint, proof, entry)
    return checkpoint


def verify_under(proof: Proof, *, policy: Policy, entry: bytes | None = None) -> Verdict:
    """Check that an entry stands in a log, and under a checkpoint, that `policy` accepts; return what it found.

    The entry is `entry`, or else the one that the proof carries (`NoEntry` without either).

    1. the checkpoint satisfies the policy (`OtherLog`, `BadSignature`, `Unsigned`, `NoQuorum`);
    2. the path leads from the entry to its root (`NotProven`).
    Not checked: what the entry says, and when it was signed.
    """
    proven = proof.extra if entry is None else entry
    if proven is None:
        raise NoEntry("name the file that holds the entry")
    verdict = policy.verify(notes.parse(proof.checkpoint))
    _require_in(verdict.checkpoint, proof, proven)
    return verdict


def _require_in(checkpoint: Checkpoint, proof: Proof, entry: bytes) -> None:
    merkle.verify_inclusion(
        leaf=merkle.leaf_hash(entry),
        index=proof.index,
        size=checkpoint.size,
        proof=proof.path,
        root=checkpoint.root,
    )


def _base64(text: str) -> bytes:
    try:
        return decode_base64(text)
    except ValueError as cause:
        raise NotAProof("a line is not strict base64") from cause
