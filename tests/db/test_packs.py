"""Record packs in a real database: exactly one of each closed lot, whoever builds it and wherever they are killed."""

import hashlib
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from exchange.app.evidence import verify
from exchange.app.ledgers import Snapshot
from exchange.auctions.model import LotId
from exchange.contracts import service
from exchange.contracts.model import PACK_BUILT, Claim, PackId, PackState
from exchange.contracts.tables import pack as table
from ledger.kernel import instant
from ledger.kernel.cause import TIME, Cause
from ledger.kernel.clock import real_now
from ledger.kernel.unit import Units
from ledger.log import export
from ledger.log import service as log
from ledger.log.sequencer import Sequencer

DYING = """
import os, signal, sys
from exchange.app import opening
from exchange.contracts import service
from exchange.contracts.model import PackId

units, id, vkey = opening.units(sys.argv[1], connections=2), PackId(sys.argv[2]), sys.argv[3]
def die(at):
    if sys.argv[4] == at:
        os.kill(os.getpid(), signal.SIGKILL)

with units.begin() as unit:
    token = service.claim(unit, id)
die("claimed")
with units.read() as unit:
    built = service.assemble(unit, id, vkey=vkey)
die("assembled")
with units.begin() as unit:
    assert service.record(unit, id, token, built)
    die("recorded, not committed")
die("committed")
"""


@pytest.fixture
def seller(market):
    return market.member("university")


@pytest.fixture
def lot(market, seller):
    """A lot of the seller, sold to the second of two bidders."""
    lot = market.running_lot(seller, reserve={"amount": "100500.00", "currency": "CNY"})
    for amount in ("100000", "101000"):
        market.bid(lot, market.bidder(lot), amount)
    market.move(instant.parse(market.read_lot(lot)["ends_at"]) + timedelta(seconds=2))
    return LotId(lot)


@pytest.fixture
def vkey(world):
    return str(world.signer.key)


@pytest.fixture
def pack(world, lot):
    """The lot's pack, all its entries in the log."""
    world.drain()
    return only(world)


def only(world) -> PackId:
    with world.units.read() as unit:
        (found,) = unit.connection.execute(sa.select(table.c.id)).scalars()
    return PackId(found)


def row(world):
    with world.units.read() as unit:
        return unit.connection.execute(sa.select(table)).one()


def due(world):
    with world.units.read() as unit:
        return service.due(unit)


def expire(world):
    """Let the lease run out."""
    with world.units.begin() as unit:
        past = real_now() - timedelta(microseconds=1)
        unit.connection.execute(sa.update(table).where(table.c.claim.is_not(None)).values(claimed_until=past))


def built_entries(world, pack):
    world.drain()
    with world.units.read() as unit:
        return [one.entry.kind for one in log.history(unit, [pack])]


class TestRequest:
    def test_comes_with_the_close_of_the_lot_once(self, world, lot):
        (pack,) = due(world)
        with world.units.begin() as unit:
            service.request(unit, Cause(actor=TIME, at=unit.now(), request_id="again"), lot)

        assert due(world) == [pack]
        assert row(world).state == PackState.REQUESTED


