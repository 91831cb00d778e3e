"""Write the golden vectors of the second form of the log, which more than one key signs: `python -m
tests.vectors.generate_v2`.

Run it once for a new version of a format, never to make a test pass. ML-DSA-44 and SM2 draw their signatures at
random, and there is no way to ask their libraries for another: those in the file stay as long as they verify.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from ledger.log import keys, merkle, notes, policy, subtrees, tiles
from ledger.log.checkpoints import Checkpoint
from ledger.log.journal import Authorised
from ledger.log.lines import encode_base64
from ledger.log.notes import Signature
from ledger.log.proofs import Proof
from ledger.log.signers import COSIGNATURE, ED25519, MLDSA44, SM2, Secret, from_secret
from ledger.log.submissions import Header, Info, Package

from . import cases, generate

PATH = Path(__file__).with_name("log-v2.json")
ORIGIN, AT = generate.ORIGIN, generate.AT
SM2_SECRET = bytes.fromhex(  # a number, and its point
    "7edbbafb3bbb1eebcf07fdd530eea093c8c20e38a77397b3bcf80a4f95906765"
    "299320b2fdb7935c79b61be1336f839c4d7269363f48647d7dbb5db68e98c9c7"
    "590c5636b9c9c9efb33f3cf22b64ba3fca7bf60773cbbd448ac8e8ce19d73539"
)
LOG = (
    from_secret(ORIGIN, ED25519, generate.SEED),
    from_secret(ORIGIN, MLDSA44, bytes(range(32, 64))),
    from_secret(ORIGIN, SM2, SM2_SECRET),
)
NORTH = (
    from_secret("witness.example/north", COSIGNATURE, bytes(range(64, 96))),
    from_secret("witness.example/north", MLDSA44, bytes(range(96, 128))),
)
SOUTH = (from_secret("witness.example/south", COSIGNATURE, bytes(range(128, 160))),)
SIZES = (0, 1, 255, 256, 257)
SIZE, EARLIER, INDEX = 257, 255, 1
UPLOADED_FROM = 254


def entry(number: int) -> bytes:
    """Return the bytes of an entry: the three of the first form, then counted ones."""
    first = _first()
    return first[number] if number < len(first) else b'{"number":%d}' % number


@cache
def _first() -> tuple[bytes, ...]:
    return tuple(one["content"].encode() for one in json.loads(generate.PATH.read_text(encoding="utf-8"))["entries"])


ENTRIES = [entry(number) for number in range(SIZE)]
LEAVES = [merkle.leaf_hash(one) for one in ENTRIES]


def vectors() -> dict[str, Any]:
    """Return every vector."""
    checkpoint = _signed(SIZE, LOG)
    cosignatures = _lines(SIZE, [*NORTH, *SOUTH])
    published = checkpoint + cosignatures
    earlier = _lines(EARLIER, [NORTH[0], *SOUTH])
    path = tuple(merkle.prove_inclusion(LEAVES, INDEX))
    proof = Proof(index=INDEX, path=path, checkpoint=published.encode(), extra=ENTRIES[INDEX])
    consistency = "".join(f"{encode_base64(one)}\n" for one in merkle.prove_consistency(LEAVES, EARLIER))
    return {
        "at": AT.isoformat(),
        "texts": {
            "vkey_ed25519": str(LOG[0].key),
            "vkey_mldsa44": str(LOG[1].key),
            "vkey_sm2": str(LOG[2].key),
            "vkey_cosignature": str(NORTH[0].key),
            "log_keys": keys.format_ring(LOG),
            "witness_keys": keys.format_ring(NORTH),
            "policy": _policy(),
            "checkpoint_text": _checkpoint(SIZE).text,
            "checkpoint": checkpoint,
            "cosignatures": cosignatures,
            "published": published,
            "log_lines": _lines(SIZE, LOG),
            "earlier": _signed(EARLIER, LOG[:1]) + earlier,
            "earlier_cosignatures": earlier,
            "proof": bytes(proof).decode(),
            "add_checkpoint": f"old {EARLIER}\n{consistency}\n{checkpoint}",
            "add_entries": _upload(UPLOADED_FROM).hex(),
            "mirror_info": bytes(Info(size=SIZE, next_entry=UPLOADED_FROM, ticket=b"\x00ticket")).decode(),
            "journal": Authorised(checkpoint=_checkpoint(SIZE), at=AT).text,
            "tile_path": "tile/0/x001/067.p/9",
            "bundle": "0002616200000001630003646566",
        },
        "bundle_holds": ["ab", "", "c", "def"],
        "roots": {str(size): merkle.root(LEAVES[:size]).hex() for size in SIZES},
        "files": {str(size): _files(size) for size in SIZES},
        "cases": cases.CASES,
    }


def _upload(start: int) -> bytes:
    """Return what brings a mirror from entry `start` to the end: what is left of a bundle, and the next one's first."""
    header = Header(origin=ORIGIN, start=start, stop=SIZE)
    found = [bytes(header)]
    for first, last in header.packages():
        package = Package(start=first, entries=tuple(ENTRIES[first:last]), proof=())
        found.append(bytes(replace(package, proof=tuple(subtrees.prove(LEAVES, *package.subtree)))))
    return b"".join(found)


def _files(size: int) -> dict[str, str]:
    """Return the SHA-256 of every tile and bundle of the log at `size`, by its path."""
    grown = tiles.grow(0, {}, LEAVES[:size]).tiles
    files = {one.path: grown[one.level, one.index] for one in tiles.tiles_of(size)}
    for one in tiles.bundles_of(size):
        files[one.path] = tiles.encode_bundle(ENTRIES[one.index * 256 : one.index * 256 + one.width])
    return {path: sha256(content).hexdigest() for path, content in files.items()}


def _checkpoint(size: int) -> Checkpoint:
    return Checkpoint(origin=ORIGIN, size=size, root=merkle.root(LEAVES[:size]))


def _signed(size: int, ring: Sequence[Secret]) -> str:
    return f"{_checkpoint(size).text}\n{_lines(size, ring)}"


def _lines(size: int, ring: Sequence[Secret]) -> str:
    return "".join(f"{_line(size, one)}\n" for one in ring)


def _line(size: int, signer: Secret) -> str:
    text = _checkpoint(size).text.encode()
    for one in _frozen():
        if one.claims(signer.key) and signer.key.accepts(one.value, text):
            return one.line
    return Signature(signer.key.name, signer.key.id, signer.sign(text, at=AT)).line


@cache
def _frozen() -> tuple[Signature, ...]:
    if not PATH.exists():
        return ()
    texts = json.loads(PATH.read_text(encoding="utf-8"))["texts"]
    return tuple(one for name in ("published", "earlier") for one in notes.parse(texts[name].encode()).signatures)


def _policy() -> str:
    lines = [
        "# who may sign, and who must have seen it",
        f"log {LOG[0].key} https://log.example/vectors/",
        f"log {LOG[1].key}",
        f"log {LOG[2].key}",
        "",
        f"witness north {NORTH[0].key} https://witness.example/north/",
        f"witness north-pq\t{NORTH[1].key}",
        f"witness 南 {SOUTH[0].key}",
        "group north-any any north north-pq",
        "group both all north-any 南",
        "quorum both",
    ]
    content = "".join(f"{line}\n" for line in lines)
    policy.parse(content.encode())
    return content


def text() -> str:
    """Return the whole file."""
    return json.dumps(vectors(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
