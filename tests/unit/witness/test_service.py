"""What a witness remembers: each answer is kept before it is given, nothing goes back, misbehaviour is evidence."""

import sqlite3
import threading
from datetime import timedelta

import pytest

from ledger.log import checkpoints, notes
from ledger.witness.model import Why, origin_hash
from ledger.witness.rules import NotContinued, OtherRoot, OtherSize, WitnessRefusal
from ledger.witness.service import NotSeen
from ledger.witness.store import MAX_UNPROVEN, OtherVersion, Store
from tests.make_witness import AT, ED25519, MLDSA, ORIGIN, Tree, opened

TREE = Tree.of(40)
FORKED = Tree.of(40, fork=3)


@pytest.fixture
def witness(tmp_path):
    with opened(tmp_path / "w") as found:
        yield found


def submit(witness, tree, old_size, size):
    return witness.submit(bytes(tree.submission(old_size, size)))


def refused(witness, tree, old_size, size) -> WitnessRefusal:
    with pytest.raises(WitnessRefusal) as found:
        submit(witness, tree, old_size, size)
    return found.value


def newest(witness):
    return notes.parse(witness.newest(origin_hash(ORIGIN)))


class TestSubmit:
    def test_cosigns_by_both_keys_with_a_time(self, witness):
        lines = submit(witness, TREE, 0, 8)
        note = notes.with_signatures(notes.parse(TREE.checkpoint(8)), lines)

        assert [one.key for one in witness.signers] == notes.verify(note, [one.key for one in witness.signers])
        assert all(notes.signed_at(key.key, line) for key, line in zip(witness.signers, lines, strict=True))

    def test_keeps_the_checkpoint_with_the_logs_lines_and_exactly_those_answered(self, witness):
        lines = submit(witness, TREE, 0, 8)

        assert newest(witness).signatures[2:] == lines
        assert len(notes.verify(newest(witness), [ED25519.key, MLDSA.key])) == 2

    def test_cosigns_the_same_again_at_a_later_time(self, witness):
        first = submit(witness, TREE, 0, 8)
        again = submit(witness, TREE, 8, 8)
        key = witness.signers[0].key

        assert notes.signed_at(key, again[0]) >= notes.signed_at(key, first[0])

    def test_never_signs_an_earlier_time(self, witness):
        witness._now = lambda: AT
        submit(witness, TREE, 0, 8)
        witness._now = lambda: AT - timedelta(days=300)
        line = submit(witness, TREE, 8, 9)[0]

        assert notes.signed_at(witness.signers[0].key, line) == AT

    def test_remembers_over_a_restart(self, tmp_path):
        with opened(tmp_path / "w") as witness:
            submit(witness, TREE, 0, 8)
        with opened(tmp_path / "w") as witness:
            assert refused(witness, TREE, 0, 9).facts == {"size": 8}
            submit(witness, TREE, 8, 9)

    def test_leaves_the_state_alone_when_it_refuses(self, witness):
        submit(witness, TREE, 0, 8)
        before = newest(witness)
        for tree, old_size, size in [(TREE, 7, 9), (FORKED, 8, 8), (FORKED, 8, 9), (TREE, 0, 0)]:
            refused(witness, tree, old_size, size)

        assert newest(witness) == before

    def test_lets_exactly_one_of_many_win(self, witness):
        submit(witness, TREE, 0, 8)
        answers, ready = [], threading.Barrier(12)

        def race(size: int) -> None:
            ready.wait()
            try:
                submit(witness, TREE, 8, size)
                answers.append((200, size))
            except OtherSize as refusal:
                answers.append((409, refusal.facts["size"]))

        threads = [threading.Thread(target=race, args=(9 + number,)) for number in range(12)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        won = [size for status, size in answers if status == 200]

        assert len(won) == 1
        assert {size for status, size in answers if status == 409} == set(won)
        assert checkpoints.parse(newest(witness).text).size == won[0]

    def test_keeps_two_writers_of_one_file_apart(self, tmp_path, witness):
        other = Store(tmp_path / "w" / "witness.db")
        with other.transaction():
            waiting = threading.Thread(target=submit, args=(witness, TREE, 0, 8))
            waiting.start()
            waiting.join(0.2)
            assert waiting.is_alive()
            assert other.state(ORIGIN).size == 0
        waiting.join()
        assert other.state(ORIGIN).size == 8
        other.close()


class TestNewest:
    def test_refuses_a_log_it_never_cosigned(self, witness):
        with pytest.raises(NotSeen):
            witness.newest(origin_hash(ORIGIN))


class TestEvidence:
    def evidence(self, witness):
        return witness.standings()[0].evidence

    def test_keeps_both_sides_of_a_fork(self, witness):
        submit(witness, TREE, 0, 8)
        assert isinstance(refused(witness, FORKED, 8, 8), OtherRoot)

        (found,) = self.evidence(witness)
        assert (found.why, found.proves, found.size, found.root) == (Why.FORK, True, 8, FORKED.root(8))
        keys = [ED25519.key, MLDSA.key]
        assert notes.verify(notes.parse(found.note), keys) == notes.verify(notes.parse(found.against), keys) == keys
        assert checkpoints.parse(notes.parse(found.against).text).root == TREE.root(8)

    def test_finds_a_fork_of_what_was_cosigned_long_ago(self, witness):
        submit(witness, TREE, 0, 5)
        submit(witness, TREE, 5, 20)
        assert isinstance(refused(witness, FORKED, 0, 5), OtherSize)

        assert [one.why for one in self.evidence(witness)] == [Why.FORK]

    def test_keeps_a_doubt_once(self, witness):
        submit(witness, TREE, 0, 8)
        for _ in range(3):
            assert isinstance(refused(witness, FORKED, 8, 9), NotContinued)

        assert [one.why for one in self.evidence(witness)] == [Why.UNPROVEN]
        assert not self.evidence(witness)[0].proves

    def test_settles_a_doubt_by_the_same_checkpoint_with_its_proof(self, witness):
        submit(witness, TREE, 0, 8)
        with pytest.raises(NotContinued):
            witness.submit(bytes(TREE.submission(8, 9)).replace(b"old 8\n", b"old 8\n" + b"A" * 43 + b"=\n"))
        assert self.evidence(witness)
        submit(witness, TREE, 8, 9)

        assert not self.evidence(witness)

    def test_makes_a_fork_of_a_doubt_once_the_other_history_is_cosigned(self, witness):
        submit(witness, TREE, 0, 8)
        refused(witness, FORKED, 8, 9)
        submit(witness, TREE, 8, 9)

        assert [one.why for one in self.evidence(witness)] == [Why.FORK]

    def test_makes_a_fork_of_two_doubts_at_one_size(self, witness):
        submit(witness, TREE, 0, 8)
        refused(witness, FORKED, 8, 9)
        refused(witness, Tree.of(40, fork=4), 8, 9)

        assert Why.FORK in [one.why for one in self.evidence(witness)]

    def test_does_not_turn_on_the_history_it_cosigned(self, witness):
        submit(witness, TREE, 0, 8)
        refused(witness, FORKED, 8, 8)
        refused(witness, TREE, 0, 8)

        assert [one.root for one in self.evidence(witness)] == [FORKED.root(8)]

    def test_keeps_one_side_of_two_doubts_once_the_other_is_cosigned(self, witness):
        submit(witness, TREE, 0, 8)
        refused(witness, FORKED, 8, 9)
        with pytest.raises(NotContinued):
            witness.submit(bytes(TREE.submission(8, 9)).replace(b"old 8\n", b"old 8\n" + b"A" * 43 + b"=\n"))
        submit(witness, TREE, 8, 9)

        assert [(one.why, one.root) for one in self.evidence(witness)] == [(Why.FORK, FORKED.root(9))]

    def test_keeps_nothing_that_no_trusted_key_signed(self, witness):
        submit(witness, TREE, 0, 8)
        forged = bytes(FORKED.submission(8, 8)).replace(b"trade", b"trade2")
        with pytest.raises(WitnessRefusal):
            witness.submit(forged)

        assert not self.evidence(witness)

    def test_is_bounded_for_what_anyone_can_bring(self, witness, monkeypatch):
        monkeypatch.setattr("ledger.witness.store.MAX_UNPROVEN", 3)
        submit(witness, TREE, 0, 8)
        for size in range(9, 20):
            refused(witness, FORKED, 8, size)

        assert len(self.evidence(witness)) == 3 < MAX_UNPROVEN

    def test_stands_though_nothing_was_ever_cosigned(self, witness):
        noted = Tree.of(3)
        noted.root = lambda _size: bytes(32)
        refused(witness, noted, 0, 0)

        assert [one.why for one in self.evidence(witness)] == [Why.EMPTY]


class TestStore:
    def test_refuses_the_memory_of_another_version(self, tmp_path):
        Store(tmp_path / "db").close()
        connection = sqlite3.connect(tmp_path / "db")
        connection.execute("PRAGMA user_version = 2")
        connection.close()

        with pytest.raises(OtherVersion):
            Store(tmp_path / "db")

    def test_is_written_through_to_the_disk(self, tmp_path):
        store = Store(tmp_path / "db")
        asked = {
            name: store._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
        }
        store.close()

        assert asked == {"journal_mode": "wal", "synchronous": 2}

    def test_keeps_nothing_of_a_transaction_that_fails(self, witness):
        signed_before = witness.standings()
        with pytest.raises(RuntimeError), witness._store.transaction():
            witness._store._connection.execute("DELETE FROM log")
            raise RuntimeError
        assert witness.standings() == signed_before
