"""The second form of the log is frozen too: what its vectors hold stays accepted, what they refuse stays refused."""

import json
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.kernel.errors import Refusal
from ledger.log import checkpoints, journal, keys, merkle, notes, policy, proofs, signers, submissions, subtrees, tiles
from ledger.log.notes import Note

from . import cases, edits, generate_v2

VECTORS = json.loads(generate_v2.PATH.read_text(encoding="utf-8"))
TEXTS = VECTORS["texts"]
LOG_KEYS = [one.key for one in generate_v2.LOG]
WITNESS_KEYS = [one.key for one in (*generate_v2.NORTH, *generate_v2.SOUTH)]
POLICY = policy.parse(TEXTS["policy"].encode())
VKEYS = [name for name in TEXTS if name.startswith("vkey_")]


def checkpoint(content: bytes) -> checkpoints.Checkpoint:
    note = notes.parse(content)
    notes.verify(note, LOG_KEYS)
    return checkpoints.parse(note.text)


def consistency(content: bytes) -> None:
    """Read a submission as a witness does, and prove it against what the witness has seen."""
    submission = submissions.parse(content)
    new = checkpoint(submission.checkpoint)
    merkle.verify_consistency(
        old_size=submission.old_size,
        old_root=bytes.fromhex(VECTORS["roots"]["255"]),
        size=new.size,
        root=new.root,
        proof=submission.proof,
    )


def uploaded(content: bytes) -> list[submissions.Part]:
    """Read an upload as a mirror does that has the entries before it, and prove each package against its root."""
    parts = list(submissions.Reader().feed(bytes.fromhex(content.decode())))
    for one in parts[1:]:
        start, stop = one.subtree
        leaves = [*generate_v2.LEAVES[start : one.start], *map(merkle.leaf_hash, one.entries)]
        subtrees.verify(
            start=start,
            stop=stop,
            subtree=merkle.root(leaves),
            size=generate_v2.SIZE,
            root=bytes.fromhex(VECTORS["roots"]["257"]),
            proof=one.proof,
        )
    return parts


def journalled(content: bytes) -> journal.Authorised:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.signed"
        path.write_bytes(content)
        return journal.Journal(path).read()


READERS: dict[str, Callable[[bytes], Any]] = {
    **{name: lambda content: signers.parse_vkey(content.decode()) for name in VKEYS},
    "log_keys": lambda content: keys.parse_ring(content.decode()),
    "witness_keys": lambda content: keys.parse_ring(content.decode()),
    "policy": policy.parse,
    "checkpoint_text": lambda content: checkpoints.parse(content.decode()),
    "checkpoint": checkpoint,
    "cosignatures": lambda content: notes.verify(
        Note(TEXTS["checkpoint_text"], notes.parse_signatures(content)), WITNESS_KEYS
    ),
    "published": lambda content: POLICY.verify(notes.parse(content)),
    "earlier": lambda content: POLICY.verify(notes.parse(content)),
    "proof": lambda content: proofs.verify_under(proofs.parse(content), policy=POLICY),
    "add_checkpoint": consistency,
    "add_entries": uploaded,
    "mirror_info": submissions.parse_info,
    "journal": journalled,
    "tile_path": lambda content: tiles.parse_path(content.decode()),
    "bundle": lambda content: tiles.decode_bundle(bytes.fromhex(content.decode())),
}


class TestCases:
    @pytest.mark.parametrize("of", READERS)
    def test_begin_from_what_is_accepted(self, of):
        READERS[of](TEXTS[of].encode())

    @pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["of"] + ": " + case["name"])
    def test_are_answered_so(self, case):
        content = edits.apply(TEXTS[case["of"]].encode(), case["edits"], TEXTS)
        try:
            READERS[case["of"]](content)
        except Refusal as refusal:
            answer = refusal.code()
        else:
            answer = None

        assert answer == case["refusal"]

    def test_are_many_of_every_kind(self):
        refused = Counter(one["of"] for one in cases.CASES if one["refusal"])

        assert refused.total() >= 150
        assert set(refused) == set(READERS) - {"earlier"}
        assert len({(one["of"], one["name"]) for one in cases.CASES}) == len(cases.CASES)


