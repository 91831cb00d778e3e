"""Hosts whose clocks differ: beyond the bound one takes no commands and ticks nothing, and says so."""

import threading
import time
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest
import sqlalchemy as sa

from exchange.app import founding, ticker
from exchange.app.opening import gauge
from exchange.app.skew import BOUND, ClockAstray, Gauge
from exchange.auctions import rules
from exchange.auctions import service as auctions
from exchange.auctions.model import Draft, LotId, State, Terms
from ledger.kernel import clock, db, instant
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from tests.market import credit_code
from tests.part_processes import PartProcess, falsify, on_another_port, site_over
from tests.world import World

MS = timedelta(milliseconds=1)
LIMIT_MS = BOUND / MS


@pytest.fixture
def real(database):
    """A world whose time is real."""
    with World.over(database) as world:
        yield world


@pytest.fixture
def falsified(monkeypatch):
    """Set this process's clock ahead, where it is read; it is right again with the end of the test."""
    monkeypatch.setattr(clock, "datetime", clock.datetime)
    return falsify


@pytest.fixture
def measuring(real):
    """A gauge that measures only when told."""
    engine = db.engine(real.database.api, connections=1)
    yield Gauge(engine)
    engine.dispose()


class TestAGauge:
    def test_measures_the_same_host_as_right(self, measuring):
        now = measuring.read()
        assert abs(now.offset) <= now.uncertainty + MS
        assert measuring.trouble() is None
        measuring.require_bounded()

    @pytest.mark.parametrize("ahead_ms", [-LIMIT_MS - 1, LIMIT_MS + 1, 86_400_000])
    def test_refuses_beyond_the_bound_at_once_and_after_measuring(self, measuring, falsified, caplog, ahead_ms):
        falsified(ahead_ms)
        with pytest.raises(ClockAstray):
            measuring.require_bounded()  # nobody asked the server: the monotonic clock did not jump
        measuring.refresh()
        with pytest.raises(ClockAstray, match="another host"):
            measuring.require_bounded()
        assert abs(measuring.read().offset - ahead_ms * MS) < 50 * MS
        assert "mend its time synchronisation" in measuring.trouble()
        assert [one.levelname for one in caplog.records] == ["WARNING"]  # said once

    @pytest.mark.parametrize("ahead_ms", [-LIMIT_MS / 2, LIMIT_MS / 2])
    def test_takes_what_is_within_it(self, measuring, falsified, ahead_ms):
        falsified(ahead_ms)
        measuring.refresh()
        measuring.require_bounded()

    def test_says_when_the_clock_is_right_again(self, measuring, falsified, caplog):
        falsified(1_000)
        measuring.refresh()
        falsified(0)
        measuring.refresh()
        measuring.require_bounded()
        assert "within the bound again" in caplog.text

    def test_goes_by_what_it_knew_while_the_server_does_not_answer(self, measuring, real):
        before = measuring.measured_at
        real_engine, measuring._engine = (
            measuring._engine,
            sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/x"),
        )
        with pytest.raises(sa.exc.OperationalError):
            measuring.refresh()
        measuring.require_bounded()
        assert measuring.measured_at == before
        measuring._engine = real_engine

    def test_is_none_on_a_virtual_clock(self, world):
        assert gauge(world.database.api, world.units) is None


def enrol(site, token, key):
    body = {"name": "某单位", "credit_code": credit_code(), "roles": ["enterprise"], "region": "1501", "person": "某人"}
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    return httpx2.post(f"{site.url}/v1/organisations", json=body, headers=headers, timeout=30)


class TestTwoHosts:
    def test_of_which_one_is_astray(self, real, addresses, tmp_path):
        """It refuses commands before anything is written, and goes on reading; the other takes them."""
        right = site_over(real, addresses, tmp_path)
        wrong = on_another_port(right)
        token = founding.enter(real.units, **founding.OPERATOR).bearer.text
        parts = [PartProcess("api", right), PartProcess("api", wrong, ahead_ms=-LIMIT_MS - 50)]
        try:
            healths = [one.wait_ready() for one in parts]
            refused = enrol(wrong, token, "enrol")
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            assert refused.json()["type"] == "/problems/app/clock-astray"
            with real.units.read() as unit:
                assert unit.connection.execute(sa.text("SELECT count(*) FROM answer")).scalar_one() == 0
            assert httpx2.get(f"{wrong.url}/v1/lots", timeout=30).status_code == 200
            assert enrol(right, token, "enrol").status_code == 201  # the same key: nothing was kept of the refusal
        finally:
            for one in parts:
                one.end()
        assert [one["skew"]["bounded"] for one in healths] == [True, False]
        assert [any("clock" in said for said in one["problems"]) for one in healths] == [False, True]
        assert healths[1]["status"] == "degraded"
        assert healths[0]["skew"]["bound_ms"] == LIMIT_MS
        assert abs(healths[1]["skew"]["offset_ms"] + LIMIT_MS + 50) < 50
        assert healths[1]["problems"][0].startswith("this host's clock is -1")
        for one in healths:
            assert instant.parse(one["skew"]["measured_at"]) < instant.parse(one["now"])
        assert parts[1].log.read_text().count("mend its time synchronisation") == 1

    def test_measure_again_and_again(self, real, addresses, tmp_path):
        part = PartProcess("api", site_over(real, addresses, tmp_path))
        try:
            first = part.wait_ready()["skew"]["measured_at"]
            deadline = time.monotonic() + 30
            while part.wait_ready()["skew"]["measured_at"] == first:
                assert time.monotonic() < deadline
                time.sleep(0.2)
        finally:
            part.end()

    def test_a_virtual_exchange_has_none(self, market):
        health = market.done("GET", "/healthz")
        assert (health["skew"], health["status"]) == (None, "ok")


@pytest.fixture
def due(real):
    """A lot on real time whose end has come."""
    cause = real.cause(real.fresh(OrganisationId))
    opens = cause.at + timedelta(seconds=0.1)
    terms = Terms(
        start_price_fen=Fen(100),
        increments=(),
        deposit_fen=Fen(0),
        reserve_fen=None,
        appraisal_fen=None,
        opens_at=opens,
        closes_at=opens + 100 * MS,
    )
    draft = Draft(
        lot=real.fresh(LotId), listing=None, excluded=frozenset(), profile=rules.find("replay@1"), terms=terms
    )
    with real.units.begin() as unit:
        lot = auctions.open_for_replay(unit, cause, [replace(draft)])[0]
    time.sleep(0.25)
    return lot


class TestATicker:
    def state(self, real, lot):
        with real.units.read() as unit:
            return auctions.lot_of(unit, lot).state

    def tick_for(self, real, measuring, seconds):
        deadline = time.monotonic() + seconds
        running = threading.Thread(
            target=ticker.run,
            args=(real.units,),
            kwargs={
                "send_pack": lambda _: None,
                "send_proof": lambda: None,
                "stop": lambda: time.monotonic() > deadline,
                "require_sound_time": measuring.require_bounded,
            },
        )
        running.start()
        running.join()

    def test_that_is_astray_ticks_nothing_until_it_is_not(self, real, measuring, falsified, due, caplog):
        falsified(LIMIT_MS + 20)
        self.tick_for(real, measuring, 0.5)
        assert self.state(real, due) is State.ANNOUNCED
        assert caplog.text.count("mend its time synchronisation") == 1
        falsified(0)
        self.tick_for(real, measuring, 0.5)
        assert self.state(real, due) is State.UNSOLD
