"""The log's bytes are frozen: what these vectors hold must come out of every later version, and be read by it."""

import hashlib
import json

import pytest

from ledger.audit import entries
from ledger.kernel import canonical
from ledger.log import checkpoints, merkle, notes, proofs, signers, tiles
from ledger.log.signers import Ed25519Signer

from . import generate

VECTORS = json.loads(generate.PATH.read_text(encoding="utf-8"))
ENTRIES = VECTORS["entries"]
CONTENTS = [one["content"].encode() for one in ENTRIES]


class TestEntry:
    @pytest.mark.parametrize("vector", ENTRIES, ids=lambda vector: vector["inputs"]["event"]["kind"])
    def test_comes_to_the_same_bytes(self, vector):
        content, digests = generate.encode(vector["inputs"])

        assert content == vector["content"].encode()
        assert digests == vector["digests"]
        assert merkle.leaf_hash(content).hex() == vector["leaf"]

    def test_is_spelled_out_once_by_hand(self):
        assert CONTENTS[1] == (
            b'{"arrived_at":"2026-03-02T01:01:00.000000Z",'
            b'"data":{"amount_fen":"123450","code":"0042","extended_to":null,"leads":true,"rank":1},'
            b'"id":"ent_00000000000000000000000001","kind":"auction.bid_accepted",'
            b'"nonce":"00000000000000000000000000000001","prev":null,"recorded_at":"2026-03-02T01:01:00.005000Z",'
            b'"rule":"judicial-2016@1","sealed":{"bidder":"' + ENTRIES[1]["digests"]["bidder"].encode() + b'",'
            b'"terms":"' + ENTRIES[1]["digests"]["terms"].encode() + b'"},"seq":0,'
            b'"subject":"lot_01jq0000000000000000000000","v":1}'
        )

    def test_sorts_names_by_utf_16_unit(self):
        assert ',"𠮷":{},"\ue000":[]}'.encode() in CONTENTS[2]

    def test_seals_by_a_salted_hash(self):
        sealed = b'["mengkeju/seal/v1","bidder","00000000000000000000000000000010","org_01jq0000000000000000000000"]'

        assert ENTRIES[1]["digests"]["bidder"] == hashlib.sha256(sealed).hexdigest()

    def test_is_chained_to_the_one_before_it_of_its_subject(self):
        assert ENTRIES[2]["inputs"]["prev"] == hashlib.sha256(b"\x00" + CONTENTS[1]).hexdigest()

    @pytest.mark.parametrize("content", CONTENTS)
    def test_is_read_by_the_auditor(self, content):
        assert canonical.encode(entries.read(content)) == content


class TestSigned:
    def test_checkpoint_comes_to_the_same_bytes(self):
        signer = Ed25519Signer(generate.ORIGIN, bytes.fromhex(VECTORS["seed"]))
        root = merkle.root([merkle.leaf_hash(one) for one in CONTENTS])

        assert str(signer.key) == VECTORS["vkey"]
        signed = notes.sign_checkpoint(
            checkpoints.Checkpoint(origin=generate.ORIGIN, size=3, root=root), [signer], at=generate.AT
        )
        assert signed.decode() == VECTORS["checkpoint"]

    def test_proof_still_verifies(self):
        proof = proofs.parse(VECTORS["proof"].encode())

        assert proofs.verify(proof, entry=CONTENTS[1], keys=[signers.parse_vkey(VECTORS["vkey"])]).size == 3

    def test_tile_and_bundle_come_to_the_same_bytes(self):
        assert tiles.encode_bundle(CONTENTS).hex() == VECTORS["bundle"]
        assert tiles.grow(0, {}, [merkle.leaf_hash(one) for one in CONTENTS]).tiles[0, 0].hex() == VECTORS["tile"]


def test_the_generator_still_writes_this_file():
    assert generate.text() == generate.PATH.read_text(encoding="utf-8")
