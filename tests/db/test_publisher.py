"""What readers see and when: real witnesses over HTTP, some of them dead, late, ahead or lying."""

import gzip
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
import sqlalchemy as sa

from ledger.kernel.ids import OrganisationId
from ledger.kernel.unit import Units
from ledger.log import checkpoints, health, notes, service, store, tiles
from ledger.log.health import Witnessing
from ledger.log.model import event_kind
from ledger.log.policy import Group
from ledger.log.policy import Witness as PolicyWitness
from ledger.log.publisher import Publisher
from ledger.log.remote import AuthorityRefused, Stamped
from tests.make_publisher import (
    LocalWitness,
    Stranger,
    WitnessProcess,
    policy_of,
    sequencer_of,
    stopping,
    units_of,
    until,
)
from tests.make_witness import STRANGER

HAPPENED = event_kind("test.happened", public="number")


@pytest.fixture
def log(world):
    return Log(world)


class Log:
    """A gated log over `world`, and ways to look at it."""

    def __init__(self, world):
        self.world = world
        self.sequencer = sequencer_of(world)
        self.cause = world.cause(world.fresh(OrganisationId))

    def grow(self, number=1):
        """Record `number` entries, and have them placed and signed; return the size."""
        with self.world.units.begin() as unit:
            service.record_many(unit, [(self.cause, HAPPENED("thing", number=one)) for one in range(number)])
        while self.sequencer.step():
            pass
        with self.world.units.read() as unit:
            return service.signed(unit).size

    def published(self):
        with self.world.units.read() as unit:
            return service.published(unit)

    def size(self):
        with self.world.units.read() as unit:
            return service.size(unit)

    def standing(self, witness, part=""):
        with self.world.units.read() as unit:
            found = {one.url: one for one in service.witness_standings(unit)}
        return found.get(witness.url + part)

    def health(self, policy, *, later=timedelta(0)):
        with self.world.units.read() as unit:
            return health.read(unit, policy, authority=None, at=datetime.now(UTC) + later)

    def publisher(self, policy, authority=None, **more):
        return Publisher(units_of(self.world), policy, authority, **more)


@pytest.fixture
def witnesses(world, tmp_path):
    """Three honest witnesses that trust the log."""
    found = [LocalWitness(folder=tmp_path, name=f"w{number}.example", trusted=world.ring) for number in range(3)]
    with stopping(*found):
        yield [one.start() for one in found]


@pytest.fixture
def witness(world, tmp_path):
    """One honest witness."""
    found = LocalWitness(folder=tmp_path, name="w0.example", trusted=world.ring)
    with stopping(found):
        yield found.start()


def stranger(like, respond):
    return Stranger(like=like, respond=respond).start()


def signers_of(log, head, note):
    """Who signed a published note, by name."""
    return sorted({one.name for one in notes.parse(note).signatures} - {log.world.database.origin})


