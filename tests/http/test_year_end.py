"""The end of a loaded calendar over HTTP: what nobody can foresee is done in December too, and its time counted later.

Every deal here was frozen in spring and is let go when the working days that follow are not published yet.
"""

import logging
import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from exchange.app import flows, ticker
from ledger.kernel import instant
from settlement.escrow.store import settlements as store
from tests import make_calendar
from tests.http import test_plans
from tests.http.test_freezes import freeze, lift
from tests.http.test_misdirected import find, plan
from tests.http.test_royalties import Selling
from tests.make_calendar import FIRST_COUNTED, INSTANT, LAST_FOR, YEAR_END

LOGGER = "exchange.app.flows.reckoning"


@pytest.fixture
def seller(market):
    return market.member("university")


@pytest.fixture
def regulator(market):
    return market.member("regulator")


@pytest.fixture
def frozen(market, seller, regulator):
    """Sell lots and freeze each deal; how to let them go, and their buyers."""

    def sell(count):
        for _ in range(count):
            lot, buyer = market.sold_lot(seller, losers=0)
            yield lot, buyer, freeze(market, lot, regulator)

    return sell


def signed(market, lot, seller, buyer):
    written = market.write_contract(lot, seller)
    market.sign(written["id"], written["terms_sha256"], seller, buyer)
    return market.deal(lot)


class TestLift:
    @pytest.mark.parametrize(
        ("at", "sign_by"), [(LAST_FOR[3], instant.render(YEAR_END)), (LAST_FOR[3] + INSTANT, None)]
    )
    def test_always_works(self, market, frozen, regulator, at, sign_by):
        [(lot, _, order)] = frozen(1)
        market.move(at)

        assert lift(market, order, regulator)["state"] == "lifted"
        contract = market.deal(lot)["contract"]
        assert (contract["state"], contract["stayed_at"], contract["awaits"]) == ("awarded", None, ["seller"])
        assert (contract["write_by"], contract["sign_by"]) == (sign_by, sign_by)

    def test_lets_the_whole_deal_go_on(self, market, frozen, seller, regulator):
        [(lot, buyer, order)] = frozen(1)
        market.move(LAST_FOR[3] + INSTANT)
        lift(market, order, regulator)
        market.move(YEAR_END + timedelta(days=40))  # nothing lapses while nobody can say when

        deal = signed(market, lot, seller, buyer)
        assert (deal["contract"]["state"], deal["contract"]["register_by"]) == ("effective", None)
        assert (deal["settlement"]["state"], deal["settlement"]["pay_by"]) == ("due", None)
        path = f"/v1/settlements/{deal['settlement']['id']}"
        market.refused("escrow/not-yet-overdue", "POST", f"{path}/default", market.operator)
        market.refused("kernel/year-not-loaded", "POST", f"{path}/plan", seller, plan(deal["settlement"]))
        paid = market.pay(lot)
        assert (paid["state"], paid["settle_by"]) == ("paid", None)
        assert market.settle(lot, seller)["state"] == "settled"
        assert market.register(lot)["state"] == "registered"


class TestFind:
    @pytest.mark.parametrize(("at", "due"), [(LAST_FOR[10], instant.render(YEAR_END)), (LAST_FOR[10] + INSTANT, None)])
    def test_always_works(self, market, at, due):
        market.move(at)
        found = find(market, "3")

        assert (found["state"], found["deal_with_by"], found["overdue"]) == ("waiting", due, False)
        market.move(YEAR_END)
        listed = market.done("GET", "/v1/misdirected?overdue=true", market.operator)["items"]
        assert [one["id"] for one in listed] == ([found["id"]] if due else [])


class TestTakeUp:
    def test_always_works_while_the_trial_lasts(self, monkeypatch, market, regulator):
        sale = test_plans.Sale(market)
        until = instant.parse(test_plans.TestTrial().begin(sale)["trial_until"])
        order = freeze(market, sale.lot, regulator)
        market.move(max(until + timedelta(days=1), LAST_FOR[5] - timedelta(days=1)))
        lift(market, order, regulator)
        market.move(LAST_FOR[5] + INSTANT)

        taken = sale.do("take-up", sale.buyer)
        assert (taken["state"], {one["due_at"] for one in taken["parts"]}) == ("active", {None})
        sale.refused("escrow/not-yet-overdue", "parts/1/default", market.operator)
        assert sale.pay(1)["parts"][0]["state"] == "released"
        make_calendar.load(monkeypatch)
        assert flows.reckon(market.gate.units, years=make_calendar.LOADED) == 1
        [part, *_] = sale.read()["parts"]
        assert {one["due_at"] for one in sale.read()["parts"]} == {instant.render(FIRST_COUNTED)}
        assert part["divide_by"] == instant.render(in_january(18))  # fifteen working days after the 25th of December


