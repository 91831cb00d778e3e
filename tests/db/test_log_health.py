"""What an operator is told when the log does not move, and whom it blames."""

from datetime import UTC, datetime, timedelta

import pytest

from ledger.kernel.ids import EntryId, OrganisationId
from ledger.kernel.unit import named_at
from ledger.log import health, service
from ledger.log.health import Witnessing
from ledger.log.model import TimeStamp, event_kind
from ledger.log.policy import Policy, Witness
from ledger.log.signers import COSIGNATURE, generate
from tests.make_publisher import sequencer_of, units_of

HAPPENED = event_kind("test.happened", public="number")
URL = "http://regulator.example"
TSA = "https://tsa.example/"
LATER = timedelta(seconds=11)


@pytest.fixture(scope="module")
def key():
    return generate("regulator.example", COSIGNATURE).key


@pytest.fixture
def policy(key):
    return Policy(witnesses=(Witness("regulator", key, URL),), quorum="regulator")


def record(world):
    cause = world.cause(world.fresh(OrganisationId))
    with world.units.begin() as unit:
        service.record(unit, cause, HAPPENED("thing", number=1))


def read(world, policy, *, later=timedelta(0), authority=None):
    with world.units.read() as unit:
        return health.read(unit, policy, authority=authority, at=datetime.now(UTC) + later)


def stands(world, url, **more):
    with units_of(world).begin() as unit:
        service.note_witness(unit, url, asked_at=datetime.now(UTC), **more)


class TestRead:
    def test_is_quiet_about_an_empty_log(self, world):
        found = read(world, Policy(), later=timedelta(days=1))
        assert (found.status, found.waiting, found.published_size, found.waiting_since) == ("ok", 0, 0, None)

    def test_counts_entries_wherever_they_wait(self, world, policy):
        record(world)
        sequencer_of(world).step()
        record(world)
        record(world)
        found = read(world, policy)
        assert (found.sent, found.placed_size, found.signed_size, found.published_size) == (2, 2, 2, 0)
        assert found.waiting == 4
        assert timedelta(0) <= found.at - found.waiting_since < timedelta(minutes=1)

    def test_blames_the_sequencer_when_nothing_is_placed(self, world):
        record(world)
        assert read(world, Policy()).status == "ok"
        (problem,) = read(world, Policy(), later=LATER).problems
        assert problem.startswith("nothing new has been published since")
        assert "1 entries wait" in problem
        assert "sequencer.log" in problem

    def test_blames_the_publisher_when_nobody_was_asked(self, world, policy):
        sequencer_of(world).step()
        (problem,) = read(world, policy, later=LATER).problems
        assert "the policy asks for regulator" in problem
        assert "publisher.log" in problem

    def test_blames_the_witness_that_does_not_answer(self, world, policy):
        sequencer_of(world).step()
        stands(world, URL, size=0, problem="regulator.example does not answer (ConnectError)")
        (once,) = read(world, policy, later=LATER).problems
        assert once.endswith("regulator.example does not answer (ConnectError)")

    def test_names_a_silent_witness_while_nothing_is_stuck(self, world, policy):
        sequencer_of(world).step()
        stands(world, URL, size=0, problem="regulator.example does not answer (ConnectError)")
        assert read(world, policy).problems == ("regulator.example does not answer (ConnectError)",)

    def test_is_well_again_when_what_waited_is_seen(self, world):
        record(world)
        world.drain()
        assert read(world, Policy(), later=timedelta(days=1)).status == "ok"

    def test_waits_for_the_witnesses_over_what_is_shown_too(self, world, policy):
        """Published by nobody's word but the log's, before a quorum was asked for."""
        world.drain()
        assert read(world, policy).witnessing is Witnessing.WAITING
        assert read(world, Policy()).witnessing is Witnessing.UNWITNESSED


class TestTimeStamps:
    def keep(self, world, size, at):
        with units_of(world).begin() as unit:
            service.keep_time_stamp(unit, TimeStamp(size=size, text="t\n", token=b"t", authority=TSA, stamped_at=at))

    def test_are_late_after_two_hours_of_growth(self, world):
        world.drain()
        self.keep(world, 1, datetime.now(UTC))
        stands(world, TSA, size=0, problem="the time stamp authority does not help: 500")
        assert read(world, Policy(), later=timedelta(hours=9), authority=TSA).problems == ()
        record(world)
        world.drain()
        assert read(world, Policy(), later=timedelta(minutes=119), authority=TSA).problems == ()
        late = read(world, Policy(), later=timedelta(minutes=121), authority=TSA)
        assert late.problems == ("the time stamp authority does not help: 500",)

    def test_that_nobody_asked_for_are_missed_all_the_same(self, world):
        world.drain()
        self.keep(world, 1, datetime.now(UTC) - timedelta(hours=3))
        record(world)
        world.drain()
        (problem,) = read(world, Policy(), authority=TSA).problems
        assert problem.startswith("no checkpoint was time-stamped since")

    def test_are_nobody_s_business_without_an_authority(self, world):
        world.drain()
        assert read(world, Policy(), later=timedelta(days=9)).problems == ()


def test_a_name_says_when_it_was_made(world):
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    with world.units.look() as unit:
        name = unit.fresh(EntryId)
    assert before <= named_at(name) <= datetime.now(UTC)
