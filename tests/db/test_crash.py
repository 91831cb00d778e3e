"""A sequencer killed at every step, or that only believes it was; a database put back; two with one key."""

import logging
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from exchange.app import migrate
from exchange.app.ledgers import Snapshot
from ledger.audit.engine import audit
from ledger.kernel import clock, db
from ledger.kernel.cause import TIME, Cause
from ledger.kernel.ids import OrganisationId
from ledger.kernel.unit import Unit, Units
from ledger.log import export, keys, notes, service, store
from ledger.log import sequencer as sequencing
from ledger.log.checkpoints import Checkpoint
from ledger.log.journal import Authorised, ClockWentBack, DamagedJournal, Forked, Journal, RolledBack, WrongLog
from ledger.log.model import event_kind
from tests.crashing import POINTS, Nursery, check_log, sequencer, signatures

HAPPENED = event_kind("test.happened", public="number")


@pytest.fixture(scope="module")
def nursery():
    nursery = Nursery()
    yield nursery
    nursery.close()


class Site:
    """A world's database with a folder for its key, its journal and every signature ever made."""

    def __init__(self, world):
        self.world, self.folder = world, world.journal.path.parent
        self.cause = world.cause(world.fresh(OrganisationId))
        self.recorded = []
        keys.save(self.folder / "log.key", world.ring)

    def record(self, count=3, subject="thing"):
        with self.world.units.begin() as unit:
            start = len(self.recorded)
            events = [HAPPENED(f"{subject}_{number % 2}", number=number) for number in range(start, start + count)]
            self.recorded += service.record(unit, self.cause, *events)

    def sequencer(self, units=None, **more):
        units = units or Units(self.world.engines[1], self.world.clock)
        return sequencer(units, origin=self.world.database.origin, folder=self.folder, **more)

    def drain(self):
        """Start anew, as a restarted process does, and place what waits."""
        fresh = self.sequencer()
        fresh.check()
        while fresh.step():
            pass

    def check(self):
        with self.world.units.read() as unit:
            return check_log(unit, self.folder)

    def verify(self, tmp_path):
        """Nothing waits, nothing is lost or there twice, and the whole is sound to a stranger."""
        standing = self.check()
        assert standing.published.size == standing.signed.size == standing.tree.size
        with self.world.units.read() as unit:
            assert service.waiting(unit) == 0
            placed = [store.find(unit, one).index for one in self.recorded]
            export.export(Snapshot(unit, str(self.world.signer.key)), tmp_path / "log")
        assert placed == sorted(set(placed))
        report = audit(tmp_path / "log", vkey=str(self.world.signer.key))
        assert report.entries == len(self.recorded) + 1
        assert Journal(self.folder / "log.signed").read().checkpoint.size == standing.signed.size


@pytest.fixture
def site(world):
    return Site(world)


KILLED = -9


class TestKilled:
    @pytest.mark.parametrize("point", POINTS)
    def test_loses_nothing_and_signs_one_history(self, site, nursery, tmp_path, point):
        """In the first step of a log, in the next, and once more before anybody has mended it."""
        for _ in range(2):
            site.record()
            assert nursery.run(site.world, site.folder, point) == [KILLED]
            site.check()
        site.record()
        nursery.run(site.world, site.folder, point)  # finds what is left; may have nothing to be killed at
        site.check()
        site.drain()
        site.verify(tmp_path)

    def test_survives_every_point_one_after_the_other(self, site, nursery, tmp_path):
        for point in POINTS * 2:
            site.record(2)
            nursery.run(site.world, site.folder, point, limit=1)
            site.check()
        site.drain()
        site.verify(tmp_path)

    @pytest.mark.parametrize("point", ["commit 1 after", "journal after", "sign 1 after", "commit 2 before"])
    def test_finishes_what_another_began_though_nothing_new_waits(self, site, nursery, tmp_path, point):
        site.record()
        assert nursery.run(site.world, site.folder, point) == [KILLED]
        standing = site.check()
        assert (standing.tree.size, standing.signed) == (4, None)
        fresh = site.sequencer()
        assert fresh.check() == 4
        assert fresh.step() == 0
        site.verify(tmp_path)

    @pytest.mark.parametrize("point", ["commit 1 after", "sign 1 after", "commit 2 before"])
    def test_shows_readers_nothing_of_it(self, site, nursery, point):
        site.record()
        site.drain()
        site.record()
        nursery.run(site.world, site.folder, point)
        with site.world.units.read() as unit:
            assert service.size(unit) == 4
            assert service.waiting(unit) == 3
            assert len(service.entries(unit, 0, 100)) == 4


