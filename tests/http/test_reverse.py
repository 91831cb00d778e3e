"""A demand that is bid down over HTTP: what its demander and its bidders meet, and where their deposits go."""

from datetime import timedelta

import pytest

from ledger.kernel import instant
from settlement.escrow import service as escrow
from tests.market import yuan

GRACE = timedelta(seconds=2)


@pytest.fixture(autouse=True)
def _in_force(market):
    market.put_into_force("exchange-reverse@1")


@pytest.fixture
def demander(market):
    return market.member("enterprise")


DEMAND = {"title": "稀土抛光废粉的回收工艺", "document_sha256": "5" * 64}


def announced(market, demander, **changes):
    body = {"profile": "exchange-reverse@1", "terms": market.lot_terms(demand=DEMAND, **changes)}
    lot = market.done("POST", "/v1/lots", demander, body)["id"]
    market.done("POST", f"/v1/lots/{lot}/announce", demander)
    return lot


def running(market, demander, **changes):
    lot = announced(market, demander, **changes)
    market.move(instant.parse(market.read_lot(lot)["opens_at"]))
    return lot


def end(market, lot):
    market.move(instant.parse(market.read_lot(lot)["ends_at"]) + GRACE)
    return market.read_lot(lot)


def deposits(market, world, lot):
    """What has become of each deposit, by its settlement and by the books; and the payments out that were ordered."""
    with world.units.read() as unit:
        settlement = escrow.of_deal(unit, lot)
        pages = escrow.payout_page(unit, after=0, limit=100)
    out = [one.payout.amount_fen for one in pages if one.payout.subject == settlement.id]
    held = refunded = 0
    for one in settlement.deposits:
        account = market.done("GET", f"/v1/accounts/{settlement.id}:bidder:{one.code}", market.operator)
        assert bool(account["holds"]) == (one.state.value == "held")
        held += one.amount_fen if one.state.value == "held" else 0
        refunded += one.amount_fen if one.state.value == "refunded" else 0
    assert sum(out) == refunded
    assert held + refunded == sum(one.amount_fen for one in settlement.deposits)
    return held, refunded


class TestReverse:
    def test_is_won_by_the_lowest(self, market, demander):
        lot = running(market, demander)
        ann, ben = market.bidder(lot), market.bidder(lot)
        read = market.read_lot(lot)
        assert (read["format"], read["start_price"]) == ("reverse", yuan("100000.00"))
        assert (read["minimum_next"], read["maximum_next"]) == (None, yuan("100000.00"))
        market.bid(lot, ann, "100000")
        assert market.read_lot(lot)["maximum_next"] == yuan("99000.00")
        won = market.bid(lot, ben, "80000")
        closed = end(market, lot)
        assert (closed["state"], closed["price"], closed["leader"]) == ("sold", yuan("80000.00"), won["code"])
        assert (closed["minimum_next"], closed["maximum_next"], closed["round"]) == (None, None, None)

    def test_refuses_what_is_not_low_enough_and_says_what_would_be(self, market, demander):
        lot = running(market, demander)
        ann, ben = market.bidder(lot), market.bidder(lot)
        bids = f"/v1/lots/{lot}/bids"
        problem = market.refused("auctions/above-ceiling", "POST", bids, ann, {"amount": yuan("100000.01")})
        assert problem["maximum_next"] == yuan("100000.00")
        market.bid(lot, ann, "100000")
        problem = market.refused("auctions/not-low-enough", "POST", bids, ben, {"amount": yuan("99000.01")})
        assert problem["maximum_next"] == yuan("99000.00")
        market.refused("auctions/already-lowest", "POST", bids, ann, {"amount": yuan("90000")})
        market.refused("auctions/conflict-of-interest", "POST", bids, demander, {"amount": yuan("90000")})

    def test_keeps_what_the_demander_would_pay_to_itself(self, market, demander):
        lot = running(market, demander, reserve=yuan("70000"))
        market.bid(lot, market.bidder(lot), "70001")
        end(market, lot)
        response = market.call("GET", f"/v1/lots/{lot}")
        assert (response.json()["state"], response.json()["has_reserve"]) == ("unsold", True)
        assert '"70000' not in response.text

    def test_says_to_everybody_what_is_demanded(self, market, demander):
        lot = announced(market, demander)

        assert market.read_lot(lot)["demand"] == DEMAND

    def test_is_not_announced_without_saying_what(self, market, demander):
        drafted = {"profile": "exchange-reverse@1", "terms": market.lot_terms()}
        lot = market.done("POST", "/v1/lots", demander, drafted)["id"]

        market.refused("auctions/wrong-form", "POST", f"/v1/lots/{lot}/announce", demander)

    def test_takes_no_reserve_above_the_ceiling(self, market, demander):
        body = {"profile": "exchange-reverse@1", "terms": market.lot_terms(demand=DEMAND, reserve=yuan("100000.01"))}
        lot = market.done("POST", "/v1/lots", demander, body)["id"]
        path = f"/v1/lots/{lot}/announce"
        problem = market.refused("auctions/reserve-above-ceiling", "POST", path, demander)
        assert problem["start_price"] == yuan("100000.00")

    def test_offers_no_listing(self, market):
        seller = market.member("university")
        body = {
            "listing": market.open_listing(seller),
            "profile": "exchange-reverse@1",
            "terms": market.lot_terms(demand=DEMAND),
        }
        lot = market.done("POST", "/v1/lots", seller, body)["id"]
        market.refused("auctions/takes-no-listing", "POST", f"/v1/lots/{lot}/announce", seller)

    def test_has_no_deal_here_and_tells_its_parties_who_they_are(self, market, demander):
        lot = running(market, demander)
        won, lost = market.bidder(lot), market.bidder(lot)
        market.bid(lot, lost, "90000")
        market.bid(lot, won, "80000")
        parties = f"/v1/lots/{lot}/parties"
        for who in (demander, won, market.operator):
            market.refused("app/no-such-deal", "GET", parties, who)  # until it is won
        end(market, lot)
        market.refused("app/no-such-deal", "GET", f"/v1/lots/{lot}/deal", demander)
        for who in (demander, won, market.operator):
            assert [one["id"] for one in market.done("GET", parties, who)] == [demander.id, won.id]
        for who in (lost, market.member("university")):
            market.refused("app/no-such-deal", "GET", parties, who)

    def test_tells_nobody_the_parties_of_what_is_not_won_or_is_on_a_listing(self, market, demander):
        lot = running(market, demander)
        end(market, lot)
        seller = market.member("university")
        listed, buyer = market.sold_lot(seller, losers=0)
        for one, who in ((lot, demander), (lot, market.operator), (listed, seller), (listed, buyer)):
            market.refused("app/no-such-deal", "GET", f"/v1/lots/{one}/parties", who)
        unknown = "lot_" + "0" * 26
        market.refused("app/no-such-deal", "GET", f"/v1/lots/{unknown}/parties", demander)