class TestBuild:
    def test_leaves_a_pack_that_verifies_against_the_log(self, world, lot, pack, vkey, tmp_path):
        assert service.build(world.units, pack, vkey=vkey)

        one = row(world)
        assert (one.state, one.attempts, one.claim) == ("built", 1, None)
        assert one.sha256 == hashlib.sha256(one.content).hexdigest()
        assert due(world) == []
        assert built_entries(world, pack) == [PACK_BUILT.name]
        (tmp_path / "pack.zip").write_bytes(one.content)
        with world.units.read() as unit:
            export.export(Snapshot(unit, vkey), tmp_path / "copy")
        verdict = verify(tmp_path / "pack.zip", vkey=vkey, against=tmp_path / "copy")
        assert verdict.ok, verdict.lines
        assert "outcome    ok      sold at 101000.00 yuan" in "\n".join(verdict.lines)
        assert f"lot={lot}" in verdict.lines[-1]

    def test_does_nothing_a_second_time(self, world, pack, vkey):
        assert service.build(world.units, pack, vkey=vkey)
        before = row(world)

        assert not service.build(world.units, pack, vkey=vkey)
        assert row(world) == before

    def test_does_nothing_for_a_pack_that_is_not_there(self, world, vkey):
        assert not service.build(world.units, world.fresh(PackId), vkey=vkey)

    def test_waits_for_entries_on_their_way_without_counting_it(self, world, lot, vkey):
        pack = only(world)  # nothing has been drained since the lot closed

        assert not service.build(world.units, pack, vkey=vkey)
        assert (row(world).attempts, row(world).claim) == (0, None)
        assert due(world) == [pack]
        world.drain()
        assert service.build(world.units, pack, vkey=vkey)

    def test_waits_until_readers_see_all_that_it_is_made_of(self, world, lot, vkey):
        """Witnesses lag one checkpoint behind: what is placed and signed is no more for a pack than what waits."""
        pack = only(world)
        placing = Units(world.engines[1], world.clock)
        gated = Sequencer(placing, origin=world.database.origin, signers=world.ring, journal=world.journal, gated=True)
        seen = None
        while gated.step(1):
            assert not service.build(world.units, pack, vkey=vkey)
            with placing.begin() as unit:
                newest = log.signed(unit)
                if seen:
                    log.publish(unit, seen.size, seen.note, seen.at)
                seen = newest
        with world.units.read() as unit:
            assert log.history(unit, [lot])
            assert service.assemble(unit, pack, vkey=vkey) is None
        with placing.begin() as unit:
            log.publish(unit, seen.size, seen.note, seen.at)
        assert service.build(world.units, pack, vkey=vkey)

    def test_happens_once_however_many_workers_try(self, world, pack, vkey):
        start = Barrier(6)

        def work(_):
            start.wait(timeout=10)
            return service.build(world.units, pack, vkey=vkey)

        with ThreadPoolExecutor(6) as pool:
            assert sorted(pool.map(work, range(6))) == [False] * 5 + [True]
        assert built_entries(world, pack) == [PACK_BUILT.name]

    @pytest.mark.parametrize("at", ["claimed", "assembled", "recorded, not committed", "committed"])
    def test_ends_in_one_pack_wherever_a_worker_is_killed(self, world, pack, vkey, at):
        command = [sys.executable, "-c", DYING, world.database.api, pack, vkey, at]
        killed = subprocess.run(command, check=False, timeout=60)

        assert killed.returncode == -signal.SIGKILL
        assert due(world) == []  # held, or built
        expire(world)
        assert due(world) == ([] if at == "committed" else [pack])
        assert service.build(world.units, pack, vkey=vkey) is (at != "committed")
        assert row(world).state == PackState.BUILT
        assert built_entries(world, pack) == [PACK_BUILT.name]

    def test_is_not_spoiled_by_a_worker_that_comes_back_too_late(self, world, pack, vkey):
        with world.units.begin() as unit:
            slow = service.claim(unit, pack)
        with world.units.read() as unit:
            late = service.assemble(unit, pack, vkey=vkey)
        expire(world)
        assert service.build(world.units, pack, vkey=vkey)
        before = row(world)

        with world.units.begin() as unit:
            assert not service.record(unit, pack, slow, late)
            assert not service.give_back(unit, pack, slow)
        assert row(world) == before
        assert built_entries(world, pack) == [PACK_BUILT.name]

    def test_is_not_spoiled_while_another_holds_it(self, world, pack, vkey):
        with world.units.begin() as unit:
            slow = service.claim(unit, pack)
        expire(world)
        with world.units.begin() as unit:
            held = service.claim(unit, pack)
        with world.units.read() as unit:
            built = service.assemble(unit, pack, vkey=vkey)

        with world.units.begin() as unit:
            assert not service.record(unit, pack, slow, built)
        with world.units.begin() as unit:
            assert service.record(unit, pack, held, built)
        assert row(world).attempts == 2


class TestClaim:
    def test_is_one_workers_until_its_lease_runs_out(self, world, pack):
        with world.units.begin() as unit:
            first = service.claim(unit, pack)
        with world.units.begin() as unit:
            assert service.claim(unit, pack) is None
        expire(world)
        with world.units.begin() as unit:
            second = service.claim(unit, pack)

        assert first is not None
        assert second not in {None, first}

    def test_given_back_leaves_no_trace(self, world, pack):
        with world.units.begin() as unit:
            token = service.claim(unit, pack)
        with world.units.begin() as unit:
            assert not service.give_back(unit, pack, Claim("another"))
            assert service.give_back(unit, pack, token)

        assert (row(world).attempts, row(world).claim, row(world).claimed_until) == (0, None, None)


class TestApi:
    def test_hands_a_seller_the_pack_of_its_lot(self, world, market, seller, lot, pack, vkey):
        waiting = market.done("GET", f"/v1/lots/{lot}/pack", seller)
        assert (waiting["state"], waiting["sha256"], waiting["size_bytes"]) == ("requested", None, None)
        market.refused("contracts/not-built-yet", "GET", f"/v1/lots/{lot}/pack.zip", seller)

        service.build(world.units, pack, vkey=vkey)
        told = market.done("GET", f"/v1/lots/{lot}/pack", seller)
        response = market.call("GET", f"/v1/lots/{lot}/pack.zip", seller)
        assert response.headers["content-type"] == "application/zip"
        assert response.headers["content-disposition"] == f'attachment; filename="record-pack-{lot}.zip"'
        assert response.headers["etag"] == f'"{told["sha256"]}"'
        assert hashlib.sha256(response.content).hexdigest() == told["sha256"]
        assert len(response.content) == told["size_bytes"]

    def test_hands_it_to_a_regulator_and_to_nobody_else(self, world, market, lot, pack, vkey):
        service.build(world.units, pack, vkey=vkey)

        assert market.call("GET", f"/v1/lots/{lot}/pack.zip", market.member("regulator")).status_code == 200
        for stranger in (market.member("university"), market.member("enterprise"), market.operator):
            for path in (f"/v1/lots/{lot}/pack", f"/v1/lots/{lot}/pack.zip"):
                market.refused("contracts/no-such-pack", "GET", path, stranger)
        assert market.call("GET", f"/v1/lots/{lot}/pack.zip").status_code == 401

    def test_knows_no_pack_of_a_lot_that_is_open_or_unknown(self, market, seller):
        running = market.running_lot(seller)

        market.refused("contracts/no-such-pack", "GET", f"/v1/lots/{running}/pack", seller)
        market.refused("contracts/no-such-pack", "GET", f"/v1/lots/{LotId.from_number(5)}/pack.zip", seller)