class LostAnswer(Exception):  # noqa: N818 - it is an answer
    """The connection broke: whether the commit reached the disk is not known here."""


class FrailUnits(Units):
    """Units one of whose commits breaks, before it reached the database or after."""

    def __init__(self, engine, time):
        super().__init__(engine, time)
        self.breaks = []  # what becomes of the commits to come: None, "lost", "kept"

    @contextmanager
    def begin(self):
        with self.engine.connect() as connection:
            unit = Unit(connection, self.clock)
            yield unit
            unit.send()
            broken = self.breaks.pop(0) if self.breaks else None
            if broken != "lost":
                connection.commit()
            if broken:
                raise LostAnswer


class TestLostAnswer:
    """The same process goes on after a commit that may or may not have been."""

    @pytest.mark.parametrize("broken", ["lost", "kept"])
    @pytest.mark.parametrize("commit", [0, 1])
    @pytest.mark.parametrize("grown", [False, True])
    def test_of_a_commit_is_asked_again_of_the_database(self, site, tmp_path, broken, commit, grown):
        units = FrailUnits(site.world.engines[1], site.world.clock)
        one = site.sequencer(units)
        if grown:
            site.record()
            one.step()
        site.record()
        units.breaks = [None] * commit + [broken]
        with pytest.raises(LostAnswer):
            one.step()
        site.check()
        site.record()
        while one.step():
            site.check()
        site.verify(tmp_path)

    def test_again_and_again_still_loses_nothing(self, site, tmp_path):
        units = FrailUnits(site.world.engines[1], site.world.clock)
        one = site.sequencer(units)
        for breaks in (["lost"], ["kept"], [None, "lost"], [None, "kept"], ["kept"], ["kept"], [None, "lost"]):
            site.record(2)
            units.breaks = list(breaks)
            with pytest.raises(LostAnswer):
                one.step(1)
            site.check()
        while one.step():
            pass
        site.verify(tmp_path)

    def test_of_the_journal_is_no_leave_to_sign(self, site, tmp_path, monkeypatch):
        site.record()
        one = site.sequencer()
        with monkeypatch.context() as patched:
            patched.setattr("ledger.log.journal.os.fsync", lambda _: (_ for _ in ()).throw(OSError("full")))
            with pytest.raises(OSError, match="full"):
                one.step()
        assert signatures(site.folder) == []
        one.step()
        site.verify(tmp_path)

    def test_of_a_signer_leaves_the_batch_placed_and_signs_it_next(self, site, tmp_path):
        class Flaky:
            def __init__(self, inner):
                self.inner, self.fails = inner, True

            key = property(lambda self: self.inner.key)

            def sign(self, text, *, at):
                if self.fails:
                    self.fails = False
                    raise TimeoutError
                return self.inner.sign(text, at=at)

        site.record()
        one = site.sequencer(ring=[Flaky(key) for key in site.world.ring])
        for _ in site.world.ring:
            with pytest.raises(TimeoutError):
                one.step()
        assert one.step() == 0
        site.verify(tmp_path)


