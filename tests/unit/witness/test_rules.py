"""Whether a witness cosigns: every status of tlog-witness at its boundaries, from a table written by hand."""

import dataclasses

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ledger.log import merkle, notes
from ledger.log.checkpoints import Checkpoint
from ledger.log.notes import Signature
from ledger.log.signers import SM2, from_secret, sm2
from ledger.log.submissions import Submission
from ledger.witness import rules
from ledger.witness.model import State, Why
from ledger.witness.rules import (
    Malformed,
    NotContinued,
    NotEmpty,
    NotSigned,
    OldAboveNew,
    OtherRoot,
    OtherSize,
    UnknownLog,
    WitnessRefusal,
)
from tests.make_witness import AT, ED25519, ELSEWHERE, MLDSA, ORIGIN, STRANGER, Tree
from tests.vectors import generate_v2

TREE = Tree.of(20)
FORKED = Tree.of(20, fork=3)
TRUSTED = {ORIGIN: (ED25519.key, MLDSA.key)}
FRESH = State()
AT_8 = State(size=8, root=TREE.root(8), cosigned_at=100)
SIZE_0 = State(size=0, root=merkle.EMPTY_ROOT, cosigned_at=100)
HASH = bytes(32)


def status(state: State, content: bytes) -> int:
    """What a witness answers."""
    try:
        rules.decide(state, rules.admit(rules.read(content), TRUSTED))
    except WitnessRefusal as refusal:
        return refusal.status
    return 200


def changed(submission: Submission, **fields) -> bytes:
    return bytes(dataclasses.replace(submission, **fields))


def noted(size: int, root: bytes, *signers, origin: str = ORIGIN) -> bytes:
    return notes.sign_checkpoint(Checkpoint(origin=origin, size=size, root=root), signers or (ED25519,), at=AT)


def missing(name: str):
    raise ImportError(name)


def submitted(old_size: int, proof, checkpoint: bytes) -> bytes:
    return bytes(Submission(old_size=old_size, proof=tuple(proof), checkpoint=checkpoint))


BROKEN = TREE.checkpoint(9).replace(b"\n9\n", b"\n10\n")  # signed for another size

OUTCOMES = {
    "first": (FRESH, TREE.submission(0, 8), 200),
    "first of one entry": (FRESH, TREE.submission(0, 1), 200),
    "first, empty": (FRESH, TREE.submission(0, 0), 200),
    "empty again": (SIZE_0, TREE.submission(0, 0), 200),
    "out of an empty one": (SIZE_0, TREE.submission(0, 3), 200),
    "one more entry": (AT_8, TREE.submission(8, 9), 200),
    "many more": (AT_8, TREE.submission(8, 20), 200),
    "the same again": (AT_8, TREE.submission(8, 8), 200),
    "no submission": (AT_8, b"", 400),
    "no checkpoint": (AT_8, b"old 8\n\n", 400),
    "no signature": (AT_8, submitted(8, [], b"log.example/trade\n9\n"), 400),
    "a text that is no checkpoint": (AT_8, submitted(8, [], bytes(notes.sign("one\n", [ED25519], at=AT))), 400),
    "64 lines of proof": (AT_8, submitted(8, [HASH] * 64, TREE.checkpoint(9)), 400),
    "an extension line": (
        AT_8,
        submitted(8, [], bytes(notes.sign(f"{ORIGIN}\n9\n{'A' * 43}=\nx\n", [ED25519], at=AT))),
        400,
    ),
    "old one above new": (AT_8, changed(TREE.submission(8, 8), old_size=9), 400),
    "old above new, none cosigned": (FRESH, changed(TREE.submission(0, 0), old_size=1), 400),
    "another log": (AT_8, submitted(0, [], noted(1, HASH, ELSEWHERE, origin=ELSEWHERE.key.name)), 404),
    "another log, signed by ours": (AT_8, submitted(0, [], noted(1, HASH, ED25519, origin="log.example/trade2")), 404),
    "another log, old above new": (AT_8, submitted(2, [], noted(1, HASH, ELSEWHERE, origin=ELSEWHERE.key.name)), 404),
    "a stranger's key": (AT_8, submitted(8, TREE.prove(8, 9), noted(9, TREE.root(9), STRANGER)), 403),
    "a stranger's key, old above new": (AT_8, submitted(10, [], noted(9, TREE.root(9), STRANGER)), 403),
    "a stranger's key, another size": (AT_8, submitted(7, [], noted(9, TREE.root(9), STRANGER)), 403),
    "a signature that fails": (AT_8, submitted(8, TREE.prove(8, 9), BROKEN), 403),
    "a stranger beside ours": (AT_8, submitted(8, TREE.prove(8, 9), noted(9, TREE.root(9), STRANGER, MLDSA)), 200),
    "by one of the keys": (AT_8, submitted(8, TREE.prove(8, 9), noted(9, TREE.root(9), MLDSA)), 200),
    "from before the last": (AT_8, TREE.submission(7, 9), 409),
    "from after the last": (AT_8, TREE.submission(9, 9), 409),
    "from nothing": (AT_8, TREE.submission(0, 9), 409),
    "back": (AT_8, TREE.submission(7, 7), 409),
    "back to nothing": (AT_8, TREE.submission(0, 0), 409),
    "from one, none cosigned": (FRESH, TREE.submission(1, 9), 409),
    "from another size, without proof": (AT_8, changed(TREE.submission(7, 9), proof=()), 409),
    "from another size, of a fork": (AT_8, FORKED.submission(9, 10), 409),
    "empty with a root": (FRESH, submitted(0, [], noted(0, HASH)), 422),
    "empty with a root, and a proof": (FRESH, submitted(0, [HASH], noted(0, HASH)), 422),
    "a proof from nothing": (FRESH, changed(TREE.submission(0, 8), proof=(HASH,)), 422),
    "a proof of the same": (AT_8, changed(TREE.submission(8, 8), proof=(HASH,)), 422),
    "another root for the same size": (AT_8, FORKED.submission(8, 8), 422),
    "a fork": (AT_8, FORKED.submission(8, 9), 422),
    "a proof too short": (AT_8, changed(TREE.submission(8, 20), proof=tuple(TREE.prove(8, 20)[:-1])), 422),
    "a proof too long": (AT_8, changed(TREE.submission(8, 20), proof=(*TREE.prove(8, 20), HASH)), 422),
    "no proof": (AT_8, changed(TREE.submission(8, 20), proof=()), 422),
    "63 lines of no proof": (AT_8, changed(TREE.submission(8, 20), proof=(HASH,) * 63), 422),
}