class TestRound:
    def test_publishes_what_the_quorum_has_cosigned(self, log, witness):
        policy = policy_of(log.world, witness, quorum=1)
        size = log.grow(3)
        assert log.size() == 0
        with log.publisher(policy) as publisher:
            assert publisher.round().published == size
            published = log.published()
            verdict = policy.verify(notes.parse(published.note))
            assert (verdict.checkpoint.size, len(verdict.witnesses)) == (size, 2)
            assert log.standing(witness).size == size
            assert publisher.round().published is None

    def test_publishes_nothing_while_nothing_is_signed(self, log, witness):
        with log.publisher(policy_of(log.world, witness, quorum=1)) as publisher:
            assert publisher.round().published is None

    def test_continues_from_what_the_witness_has_seen(self, log, witness):
        policy = policy_of(log.world, witness, quorum=1)
        with log.publisher(policy) as publisher:
            for number in (1, 3, 300, 2):
                size = log.grow(number)
                assert publisher.round().published == size
        assert witness.size(log.world.database.origin) == size

    def test_lets_a_new_publisher_go_on_where_another_stopped(self, log, witness):
        policy = policy_of(log.world, witness, quorum=1)
        for _ in range(3):
            size = log.grow(5)
            with log.publisher(policy) as publisher:
                assert publisher.round().published == size

    def test_takes_a_healthy_round_well_under_a_tenth_of_a_second(self, log, witnesses):
        """Loosely, since a test is no benchmark: nobody is waited for who need not be."""
        with log.publisher(policy_of(log.world, *witnesses, quorum=3)) as publisher:
            took = []
            for _ in range(8):
                size = log.grow(2)
                began = time.monotonic()
                assert until(publisher, lambda found: found.published is not None).published == size
                took.append(time.monotonic() - began)
        assert min(took) < 0.5

    def test_writes_the_lines_in_the_order_of_the_policy_and_of_nobody_else(self, log, witnesses):
        policy = policy_of(log.world, *reversed(witnesses), quorum=3)
        log.grow()
        with log.publisher(policy) as publisher:
            until(publisher, lambda found: found.published is not None)
        lines = notes.parse(log.published().note).signatures
        ours = [one.key.name for one in log.world.ring]
        assert [one.name for one in lines] == [*ours, *(one.key.name for one in policy.witnesses)]

    def test_adds_cosignatures_where_no_quorum_is_asked(self, log, witness):
        policy = policy_of(log.world, witness, quorum=None)
        log.sequencer = sequencer_of(log.world, gated=False)
        size = log.grow(2)
        assert log.size() == size
        before = log.published()
        with log.publisher(policy) as publisher:
            until(publisher, lambda found: found.published == size)
        after = log.published()
        assert (after.size, after.root, after.at) == (before.size, before.root, before.at)
        assert signers_of(log, after, after.note) == [witness.name]

    def test_has_what_is_shown_already_cosigned_once_a_quorum_is_asked(self, log, witness):
        log.sequencer = sequencer_of(log.world, gated=False)
        size = log.grow(2)
        policy = policy_of(log.world, witness, quorum=1)
        assert log.health(policy).witnessing is Witnessing.WAITING
        with log.publisher(policy) as publisher:
            assert until(publisher, lambda found: found.published is not None).published == size
        policy.verify(notes.parse(log.published().note))
        assert log.health(policy).witnessing is Witnessing.MET

    def test_holds_no_unit_while_a_witness_thinks(self, log, witness):
        engine = log.world.engines[1]
        seen = []

        def respond(_path, _body):
            seen.append(engine.pool.checkedout())
            return 500, b""

        other = stranger(witness, respond)
        with stopping(other), log.publisher(policy_of(log.world, other, quorum=1)) as publisher:
            log.grow()
            until(publisher, lambda _: len(seen) > 0)
        assert set(seen) == {0}


