"""What a sequencer verifies before it signs, how its keys are replaced, and what readers see meanwhile."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from exchange.app.ledgers import Snapshot
from ledger.audit.engine import audit
from ledger.kernel.ids import EntryId, OrganisationId
from ledger.kernel.unit import Units
from ledger.log import checkpoints, export, keys, merkle, notes, proofs, service, store
from ledger.log.checkpoints import Checkpoint
from ledger.log.merkle import NotInTree
from ledger.log.model import TimeStamp, WitnessStanding, event_kind
from ledger.log.sequencer import EdgeBroken, Sequencer, WrongKey

HAPPENED = event_kind("test.happened", public="number")
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.fixture
def cause(world):
    return world.cause(world.fresh(OrganisationId))


def record(world, cause, count, subject="thing"):
    with world.units.begin() as unit:
        return service.record(unit, cause, *(HAPPENED(subject, number=number) for number in range(count)))


@pytest.fixture
def owner(world, addresses):
    """Somebody with every right on the database, triggers off."""
    url = sa.make_url(addresses.database).set(
        drivername="postgresql+psycopg", database=sa.make_url(world.database.api).database
    )

    def change(statement, **values):
        with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
            connection.execute(sa.text("SET session_replication_role = replica"))
            assert connection.execute(sa.text(statement), values).rowcount == 1

    return change


def forged(world, *, size, root=None, ring=None, origin=None):
    """A checkpoint that the log's own keys signed, or others, over whatever is wanted."""
    said = Checkpoint(origin=origin or world.database.origin, size=size, root=root or bytes(32))
    return notes.sign_checkpoint(said, ring or world.ring, at=NOON)


def root_at(world, size):
    with world.units.read() as unit:
        return merkle.root([merkle.leaf_hash(one) for one in store.read_entries(unit, 0, size)])


class TestCheck:
    """Each way in which what is stored may not lead to what is signed."""

    @pytest.fixture
    def grown(self, world, cause):
        record(world, cause, 299)
        world.drain()
        assert world.sequencer.check() == 300
        return world

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (
                "UPDATE tiles SET hashes = overlay(hashes placing '\\x00'::bytea from 5) WHERE level = 0 AND index = 1",
                "the",
            ),
            ("UPDATE tiles SET hashes = overlay(hashes placing '\\x00'::bytea from 5) WHERE level = 1", "the tiles"),
            ("UPDATE tiles SET hashes = substr(hashes, 1, 64) WHERE level = 0 AND index = 1", "the tiles"),
            (
                "UPDATE tiles SET hashes = hashes || substr(hashes, 1, 32) WHERE level = 0 AND index = 1",
                "the last entries",
            ),
            ("DELETE FROM tiles WHERE level = 0 AND index = 1", "the tiles"),
            ("DELETE FROM tiles WHERE level = 1", "the tiles"),
            ("UPDATE entries SET content = content || ' ' WHERE index = 299", "the last entries"),
            ("UPDATE entries SET content = content || ' ' WHERE index = 256", "the last entries"),
            ("DELETE FROM entries WHERE index = 299", "the last entries"),
            ("UPDATE head SET root = sha256(root)", "the tiles"),
            ("UPDATE signed SET root = sha256(root)", "a checkpoint does not say"),
            ("UPDATE published SET root = sha256(root)", "a checkpoint does not say"),
            ("UPDATE published SET size = 299", "a checkpoint does not say"),
        ],
    )
    def test_refuses_what_was_changed_by_hand(self, grown, owner, change, said):
        owner(change)
        with pytest.raises(EdgeBroken, match=f"^{said}") as refused:
            grown.sequencer.check()
        assert "Nothing was signed.\n1. Stop the exchange" in refused.value.detail

    @pytest.mark.parametrize("level", [0, 1])
    def test_refuses_in_the_next_step_too(self, grown, owner, cause, level):
        owner(
            "UPDATE tiles SET hashes = overlay(hashes placing '\\x00'::bytea from 5)"
            " WHERE level = :level AND index = (SELECT max(index) FROM tiles WHERE level = :level)",
            level=level,
        )
        record(grown, cause, 1, "another")
        with pytest.raises(Exception, match="Nothing was signed"):
            grown.sequencer.step()
        with grown.units.read() as unit:
            assert store.read_standing(unit).size == 300

    def test_refuses_a_full_tile_that_the_level_above_contradicts(self, world, cause, owner):
        record(world, cause, 255)
        world.drain()
        assert world.sequencer.check() == 256
        owner("UPDATE tiles SET hashes = overlay(hashes placing '\\x00'::bytea from 5) WHERE level = 0")
        with pytest.raises(EdgeBroken, match=r"^the last entries"):
            world.sequencer.check()

    @pytest.mark.parametrize("table", ["signed", "published"])
    def test_refuses_a_checkpoint_ahead_of_what_is_placed(self, grown, owner, table):
        note = forged(grown, size=301)
        owner(f"UPDATE {table} SET size = 301, root = :root, note = :note", root=bytes(32), note=note)
        with pytest.raises(EdgeBroken, match="do not lead to what a checkpoint signs"):
            grown.sequencer.check()

    @pytest.mark.parametrize("table", ["signed", "published"])
    def test_refuses_a_checkpoint_of_another_history(self, grown, owner, table):
        note = forged(grown, size=280)
        owner(f"UPDATE {table} SET size = 280, root = :root, note = :note", root=bytes(32), note=note)
        with pytest.raises(EdgeBroken, match="do not lead to what a checkpoint signs"):
            grown.sequencer.check()

    @pytest.mark.parametrize("table", ["signed", "published"])
    def test_refuses_a_checkpoint_by_other_keys(self, grown, owner, table):
        ring = keys.make(grown.database.origin)
        owner(f"UPDATE {table} SET note = :note", note=forged(grown, size=300, root=root_at(grown, 300), ring=ring))
        with pytest.raises(WrongKey):
            grown.sequencer.check()

    def test_refuses_a_checkpoint_that_only_some_of_the_declared_keys_signed(self, grown, owner):
        note = forged(grown, size=300, root=root_at(grown, 300), ring=grown.ring[:1])
        owner("UPDATE signed SET note = :note", note=note)
        with pytest.raises(WrongKey):
            grown.sequencer.check()

    def test_says_nothing_of_an_empty_database(self, world):
        assert world.sequencer.check() == 0
        assert world.journal.read() is None


