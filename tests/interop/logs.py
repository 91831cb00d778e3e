"""Real exports, proofs and checkpoints of one log at every size that matters, made by the code that makes them for us.

The log holds the entries of `tests.make_log`: the real format, bids on several lots, with sealed bidders and chains.
Every checkpoint carries what every checkpoint of ours carries: an Ed25519 and an ML-DSA-44 signature.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from ledger.log import export, merkle, notes, tiles
from ledger.log.checkpoints import Checkpoint
from ledger.log.proofs import Proof
from ledger.log.signers import MLDSA44, Secret, Signer, from_secret
from ledger.log.submissions import Submission
from tests.make_log import ORIGIN, OTHER_SIGNER, SIGNED_AT, SIGNER, Log

SIZES = [0, 1, 2, 255, 256, 257, 70_000]
SMALL = 300  # entries of the small log, of which every size but the last is a prefix

SIGNERS: Sequence[Secret] = (SIGNER, from_secret(ORIGIN, MLDSA44, bytes(range(32))))
OTHER_SIGNERS: Sequence[Secret] = (OTHER_SIGNER, from_secret(ORIGIN, MLDSA44, bytes(32)))
VKEY = str(SIGNER.key)
VKEYS = [str(one.key) for one in SIGNERS]


class Record:
    """The entries of a log, and all that can be shown of it at any size up to its own."""

    def __init__(self, contents: Sequence[bytes]) -> None:
        self.contents = contents
        self._tiles = tiles.grow(0, {}, [merkle.leaf_hash(one) for one in contents]).tiles

    @classmethod
    def of_size(cls, size: int) -> "Record":
        return cls(Log(SIGNERS).trade(size).contents)

    @classmethod
    def read(cls, folder: Path, size: int) -> "Record":
        """Read back the record whose export lies in `folder`."""
        bundles = [tiles.decode_bundle((folder / one.path).read_bytes()) for one in tiles.bundles_of(size)]
        return cls([entry for bundle in bundles for entry in bundle])

    def root(self, size: int) -> bytes:
        return tiles.root_at(self.tile, size)

    def forged_root(self, size: int) -> bytes:
        """Return the root of another history of `size` entries, of which only the last is not the same."""
        path = tiles.prove_inclusion(self.tile, size - 1, size)  # all siblings of the last are to its left
        return reduce(lambda right, left: merkle.node_hash(left, right), path, merkle.leaf_hash(b'{"forged":true}'))

    def checkpoint(self, size: int) -> bytes:
        return signed(size, self.root(size))

    def proof(self, index: int, size: int) -> bytes:
        """Return the tlog-proof file of an entry, which carries the entry itself."""
        path = tiles.prove_inclusion(self.tile, index, size)
        checkpoint = self.checkpoint(size)
        return bytes(Proof(index=index, path=tuple(path), checkpoint=checkpoint, extra=self.contents[index]))

    def submission(self, old_size: int, size: int) -> bytes:
        """Return what a witness is sent: a consistency proof and the newer checkpoint."""
        path = tiles.prove_consistency(self.tile, old_size, size)
        return bytes(Submission(old_size=old_size, proof=tuple(path), checkpoint=self.checkpoint(size)))

    def export(self, size: int, folder: Path) -> Path:
        export.export(_At(self, size), folder)
        return folder

    def tile(self, level: int, index: int) -> bytes:
        return self._tiles[level, index]


@dataclass(frozen=True)
class _At:
    """A record at one size: the `Source` of an export."""

    record: Record
    size: int
    vkey: str = VKEY

    @property
    def checkpoint(self) -> bytes:
        return self.record.checkpoint(self.size)

    def entries(self, start: int, stop: int) -> list[bytes]:
        return list(self.record.contents[start:stop])


def signed(size: int, root: bytes, signers: Sequence[Signer] = SIGNERS) -> bytes:
    """Return a checkpoint under the keys of the log, whether or not the log ever was like that."""
    return notes.sign_checkpoint(Checkpoint(origin=ORIGIN, size=size, root=root), signers, at=SIGNED_AT)
