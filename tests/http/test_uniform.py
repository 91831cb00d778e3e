"""Several ordinary licences over HTTP: one price for all who win, and every deposit back."""

from datetime import timedelta

import pytest

from ledger.kernel import instant
from tests.market import yuan


@pytest.fixture(autouse=True)
def _in_force(market):
    market.put_into_force("exchange-uniform@1")


@pytest.fixture
def seller(market):
    return market.member("university")


def body(market, listing, count=2, **changes):
    terms = market.lot_terms(units={"count": count}, **changes)
    return {"listing": listing, "profile": "exchange-uniform@1", "terms": terms}


def running(market, seller, **changes):
    listing = market.open_listing(seller, mode="ordinary_licence")
    lot = market.done("POST", "/v1/lots", seller, body(market, listing, **changes))["id"]
    market.done("POST", f"/v1/lots/{lot}/announce", seller)
    bidders = [market.bidder(lot) for _ in range(3)]
    market.move(instant.parse(market.read_lot(lot)["opens_at"]))
    return lot, bidders


def close(market, lot):
    market.move(instant.parse(market.read_lot(lot)["ends_at"]) + timedelta(seconds=2))
    return market.read_lot(lot)


class TestUniformLot:
    def test_sells_to_the_best_at_the_best_losers_bid(self, market, seller):
        lot, (ann, ben, cai) = running(market, seller)
        codes = [market.bid(lot, one, fen)["code"] for one, fen in ((ann, "150000"), (ben, "140000"))]
        assert market.read_lot(lot)["price"] == yuan("100000.00")
        assert market.read_lot(lot)["minimum_next"] == yuan("141000.00")
        short = market.refused(
            "auctions/below-increment", "POST", f"/v1/lots/{lot}/bids", cai, {"amount": yuan("140999.99")}
        )
        assert short["minimum_next"] == yuan("141000.00")
        codes.append(market.bid(lot, cai, "160000")["code"])
        market.bid(lot, cai, "170000")
        shown = market.read_lot(lot)
        assert shown["price"] == yuan("140000.00")
        assert [(one["code"], one["amount"]["amount"], one["wins"]) for one in shown["units"]["standing"]] == [
            (codes[2], "170000.00", True),
            (codes[0], "150000.00", True),
            (codes[1], "140000.00", False),
        ]
        closed = close(market, lot)
        assert (closed["state"], closed["price"], closed["fault"]) == ("sold", yuan("140000.00"), None)
        assert [one["wins"] for one in closed["units"]["standing"]] == [True, True, False]

    def test_keeps_nobodys_deposit_and_puts_the_listing_on_offer_again(self, market, seller):
        lot, bidders = running(market, seller)
        for one, fen in zip(bidders, ("150000", "140000", "160000"), strict=True):
            market.bid(lot, one, fen)
        closed = close(market, lot)
        listing = market.done("GET", f"/v1/listings/{closed['listing']}")
        assert listing["state"] == "open"
        settlement = market.deal(lot)["settlement"]
        assert settlement["state"] == "released"
        assert {one["state"] for one in settlement["deposits"]} == {"refunded"}
        assert market.deal(lot)["contract"] is None
        payouts = market.done("GET", "/v1/payouts", market.operator)["items"]
        assert sorted(one["amount"]["amount"] for one in payouts) == ["10000.00"] * 3

    def test_tells_the_seller_who_has_won_and_each_winner_of_the_seller_and_itself(self, market, seller):
        lot, (ann, ben, cai) = running(market, seller)
        for one, fen in ((ann, "150000"), (ben, "140000"), (cai, "160000")):
            market.bid(lot, one, fen)
        market.refused("app/no-such-deal", "GET", f"/v1/lots/{lot}/parties", seller)
        close(market, lot)

        def told(by):
            return [one["id"] for one in market.done("GET", f"/v1/lots/{lot}/parties", by)]

        assert told(seller) == told(market.operator) == [seller.id, cai.id, ann.id]
        assert (told(ann), told(cai)) == ([seller.id, ann.id], [seller.id, cai.id])
        market.refused("app/no-such-deal", "GET", f"/v1/lots/{lot}/parties", ben)

    def test_leaves_unsold_what_misses_the_reserve(self, market, seller):
        lot, (ann, ben, _) = running(market, seller, reserve=yuan("145000"))
        market.bid(lot, ann, "150000")
        market.bid(lot, ben, "140000")
        closed = close(market, lot)
        assert (closed["state"], closed["price"]) == ("sold", yuan("145000.00"))
        assert [one["wins"] for one in closed["units"]["standing"]] == [True, False]

    def test_may_be_offered_again_after_it(self, market, seller):
        lot, (ann, *_) = running(market, seller)
        market.bid(lot, ann, "150000")
        listing = close(market, lot)["listing"]
        again = market.done("POST", "/v1/lots", seller, body(market, listing))["id"]
        market.done("POST", f"/v1/lots/{again}/announce", seller)

    @pytest.mark.parametrize("mode", ["assignment", "exclusive_licence", "sole_licence"])
    def test_is_of_ordinary_licences_alone(self, market, seller, mode):
        listing = market.open_listing(seller, mode=mode)
        market.refused("auctions/not-an-ordinary-licence", "POST", "/v1/lots", seller, body(market, listing))
        draft = market.draft_lot(seller, listing)
        revised = {name: value for name, value in body(market, listing).items() if name != "listing"}
        market.refused("auctions/not-an-ordinary-licence", "PUT", f"/v1/lots/{draft}", seller, revised)


class TestDraft:
    @pytest.mark.parametrize(
        "ref", ["exchange-uniform@1", "exchange-scored@1", "exchange-dutch@1", "exchange-rounds@1"]
    )
    def test_of_any_format_can_be_read_though_its_terms_are_not_complete(self, market, seller, ref):
        market.put_into_force(ref)
        listing = market.open_listing(seller, mode="ordinary_licence")
        drafted = {"listing": listing, "profile": ref, "terms": market.lot_terms()}
        lot = market.done("POST", "/v1/lots", seller, drafted)["id"]

        assert market.done("GET", f"/v1/lots/{lot}", seller)["state"] == "draft"
        assert lot in [one["id"] for one in market.done("GET", "/v1/lots", seller)["items"]]

    def test_takes_the_terms_of_one_format_alone(self, market, seller):
        clock = {"floor": yuan("90000"), "step": yuan("1000"), "every_s": 60}
        drafted = body(market, market.open_listing(seller, mode="ordinary_licence"), clock=clock)

        market.refused("http/malformed", "POST", "/v1/lots", seller, drafted)
