"""From an event in a transaction to a signed log: order, chaining, what is never lost, who may touch it."""

import threading

import pytest
import sqlalchemy as sa

from exchange.app.ledgers import Snapshot, verify
from ledger.kernel import db
from ledger.kernel.ids import OrganisationId
from ledger.log import checkpoints, export, notes, service, store
from ledger.log.model import event_kind

HAPPENED = event_kind("test.happened", public="number", sealed="secret")


@pytest.fixture
def cause(world):
    return world.cause(world.fresh(OrganisationId))


def record(world, cause, subject, number):
    with world.units.begin() as unit:
        service.record(unit, cause, HAPPENED(subject, number=number, secret=f"s{number}"))


class TestRecord:
    def test_reaches_the_log_signed_and_proven(self, world, cause, tmp_path):
        for number in range(5):
            record(world, cause, "thing_a", number)
        assert world.drain() == 6  # entry 0 declares the log
        with world.units.read() as unit:
            export.export(Snapshot(unit, str(world.signer.key)), tmp_path / "log")
            export.write_disclosures(tmp_path / "open.jsonl", service.disclosures(unit))
        report = verify(tmp_path / "log", vkey=str(world.signer.key), disclosures=tmp_path / "open.jsonl")
        assert (report.entries, report.opened, report.sealed) == (6, 5, 0)

    def test_leaves_nothing_when_the_unit_fails(self, world, cause):
        with pytest.raises(RuntimeError), world.units.begin() as unit:
            service.record(unit, cause, HAPPENED("thing_a", number=1, secret="x"))
            raise RuntimeError
        world.drain()
        with world.units.read() as unit:
            assert service.history(unit, ["thing_a"]) == []
            assert service.disclosures(unit) == []

    def test_keeps_one_subjects_order_when_writers_race(self, world, cause):
        def write(start):
            for number in range(start, start + 20):
                record(world, cause, "thing_a", number)

        writers = [threading.Thread(target=write, args=(start,)) for start in (0, 100, 200)]
        stop = threading.Event()
        drainer = threading.Thread(target=lambda: [world.sequencer.step(7) for _ in iter(stop.is_set, True)])
        for thread in (*writers, drainer):
            thread.start()
        for thread in writers:
            thread.join()
        stop.set()
        drainer.join()
        world.drain()
        with world.units.read() as unit:
            history = service.history(unit, ["thing_a"])
        assert [one.entry.seq for one in history] == list(range(60))
        assert all(
            later.entry.content.find(earlier.entry.leaf.hex().encode()) > 0
            for earlier, later in zip(history, history[1:], strict=False)
        )

    def test_loses_nothing_when_transactions_commit_out_of_order(self, world, cause):
        with world.units.begin() as early:
            service.record(early, cause, HAPPENED("thing_a", number=1, secret="x"))
            record(world, cause, "thing_b", 2)
            world.drain()  # sees only the later, committed one
        world.drain()
        with world.units.read() as unit:
            assert service.size(unit) == 3
            assert service.waiting(unit) == 0


class TestSequencer:
    def test_two_at_once_place_each_entry_once(self, world, cause):
        for number in range(50):
            record(world, cause, f"thing_{number % 5}", number)
        steps = [threading.Thread(target=lambda: [world.sequencer.step(3) for _ in range(20)]) for _ in range(2)]
        for step in steps:
            step.start()
        for step in steps:
            step.join()
        with world.units.read() as unit:
            assert service.size(unit) == 51
            assert len(store.read_entries(unit, 0, 100)) == 51

    def test_serves_every_tile_its_checkpoint_implies(self, world, cause):
        for start in range(0, 600, 100):
            with world.units.begin() as unit:
                service.record_many(
                    unit, [(cause, HAPPENED(f"t_{n}", number=n, secret="")) for n in range(start, start + 100)]
                )
        world.drain()
        from ledger.log import tiles

        with world.units.read() as unit:
            checkpoint = checkpoints.parse(notes.parse(service.checkpoint(unit)).text)
            assert checkpoint.size == 601
            for one in [*tiles.tiles_of(601), *tiles.bundles_of(601)]:
                assert service.resource(unit, one.path)
            assert service.resource(unit, "tile/0/000.p/3") == service.resource(unit, "tile/0/000")[:96]
            for absent in ("tile/0/002.p/90", "tile/0/003", "tile/3/000.p/1"):
                with pytest.raises(service.NotInLog):
                    service.resource(unit, absent)