class TestKept:
    def test_upload_is_spelled_out_once_by_hand(self):
        upload = bytes.fromhex(TEXTS["add_entries"])
        origin = b"log.example/vectors"
        beginning = b"\x00\x13" + origin + (254).to_bytes(8, "big") + (257).to_bytes(8, "big") + b"\x00\x00"
        first = b'\x00\x0e{"number":254}\x00\x0e{"number":255}\x01' + generate_v2.LEAVES[256]
        second = b'\x00\x0e{"number":256}\x01' + merkle.root(generate_v2.LEAVES[:256])
        assert upload == beginning + first + second

    def test_upload_is_read_into_its_packages(self):
        header, *packages = uploaded(TEXTS["add_entries"].encode())
        assert (header.start, header.stop, header.ticket) == (254, 257, b"")
        assert [one.subtree for one in packages] == [(0, 256), (256, 257)]

    def test_answer_of_a_mirror_is_read_and_written_back(self):
        found = submissions.parse_info(TEXTS["mirror_info"].encode())
        assert (found.size, found.next_entry, found.ticket) == (257, 254, b"\x00ticket")
        assert bytes(found) == TEXTS["mirror_info"].encode()

    def test_journal_is_read_and_written_back(self):
        found = journalled(TEXTS["journal"].encode())
        assert found.text == TEXTS["journal"]
        assert TEXTS["journal"].splitlines() == [
            "mengkeju/journal/v1",
            *TEXTS["checkpoint_text"].splitlines(),
            "2026-03-02T01:00:00.000000Z",
        ]


class TestSigned:
    def test_by_every_key_at_one_time(self):
        note = notes.parse(TEXTS["published"].encode())

        assert bytes(note).decode() == TEXTS["published"]
        assert notes.verify(note, [*LOG_KEYS, *WITNESS_KEYS]) == [*LOG_KEYS, *WITNESS_KEYS]
        times = {
            notes.signed_at(key, one)
            for key in (*LOG_KEYS, *WITNESS_KEYS)
            for one in note.signatures
            if one.claims(key)
        }
        assert times == {None, generate_v2.AT}

    def test_again_comes_to_the_same_bytes_where_nothing_is_drawn(self):
        note = notes.parse(TEXTS["published"].encode())
        for signer in (generate_v2.LOG[0], generate_v2.NORTH[0], generate_v2.SOUTH[0]):
            (again,) = notes.sign(note.text, [signer], at=generate_v2.AT).signatures

            assert again in note.signatures

    def test_under_a_policy_by_whom_it_names(self):
        verdict = POLICY.verify(notes.parse(TEXTS["published"].encode()))

        assert [one.name for one in verdict.witnesses] == ["north", "north-pq", "南"]
        assert list(verdict.logs) == LOG_KEYS

    def test_proof_carries_its_entry(self):
        proof = proofs.parse(TEXTS["proof"].encode())

        assert proof.extra == generate_v2.ENTRIES[1]
        assert bytes(proof).decode() == TEXTS["proof"]
        assert proofs.verify(proof, entry=proof.extra, keys=LOG_KEYS[:1]).size == 257

    def test_keys_are_read_and_written_back(self):
        assert [str(one) for one in LOG_KEYS] == [TEXTS[f"vkey_{one}"] for one in ("ed25519", "mldsa44", "sm2")]
        for name in ("log_keys", "witness_keys"):
            assert keys.format_ring(keys.parse_ring(TEXTS[name])) == TEXTS[name]


class TestTree:
    @pytest.mark.parametrize("size", ["0", "1", "255", "256", "257"])
    def test_comes_to_the_same_roots_and_files(self, size):
        leaves = generate_v2.LEAVES[: int(size)]

        assert merkle.root(leaves).hex() == VECTORS["roots"][size]
        assert generate_v2._files(int(size)) == VECTORS["files"][size]

    def test_implies_the_files_of_the_specification(self):
        assert set(VECTORS["files"]["0"]) == set()
        assert set(VECTORS["files"]["1"]) == {"tile/0/000.p/1", "tile/entries/000.p/1"}
        assert set(VECTORS["files"]["255"]) == {"tile/0/000.p/255", "tile/entries/000.p/255"}
        assert set(VECTORS["files"]["256"]) == {"tile/0/000", "tile/1/000.p/1", "tile/entries/000"}
        assert set(VECTORS["files"]["257"]) == {
            "tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/1",
        }  # fmt: skip

    def test_bundle_holds_its_entries(self):
        held = [one.encode() for one in VECTORS["bundle_holds"]]

        assert tiles.decode_bundle(bytes.fromhex(TEXTS["bundle"])) == held
        assert tiles.encode_bundle(held).hex() == TEXTS["bundle"]


def test_the_generator_still_writes_this_file():
    assert generate_v2.text() == generate_v2.PATH.read_text(encoding="utf-8")
