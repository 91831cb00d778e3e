"""Proofs and policies as the page that verifies them is given them; a test overrides only what it is about."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.kernel.errors import Refusal
from ledger.log import merkle, notes, policy, proofs, signers, tiles
from ledger.log.checkpoints import Checkpoint
from ledger.log.notes import Note
from ledger.log.proofs import Proof
from ledger.log.signers import COSIGNATURE, ED25519, MLDSA44, Secret, Signer, cosignatures, mldsa
from tests.make_log import ORIGIN, SIGNED_AT, Log

LOG = [signers.from_secret(ORIGIN, ED25519, bytes([1]) * 32), signers.from_secret(ORIGIN, MLDSA44, bytes([2]) * 32)]
WITNESSES = [
    signers.from_secret("witness.example/w1", COSIGNATURE, bytes([3]) * 32),
    signers.from_secret("witness.example/w2", MLDSA44, bytes([4]) * 32),
    signers.from_secret("witness.example/w3", COSIGNATURE, bytes([5]) * 32),
]
STRANGER = signers.from_secret("witness.example/w1", COSIGNATURE, bytes([6]) * 32)

LOG_LINES = "".join(f"log {one.key}\n" for one in LOG)
WITNESS_LINES = "".join(f"witness w{number} {one.key}\n" for number, one in enumerate(WITNESSES, start=1))
TWO_OF_THREE = f"{LOG_LINES}{WITNESS_LINES}group 见证人 2 w1 w2 w3\nquorum 见证人\n".encode()
UNWITNESSED = f"{LOG_LINES}quorum none\n".encode()


class Tree:
    """Entries, and the proofs of them at any size."""

    def __init__(self, contents: Sequence[bytes]) -> None:
        self.contents = contents
        self._tiles = tiles.grow(0, {}, [merkle.leaf_hash(one) for one in contents]).tiles

    @classmethod
    def of_bids(cls, size: int) -> Self:
        return cls(Log().trade(size).contents)

    def checkpoint(self, size: int, origin: str = ORIGIN) -> Checkpoint:
        return Checkpoint(origin=origin, size=size, root=tiles.root_at(self._tile, size))

    def proof(self, index: int, size: int, signed_by: Sequence[Signer] = (*LOG, *WITNESSES[:2])) -> Proof:
        path = tiles.prove_inclusion(self._tile, index, size)
        note = notes.sign(self.checkpoint(size).text, signed_by, at=SIGNED_AT)
        return Proof(index=index, path=tuple(path), checkpoint=bytes(note), extra=self.contents[index])

    def _tile(self, level: int, index: int) -> bytes:
        return self._tiles[level, index]


@dataclass(frozen=True, kw_only=True)
class Case:
    """What the page is given; None is what is not there."""

    proof: bytes | None
    policy: bytes | None = TWO_OF_THREE
    entry: bytes | None = None

    def replace(self, old: bytes, new: bytes) -> "Case":
        """Return the case with one place of its proof changed, which must be there."""
        assert self.proof is not None
        assert old in self.proof
        return replace(self, proof=self.proof.replace(old, new, 1))

    def fragment(self) -> str:
        """Return the case as it stands after the # of a link."""
        given = {"proof": self.proof, "policy": self.policy, "entry": self.entry}
        return "&".join(f"{name}={url_base64(one)}" for name, one in given.items() if one is not None)


def url_base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def resigned(proof: Proof, text: str, signed_by: Sequence[Signer]) -> bytes:
    """Return the proof over another checkpoint text, truly signed."""
    return bytes(replace(proof, checkpoint=bytes(notes.sign(text, signed_by, at=SIGNED_AT))))


def with_lines(proof: Proof, *lines: str) -> bytes:
    """Return the proof with other signature lines under its checkpoint's text."""
    note = notes.parse(proof.checkpoint)
    return bytes(replace(proof, checkpoint="\n".join([note.text, *lines, ""]).encode()))


def lines_of(proof: Proof) -> list[str]:
    return [one.line for one in notes.parse(proof.checkpoint).signatures]


def cosigned_with(signer: Secret, seconds: int, checkpoint: Checkpoint) -> str:
    """Return the line of a true cosignature at any time, also one that no honest signer would write."""
    if signer.key.algorithm == MLDSA44:
        private = MLDSA44PrivateKey.from_seed_bytes(signer.secret())
        value = private.sign(mldsa.message(signer.key.name, seconds, checkpoint))
    else:
        value = Ed25519PrivateKey.from_private_bytes(signer.secret()).sign(
            cosignatures.message(seconds, checkpoint.text.encode())
        )
    return notes.Signature(signer.key.name, signer.key.id, seconds.to_bytes(8, "big") + value).line


def note_of(proof: Proof) -> Note:
    return notes.parse(proof.checkpoint)


def is_accepted_here(case: Case) -> bool:
    """Whether our own verifier accepts the same bytes."""
    assert case.proof is not None
    assert case.policy is not None
    try:
        proofs.verify_under(proofs.parse(case.proof), policy=policy.parse(case.policy), entry=case.entry)
    except Refusal:
        return False
    return True