class TestADeadWitness:
    def test_catches_up_when_it_is_back(self, log, witness):
        policy = policy_of(log.world, witness, quorum=1)
        with log.publisher(policy) as publisher:
            size = log.grow()
            assert publisher.round().published == size
            witness.stop()
            for _ in range(3):
                size = log.grow(10)
                assert publisher.round().published is None
            assert log.size() < size
            assert log.standing(witness).problem.startswith("w0.example does not answer")
            found = log.health(policy, later=timedelta(seconds=11))
            assert (found.status, found.witnessing) == ("degraded", Witnessing.WAITING)
            assert found.problems[0].startswith("nothing new has been published since")
            assert "w0.example does not answer" in found.problems[0]
            witness.start()
            assert until(publisher, lambda one: one.published is not None).published == size
        assert log.standing(witness).problem is None
        assert log.health(policy).status == "ok"

    def test_killed_as_a_process_catches_up_too(self, log, tmp_path):
        (tmp_path / "logs").write_text("".join(f"log {one.key}\n" for one in log.world.ring) + "quorum none\n")
        process = WitnessProcess(tmp_path)
        try:
            process.start()
            policy = policy_of(log.world, process, quorum=1)
            with log.publisher(policy) as publisher:
                size = log.grow()
                assert until(publisher, lambda found: found.published is not None).published == size
                process.kill()
                size = log.grow(5)
                until(publisher, lambda _: log.standing(process).problem is not None)
                assert log.size() < size
                process.start()
                assert until(publisher, lambda found: found.published is not None, within_s=60).published == size
        finally:
            process.kill()

    def test_does_not_hold_up_the_living(self, log, witnesses):
        policy = policy_of(log.world, *witnesses, quorum=2)
        witnesses[1].stop()
        with log.publisher(policy) as publisher:
            for _ in range(3):
                size = log.grow()
                began = time.monotonic()
                assert publisher.round().published == size
                assert time.monotonic() - began < 2
        found = log.health(policy)
        assert found.witnessing is Witnessing.MET
        assert [one.up for one in found.witnesses] == [True, False, True]
        assert [one.partition(" ")[0] for one in found.problems] == ["w1.example"]

    def test_that_hangs_does_not_hold_up_the_living_either(self, log, witnesses):
        hangs = threading.Event()
        other = stranger(witnesses[0], lambda *_: (hangs.wait(30), (500, b""))[1])
        with stopping(other), log.publisher(policy_of(log.world, other, *witnesses[1:], quorum=2)) as publisher:
            took = []
            for _ in range(5):
                size = log.grow()
                began = time.monotonic()
                assert publisher.round().published == size
                took.append(time.monotonic() - began)
            hangs.set()
        assert min(took) < 0.5
        assert len(other.asked) == 1

    def test_is_asked_ever_more_rarely(self, log, witness):
        clock = [0.0]
        other = stranger(witness, lambda *_: (500, b"no"))
        policy = policy_of(log.world, other, quorum=1)
        log.grow()
        with stopping(other), log.publisher(policy, monotonic=lambda: clock[0]) as publisher:
            asked_at = []
            while len(asked_at) < 12:
                before = len(other.asked)
                publisher.round()
                asked_at += [clock[0]] * (len(other.asked) - before)
                clock[0] = round(clock[0] + 0.1, 1)
        pauses = [later - earlier for earlier, later in zip(asked_at, asked_at[1:], strict=False)]
        least = [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0, 30.0]
        assert all(one - 0.01 < pause < one + 0.12 for pause, one in zip(pauses, least, strict=True))

    def test_gives_its_lines_later_to_what_is_published_already(self, log, witnesses):
        slow = threading.Event()
        like = witnesses[0]

        def respond(path, body):
            slow.wait(30)
            return forward(like, path, body)

        other = stranger(like, respond)
        policy = policy_of(log.world, other, *witnesses[1:], quorum=2)
        size = log.grow(4)
        with stopping(other), log.publisher(policy) as publisher:
            assert publisher.round().published == size
            before = log.published()
            assert signers_of(log, before, before.note) == ["w1.example", "w2.example"]
            slow.set()
            assert until(publisher, lambda found: found.published is not None).published == size
        after = log.published()
        assert signers_of(log, after, after.note) == ["w0.example", "w1.example", "w2.example"]
        assert after.at == before.at

    def test_that_is_slow_still_sees_one_checkpoint_whole_under_load(self, log, witnesses):
        """Each round finds something newer signed; the quorum is met over one that both were asked about."""
        like = witnesses[0]

        def respond(path, body):
            time.sleep(1.3)  # longer than a round waits
            return forward(like, path, body)

        other = stranger(like, respond)
        policy = policy_of(log.world, other, witnesses[1], quorum=2)
        with stopping(other), log.publisher(policy) as publisher:
            published = []
            deadline = time.monotonic() + 20
            while len(published) < 2 and time.monotonic() < deadline:
                log.grow()
                if (found := publisher.round().published) is not None:
                    published.append(found)
        assert len(published) == 2

    def test_that_lost_its_memory_is_told_the_log_anew(self, log, witness, tmp_path):
        policy = policy_of(log.world, witness, quorum=1)
        with log.publisher(policy) as publisher:
            log.grow(5)
            publisher.round()
            witness.stop()
            for file in (tmp_path / witness.name).glob("witness.db*"):
                file.unlink()
            witness.start()
            size = log.grow(5)
            assert until(publisher, lambda found: found.published is not None).published == size
        assert witness.size(log.world.database.origin) == size


