"""What a witness remembers: each answer is kept before it is given, nothing goes back, misbehaviour is evidence."""

import contextlib
import hashlib
import sqlite3
import threading
from datetime import timedelta

import pytest

from ledger.log import checkpoints, notes
from ledger.witness import page
from ledger.witness.model import State, Why, origin_hash
from ledger.witness.rules import NotContinued, OtherRoot, OtherSize, WitnessRefusal
from ledger.witness.service import NotSeen
from ledger.witness.store import KEPT_NOTES, MAX_EVIDENCE, MAX_UNPROVEN, OtherVersion, Store
from tests.make_witness import AT, ED25519, MLDSA, ORIGIN, Tree, opened

TREE = Tree.of(40)
FORKED = Tree.of(40, fork=3)


@pytest.fixture
def witness(tmp_path):
    with opened(tmp_path / "w") as found:
        yield found


def submit(witness, tree, old_size, size):
    return witness.submit(bytes(tree.submission(old_size, size)))


def lying(size, number) -> Tree:
    """A log that signs one of any number of roots for a size."""
    tree = Tree.of(40)
    tree.signers = (ED25519,)
    roots = {size: hashlib.sha256(b"%d" % number).digest()}
    tree.root = lambda asked: roots.get(asked) or TREE.root(asked)
    return tree


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
        (standing, *_) = witness.standings()
        found = witness._store.evidence(ORIGIN)
        assert [(one.size, one.root, one.why) for one in standing.findings] == [
            (one.size, one.root, one.why) for one in found
        ]
        return found

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

        assert len(self.evidence(witness)) == 3 < MAX_UNPROVEN < MAX_EVIDENCE
        assert witness.standings()[0].dropped == 8
        refused(witness, FORKED, 8, 8)
        assert Why.FORK in [one.why for one in self.evidence(witness)]

    def test_is_bounded_at_one_size_however_many_roots_a_log_signs(self, witness):
        submit(witness, TREE, 0, 8)
        for number in range(7):
            refused(witness, lying(8, number), 8, 8)

        found = self.evidence(witness)
        assert [one.why for one in found] == [Why.FORK] * 2
        assert witness.standings()[0].dropped == 5
        assert witness._store._connection.execute("SELECT count(*) FROM kept").fetchone() == (1,)  # `against`, once

    def test_is_bounded_for_a_log_that_never_was_empty(self, witness):
        for number in range(1, 7):
            refused(witness, lying(0, number), 0, 0)

        assert [one.why for one in self.evidence(witness)] == [Why.EMPTY] * 2
        assert witness.standings()[0].dropped == 4

    def test_is_bounded_over_all_sizes(self, witness, monkeypatch):
        monkeypatch.setattr("ledger.witness.store.MAX_EVIDENCE", 6)
        for size in range(20):
            submit(witness, TREE, max(size - 1, 0), size)
            for number in range(1, 3):
                refused(witness, lying(size, number), size, size)

        assert len(self.evidence(witness)) == 6
        assert witness.standings()[0].dropped == 34

    def test_counts_what_it_drops_for_a_person_and_a_machine(self, witness, monkeypatch):
        monkeypatch.setattr("ledger.witness.store.MAX_EVIDENCE", 0)
        refused(witness, lying(0, 1), 0, 0)

        assert "1 more refusals" in page.render(witness)
        assert page.health(witness)["logs"][0]["dropped"] == 1

    def test_stands_though_nothing_was_ever_cosigned(self, witness):
        noted = Tree.of(3)
        noted.root = lambda _size: bytes(32)
        refused(witness, noted, 0, 0)

        assert [one.why for one in self.evidence(witness)] == [Why.EMPTY]