class TestKeys:
    """A ring is replaced with an overlap, and the log says so before it is signed by the new one."""

    def sequencer(self, world, ring):
        return Sequencer(
            Units(world.engines[1], world.clock), origin=world.database.origin, signers=ring, journal=world.journal
        )

    def declared(self, world):
        with world.units.read() as unit:
            found = [one.entry for one in service.history(unit, ["log"])]
        return [(one.kind, one.seq) for one in found]

    def test_with_nothing_in_common_are_refused_and_told_how_to_rotate(self, world, cause):
        record(world, cause, 1)
        world.drain()
        record(world, cause, 1, "another")
        other = self.sequencer(world, keys.make(world.database.origin))
        for refused in (other.check, other.step):
            with pytest.raises(WrongKey, match="keep the old beside the new") as said:
                refused()
            assert world.signer.key.id.hex() in said.value.detail
        with world.units.read() as unit:
            assert store.read_standing(unit).size == 2
        assert world.sequencer.check() == 2

    def test_with_one_in_common_are_declared_before_anything_else_and_sign_from_there(self, world, cause, tmp_path):
        record(world, cause, 2)
        world.drain()
        fresh = keys.make(world.database.origin)
        both, after = [*world.ring, *fresh], [*fresh]
        for number, ring in enumerate((both, after), 1):
            record(world, cause, 2, f"during_{number}")
            rotating = self.sequencer(world, ring)
            rotating.check()
            assert rotating.step() == 3
            assert rotating.step() == 0
            with world.units.read() as unit:
                note = notes.parse(service.checkpoint(unit))
                notes.verify_each(note, [one.key for one in ring])
                contents = service.entries(unit, 0, 100)
            assert b"log.key_rotated" in contents[3 * number]
            assert self.sequencer(world, ring).check() == 3 + 3 * number
        assert self.declared(world) == [("log.opened", 0), ("log.key_rotated", 1), ("log.key_rotated", 2)]
        with world.units.read() as unit:
            export.export(Snapshot(unit, str(fresh[0].key)), tmp_path / "log")
        assert audit(tmp_path / "log", vkey=str(fresh[0].key)).entries == 9

    def test_in_another_order_are_the_same_ring(self, world, cause):
        record(world, cause, 1)
        world.drain()
        turned = self.sequencer(world, world.ring[::-1])
        assert turned.step() == 0
        assert self.declared(world) == [("log.opened", 0)]

    def test_rotate_over_what_an_earlier_ring_placed_and_never_signed(self, world, cause):
        record(world, cause, 1)
        world.drain()
        record(world, cause, 1, "another")

        class Dies:
            key = world.ring[0].key

            def sign(self, text, *, at):
                raise TimeoutError

        with pytest.raises(TimeoutError):
            self.sequencer(world, [Dies(), world.ring[1]]).step()
        ring = [*world.ring, *keys.make(world.database.origin)]
        fresh = self.sequencer(world, ring)
        assert fresh.check() == 3
        assert fresh.step() == 1
        with world.units.read() as unit:
            notes.verify_each(notes.parse(service.checkpoint(unit)), [one.key for one in ring])
        assert fresh.check() == 4

    def overlap_is_placed(self, world, cause, *, died_signing):
        """A is what signed; {A, B} is placed, and of it nothing is signed (or nothing published)."""
        record(world, cause, 1)
        world.drain()
        fresh = keys.make(world.database.origin)

        class Dies:
            key = world.ring[0].key

            def sign(self, text, *, at):
                raise TimeoutError

        if died_signing:
            with pytest.raises(TimeoutError):
                self.sequencer(world, [Dies(), world.ring[1], *fresh]).step()
        else:
            gated(world, [*world.ring, *fresh]).step()
        return fresh

    @pytest.mark.parametrize("died_signing", [True, False])
    def test_are_not_retired_before_a_checkpoint_of_both_is_seen(self, world, cause, died_signing):
        fresh = self.overlap_is_placed(world, cause, died_signing=died_signing)
        alone = self.sequencer(world, fresh)
        for refused in (alone.check, alone.step):
            with pytest.raises(WrongKey, match="until a checkpoint\n   that both signed is published") as said:
                refused()
            assert world.signer.key.id.hex() in said.value.detail
        both = self.sequencer(world, [*world.ring, *fresh])
        assert both.check() == 3
        both.step()
        with world.units.read() as unit:
            notes.verify_each(notes.parse(service.checkpoint(unit)), [one.key for one in (*world.ring, *fresh)])
        assert alone.check() == 3
        assert alone.step() == 1
        assert self.declared(world) == [("log.opened", 0), ("log.key_rotated", 1), ("log.key_rotated", 2)]

    def test_may_go_back_while_the_overlap_is_only_placed(self, world, cause):
        self.overlap_is_placed(world, cause, died_signing=True)
        assert world.sequencer.check() == 3
        assert world.sequencer.step() == 1
        with world.units.read() as unit:
            notes.verify_each(notes.parse(service.checkpoint(unit)), [one.key for one in world.ring])