class TestStatement:
    @pytest.mark.parametrize(("at", "by"), [(LAST_FOR[15], instant.render(YEAR_END)), (LAST_FOR[15] + INSTANT, None)])
    def test_of_a_period_that_ends_in_november_always_works(self, market, at, by):
        selling = Selling(market)
        royalty = selling.agreed(starts_on="2026-09-01")["id"]
        market.move(at)

        [period, _] = selling.state(royalty)["periods"]
        assert (period["state"], period["pay_by"], period["overdue"]) == ("stated", by, False)
        market.move(YEAR_END)
        assert selling.read(royalty)["periods"][0]["overdue"] is (by is not None)
        path = f"/v1/royalties/{royalty}/periods/1/overdue"
        if by is None:
            market.refused("escrow/not-yet-overdue", "POST", path, market.operator)
            assert flows.reckon(market.gate.units, years=make_calendar.LOADED) == 1
            assert selling.read(royalty)["periods"][0]["pay_by"] == instant.render(FIRST_COUNTED)
        assert selling.pay(royalty)["periods"][0]["state"] == "paid"


class TestReckon:
    def test_counts_what_was_left_open_once_the_calendar_is_loaded(
        self, monkeypatch, caplog, market, frozen, seller, regulator
    ):
        deals, units = list(frozen(3)), market.gate.units
        market.move(LAST_FOR[3] + INSTANT)
        for _, _, order in deals:
            lift(market, order, regulator)
        (waits, *_), (due, buyer, _), (paid, another, _) = deals
        signed(market, due, seller, buyer)
        signed(market, paid, seller, another)
        market.pay(paid)
        found = find(market, "3")
        entries = market.done("GET", f"/v1/lots/{due}/deal", market.operator)

        assert flows.reckon(units) == 0  # no calendar has come
        assert market.done("GET", f"/v1/lots/{due}/deal", market.operator) == entries
        make_calendar.load(monkeypatch)
        caplog.set_level(logging.INFO, LOGGER)
        assert flows.reckon(units, years=make_calendar.LOADED) == 6
        assert [one.message for one in caplog.records if one.name == LOGGER] == [
            "deadlines counted that were left open: 3 contracts, 2 settlements, 1 misdirected, 0 plans, 0 royalties"
        ]
        assert flows.reckon(units, years=make_calendar.LOADED) == 0

        left = instant.render(FIRST_COUNTED)  # three working days after the 29th of December
        contract, settlement = (market.deal(due)[name] for name in ("contract", "settlement"))
        assert market.deal(waits)["contract"]["sign_by"] == market.deal(waits)["contract"]["write_by"] == left
        assert (contract["sign_by"], contract["register_by"]) == (left, instant.render(in_january(20)))
        assert settlement["pay_by"] == instant.render(in_january(6))
        assert market.deal(paid)["settlement"]["settle_by"] == instant.render(in_january(20))
        path = f"/v1/misdirected/{found['id']}"
        assert market.done("GET", path, market.operator)["deal_with_by"] == instant.render(in_january(13))

        market.move(in_january(20))  # and time acts on each: the auditor of the same release finds it in order
        assert market.deal(waits)["contract"]["state"] == "lapsed"
        assert market.deal(paid)["settlement"]["state"] == "settled"
        assert market.done("GET", path, market.operator)["overdue"]
        done = market.done("POST", f"/v1/settlements/{settlement['id']}/default", market.operator)
        assert done["state"] == "forfeited"

    def test_is_asked_once_by_a_ticker_that_starts(self, caplog, market):
        caplog.set_level(logging.INFO, LOGGER)
        rounds = iter([False, False, True])
        ticker.run(market.gate.units, send_pack=lambda pack: None, send_proof=lambda: None, stop=lambda: next(rounds))

        assert [one.message for one in caplog.records if one.name == LOGGER] == [
            "deadlines counted that were left open: 0 contracts, 0 settlements, 0 misdirected, 0 plans, 0 royalties"
        ]

    def test_waits_for_whoever_holds_a_settlement(self, monkeypatch, market, world, frozen, seller, regulator):
        [(lot, buyer, order)] = frozen(1)
        market.move(LAST_FOR[3] + INSTANT)
        lift(market, order, regulator)
        signed(market, lot, seller, buyer)

        make_calendar.load(monkeypatch)
        counted = []
        rival = threading.Thread(
            target=lambda: counted.append(flows.reckon(world.units, years=make_calendar.LOADED)), daemon=True
        )
        with world.units.begin() as unit:
            [left] = store.open_ended(unit)
            assert left.pay_by is None
            rival.start()
            waits_for_a_row(unit)
            assert rival.is_alive()
            assert counted == []
        rival.join(timeout=30)
        assert counted == [2]
        with world.units.begin() as unit:
            assert store.open_ended(unit) == []


def waits_for_a_row(unit):
    """Return once some other transaction waits for what this one holds; locks are read anew, activity is not."""
    waiting = sa.text(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    )
    for _ in range(1_000):
        if unit.connection.execute(waiting).scalar_one():
            return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


def in_january(day):
    """When a working day of the made-up January is over: the 4th is the first."""
    return FIRST_COUNTED + timedelta(days=day - 4)
