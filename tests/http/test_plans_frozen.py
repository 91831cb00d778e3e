"""Plans over HTTP whose deal a court freezes, and parts that time divides: as the two parties see it."""

from datetime import timedelta

import pytest

from ledger.kernel import instant
from ledger.kernel.calendar import deadline
from tests.http.test_freezes import freeze, lift
from tests.http.test_plans import Sale, TestTrial
from tests.market import sha256, yuan

MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def sale(market):
    return Sale(market)


@pytest.fixture
def regulator(market):
    return market.member("regulator")


class TestFreeze:
    def test_lets_what_is_paid_wait_until_every_order_is_lifted(self, sale, regulator):
        sale.agree()
        first = freeze(sale.market, sale.lot, regulator)
        second = freeze(sale.market, sale.lot, regulator, authority="regulator")
        sale.pay(1)
        assert sale.states() == ["waiting", "open", "open"]
        sale.refused("escrow/wrong-part-state", "parts/1/divide", sale.seller, {})
        lift(sale.market, first, regulator)
        assert sale.states() == ["waiting", "open", "open"]
        lift(sale.market, second, regulator)
        assert sale.states() == ["released", "open", "open"]
        by = deadline(sale.market.now(), 15)
        assert sale.read()["parts"][0]["divide_by"] == instant.render(by)
        sale.do("parts/1/divide", sale.seller, {})
        assert sale.states() == ["closed", "open", "open"]

    def test_keeps_a_trial_going_that_ends_meanwhile(self, sale, regulator):
        until = instant.parse(TestTrial().begin(sale)["trial_until"])
        order = freeze(sale.market, sale.lot, regulator)
        sale.market.move(until + timedelta(days=1))
        sale.refused("escrow/frozen", "decline", sale.buyer)
        lift(sale.market, order, regulator)
        later = deadline(sale.market.now(), 3)
        seen = sale.read()
        assert (seen["state"], seen["terms"]["trial_until"]) == ("trial", instant.render(until))
        assert seen["trial_until"] == instant.render(later)
        sale.market.move(later - MICROSECOND)
        assert sale.do("take-up", sale.buyer)["state"] == "active"
        sale.pay(1)
        assert sale.do("parts/1/divide", sale.seller, {})["state"] == "closed"

    def test_ends_a_trial_at_the_later_instant(self, sale, regulator):
        until = instant.parse(TestTrial().begin(sale)["trial_until"])
        order = freeze(sale.market, sale.lot, regulator)
        sale.market.move(until + timedelta(days=1))
        lift(sale.market, order, regulator)
        later = instant.parse(sale.read()["trial_until"])
        sale.market.move(later - MICROSECOND)
        assert sale.read()["state"] == "trial"
        sale.market.move(later)
        assert sale.read()["state"] == "declined"
        deal = sale.market.deal(sale.lot)
        assert (deal["state"], deal["contract"]["fault"]) == ("fell_through", "nobody")
        assert deal["money"][-1]["credit"] == "custody:ordered"

    def test_gives_nothing_to_a_trial_that_it_does_not_shorten(self, sale, regulator):
        TestTrial().begin(sale)
        lift(sale.market, freeze(sale.market, sale.lot, regulator), regulator)
        assert sale.read()["trial_until"] == sale.read()["terms"]["trial_until"]

    def test_is_lifted_where_the_contract_alone_goes_on(self, sale, regulator):
        sale.propose()
        lift(sale.market, freeze(sale.market, sale.lot, regulator), regulator)
        assert sale.read()["state"] == "proposed"

    def test_loses_no_deposit_of_a_buyer_that_could_not_agree(self, sale, regulator):
        proposed = sale.propose()
        signature = {"terms_sha256": proposed["terms_sha256"]}
        order = freeze(sale.market, sale.lot, regulator)
        sale.market.move(instant.parse(proposed["agree_by"]) + timedelta(days=1))
        sale.refused("escrow/frozen", "agree", sale.buyer, signature)
        lift(sale.market, order, regulator)
        later = deadline(sale.market.now(), 3)
        assert sale.read()["agree_by"] == instant.render(later)
        assert sale.market.deal(sale.lot)["settlement"]["quiet_until"] == instant.render(later)
        sale.market.move(later - MICROSECOND)
        market = sale.market
        problem = market.refused("escrow/not-yet-overdue", "POST", f"{sale.path}/default", market.operator)
        assert problem["due_at"] == instant.render(later)
        assert sale.do("agree", sale.buyer, signature)["state"] == "active"

    def test_is_refused_where_a_trial_was_declined(self, sale, regulator):
        TestTrial().begin(sale)
        sale.do("decline", sale.buyer)
        body = {"authority": "court", "order_number": "n1", "document_sha256": sha256("1"), "reason": "r"}
        sale.market.refused("escrow/nothing-to-freeze", "POST", f"{sale.path}/freezes", regulator, body)


class TestTime:
    def test_divides_what_its_seller_leaves(self, sale):
        sale.agree()
        sale.pay(1)
        by = instant.parse(sale.read()["parts"][0]["divide_by"])
        assert by == deadline(sale.market.now(), 15)
        sale.market.move(by - MICROSECOND)
        assert sale.states() == ["released", "open", "open"]
        sale.market.move(by)
        assert sale.states() == ["closed", "open", "open"]
        sale.refused("escrow/wrong-part-state", "parts/1/divide", sale.seller, {})
        assert sale.read()["fee"] == yuan("1200.00")

    def test_waits_while_an_order_stands(self, sale, regulator):
        sale.agree()
        sale.pay(1)
        order = freeze(sale.market, sale.lot, regulator)
        by = instant.parse(sale.read()["parts"][0]["divide_by"])
        sale.market.move(by + timedelta(days=1))
        assert sale.states() == ["released", "open", "open"]
        lift(sale.market, order, regulator)
        quiet = instant.parse(sale.read()["quiet_until"])
        assert quiet == deadline(sale.market.now(), 3)
        sale.market.move(quiet - MICROSECOND)
        assert sale.states() == ["released", "open", "open"]
        sale.market.move(quiet)
        assert sale.states() == ["closed", "open", "open"]

    def test_leaves_a_milestone_to_the_people(self, sale):
        sale.agree()
        sale.pay(2)
        sale.do("parts/2/release", sale.seller, {"evidence_sha256": sha256("protocol")})
        sale.market.move(sale.market.now() + timedelta(days=50))
        assert sale.states() == ["open", "confirming", "open"]
