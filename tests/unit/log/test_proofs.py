"""Proofs that stand alone: what is written verifies, and every change to it does not."""

import dataclasses

import pytest

from ledger.kernel.errors import Refusal
from ledger.log import merkle, notes, policy, proofs
from ledger.log.lines import encode_base64
from ledger.log.merkle import NotProven
from ledger.log.notes import BadSignature, Unsigned
from ledger.log.policy import NoQuorum, OtherLog
from ledger.log.proofs import NoEntry, NotAProof, Proof
from tests.make_log import OTHER_SIGNER, SIGNED_AT, SIGNER, Log
from tests.make_ring import witnesses

LOG = Log().trade(11)
LEAVES = [merkle.leaf_hash(one) for one in LOG.contents]
PROOF = Proof(index=4, path=tuple(merkle.prove_inclusion(LEAVES, 4)), checkpoint=LOG.checkpoint)


class TestWrite:
    def test_is_the_form_of_the_specification(self):
        small = Proof(index=1, path=(bytes(32),), checkpoint=LOG.checkpoint, extra=b"ab")

        assert bytes(small) == (
            b"c2sp.org/tlog-proof@v1\nextra YWI=\nindex 1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n"
            + LOG.checkpoint
        )

    @pytest.mark.parametrize("extra", [None, b"", b"anything\n"])
    @pytest.mark.parametrize("path", [(), PROOF.path, (bytes(32),) * 63])
    def test_is_read_back(self, path, extra):
        proof = dataclasses.replace(PROOF, path=path, extra=extra)

        assert proofs.parse(bytes(proof)) == proof


class TestParse:
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b"@v1", b"@v2"),
            (b"c2sp", b"\nc2sp"),
            (b"index 4", b"index 04"),
            (b"index 4", b"index +4"),
            (b"index 4", b"index "),
            (b"index 4", b"index " + b"9" * 30),
            (b"index 4\n", b""),
            (b"index 4\n", b"index 4\nextra YWI=\n"),
            (b"index 4\n", b"extra YWJ=\nindex 4\n"),
            (b"index 4\n", b"extra YWI=\nextra YWI=\nindex 4\n"),
            (b"index 4\n", b"index 4\n" + b"AAAA\n" * 60),
            (b"index 4\n", b"index 4\nA\n"),
            (b"index 4\n", b"index 4\n" + encode_base64(bytes(31)).encode() + b"\n"),
            (b"index 4\n", b"index 4\n" + encode_base64(bytes(33)).encode() + b"\n"),
            (b"index 4\n", b"Index 4\n"),
            (b"index 4\n", b"index  4\n"),
            (b"index 4\n", b"index 4\r\n"),
            (b"index 4\n", b"index 4\nindex 4\n"),
            (b"index 4\n", b"extraYWI=\nindex 4\n"),
            (b"index 4\n", b"extra  YWI=\nindex 4\n"),
            (b"index 4\n", b"extra YWI=\n"),
            (b"index 4\n", b"index 4\n" + (encode_base64(bytes(32)).encode() + b"\n") * 60),
            (b"index 4\n", b"index 4\n\xff\n"),
        ],
    )
    def test_refuses_any_other_form(self, old, new):
        with pytest.raises(NotAProof):
            proofs.parse(bytes(PROOF).replace(old, new, 1))

    @pytest.mark.parametrize(
        "content", [b"", b"\n\n", b"c2sp.org/tlog-proof@v1", b"c2sp.org/tlog-proof@v1\n\n", b"a" * 2_000_001]
    )
    def test_refuses_what_is_no_proof(self, content):
        with pytest.raises(NotAProof):
            proofs.parse(content)

    def test_refuses_a_checkpoint_that_is_no_note(self):
        with pytest.raises(notes.NotANote):
            proofs.parse(bytes(dataclasses.replace(PROOF, checkpoint=b"origin\n11\n")))