class TestDecide:
    @pytest.mark.parametrize("name", OUTCOMES)
    def test_answers_as_the_table_says(self, name):
        state, body, expected = OUTCOMES[name]

        assert status(state, bytes(body)) == expected

    def test_refuses_in_the_documented_order(self):
        statuses = [one.status for one in rules.REFUSALS]

        assert list(rules.REFUSALS) == [
            Malformed, UnknownLog, NotSigned, OldAboveNew, OtherSize, NotEmpty, OtherRoot, NotContinued
        ]  # fmt: skip
        assert statuses == [400, 404, 403, 400, 409, 422, 422, 422]

    def test_says_which_size_it_has(self):
        with pytest.raises(OtherSize) as refused:
            rules.decide(AT_8, rules.admit(rules.read(bytes(TREE.submission(7, 9))), TRUSTED))

        assert refused.value.facts == {"size": 8}

    @pytest.mark.parametrize("size", range(1, 20))
    def test_accepts_every_step_of_an_honest_log(self, size):
        for old_size in range(1, size + 1):
            state = State(size=old_size, root=TREE.root(old_size), cosigned_at=1)

            assert status(state, bytes(TREE.submission(old_size, size))) == 200

    @pytest.mark.parametrize("size", range(4, 20))
    def test_accepts_no_step_into_another_history(self, size):
        for old_size in range(4, size + 1):
            state = State(size=old_size, root=TREE.root(old_size), cosigned_at=1)

            assert status(state, bytes(FORKED.submission(old_size, size))) == 422


class TestRead:
    GOLDEN = bytes(TREE.submission(8, 9))

    @given(at=st.integers(0, len(GOLDEN) - 1), cut=st.integers(0, 40), put=st.binary(max_size=40))
    def test_reads_a_changed_submission_as_what_it_says_or_refuses_it(self, at, cut, put):
        content = self.GOLDEN[:at] + put + self.GOLDEN[at + cut :]
        answered = status(AT_8, content)

        assert answered in {200, 400, 403, 404, 409, 422}
        if answered == 200:  # a stranger's line may be put in; what was decided on is what was signed
            signed = rules.admit(rules.read(content), TRUSTED)
            assert (signed.checkpoint.size, signed.checkpoint.root) == (9, TREE.root(9))
            assert set(signed.note.signatures) <= set(rules.read(self.GOLDEN).note.signatures)

    @given(content=st.binary(max_size=300))
    def test_refuses_noise(self, content):
        with pytest.raises(Malformed):
            rules.read(content)


