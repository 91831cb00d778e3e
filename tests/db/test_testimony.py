"""A backup that brings the journal back too: only what others have seen of our own signatures keeps us from a fork."""

import logging
from datetime import UTC, datetime

import httpx2
import pytest

from exchange.app.parts import sequencer as part
from exchange.app.preparing import key_file
from exchange.app.site import Site
from ledger.kernel.ids import OrganisationId
from ledger.log import checkpoints, health, keys, merkle, model, notes, service, store
from ledger.log.checkpoints import Checkpoint
from ledger.log.journal import Forked, RolledBack
from ledger.log.model import event_kind
from ledger.log.publisher import Publisher
from ledger.log.remote import Lied, Unreachable, Witness
from tests.make_publisher import LocalWitness, Stranger, policy_of, sequencer_of, stopping, units_of, until
from tests.make_witness import Tree

HAPPENED = event_kind("test.happened", public="number")
LIES = (409, b"999\n")


@pytest.fixture
def witness(world, tmp_path):
    found = LocalWitness(folder=tmp_path, name="w0.example", trusted=world.ring)
    with stopping(found):
        yield found.start()


@pytest.fixture
def grow(world):
    """Record entries, and have them placed and signed; return the size."""
    cause = world.cause(world.fresh(OrganisationId))

    def grow(number=1):
        with world.units.begin() as unit:
            service.record_many(unit, [(cause, HAPPENED("thing", number=one)) for one in range(number)])
        running = sequencer_of(world)
        while running.step():
            pass
        return signed(world)

    return grow


@pytest.fixture
def site(world, tmp_path):
    """The site over the world's database, gated by whom a test says; its journal is the world's."""

    def over(policy):
        home = world.journal.path.parent
        if not key_file(home).exists():
            keys.save(key_file(home), world.ring)
        return Site(
            database=world.database,
            home=str(home),
            broker="",
            key_file=str(key_file(home)),
            vkey=str(world.signer.key),
            policy=policy.text,
            host="127.0.0.1",
            port=1,
            parent=1,
        )

    return over


def signed(world):
    with world.units.read() as unit:
        head = service.signed(unit)
    return head.size if head else 0


def lost(world, size=50, ring=None):
    """What our keys signed before the backup was restored: a history that the database does not have."""
    return Tree(
        [b"lost %d" % number for number in range(size)], origin=world.database.origin, signers=tuple(ring or world.ring)
    )


def has_cosigned(witness, tree, size):
    submission = tree.submission(0, size)
    assert httpx2.post(f"{witness.url}/add-checkpoint", content=bytes(submission)).status_code == 200


def kept(world):
    with world.units.read() as unit:
        return [one.url for one in store.testimonies(unit)]


def troubles(world):
    with world.units.read() as unit:
        return {one.part: one.said for one in service.troubles(unit)}


def begin(site):
    """Begin as the process does, and end at once."""
    with part.ready(site):
        pass


class TestNewest:
    def test_is_what_the_witness_has_cosigned(self, world, witness):
        tree = lost(world)
        has_cosigned(witness, tree, 50)
        with Witness(witness.url) as asked:
            note = asked.newest(world.database.origin)
        assert checkpoints.parse(note.text).size == 50
        notes.verify_each(note, [one.key for one in world.ring])
        assert len(notes.verify(note, witness.keys)) == 2

    def test_is_none_of_a_log_it_has_never_seen(self, world, witness):
        with Witness(witness.url) as asked:
            assert asked.newest(world.database.origin) is None

    @pytest.mark.parametrize(
        ("status", "content", "problem"),
        [
            (500, b"", Unreachable),
            (301, b"", Unreachable),
            (200, b"", Lied),
            (200, b"a\n\n\xe2\x80\x94 b AAAAAAA=\n", Lied),
            (200, b"x" * 2_000_000, Lied),
            (200, Tree.of(3).checkpoint(3), Lied),  # of another log
        ],
    )
    def test_is_believed_to_be_a_note_of_this_log_or_nothing(self, world, witness, status, content, problem):
        other = Stranger(like=witness, respond=lambda *_: (status, content)).start()
        with stopping(other), Witness(other.url) as asked, pytest.raises(problem):
            asked.newest(world.database.origin)

    def test_is_not_waited_for_where_nobody_is(self, world, witness):
        witness.stop()
        with Witness(witness.url, timeout_s=1) as asked, pytest.raises(Unreachable):
            asked.newest(world.database.origin)


