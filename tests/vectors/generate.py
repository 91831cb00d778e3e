"""Write the golden vectors of everything the log hashes or signs: `python -m tests.vectors.generate`.

Run it once for a new version of a format, never to make a test pass: an export of years ago must still verify.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ledger.kernel.ids import EntryId
from ledger.log import merkle, notes, tiles
from ledger.log.checkpoints import Checkpoint
from ledger.log.merkle import leaf_hash
from ledger.log.model import Disclosure, Event, Link, freeze
from ledger.log.proofs import Proof
from ledger.log.signers import Ed25519Signer

PATH = Path(__file__).with_name("log-v1.json")
ORIGIN = "log.example/vectors"
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
SEED = bytes(range(32))

EVENTS: Sequence[dict[str, Any]] = (
    {
        "kind": "log.opened",
        "subject": "log",
        "rule": None,
        "data": {"origin": ORIGIN, "keys": [str(Ed25519Signer(ORIGIN, SEED).key)]},
        "sealed": {},
    },
    {
        "kind": "auction.bid_accepted",
        "subject": "lot_01jq0000000000000000000000",
        "rule": "judicial-2016@1",
        "data": {"code": "0042", "amount_fen": "123450", "extended_to": None, "leads": True, "rank": 1},
        "sealed": {
            "bidder": "org_01jq0000000000000000000000",
            "terms": {"分期": ["首付", 30], "limit_fen": "9007199254740993"},
        },
    },
    {
        "kind": "achievement.disclosed",
        "subject": "lot_01jq0000000000000000000000",
        "rule": None,
        "data": {
            "title": '稀土"萃取"\\分离\n\t\u0001\u007f',
            "é": 0,
            "\ue000": [],
            "𠮷": {},
            "days": 15,
            "least": -(2**53) + 1,
        },
        "sealed": {},
    },
)


def vectors() -> dict[str, Any]:
    """Return every vector: inputs, and the bytes they come to."""
    signer = Ed25519Signer(ORIGIN, SEED)
    entries = _entries()
    leaves = [bytes.fromhex(one["leaf"]) for one in entries]
    checkpoint = Checkpoint(origin=ORIGIN, size=len(leaves), root=merkle.root(leaves))
    signed = notes.sign_checkpoint(checkpoint, [signer], at=AT)
    proof = Proof(index=1, path=tuple(merkle.prove_inclusion(leaves, 1)), checkpoint=signed)
    return {
        "seed": SEED.hex(),
        "vkey": str(signer.key),
        "entries": entries,
        "bundle": tiles.encode_bundle([one["content"].encode() for one in entries]).hex(),
        "tile": merkle.join(leaves).hex(),
        "checkpoint": signed.decode(),
        "proof": bytes(proof).decode(),
    }


def _entries() -> list[dict[str, Any]]:
    links: dict[str, Link] = {}
    found = []
    for number, event in enumerate(EVENTS):
        link = links.get(event["subject"], Link(seq=0, prev=None))
        inputs = {
            "event": event,
            "id": EntryId.from_number(number),
            "seq": link.seq,
            "prev": link.prev,
            "arrived_at": datetime(2026, 3, 2, 1, number, tzinfo=UTC).isoformat(),
            "recorded_at": datetime(2026, 3, 2, 1, number, 0, 5000 * number, tzinfo=UTC).isoformat(),
            "nonce": f"{number:032x}",
            "salts": {field: f"{at:032x}" for at, field in enumerate(event["sealed"], start=16)},
        }
        content, digests = encode(inputs)
        links[event["subject"]] = Link(seq=link.seq + 1, prev=leaf_hash(content).hex())
        found.append(
            {"inputs": inputs, "digests": digests, "content": content.decode(), "leaf": leaf_hash(content).hex()}
        )
    return found


def encode(inputs: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    """Return the bytes of an entry and the digests of its sealed values, from inputs as the file holds them."""
    named = EntryId(inputs["id"])
    sealed = inputs["event"]["sealed"]
    disclosures = tuple(
        Disclosure(entry=named, field=field, salt=salt, value=sealed[field]) for field, salt in inputs["salts"].items()
    )
    entry = freeze(
        Event(**inputs["event"]),
        id=named,
        link=Link(seq=inputs["seq"], prev=inputs["prev"]),
        arrived_at=datetime.fromisoformat(inputs["arrived_at"]),
        recorded_at=datetime.fromisoformat(inputs["recorded_at"]),
        disclosures=disclosures,
        nonce=inputs["nonce"],
    )
    return entry.content, {one.field: one.digest for one in disclosures}


def text() -> str:
    """Return the whole file."""
    return json.dumps(vectors(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