RIGHTS = {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}


class TestRoles:
    def rights(self, world, addresses, role, table):
        template = sa.make_url(world.database.api).username.removesuffix("_api")
        admin = sa.make_url(addresses.database).set(
            drivername="postgresql+psycopg", database=sa.make_url(world.database.api).database
        )
        with sa.create_engine(admin, poolclass=sa.NullPool).connect() as connection:
            return {
                right
                for right in RIGHTS
                if connection.execute(
                    sa.text("SELECT has_table_privilege(:role, :table, :right)"),
                    {"role": f"{template}_{role}", "table": table, "right": right},
                ).scalar()
            }

    @pytest.mark.parametrize(
        ("role", "table", "granted"),
        [
            ("api", "entries", {"SELECT"}),
            ("api", "tiles", {"SELECT"}),
            ("api", "head", {"SELECT"}),
            ("api", "signed", {"SELECT"}),
            ("api", "published", {"SELECT"}),
            ("api", "witness", {"SELECT"}),
            ("api", "time_stamp", {"SELECT"}),
            ("api", "outbox", {"SELECT", "INSERT"}),
            ("api", "stamp", {"SELECT"}),
            ("api", "disclosures", {"SELECT", "INSERT"}),
            ("sequencer", "entries", {"SELECT", "INSERT"}),
            ("sequencer", "outbox", {"SELECT", "DELETE"}),
            ("sequencer", "tiles", {"SELECT", "INSERT", "UPDATE"}),
            ("sequencer", "head", {"SELECT", "INSERT", "UPDATE"}),
            ("sequencer", "signed", {"SELECT", "INSERT", "UPDATE"}),
            ("sequencer", "published", {"SELECT", "INSERT", "UPDATE", "DELETE"}),
            ("sequencer", "witness", {"SELECT", "INSERT", "UPDATE"}),
            ("sequencer", "time_stamp", {"SELECT", "INSERT"}),
            ("sequencer", "lot", set()),
            ("sequencer", "bid", set()),
            ("sequencer", "token", set()),
            ("auditor", "entries", {"SELECT"}),
            ("auditor", "signed", {"SELECT"}),
            ("auditor", "published", {"SELECT"}),
            ("auditor", "witness", {"SELECT"}),
            ("auditor", "time_stamp", {"SELECT"}),
            ("auditor", "disclosures", set()),
            ("auditor", "organisation", set()),
            ("auditor", "lot", set()),
        ],
    )
    def test_hold_exactly_their_rights(self, world, addresses, role, table, granted):
        assert self.rights(world, addresses, role, table) == granted

    def test_nobody_but_the_document_list_may_be_deleted_by_the_api(self, world, addresses):
        tables = [table.name for table in db.metadata.sorted_tables]
        deletable = {name for name in tables if "DELETE" in self.rights(world, addresses, "api", name)}
        assert deletable == {"listing_document"}

    def test_the_owner_cannot_log_in(self, world, addresses):
        template = sa.make_url(world.database.api).username.removesuffix("_api")
        admin = sa.make_url(addresses.database).set(drivername="postgresql+psycopg")
        with sa.create_engine(admin, poolclass=sa.NullPool).connect() as connection:
            rows = connection.execute(
                sa.text("SELECT rolname, rolcanlogin, rolsuper FROM pg_roles WHERE rolname LIKE :name"),
                {"name": f"{template}_%"},
            ).all()
        found = {row.rolname.removeprefix(f"{template}_"): (row.rolcanlogin, row.rolsuper) for row in rows}
        assert found["owner"] == (False, False)
        assert all(found[role] == (True, False) for role in ("api", "sequencer", "auditor"))

    @pytest.mark.parametrize("statement", ["UPDATE entries SET kind = 'x'", "DELETE FROM entries", "TRUNCATE entries"])
    def test_not_even_the_administrator_changes_an_entry_by_accident(self, world, addresses, cause, statement):
        record(world, cause, "thing_a", 1)
        world.drain()
        admin = sa.make_url(addresses.database).set(
            drivername="postgresql+psycopg", database=sa.make_url(world.database.api).database
        )
        with (
            pytest.raises(sa.exc.ProgrammingError, match="append-only"),
            sa.create_engine(admin, poolclass=sa.NullPool).begin() as connection,
        ):
            connection.execute(sa.text(statement))