class TestStarting:
    def test_on_less_than_the_witness_has_seen_is_refused_and_stays_refused(self, world, grow, site, witness):
        size = grow(3)
        written = world.journal.read()
        has_cosigned(witness, lost(world), 50)
        gated = site(policy_of(world, witness, quorum=1))
        with pytest.raises(RolledBack, match=f"of 50 entries .* but the database holds {size}") as refused:
            begin(gated)
        assert "Nothing was signed.\n1. Keep a copy" in refused.value.detail
        assert troubles(world) == {"sequencer": part.told(refused.value)}
        witness.stop()
        with pytest.raises(RolledBack):
            begin(gated)
        with pytest.raises(RolledBack):
            grow()
        assert (signed(world), world.journal.read()) == (size, written)

    def test_on_an_empty_database_is_refused_too(self, world, site, witness):
        has_cosigned(witness, lost(world), 50)
        with pytest.raises(RolledBack, match="the database holds none"):
            begin(site(policy_of(world, witness, quorum=1)))
        assert signed(world) == 0

    def test_on_another_history_is_refused(self, world, grow, site, witness):
        size = grow(60)
        has_cosigned(witness, lost(world), 50)
        with pytest.raises(Forked, match="another root at that size"):
            begin(site(policy_of(world, witness, quorum=1)))
        with pytest.raises(Forked):
            grow()
        assert signed(world) == size

    def test_on_what_the_witness_has_seen_goes_on_and_says_that_it_works(self, world, grow, site, witness):
        policy = policy_of(world, witness, quorum=1)
        grow(3)
        with Publisher(units_of(world), policy) as publisher:
            until(publisher, lambda found: found.published is not None)
        grow(2)
        with units_of(world).begin() as unit:
            service.note_trouble(unit, "sequencer", "of yesterday")
        begin(site(policy))
        assert (troubles(world), kept(world)) == ({}, [])

    def test_with_the_right_database_back_forgets_the_contradiction(self, world, grow, site, witness):
        size = grow(5)
        with world.units.read() as unit:
            note = service.signed(unit).note
        with units_of(world).begin() as unit:
            store.save_testimony(unit, model.Testimony(url=witness.url, note=note, at=datetime.now(UTC)))
        assert grow() == size + 1
        begin(site(policy_of(world, witness, quorum=1)))
        assert kept(world) == []

    def test_without_anybody_to_ask_goes_on_and_says_so(self, world, grow, site, witness, caplog):
        witness.stop()
        gated = site(policy_of(world, witness, quorum=1))
        with caplog.at_level(logging.WARNING):
            begin(gated)
            assert caplog.text == ""
            grow()
            begin(gated)
        assert "none of the 1 witnesses could be asked" in caplog.text

    @pytest.mark.parametrize("shown", ["other keys", "no note", "another log", "a broken line"])
    def test_is_not_to_be_prevented_by_a_liar(self, world, grow, site, witness, caplog, shown):
        """Only our own signature proves anything."""
        grow()
        others = lost(world, ring=keys.make(world.database.origin)).checkpoint(50)
        own = lost(world).checkpoint(50)
        content = {
            "other keys": others,
            "no note": b"50\n",
            "another log": Tree.of(50).checkpoint(50),
            "a broken line": own.replace(b"\n50\n", b"\n51\n"),
        }[shown]
        other = Stranger(like=witness, respond=lambda *_: (200, content)).start()
        with stopping(other):
            begin(site(policy_of(world, other, quorum=1)))
        assert (kept(world), troubles(world)) == ([], {})
        assert "none of the 1 witnesses could be asked" in caplog.text
        assert grow() == 3


class TestRunning:
    """The witness was away when we began, and tells us in the middle of the work."""

    def test_stops_signing_once_the_witness_shows_more_of_our_own(self, world, grow, witness):
        size = grow(3)
        has_cosigned(witness, lost(world), 50)
        with Publisher(units_of(world), policy_of(world, witness, quorum=1)) as publisher:
            until(publisher, lambda _: kept(world))
        for _ in range(2):
            with pytest.raises(RolledBack, match="shows a checkpoint of 50 entries"):
                grow()
        assert signed(world) == size
        with world.units.read() as unit:
            (stands,) = service.witness_standings(unit)
        assert stands.alarm
        assert "shows a checkpoint that this log's own key signed" in stands.problem

    def test_stops_signing_once_the_witness_shows_another_history_of_our_own(self, world, grow, witness):
        size = grow(60)
        has_cosigned(witness, lost(world), 50)
        with Publisher(units_of(world), policy_of(world, witness, quorum=1)) as publisher:
            until(publisher, lambda _: kept(world))
        with pytest.raises(Forked, match="of 50 entries"):
            grow()
        assert signed(world) == size

    @pytest.mark.parametrize("shown", ["nothing", "other keys", "what we have"])
    @pytest.mark.parametrize("answer", [LIES, (422, b"no")])
    def test_goes_on_whatever_number_a_liar_answers(self, world, grow, witness, answer, shown):
        size = grow(3)
        with world.units.read() as unit:
            ours = service.signed(unit).note
        others = lost(world, ring=keys.make(world.database.origin)).checkpoint(50)
        content = {"nothing": (404, b""), "other keys": (200, others), "what we have": (200, ours)}[shown]
        other = Stranger(like=witness, respond=lambda path, _: answer if path == "/add-checkpoint" else content).start()

        def stands():
            with world.units.read() as unit:
                return service.witness_standings(unit)

        with stopping(other), Publisher(units_of(world), policy_of(world, other, quorum=1)) as publisher:
            until(publisher, lambda _: stands())
        assert stands()[0].alarm
        assert kept(world) == []
        assert grow() == size + 1


def test_trouble_is_what_health_says_first(world, grow, site, witness):
    grow()
    has_cosigned(witness, lost(world), 50)
    policy = policy_of(world, witness, quorum=1)
    with pytest.raises(RolledBack):
        begin(site(policy))
    with world.units.read() as unit:
        found = health.read(unit, policy, authority=None, at=datetime.now(UTC))
    assert found.status == "degraded"
    assert found.problems[0].startswith("the sequencer refuses to work since ")
    assert "The key has signed more of this log than the database holds: http" in found.problems[0]


def test_what_is_kept_is_judged_by_its_own_root(world, grow):
    """A checkpoint of our keys over what the database has is no contradiction, at any size."""
    size = grow(9)
    with world.units.read() as unit:
        leaves = [merkle.leaf_hash(one) for one in store.read_entries(unit, 0, size)]
    shown = {
        f"http://w{number}": notes.parse(
            notes.sign_checkpoint(
                Checkpoint(origin=world.database.origin, size=number, root=merkle.root(leaves[:number])),
                world.ring,
                at=datetime.now(UTC),
            )
        )
        for number in range(1, size + 1)
    }
    sequencer_of(world).hear(shown)
    assert kept(world) == []