class TestMemory:
    def count(self, witness, table):
        return witness._store._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

    def grown(self, witness, size=20):
        for old_size in range(size):
            submit(witness, TREE, old_size, old_size + 1)

    def test_keeps_roots_for_ever_and_only_the_newest_checkpoints_whole(self, witness, monkeypatch):
        monkeypatch.setattr("ledger.witness.store.KEPT_NOTES", 4)
        self.grown(witness)

        assert self.count(witness, "accepted") == 20
        assert self.count(witness, "kept") == 4
        assert isinstance(refused(witness, FORKED, 20, 5), WitnessRefusal)

    def test_accuses_by_a_root_whose_checkpoint_is_gone(self, witness, monkeypatch):
        monkeypatch.setattr("ledger.witness.store.KEPT_NOTES", 4)
        self.grown(witness)
        assert isinstance(refused(witness, FORKED, 0, 5), OtherSize)

        (found,) = witness._store.evidence(ORIGIN)
        assert (found.why, found.against) == (Why.FORK, None)

    def test_keeps_the_checkpoint_that_a_fork_contradicts(self, witness, monkeypatch):
        monkeypatch.setattr("ledger.witness.store.KEPT_NOTES", 4)
        submit(witness, TREE, 0, 8)
        refused(witness, FORKED, 8, 8)
        for old_size in range(8, 30):
            submit(witness, TREE, old_size, old_size + 1)

        (found,) = witness._store.evidence(ORIGIN)
        assert checkpoints.parse(notes.parse(found.against).text).root == TREE.root(8)

    def test_keeps_the_checkpoint_that_an_upload_goes_to(self, witness, monkeypatch):
        monkeypatch.setattr("ledger.witness.store.KEPT_NOTES", 4)
        submit(witness, TREE, 0, 8)
        witness._store.aim(ORIGIN, 8)
        for old_size in range(8, 30):
            submit(witness, TREE, old_size, old_size + 1)
        assert witness._store.kept(ORIGIN, 8) is not None
        witness._store.aim(ORIGIN, 30)
        submit(witness, TREE, 30, 31)

        assert witness._store.kept(ORIGIN, 8) is None
        assert self.count(witness, "kept") == 4

    def test_holds_an_origin_of_no_other_to_its_bounds(self, witness):
        self.grown(witness, 3)

        assert witness._store.kept("log.example/other", 3) is None


OLD_SCHEMA = """
CREATE TABLE log (origin TEXT PRIMARY KEY, size INTEGER NOT NULL CHECK (size >= 0),
    root BLOB NOT NULL CHECK (length(root) = 32), note BLOB NOT NULL,
    cosigned_at INTEGER NOT NULL CHECK (cosigned_at > 0), seen_at INTEGER NOT NULL) STRICT;
CREATE TABLE accepted (origin TEXT NOT NULL, size INTEGER NOT NULL CHECK (size >= 0),
    root BLOB NOT NULL CHECK (length(root) = 32), note BLOB NOT NULL, cosigned_at INTEGER NOT NULL,
    PRIMARY KEY (origin, size)) STRICT;
CREATE TABLE evidence (origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL CHECK (length(root) = 32),
    why TEXT NOT NULL CHECK (why IN ('fork', 'empty', 'unproven')), note BLOB NOT NULL, against BLOB,
    seen_at INTEGER NOT NULL, PRIMARY KEY (origin, size, root)) STRICT;
PRAGMA user_version = 1;
"""


class TestUpgrade:
    def test_takes_over_the_memory_of_the_first_version(self, tmp_path):
        last = KEPT_NOTES + 30
        tree = Tree.of(last, fork=None)
        tree.signers = (ED25519,)
        with contextlib.closing(sqlite3.connect(tmp_path / "db")) as old:
            old.executescript(OLD_SCHEMA)
            for size in range(1, last + 1):
                row = (ORIGIN, size, tree.root(size), tree.checkpoint(size), 1000 + size)
                old.execute("INSERT INTO accepted VALUES (?, ?, ?, ?, ?)", row)
            old.execute("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)", (*row, row[-1]))
            for number in range(5):
                forged = (ORIGIN, 3, bytes([number]) * 32, "fork", b"note", b"against", 7)
                old.execute("INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?)", forged)
            old.commit()

        for _ in range(2):  # and it stays as it is
            store = Store(tmp_path / "db")
            assert store.state(ORIGIN) == State(size=last, root=tree.root(last), cosigned_at=1000 + last)
            assert store.newest(ORIGIN) == store.kept(ORIGIN, last) == tree.checkpoint(last)
            assert [store.roots(ORIGIN, size) for size in (1, last)] == [[tree.root(1)], [tree.root(last)]]
            assert (store.kept(ORIGIN, 30), store.kept(ORIGIN, 31)) == (None, tree.checkpoint(31))
            assert [one.against for one in store.evidence(ORIGIN)] == [tree.checkpoint(3)] * 2
            assert store.standings()[0].dropped == 3
            store.close()


class TestStore:
    def test_refuses_the_memory_of_another_version(self, tmp_path):
        Store(tmp_path / "db").close()
        connection = sqlite3.connect(tmp_path / "db")
        connection.execute("PRAGMA user_version = 3")
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
