"""What an order is hashed to, frozen: `request-hash-v1.json` was written once, and a stored hash is compared for ever.

`canonical` is what is hashed, so that another program may check it: SHA-256 over JSON with sorted keys and no spaces.
"""

import hashlib
import json
from pathlib import Path

import pytest

from ledger.kernel import instant
from ledger.kernel.money import Fen
from settlement.books.model import AccountName, Ends, Kind, Order, TransferId, request_hash

CASES = json.loads((Path(__file__).parent / "request-hash-v1.json").read_text())


def order(said: dict) -> Order:
    moments = {name: instant.parse(said[name]) for name in ("expires_at", "effective_at") if said[name]}
    names = {name: TransferId(said[name]) for name in ("hold", "reverses") if said[name]}
    ends = {name: Ends(said[name]) for name in ("clip", "closes") if said[name]}
    return Order(
        id=TransferId(said["id"]),
        kind=Kind(said["kind"]),
        debit=AccountName(said["debit"]),
        credit=AccountName(said["credit"]),
        amount_fen=Fen(int(said["amount_fen"])),
        note=said["note"],
        **moments | names | ends,
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_an_order_is_hashed_as_ever(case):
    said = json.loads(case["canonical"])
    assert hashlib.sha256(case["canonical"].encode()).hexdigest() == case["sha256"]
    assert request_hash(order(said), reference=said["reference"], rule=said["rule"]) == case["sha256"]


def test_no_two_are_hashed_alike():
    assert len({case["sha256"] for case in CASES}) == len(CASES)


def test_a_link_is_not_part_of_what_is_asked():
    """The same order, given alone or in a chain, is the same order."""
    said = json.loads(CASES[0]["canonical"])
    one = order(said)
    linked = Order(id=one.id, kind=one.kind, debit=one.debit, credit=one.credit, amount_fen=one.amount_fen, linked=True)
    assert request_hash(linked, reference=said["reference"], rule=said["rule"]) == CASES[0]["sha256"]