class TestALyingWitness:
    """With the quorum on it, nothing is published, and it is named; without it, it is only named."""

    def broken(self, witness):
        """Answer with the lines of `witness`, each with its last byte wrong."""

        def respond(path, body):
            found = notes.parse_signatures(forward(witness, path, body)[1])
            broken = [
                notes.Signature(one.name, one.key_id, one.value[:-1] + bytes([one.value[-1] ^ 1])) for one in found
            ]
            return 200, "".join(f"{one.line}\n" for one in broken).encode()

        return respond

    @pytest.mark.parametrize(
        ("respond", "said"),
        [
            (lambda *_: (200, b"<html>welcome</html>"), "answers no signature lines"),
            (lambda *_: (409, b"soon"), "a conflict without its size"),
            (lambda *_: (409, b"0\n"), "calls the size it has a conflict"),
            (lambda *_: (200, b"x" * 1_100_000), "answers without end"),
        ],
    )
    def test_is_named_and_nothing_is_published_on_its_word(self, log, witness, respond, said):
        other = stranger(witness, respond)
        policy = policy_of(log.world, other, quorum=1)
        log.grow()
        with stopping(other), log.publisher(policy) as publisher:
            until(publisher, lambda _: log.standing(other) is not None)
            assert publisher.round().published is None
        stands = log.standing(other)
        assert stands.alarm
        assert stands.problem.startswith("ALARM: w0.example answers what cannot be so")
        assert said in stands.problem
        assert log.published() is None
        found = log.health(policy)
        assert found.status == "degraded"
        assert found.problems[0] == stands.problem
        assert [one.alarm for one in found.witnesses] == [True]

    def test_whose_signatures_do_not_hold_is_named(self, log, witness):
        other = stranger(witness, self.broken(witness))
        log.grow()
        with stopping(other), log.publisher(policy_of(log.world, other, quorum=1)) as publisher:
            until(publisher, lambda _: log.standing(other) is not None)
        assert "that does not fit" in log.standing(other).problem
        assert log.published() is None

    def test_that_sends_us_round_and_round_is_named(self, log, witness):
        turns = iter(range(1, 100))
        other = stranger(witness, lambda *_: (409, b"%d\n" % (1 + next(turns) % 5)))
        log.grow(9)
        with stopping(other), log.publisher(policy_of(log.world, other, quorum=1)) as publisher:
            until(publisher, lambda _: log.standing(other) is not None)
        assert "each time" in log.standing(other).problem
        assert len(other.asked) == 4

    def test_does_not_keep_the_others_from_publishing(self, log, witnesses):
        other = stranger(witnesses[0], lambda *_: (200, b"lies\n"))
        policy = policy_of(log.world, other, *witnesses[1:], quorum=2)
        size = log.grow()
        with stopping(other), log.publisher(policy) as publisher:
            assert until(publisher, lambda found: found.published is not None).published == size
            until(publisher, lambda _: log.standing(other) is not None)
        found = log.health(policy)
        assert found.witnessing is Witnessing.MET
        assert [one.partition(" answers")[0] for one in found.problems] == ["ALARM: w0.example"]