class TestAdmit:
    def test_keeps_only_the_lines_of_trusted_keys(self):
        note = noted(9, TREE.root(9), STRANGER, ED25519, MLDSA)

        signed = rules.admit(rules.read(submitted(8, [], note)), TRUSTED)

        assert [one.key_id for one in signed.note.signatures] == [ED25519.key.id, MLDSA.key.id]

    def test_keeps_a_line_once(self):
        note = notes.parse(noted(9, TREE.root(9)))
        twice = bytes(dataclasses.replace(note, signatures=note.signatures * 2))

        assert len(rules.admit(rules.read(submitted(8, [], twice)), TRUSTED).note.signatures) == 1

    def test_keeps_the_first_of_many_lines_of_one_randomised_key(self):
        note = noted(9, TREE.root(9), ED25519, *[MLDSA] * 99)
        drawn = notes.parse(note).signatures
        assert len({one.value for one in drawn}) == 100

        kept = rules.admit(rules.read(submitted(8, TREE.prove(8, 9), note)), TRUSTED).note

        assert kept.signatures == drawn[:2]

    def test_still_verifies_the_lines_it_does_not_keep(self):
        good = notes.parse(noted(9, TREE.root(9), MLDSA))
        worse = (*good.signatures, Signature(ORIGIN, MLDSA.key.id, bytes(8 + 2420)))
        note = bytes(dataclasses.replace(good, signatures=worse))

        assert status(AT_8, submitted(8, TREE.prove(8, 9), note)) == 403

    def test_makes_nothing_of_a_key_that_cannot_be_computed_here(self, monkeypatch):
        chinese = from_secret(ORIGIN, SM2, generate_v2.SM2_SECRET)
        beside = rules.read(submitted(8, [], noted(9, TREE.root(9), ED25519, chinese)))
        alone = rules.read(submitted(8, [], noted(9, TREE.root(9), chinese)))
        trusted = {ORIGIN: (chinese.key, ED25519.key)}
        monkeypatch.setattr(sm2, "import_module", missing)

        assert [one.key_id for one in rules.admit(beside, trusted).note.signatures] == [ED25519.key.id]
        for keys in (trusted, {ORIGIN: (chinese.key,)}):
            with pytest.raises(NotSigned):
                rules.admit(alone, keys)

    def test_refuses_a_note_in_which_one_trusted_key_of_two_fails(self):
        good = notes.parse(noted(9, TREE.root(9)))
        bad = Signature(ORIGIN, MLDSA.key.id, bytes(8 + 2420))

        assert status(AT_8, submitted(8, TREE.prove(8, 9), bytes(notes.with_signatures(good, [bad])))) == 403


class TestAccuse:
    def accused(self, state: State, tree: Tree, old_size: int, size: int, roots) -> Why | None:
        signed = rules.admit(rules.read(bytes(tree.submission(old_size, size))), TRUSTED)
        with pytest.raises(WitnessRefusal) as refused:
            rules.decide(state, signed)
        return rules.accuse(signed, refused.value, roots)

    def test_calls_two_roots_for_one_size_a_fork(self):
        assert self.accused(AT_8, FORKED, 8, 8, [TREE.root(8)]) is Why.FORK

    def test_calls_it_a_fork_however_long_ago_the_other_was(self):
        assert self.accused(AT_8, FORKED, 5, 5, [TREE.root(5)]) is Why.FORK

    def test_only_doubts_what_was_brought_with_a_proof_that_fails(self):
        assert self.accused(AT_8, FORKED, 8, 9, []) is Why.UNPROVEN

    def test_finds_nothing_in_what_comes_late(self):
        assert self.accused(AT_8, TREE, 7, 9, []) is None
        assert self.accused(AT_8, TREE, 5, 5, [TREE.root(5)]) is None

    def test_calls_an_impossible_empty_log_what_it_is(self):
        signed = rules.admit(rules.read(submitted(0, [], noted(0, HASH))), TRUSTED)

        assert rules.accuse(signed, NotEmpty("no"), []) is Why.EMPTY

    def test_finds_nothing_in_a_log_that_is_empty_again(self):
        assert self.accused(AT_8, TREE, 0, 0, []) is None

    def test_finds_nothing_in_a_needless_proof(self):
        signed = rules.admit(rules.read(changed(TREE.submission(8, 8), proof=(HASH,))), TRUSTED)

        assert rules.accuse(signed, NotContinued("no"), [TREE.root(8)]) is None


class TestTimestamp:
    @pytest.mark.parametrize(
        ("last", "now", "expected"),
        [(0, 0, 1), (0, 1, 1), (0, 5, 5), (5, 4, 5), (5, 5, 5), (5, 6, 6), (0, -7, 1)],
    )
    def test_is_never_zero_and_never_goes_back(self, last, now, expected):
        assert rules.timestamp(State(cosigned_at=last), now) == expected