class TestDeposits:
    def test_all_go_back_when_it_is_won_property_9(self, market, demander, world):
        lot = running(market, demander)
        ann = market.bidder(lot)
        assert deposits(market, world, lot) == (1_000_000, 0)
        ben = market.bidder(lot)
        market.bid(lot, ann, "90000")
        assert deposits(market, world, lot) == (2_000_000, 0)
        market.bid(lot, ben, "80000")
        assert deposits(market, world, lot) == (2_000_000, 0)
        assert end(market, lot)["state"] == "sold"
        assert deposits(market, world, lot) == (0, 2_000_000)
        for one in (ann, ben):
            assert market.done("GET", f"/v1/lots/{lot}/standing", one)["deposit_state"] == "refunded"

    @pytest.mark.parametrize("amount", [None, "90000"])
    def test_all_go_back_when_it_is_not_won_property_9(self, market, demander, world, amount):
        lot = running(market, demander, reserve=yuan("70000"))
        ann = market.bidder(lot)
        if amount:
            market.bid(lot, ann, amount)
        assert end(market, lot)["state"] == "unsold"
        assert deposits(market, world, lot) == (0, 1_000_000)

    def test_all_go_back_when_it_is_taken_back_property_9(self, market, demander, world):
        lot = announced(market, demander)
        market.bidder(lot)
        assert deposits(market, world, lot) == (1_000_000, 0)
        market.done("POST", f"/v1/lots/{lot}/withdraw", demander)
        assert deposits(market, world, lot) == (0, 1_000_000)

    def test_that_never_came_lapse(self, market, demander, world):
        lot = running(market, demander)
        ann = market.member("enterprise")
        market.done("POST", f"/v1/lots/{lot}/deposits/requests", ann, {})
        end(market, lot)
        with world.units.read() as unit:
            assert [one.state.value for one in escrow.of_deal(unit, lot).deposits] == ["lapsed"]

    def test_of_nobody_need_nothing_given_back(self, market, demander, world):
        lot = running(market, demander)
        assert end(market, lot)["state"] == "unsold"
        with world.units.read() as unit:
            assert escrow.of_deal(unit, lot) is None