class TestAContradiction:
    def test_a_witness_that_has_seen_more_than_there_is_here_is_an_alarm(self, log, witness):
        other = stranger(witness, lambda *_: (409, b"999\n"))
        policy = policy_of(log.world, other, quorum=1)
        size = log.grow()
        with stopping(other), log.publisher(policy) as publisher:
            until(publisher, lambda _: log.standing(other) is not None)
            assert publisher.round().published is None
        stands = log.standing(other)
        assert (stands.alarm, stands.size) == (True, 999)
        assert stands.problem.startswith(
            f"ALARM: w0.example has cosigned 999 entries of this log, and here are only {size}"
        )
        assert "Stop the exchange" in stands.problem
        assert log.published() is None

    def test_a_log_restored_from_an_older_copy_hears_so_from_an_honest_witness(self, log, witness):
        policy = policy_of(log.world, witness, quorum=1)
        first = log.grow()
        early = log.published
        with log.publisher(policy) as publisher:
            publisher.round()
            log.grow(5)
            publisher.round()
        assert early().size == first + 5
        rewind(log.world, first)
        with log.publisher(policy) as publisher:
            until(publisher, lambda _: log.standing(witness).problem is not None)
        assert log.standing(witness).problem.startswith(f"ALARM: w0.example has cosigned {first + 5} entries")

    def test_a_history_the_witness_has_not_seen_is_an_alarm(self, log, witness):
        other = stranger(witness, lambda *_: (422, b"the proof does not hold"))
        log.grow()
        with stopping(other), log.publisher(policy_of(log.world, other, quorum=1)) as publisher:
            until(publisher, lambda _: log.standing(other) is not None)
            assert publisher.round().published is None
        assert log.standing(other).problem.startswith(
            "ALARM: w0.example says that the checkpoint of 2 entries does not"
        )
        assert log.published() is None

    def test_is_none_when_another_publisher_was_only_quicker(self, log, witness):
        """It asked about something newer between our look and our question."""
        policy = policy_of(log.world, witness, quorum=1)
        grown = []

        def respond(path, body):
            if not grown:
                grown.append(log.grow())
                return 409, b"%d\n" % grown[0]
            return forward(witness, path, body)

        other = stranger(witness, respond)
        log.grow()
        with stopping(other), log.publisher(policy_of(log.world, other, quorum=1)) as publisher:
            assert publisher.round().published is None
            assert log.standing(other) is None
            assert until(publisher, lambda found: found.published is not None).published == grown[0]
        policy.verify(notes.parse(log.published().note))

    def test_a_witness_that_does_not_trust_the_log_is_a_problem_and_no_alarm(self, log, world, tmp_path):
        other = LocalWitness(folder=tmp_path, name="w9.example", trusted=(STRANGER,))
        with stopping(other), log.publisher(policy_of(world, other.start(), quorum=1)) as publisher:
            log.grow()
            until(publisher, lambda _: log.standing(other) is not None)
        stands = log.standing(other)
        assert not stands.alarm
        assert "mengkeju ledger keys" in stands.problem

    def test_a_witness_with_other_keys_is_a_problem_and_no_alarm(self, log, witnesses):
        like, actual = witnesses[:2]
        other = stranger(like, lambda path, body: forward(actual, path, body))
        with stopping(other), log.publisher(policy_of(log.world, other, quorum=1)) as publisher:
            log.grow()
            until(publisher, lambda _: log.standing(other) is not None)
        assert "mend the policy" in log.standing(other).problem
        assert log.published() is None


class Killed(BaseException):
    """The process ends here."""


class Dying(Units):
    """Ends the process at the n-th unit that would write: before it is durable, or when it is and nobody knows."""

    def __init__(self, world, *, at, durable):
        super().__init__(world.engines[1], world.clock)
        self._left, self._durable = at, durable

    def begin(self):
        @contextmanager
        def dying():
            with super(Dying, self).begin() as unit:
                yield unit
                self._left -= 1
                if self._left == 0 and not self._durable:
                    raise Killed
            if self._left == 0:
                raise Killed

        return dying()