class TestVerify:
    @pytest.mark.parametrize("index", range(11))
    def test_returns_the_checkpoint_that_holds_the_entry(self, index):
        proof = Proof(index=index, path=tuple(merkle.prove_inclusion(LEAVES, index)), checkpoint=LOG.checkpoint)

        checkpoint = proofs.verify(proof, entry=LOG.contents[index], keys=[SIGNER.key])

        assert (checkpoint.size, checkpoint.root) == (11, merkle.root(LEAVES))

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"index": 5}, NotProven),
            ({"index": 11}, NotProven),
            ({"path": PROOF.path[1:]}, NotProven),
            ({"path": (*PROOF.path, bytes(32))}, NotProven),
            ({"path": (b"", *PROOF.path[1:])}, NotProven),
            ({"checkpoint": LOG.checkpoint_at(10)}, NotProven),
            ({"checkpoint": LOG.checkpoint.replace(b"\n11\n", b"\n12\n")}, BadSignature),
        ],
    )
    def test_refuses_any_change(self, change, refusal):
        with pytest.raises(refusal):
            proofs.verify(dataclasses.replace(PROOF, **change), entry=LOG.contents[4], keys=[SIGNER.key])

    def test_refuses_another_entry(self):
        with pytest.raises(NotProven):
            proofs.verify(PROOF, entry=LOG.contents[5], keys=[SIGNER.key])

    def test_refuses_a_key_nobody_pinned(self):
        with pytest.raises(Unsigned):
            proofs.verify(PROOF, entry=LOG.contents[4], keys=[OTHER_SIGNER.key])


class TestFlip:
    def test_of_any_bit_is_refused(self):
        content = bytes(PROOF)
        for at in range(len(content)):
            changed = bytes([*content[:at], content[at] ^ 1, *content[at + 1 :]])
            with pytest.raises(Refusal):
                proofs.verify(proofs.parse(changed), entry=LOG.contents[4], keys=[SIGNER.key])


class TestVerifyUnder:
    COSIGNERS = witnesses(2)
    POLICY = policy.parse(
        (
            f"log {SIGNER.key}\nwitness a {COSIGNERS[0].key}\nwitness b {COSIGNERS[1].key}\n"
            "group both all a b\nquorum both\n"
        ).encode()
    )
    NOTE = notes.parse(LOG.checkpoint)
    SIGNED = bytes(notes.with_signatures(NOTE, notes.sign(NOTE.text, COSIGNERS, at=SIGNED_AT).signatures))
    WHOLE = dataclasses.replace(PROOF, checkpoint=SIGNED, extra=LOG.contents[4])
    BARE = dataclasses.replace(WHOLE, extra=None)

    def test_takes_a_file_that_is_whole_in_itself(self):
        verdict = proofs.verify_under(proofs.parse(bytes(self.WHOLE)), policy=self.POLICY)

        assert (verdict.checkpoint.size, verdict.checkpoint.root) == (11, merkle.root(LEAVES))
        assert [one.name for one in verdict.witnesses] == ["a", "b"]
        assert verdict.logs == (SIGNER.key,)

    def test_takes_the_entry_beside_the_file(self):
        assert proofs.verify_under(self.BARE, policy=self.POLICY, entry=LOG.contents[4]).checkpoint.size == 11

    def test_believes_the_entry_that_was_handed_in_over_the_one_inside(self):
        false = dataclasses.replace(self.WHOLE, extra=b"something else")

        assert proofs.verify_under(false, policy=self.POLICY, entry=LOG.contents[4])
        with pytest.raises(NotProven):
            proofs.verify_under(self.WHOLE, policy=self.POLICY, entry=LOG.contents[5])
        with pytest.raises(NotProven):
            proofs.verify_under(self.WHOLE, policy=self.POLICY, entry=b"")

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"extra": None}, NoEntry),
            ({"extra": b""}, NotProven),
            ({"extra": LOG.contents[5]}, NotProven),
            ({"index": 5}, NotProven),
            ({"index": 2**63 - 1}, NotProven),
            ({"path": ()}, NotProven),
            ({"path": PROOF.path[::-1]}, NotProven),
            ({"checkpoint": LOG.checkpoint}, NoQuorum),
            ({"checkpoint": SIGNED.replace(b"\n11\n", b"\n12\n")}, BadSignature),
            ({"checkpoint": SIGNED.replace(b"log.example/trade\n11", b"log.example/other\n11")}, OtherLog),
            ({"checkpoint": bytes(notes.sign(NOTE.text, COSIGNERS, at=SIGNED_AT))}, Unsigned),
            ({"checkpoint": b"origin\n11\n"}, notes.NotANote),
        ],
    )
    def test_refuses_any_change(self, change, refusal):
        with pytest.raises(refusal):
            proofs.verify_under(dataclasses.replace(self.WHOLE, **change), policy=self.POLICY)

    def test_needs_no_path_in_a_log_of_one(self):
        log = Log()
        proof = Proof(index=0, path=(), checkpoint=log.checkpoint, extra=log.contents[0])
        alone = policy.parse(f"log {SIGNER.key}\nquorum none\n".encode())

        assert proofs.verify_under(proof, policy=alone).witnesses == ()