def gated(world, ring):
    """A sequencer that signs and leaves publishing to others."""
    return Sequencer(
        Units(world.engines[1], world.clock),
        origin=world.database.origin,
        signers=ring,
        journal=world.journal,
        gated=True,
    )


class TestGated:
    """Placed and signed is not published: readers wait for the quorum."""

    @pytest.fixture
    def gated(self, world):
        return gated(world, world.ring)

    def publish(self, world):
        with Units(world.engines[1], world.clock).begin() as unit:
            newest = service.signed(unit)
            service.publish(unit, newest.size, newest.note, NOON)

    def test_shows_nothing_before_the_first_quorum(self, world, cause, gated):
        record(world, cause, 3)
        assert gated.step() == 4
        with world.units.read() as unit:
            assert service.signed(unit).size == 4
            assert service.published(unit) is None
            assert (service.size(unit), service.waiting(unit), service.entries(unit, 0, 9)) == (0, 4, [])
            assert service.history(unit, ["thing"]) == []
            with pytest.raises(service.NothingPlaced):
                service.checkpoint(unit)
            with pytest.raises(service.NotInLog):
                service.resource(unit, "tile/0/000.p/1")

    def test_shows_what_was_published_while_more_is_signed(self, world, cause, gated):
        record(world, cause, 3)
        gated.step()
        self.publish(world)
        record(world, cause, 2)
        gated.step()
        with world.units.begin() as unit:
            service.record(unit, cause, HAPPENED("thing", number=9), HAPPENED("another", number=9))
        with world.units.read() as unit:
            assert (service.size(unit), service.signed(unit).size) == (4, 6)
            assert len(service.entries(unit, 0, 100)) == 4
            assert checkpoints.parse(notes.parse(service.checkpoint(unit)).text).size == 4
            proven = service.history(unit, ["thing"])
            assert [one.proof.index for one in proven] == [1, 2, 3]
            for one in proven:
                proofs.verify(one.proof, entry=one.entry.content, keys=[world.signer.key])
            assert service.waiting(unit) == 4
            assert service.waiting(unit, "thing") == 3
            assert service.waiting(unit, "another") == 1
            assert service.waiting(unit, "log") == 0
            assert service.resource(unit, "tile/0/000.p/4")
            for beyond in ("tile/0/000.p/5", "tile/entries/000.p/6"):
                with pytest.raises(service.NotInLog):
                    service.resource(unit, beyond)

    def test_proves_an_entry_once_it_is_published(self, world, cause, gated):
        first, *_ = record(world, cause, 3)
        with world.units.read() as unit, pytest.raises(service.NotYetPublished):
            service.proof_of(unit, first)  # in the outbox
        gated.step()
        with world.units.read() as unit, pytest.raises(service.NotYetPublished):
            service.proof_of(unit, first)  # placed and signed
        self.publish(world)
        gated.step()
        with world.units.read() as unit:
            proof = service.proof_of(unit, first)
            placed = store.find(unit, first)
            assert (placed.index, proof.index) == (1, 1)
            assert proof.extra == placed.entry.content
            proofs.verify(proof, entry=proof.extra, keys=[world.signer.key])
            assert proofs.parse(bytes(proof)) == proof
            with pytest.raises(service.NotRecorded):
                service.proof_of(unit, EntryId.from_number(7))
            assert store.find(unit, EntryId.from_number(7)) is None

    def test_never_publishes_less_than_before_or_more_than_is_signed(self, world, cause, gated):
        record(world, cause, 3)
        gated.step()
        with world.units.read() as unit:
            early = service.signed(unit)
        record(world, cause, 2)
        gated.step()
        self.publish(world)
        units = Units(world.engines[1], world.clock)
        with units.begin() as unit:
            service.publish(unit, early.size, early.note, NOON)
            assert service.published(unit).size == 6
        for size, root in ((7, None), (6, bytes(32))):
            with pytest.raises(AssertionError, match="only what is signed"), units.begin() as unit:
                service.publish(unit, size, forged(world, size=size, root=root), NOON)
        with pytest.raises(AssertionError, match="signs the size"), units.begin() as unit:
            service.publish(unit, 5, early.note, NOON)

    def test_keeps_the_cosignatures_that_come_later(self, world, cause, gated):
        record(world, cause, 3)
        gated.step()
        self.publish(world)
        units = Units(world.engines[1], world.clock)
        with units.begin() as unit:
            note = service.published(unit).note + b"\xe2\x80\x94 witness.example AAAAAAAA\n"
            service.publish(unit, 4, note, NOON)
            assert service.published(unit).note == note

    def test_off_again_publishes_what_was_waiting(self, world, cause, gated):
        record(world, cause, 3)
        gated.step()
        assert world.sequencer.step() == 0
        with world.units.read() as unit:
            assert service.published(unit).note == service.signed(unit).note

    def test_proves_to_a_witness_what_readers_do_not_see_yet(self, world, cause, gated):
        record(world, cause, 3)
        gated.step()
        record(world, cause, 5)
        gated.step()
        with world.units.read() as unit:
            path = service.prove_consistency(unit, 4, 9)
            merkle.verify_consistency(
                old_size=4, old_root=root_at(world, 4), size=9, root=service.signed(unit).root, proof=path
            )
            assert service.prove_consistency(unit, 0, 9) == service.prove_consistency(unit, 9, 9) == []
            with pytest.raises(service.NotInLog):
                service.prove_consistency(unit, 4, 10)
            with pytest.raises(NotInTree):
                service.prove_consistency(unit, 5, 4)