@pytest.fixture
def copied(site, addresses):
    """Copy the site's database as a backup does; return what opens units on the copy."""
    name = sa.make_url(site.world.database.api).database
    admin = sa.create_engine(
        sa.make_url(addresses.database).set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        poolclass=sa.NullPool,
    )
    made = []

    def copy():
        for engine in site.world.engines:
            engine.dispose()
        copy_name = f"{name}_backup_{len(made)}"
        with admin.connect() as connection:
            connection.execute(sa.text(f'CREATE DATABASE "{copy_name}" TEMPLATE "{name}"'))
            for role in migrate.LOGINS:
                owner = sa.make_url(site.world.database.api).username.removesuffix("_api")
                connection.execute(sa.text(f'GRANT CONNECT ON DATABASE "{copy_name}" TO "{owner}_{role}"'))
        url = sa.make_url(site.world.database.sequencer).set(database=copy_name)
        engine = db.engine(url.render_as_string(hide_password=False), connections=2)
        made.append((copy_name, engine))
        return Units(engine, clock.of(engine))

    yield copy
    for copy_name, engine in made:
        engine.dispose()
        with admin.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE "{copy_name}" WITH (FORCE)'))


class TestRestored:
    def test_from_an_older_backup_refuses_to_fork_and_says_what_to_do(self, site, copied, tmp_path):
        site.record()
        site.drain()
        backup = copied()
        site.record(2)
        site.drain()
        made = signatures(site.folder)
        one = site.sequencer(backup)
        for refused in (one.check, one.step):
            with pytest.raises(RolledBack, match="restored from an older backup") as said:
                refused()
            assert said.value.facts == {"signed": 6, "size": 4}
            assert "1. Do not delete log.signed" in said.value.detail
            assert "until the log has 6 entries or more" in said.value.detail
        assert signatures(site.folder) == made
        with backup.read() as unit:
            assert store.read_standing(unit).tree.size == 4  # nothing was placed either
        site.drain()
        site.verify(tmp_path)

    def test_from_a_backup_that_went_its_own_way_refuses_at_the_same_size_and_beyond(self, site, copied):
        """The copy grows by itself, with nothing to stop it; back at the key it is found out."""
        site.record()
        site.drain()
        backup = copied()
        site.record(1)
        site.drain()
        for count in (1, 2):
            stray(backup, count)
            with pytest.raises(Forked, match="another root"):
                site.sequencer(backup).check()
            with pytest.raises(Forked, match="Nothing was signed"):
                site.sequencer(backup).step()

    def test_to_an_empty_database_refuses(self, site, copied):
        empty = copied()
        site.record()
        site.drain()
        one = site.sequencer(empty)
        for refused in (one.check, one.step):
            with pytest.raises(RolledBack, match="the database holds none"):
                refused()
        with empty.read() as unit:
            assert store.read_standing(unit).tree is None

    def test_from_a_backup_taken_between_placing_and_signing_goes_on(self, site, nursery, copied, tmp_path):
        site.record()
        nursery.run(site.world, site.folder, "commit 1 after")
        backup = copied()
        fresh = site.sequencer(backup)
        assert fresh.check() == 4
        assert fresh.step() == 0
        site.drain()  # the database it was taken from holds the same: it may be signed again
        site.verify(tmp_path)


def stray(units, count):
    """Place entries that only this database has, as if somebody had let it go on with a key of its own."""
    for number in range(count):
        with units.begin() as unit:
            standing = store.read_standing(unit, alone=True)
            cause = Cause(actor=TIME, at=unit.now(), request_id="stray")
            new = service.fix(unit, [(cause, HAPPENED("stray", number=number))])
            sequencing._place(unit, standing.size, sequencing._edges(standing), new, [])


class TestTwoAtOnce:
    def test_on_one_database_take_turns(self, site, nursery, tmp_path):
        for _ in range(12):
            site.record(2)
        assert nursery.run(site.world, site.folder, limit=2, count=3) == [0, 0, 0]
        site.check()
        site.verify(tmp_path)

    def test_on_one_database_of_whom_one_is_killed(self, site, nursery, tmp_path):
        for _ in range(6):
            site.record(2)
        ends = nursery.run(site.world, site.folder, "sign 1 before", limit=2, count=2)
        assert KILLED in ends
        site.check()
        site.drain()
        site.verify(tmp_path)

    def test_on_two_databases_never_sign_two_histories(self, site, copied):
        site.record()
        site.drain()
        other = copied()
        stray(other, 1)
        site.record()
        ours, theirs = site.sequencer(), site.sequencer(other)
        ours.step()
        with pytest.raises((Forked, RolledBack)):
            theirs.step()
        site.check()