class TestAKilledPublisher:
    """Unit 1 publishes, unit 2 keeps how the witness stands."""

    @pytest.mark.parametrize("durable", [False, True])
    @pytest.mark.parametrize("at", [1, 2])
    def test_is_gone_on_from_without_harm(self, log, witness, at, durable):
        policy = policy_of(log.world, witness, quorum=1)
        first = log.grow(3)
        with log.publisher(policy) as publisher:
            publisher.round()
        size = log.grow(3)
        with Publisher(Dying(log.world, at=at, durable=durable), policy) as publisher, pytest.raises(Killed):
            publisher.round()
        assert witness.size(log.world.database.origin) == size
        published = (at, durable) != (1, False)
        assert log.size() == (size if published else first)
        kept = (at, durable) == (2, True)
        assert log.standing(witness).size == (size if kept else first)
        with log.publisher(policy) as publisher:
            until(publisher, lambda _: log.size() == size and log.standing(witness).size == size)
            newest = log.grow(2)
            assert until(publisher, lambda found: found.published is not None).published == newest
        policy.verify(notes.parse(log.published().note))

    def test_never_shows_what_the_policy_does_not_accept_whenever_it_dies(self, log, witnesses):
        policy = policy_of(log.world, *witnesses, quorum=2)
        for number in range(6):
            log.grow(number + 1)
            witnesses[number % 3].stop()
            units = Dying(log.world, at=1 + number % 2, durable=number % 4 < 2)
            with Publisher(units, policy) as publisher, pytest.raises(Killed):
                until(publisher, lambda _: False)
            if (published := log.published()) is not None:
                policy.verify(notes.parse(published.note))
            witnesses[number % 3].start()


class TestAMirror:
    """Whoever cosigns may also keep a copy."""

    def copied(self, log, witness):
        found = log.standing(witness, "/mirror")
        return found.size if found else 0

    def test_is_sent_the_entries_and_nobody_waits_for_it(self, log, witness, tmp_path):
        policy = policy_of(log.world, witness, quorum=1)
        with log.publisher(policy) as publisher:
            for number in (3, 300):
                size = log.grow(number)
                assert publisher.round().published == size
                until(publisher, lambda _, size=size: self.copied(log, witness) == size)
        folder = next((tmp_path / witness.name / "mirror").iterdir())
        mirrored = notes.parse((folder / "checkpoint").read_bytes())
        assert mirrored.text == notes.parse(log.published().note).text
        assert log.health(policy).witnesses[0].mirrored == size
        assert log.health(policy).status == "ok"

    def test_goes_on_after_our_restart_and_its_own(self, log, witness):
        policy = policy_of(log.world, witness, quorum=1)
        for _ in range(2):
            size = log.grow(260)
            with log.publisher(policy) as publisher:
                until(publisher, lambda _, size=size: self.copied(log, witness) == size)
            witness.stop()
            witness.start()

    def test_may_be_part_of_the_quorum(self, log, witness):
        policy = policy_of(log.world, witness, quorum=1)
        lines = tuple(PolicyWitness(f"m/{n}", key, witness.url) for n, key in enumerate(witness.mirror_keys))
        groups = (
            *policy.groups,
            Group("copy", 1, tuple(one.name for one in lines)),
            Group("both", 2, ("enough", "copy")),
        )
        policy = replace(policy, witnesses=(*policy.witnesses, *lines), groups=groups, quorum="both")
        for number in (2, 5):
            size = log.grow(number)
            with log.publisher(policy) as publisher:
                assert until(publisher, lambda found: found.published is not None).published == size
        names = {one.name for one in policy.verify(notes.parse(log.published().note)).witnesses}
        assert {"m/0", "m/1"} <= names

    def test_is_no_duty_of_a_witness(self, log, witness):
        def respond(path, body):
            return forward(witness, path, body) if path == "/add-checkpoint" else (404, b"")

        other = stranger(witness, respond)
        policy = policy_of(log.world, other, quorum=1)
        with stopping(other), log.publisher(policy) as publisher:
            for _ in range(3):
                size = log.grow()
                assert until(publisher, lambda found: found.published is not None).published == size
                publisher.round()
        assert log.health(policy).problems == ()
        assert log.health(policy).witnesses[0].mirrored is None

    def test_that_lies_raises_the_alarm(self, log, witness):
        def respond(path, body):
            return forward(witness, path, body) if path == "/add-checkpoint" else (200, b"nonsense")

        other = stranger(witness, respond)
        policy = policy_of(log.world, other, quorum=1)
        with stopping(other), log.publisher(policy) as publisher:
            log.grow()
            until(publisher, lambda _: log.standing(other, "/mirror") is not None)
        assert log.standing(other, "/mirror").alarm

    def test_alone_answers_nothing_and_is_sent_the_entries(self, log, witness):
        def respond(path, body):
            unpacked = gzip.decompress(body) if path == "/add-entries" else body  # no header is handed on
            status, content = forward(witness, path, unpacked)
            return status, b"" if path == "/add-checkpoint" and status == 200 else content

        other = stranger(witness, respond)
        policy = policy_of(log.world, other, quorum=None)
        with stopping(other), log.publisher(policy) as publisher:
            size = log.grow()
            until(publisher, lambda _: self.copied(log, other) == size)
        assert log.standing(other).problem is None
        assert log.standing(other).cosigned_at is None

    def test_that_refuses_is_named_and_does_not_keep_readers_waiting(self, log, witness):
        def respond(path, body):
            return forward(witness, path, body) if path == "/add-checkpoint" else (507, b"the disk is full")

        other = stranger(witness, respond)
        policy = policy_of(log.world, other, quorum=1)
        with stopping(other), log.publisher(policy) as publisher:
            size = log.grow()
            assert until(publisher, lambda found: found.published is not None).published == size
            until(publisher, lambda _: log.standing(other, "/mirror") is not None)
        (problem,) = log.health(policy).problems
        assert problem.startswith("the mirror of w0.example does not take in the log's entries")
        assert "the disk is full" in problem