class TestWitnesses:
    def test_are_remembered_as_they_stand(self, world):
        units = Units(world.engines[1], world.clock)
        url, later = "https://witness.example/", NOON.replace(hour=5)
        with units.begin() as unit:
            service.note_witness(unit, url, size=0, asked_at=NOON, problem="it does not answer")
            service.note_witness(unit, "https://b.example/", size=3, asked_at=NOON, cosigned_at=NOON)
        with units.begin() as unit:
            service.note_witness(unit, url, size=4, asked_at=NOON, cosigned_at=NOON)
            service.note_witness(unit, url, size=2, asked_at=later, problem="it forgot")
        with world.units.read() as unit:
            assert service.witness_standings(unit) == [
                WitnessStanding(url="https://b.example/", size=3, asked_at=NOON, cosigned_at=NOON),
                WitnessStanding(url=url, size=2, asked_at=later, cosigned_at=NOON, problem="it forgot"),
            ]


class TestTimeStamps:
    def stamp(self, size, token=b"der"):
        return TimeStamp(size=size, text="text\n", token=token, authority="tsa.example", stamped_at=NOON)

    def test_are_kept_once_each(self, world):
        with Units(world.engines[1], world.clock).begin() as unit:
            assert service.keep_time_stamp(unit, self.stamp(7))
            assert service.keep_time_stamp(unit, self.stamp(4))
            assert not service.keep_time_stamp(unit, self.stamp(7, b"another"))
        with world.units.read() as unit:
            assert service.time_stamps(unit) == [self.stamp(4), self.stamp(7)]

    @pytest.mark.parametrize("statement", ["UPDATE time_stamp SET token = 'x'", "DELETE FROM time_stamp"])
    def test_are_kept_for_good(self, world, addresses, statement):
        url = sa.make_url(addresses.database).set(
            drivername="postgresql+psycopg", database=sa.make_url(world.database.api).database
        )
        with (
            pytest.raises(sa.exc.ProgrammingError, match="append-only"),
            sa.create_engine(url, poolclass=sa.NullPool).begin() as connection,
        ):
            connection.execute(sa.text(statement))