class TestClock:
    def ahead(self, site, by):
        """Make the key's last signature `by` later than it was, as a clock that was wrong did."""
        line = Journal(site.folder / "log.signed").read()
        (site.folder / "log.signed").write_text(replace(line, at=line.at + by).text)
        return line.at + by

    def test_set_back_refuses_and_leaves_what_it_placed_for_later(self, site, tmp_path):
        site.record()
        site.drain()
        self.ahead(site, timedelta(hours=1))
        one = site.sequencer()
        with pytest.raises(ClockWentBack, match="Nothing was signed"):
            one.check()
        site.record()
        with pytest.raises(ClockWentBack, match="wait until"):
            one.step()
        assert site.check().signed.size == 4
        self.ahead(site, -timedelta(hours=1))
        site.drain()
        site.verify(tmp_path)

    def test_set_back_a_little_signs_at_the_last_instant(self, site, tmp_path):
        site.record()
        site.drain()
        last = self.ahead(site, timedelta(seconds=8))
        site.record()
        site.drain()
        assert {one.at for one in signatures(site.folder)[-2:]} == {last}
        assert site.check().signed.at == last
        site.verify(tmp_path)


class TestJournal:
    def test_deleted_begins_again_with_what_our_keys_signed_last_and_says_so(self, site, tmp_path, caplog):
        site.record()
        site.drain()
        (site.folder / "log.signed").unlink()
        with caplog.at_level(logging.WARNING):
            assert site.sequencer().check() == 4
        assert "begins with the checkpoint of 4 entries" in caplog.text
        assert Journal(site.folder / "log.signed").read().checkpoint.size == 4
        site.verify(tmp_path)

    def test_deleted_while_running_is_noticed_by_the_next_step(self, site, tmp_path, caplog):
        one = site.sequencer()
        site.record()
        one.step()
        (site.folder / "log.signed").unlink()
        site.record()
        with caplog.at_level(logging.WARNING):
            one.step()
        assert "begins with the checkpoint of 4 entries" in caplog.text
        site.verify(tmp_path)

    def test_older_than_the_database_is_brought_up_to_it(self, site, tmp_path):
        site.record()
        site.drain()
        before = (site.folder / "log.signed").read_bytes()
        site.record()
        site.drain()
        (site.folder / "log.signed").write_bytes(before)
        assert site.sequencer().check() == 7
        assert Journal(site.folder / "log.signed").read().checkpoint.size == 7
        site.verify(tmp_path)

    def test_of_another_log_refuses(self, site):
        site.record()
        site.drain()
        made = signatures(site.folder)
        line = Authorised(checkpoint=Checkpoint(origin="another.example/log", size=2, root=bytes(32)), at=made[0].at)
        (site.folder / "log.signed").write_text(line.text)
        one = site.sequencer()
        for refused in (one.check, one.step):
            with pytest.raises(WrongLog, match=r"signs for another\.example/log"):
                refused()
        assert signatures(site.folder) == made

    @pytest.mark.parametrize("content", ["", "mengkeju/journal/v1\n", "\x00" * 150])
    def test_damaged_refuses(self, site, content):
        site.record()
        site.drain()
        (site.folder / "log.signed").write_text(content)
        one = site.sequencer()
        for refused in (one.check, one.step):
            with pytest.raises(DamagedJournal, match="Keep a copy"):
                refused()

    def test_is_not_adopted_from_a_checkpoint_that_is_not_ours(self, site, addresses):
        site.record()
        site.drain()
        (site.folder / "log.signed").unlink()
        standing = site.world.units
        with standing.read() as unit:
            tree = store.read_standing(unit).tree
        forged = notes.sign_checkpoint(
            Checkpoint(origin=site.world.database.origin, size=tree.size, root=tree.root),
            keys.make(site.world.database.origin),
            at=signatures(site.folder)[-1].at,
        )
        with Units(site.world.engines[1], site.world.clock).begin() as unit:
            unit.connection.execute(sa.text("UPDATE signed SET note = :note"), {"note": forged})
        with pytest.raises(sequencing.WrongKey):
            site.sequencer().check()
        assert not (site.folder / "log.signed").exists()