class FakeAuthority:
    """Somebody else's clock, as the publisher asks it."""

    url = "https://tsa.example/"

    def __init__(self, now):
        self.now, self.asked, self.problem = now, [], None

    def stamp(self, text, *, at):
        self.asked.append((text, at))
        if self.problem:
            raise AuthorityRefused(self.problem)
        return Stamped(token=b"token over " + text.encode(), at=self.now())


class Time:
    """A clock that a test moves, and the one that only goes forward beside it."""

    def __init__(self):
        self.at, self.monotonic_s = datetime.now(UTC), 0.0

    def now(self):
        return self.at

    def monotonic(self):
        return self.monotonic_s

    def move(self, by):
        self.at += by
        self.monotonic_s += by.total_seconds()


class TestTimeStamps:
    @pytest.fixture
    def time_(self):
        return Time()

    @pytest.fixture
    def authority(self, time_):
        return FakeAuthority(time_.now)

    @pytest.fixture
    def publisher(self, log, authority, time_):
        log.sequencer = sequencer_of(log.world, gated=False)
        policy = policy_of(log.world, quorum=None)
        with log.publisher(policy, authority, now=time_.now, monotonic=time_.monotonic) as publisher:
            yield publisher

    def stamps(self, log):
        with log.world.units.read() as unit:
            return service.time_stamps(unit)

    def rounds(self, publisher):
        """Enough rounds for whatever is asked to be heard."""
        for _ in range(5):
            publisher.round()
            time.sleep(0.01)

    def test_come_over_the_published_text_and_then_every_hour(self, log, publisher, authority, time_):
        size = log.grow(2)
        self.rounds(publisher)
        (stamp,) = self.stamps(log)
        text = notes.parse(log.published().note).text
        assert (stamp.size, stamp.text, stamp.authority, stamp.stamped_at) == (size, text, authority.url, time_.at)
        assert stamp.token == b"token over " + text.encode()
        log.grow()
        time_.move(timedelta(hours=1) - timedelta(microseconds=1))
        self.rounds(publisher)
        assert len(self.stamps(log)) == 1
        time_.move(timedelta(microseconds=1))
        self.rounds(publisher)
        assert [one.size for one in self.stamps(log)] == [size, size + 1]

    def test_do_not_repeat_while_the_log_does_not_grow(self, log, publisher, authority, time_):
        log.grow()
        for _ in range(3):
            self.rounds(publisher)
            time_.move(timedelta(hours=2))
        assert len(authority.asked) == 1

    def test_are_over_nothing_while_nothing_is_published(self, log, publisher, authority):
        self.rounds(publisher)
        assert authority.asked == []

    def test_are_asked_for_ever_more_rarely_while_the_authority_refuses(self, log, publisher, authority, time_):
        authority.problem = "https://tsa.example/ answers 500"
        log.grow()
        began = time_.monotonic_s
        asked_at = []
        while len(asked_at) < 7:
            before = len(authority.asked)
            self.rounds(publisher)
            asked_at += [time_.monotonic_s - began] * (len(authority.asked) - before)
            time_.move(timedelta(seconds=10))
        pauses = [later - earlier for earlier, later in zip(asked_at, asked_at[1:], strict=False)]
        assert pauses == [30, 60, 120, 240, 480, 600]
        with log.world.units.read() as unit:
            found = health.read(unit, policy_of(log.world, quorum=None), authority=authority.url, at=time_.at)
        assert found.problems == (f"the time stamp authority does not help: {authority.problem}",)
        authority.problem = None
        time_.move(timedelta(seconds=600))
        self.rounds(publisher)
        assert len(self.stamps(log)) == 1
        with log.world.units.read() as unit:
            assert (
                health.read(unit, policy_of(log.world, quorum=None), authority=authority.url, at=time_.at).problems
                == ()
            )

    def test_that_are_slow_hold_up_nobody(self, log, publisher, authority):
        waits = threading.Event()
        authority.now = lambda: (waits.wait(30), datetime.now(UTC))[1]
        log.grow()
        began = time.monotonic()
        self.rounds(publisher)
        assert time.monotonic() - began < 5
        assert self.stamps(log) == []
        waits.set()
        until(publisher, lambda found: found.stamped is not None)

    def test_survive_a_death_between_the_token_and_its_keeping(self, log, authority, time_):
        log.sequencer = sequencer_of(log.world, gated=False)
        policy = policy_of(log.world, quorum=None)
        log.grow()
        for durable, left in ((False, 0), (True, 1)):
            units = Dying(log.world, at=1, durable=durable)
            with Publisher(units, policy, authority, now=time_.now) as publisher, pytest.raises(Killed):
                until(publisher, lambda _: False)
            assert len(self.stamps(log)) == left


def forward(witness, path, body):
    """Ask the honest one."""
    answer = httpx2.post(f"{witness.url}{path}", content=body, trust_env=False)
    return answer.status_code, answer.content


def rewind(world, size):
    """Make the database what an older copy of it was: the head and what is signed, of `size` entries."""
    with world.units.read() as unit:
        root = root_at(unit, size)
        note = service.signed(unit).note
    text = checkpoints.Checkpoint(origin=world.database.origin, size=size, root=root)
    note = notes.sign_checkpoint(text, world.ring, at=datetime.now(UTC))
    with world.engines[1].begin() as connection:
        for table in ("signed", "published"):
            connection.execute(
                sa.text(f"UPDATE {table} SET size = :s, root = :r, note = :n"), {"s": size, "r": root, "n": note}
            )


def root_at(unit, size):
    return tiles.root_at(lambda level, index: store.read_tile(unit, level, index), size)
