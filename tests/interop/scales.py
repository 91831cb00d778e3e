#!/usr/bin/env python3
"""Check an exported log, and proofs from it, with tlog-scales, which knows nothing of the log's maker.

    python scales.py DIR VKEY [--cosigner VKEY ...] [--proof FILE ...] [--consistency OLD_CHECKPOINT FILE]

Signatures, tiles, trees and proofs are read and computed by tlog-scales; what is ours is the order of the questions,
and the reading of the two kinds of proof file, which it does not know. It verifies Ed25519 keys (0x01) and cosigners of
the kinds 0x04 (Ed25519) and 0x06 (ML-DSA-44). Not asked of it, because it does not look: whether a bundle or tile holds
more than the size implies, and whether numbers and base64 are in their one form.

Prints one line for each thing it checked; exits with 0 when all were verified, 1 when something was refused.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.tiles import leaf_hash
from tlog_scales.tlog import (
    Checkpoint,
    ConsistencyProof,
    ConsistencyProofInvalid,
    InclusionProof,
    InclusionProofInvalid,
)
from tlog_scales.utils import b64dec, b64enc

WIDTH = 256


class Refused(Exception):  # noqa: N818 - a reason
    """What was asked about is not so."""


# How tlog-scales says no.
NO = (
    AssertionError,
    ConsistencyProofInvalid,
    InclusionProofInvalid,
    IndexError,
    InvalidSignature,
    Refused,
    RuntimeError,
    ValueError,
)


def open_checkpoint(content: bytes, vkeys: Sequence[str]) -> Checkpoint:
    """Return a checkpoint that every one of `vkeys` signed; the first of them is the log's own."""
    checkpoint = Checkpoint.from_text(content.decode())
    for vkey in vkeys:
        checkpoint.verify(Vkey.from_string(vkey))
    _require(checkpoint.origin == Vkey.from_string(vkeys[0]).name, f"a checkpoint of {checkpoint.origin}")
    return checkpoint


def verify_export(folder: Path, vkeys: Sequence[str]) -> str:
    """Check a whole export.

    1. The checkpoint is signed.
    2. The right edge of the tiles leads to its root.
    3. In each level 0 tile, one hash is proven; its siblings in that proof are all the others of the tile.
    4. Every entry has the hash that stands for it.
    """
    reader = TilesReader(LocalBackend(folder))
    checkpoint = open_checkpoint((folder / "checkpoint").read_bytes(), vkeys)
    size, root = checkpoint.size, checkpoint.root_hash
    reader.set_size(size)
    _require(reader.calculate_root_hash() == root, "the right edge does not lead to the signed root")
    for start in range(0, size, WIDTH):
        stop = min(start + WIDTH, size)
        proven = start + start // WIDTH * 37 % (stop - start)
        reader.get_inclusion_proof(proven, size).check(reader.mth(proven, proven + 1), root)
        for index in range(start, stop):
            _require(leaf_hash(reader.get_entry(index)) == reader.mth(index, index + 1), f"entry {index} differs")
    return f"{size} entries lead to the signed root"


def verify_proof(content: bytes, vkeys: Sequence[str]) -> str:
    """Check a tlog-proof file, which must carry its entry."""
    (magic, extra, index, *hashes), rest = _parted(content)
    _require(magic == "c2sp.org/tlog-proof@v1", "not a tlog-proof")
    checkpoint = open_checkpoint(rest, vkeys)
    at = _number(index, "index")
    proof = InclusionProof(at, checkpoint.size, [_base64(one) for one in hashes])
    proof.check(leaf_hash(_base64(_after(extra, "extra"))), checkpoint.root_hash)
    return f"entry {at} of {checkpoint.size}"


def verify_consistency(content: bytes, old: bytes, vkeys: Sequence[str]) -> str:
    """Check the body of an add-checkpoint request: that its checkpoint continues the signed checkpoint `old`."""
    (first, *hashes), rest = _parted(content)
    older, newer = open_checkpoint(old, vkeys), open_checkpoint(rest, vkeys)
    _require(_number(first, "old") == older.size, "the proof is from another size")
    proof = ConsistencyProof(older.size, newer.size, [_base64(one) for one in hashes])
    proof.check(older.root_hash, newer.root_hash)
    return f"{newer.size} entries continue {older.size}"


def _parted(content: bytes) -> tuple[list[str], bytes]:
    head, blank, rest = content.partition(b"\n\n")
    _require(bool(blank), "the blank line before the checkpoint is missing")
    return head.decode("ascii").split("\n"), rest


def _after(line: str, word: str) -> str:
    _require(line.startswith(f"{word} "), f"the line {word} is missing")
    return line.removeprefix(f"{word} ")


def _number(line: str, word: str) -> int:
    text = _after(line, word)
    _require(text.isascii() and text.isdigit() and str(int(text)) == text, f"{word} is no decimal number")
    return int(text)


def _base64(text: str) -> bytes:
    content = b64dec(text)
    _require(b64enc(content) == text, "not strict base64")
    return content


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Refused(otherwise)


def main() -> int:
    """Run the checks the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DIR", help="an exported log")
    parser.add_argument("vkey", metavar="VKEY", help="the log's verifier key")
    parser.add_argument(
        "--cosigner", action="append", default=[], metavar="VKEY", help="a witness that must have signed"
    )
    parser.add_argument("--proof", action="extend", nargs="+", type=Path, default=[], metavar="FILE")
    parser.add_argument("--consistency", nargs=2, type=Path, metavar=("OLD_CHECKPOINT", "FILE"))
    asked = parser.parse_args()
    vkeys = [asked.vkey, *asked.cosigner]
    verdicts = [_print(f"export {asked.folder}", lambda: verify_export(asked.folder, vkeys))]
    verdicts += [_print(f"proof {path}", partial(_proof_at, path, vkeys)) for path in asked.proof]
    if asked.consistency:
        old, path = asked.consistency
        check = lambda: verify_consistency(path.read_bytes(), old.read_bytes(), vkeys)  # noqa: E731
        verdicts.append(_print(f"consistency {path}", check))
    return 0 if all(verdicts) else 1


def _proof_at(path: Path, vkeys: Sequence[str]) -> str:
    return verify_proof(path.read_bytes(), vkeys)


def _print(subject: str, check: Callable[[], str]) -> bool:
    try:
        found = check()
    except NO as reason:
        sys.stdout.write(f"REFUSED  {subject}: {type(reason).__name__} {reason}\n")
        return False
    sys.stdout.write(f"ok       {subject}: {found}\n")
    return True


if __name__ == "__main__":
    sys.exit(main())
