"""A lot in a free period and timed rounds over HTTP, as its bidders meet it."""

from datetime import timedelta

import pytest

from ledger.kernel import instant
from settlement.escrow import service as escrow
from tests.market import yuan

MILLISECOND = timedelta(milliseconds=1)
ROUND = timedelta(minutes=5)
GRACE = timedelta(seconds=2)


@pytest.fixture(autouse=True)
def _in_force(market):
    market.put_into_force("exchange-rounds@1", "exchange-rounds-strict@1")


@pytest.fixture
def seller(market):
    return market.member("university")


def running(market, seller, profile="exchange-rounds-strict@1"):
    """Announce a lot whose free period has just begun; return it and when that ends."""
    listing = market.open_listing(seller)
    opens = market.now() + timedelta(hours=1)
    times = {"opens_at": instant.render(opens), "closes_at": instant.render(opens + timedelta(hours=24) + ROUND)}
    body = {"listing": listing, "profile": profile, "terms": market.lot_terms(**times)}
    lot = market.done("POST", "/v1/lots", seller, body)["id"]
    market.done("POST", f"/v1/lots/{lot}/announce", seller)
    market.move(opens)
    return lot, opens + timedelta(hours=24)


def shown(market, lot, *names):
    read = market.read_lot(lot)
    return tuple(read[name] for name in names)


class TestRounds:
    def test_show_a_reader_the_free_period_and_then_which_round_it_is(self, market, seller):
        lot, free_until = running(market, seller)
        ann, ben = market.bidder(lot), market.bidder(lot)
        assert shown(market, lot, "format", "free_until", "round", "maximum_next") == (
            "rounds",
            instant.render(free_until),
            0,
            None,
        )
        market.bid(lot, ann, "100000")
        market.bid(lot, ben, "101000")
        assert shown(market, lot, "ends_at", "round") == (instant.render(free_until + ROUND), 0)
        market.move(free_until)
        assert shown(market, lot, "phase", "round") == ("open", 1)
        market.move(free_until + ROUND - MILLISECOND)
        market.bid(lot, ann, "102000")
        ends = free_until + 2 * ROUND - MILLISECOND
        assert shown(market, lot, "ends_at", "round", "closes_at") == (
            instant.render(ends),
            2,
            instant.render(free_until + ROUND),
        )
        market.move(ends + GRACE)
        assert shown(market, lot, "state", "price", "round") == ("sold", yuan("102000.00"), 2)

    def test_refuse_who_has_not_bid_freely_where_the_version_asks_for_it(self, market, seller):
        lot, free_until = running(market, seller)
        ann, late = market.bidder(lot), market.bidder(lot)
        market.bid(lot, ann, "100000")
        market.move(free_until)
        body = {"amount": yuan("101000")}
        problem = market.refused("auctions/did-not-bid-freely", "POST", f"/v1/lots/{lot}/bids", late, body)
        assert problem["free_until"] == instant.render(free_until)
        assert shown(market, lot, "price", "ends_at") == (yuan("100000.00"), instant.render(free_until + ROUND))

    def test_refuse_nobody_for_that_under_the_usual_version(self, market, seller):
        lot, free_until = running(market, seller, "exchange-rounds@1")
        market.move(free_until)
        assert market.bid(lot, market.bidder(lot), "100000")["state"] == "accepted"

    def test_end_when_one_passes_without_a_bid(self, market, seller):
        lot, free_until = running(market, seller)
        market.bid(lot, market.bidder(lot), "100000")
        market.move(free_until + ROUND + GRACE - MILLISECOND)
        assert shown(market, lot, "state", "phase") == ("announced", "grace")
        market.move(free_until + ROUND + GRACE)
        assert shown(market, lot, "state", "round") == ("sold", 1)

    def test_end_at_the_twelfth_where_the_version_bounds_them(self, market, seller):
        lot, free_until = running(market, seller)
        rivals = [market.bidder(lot), market.bidder(lot)]
        for nth, one in enumerate(rivals):
            market.bid(lot, one, f"{100_000 + 1_000 * nth}")
        market.move(free_until + timedelta(seconds=1))
        for nth in range(2, 15):
            market.bid(lot, rivals[nth % 2], f"{100_000 + 1_000 * nth}")
            before = instant.parse(market.read_lot(lot)["ends_at"])
            market.move(before - timedelta(seconds=1))
        assert shown(market, lot, "round", "bids") == (12, 15)
        market.move(before + GRACE)
        assert shown(market, lot, "state", "ends_at") == ("sold", instant.render(before))

    def test_need_a_whole_free_period_before_them(self, market, seller):
        listing = market.open_listing(seller)
        body = {"listing": listing, "profile": "exchange-rounds@1", "terms": market.lot_terms()}
        lot = market.done("POST", "/v1/lots", seller, body)["id"]
        problem = market.refused("auctions/bidding-too-short", "POST", f"/v1/lots/{lot}/announce", seller)
        assert (problem["min_bidding_s"], problem["round_s"]) == (86_400, 300)

    def test_answer_a_repeat_alike_and_count_one_bid_property_10(self, market, seller):
        lot, free_until = running(market, seller, "exchange-rounds@1")
        ann = market.bidder(lot)
        market.move(free_until + timedelta(seconds=1))
        answers = [market.bid(lot, ann, "100000", key="one-key") for _ in range(2)]
        assert answers[0] == answers[1]
        assert shown(market, lot, "bids", "round") == (1, 2)

    def test_keep_every_deposit_accounted_for_property_9(self, market, seller, world):
        def stands(lot, came_in):
            with world.units.read() as unit:
                settlement = escrow.of_deal(unit, lot)
            states = [one.state.value for one in settlement.deposits]
            assert len(states) == came_in
            account = f"/v1/accounts/{settlement.id}:bidder:"
            held = [market.done("GET", f"{account}{one.code}", market.operator)["holds"] for one in settlement.deposits]
            assert [bool(one) for one in held] == [state == "held" for state in states]
            return sorted(states)

        lot, free_until = running(market, seller)
        ann = market.bidder(lot)
        assert stands(lot, 1) == ["held"]
        ben = market.bidder(lot)
        market.bid(lot, ann, "100000")
        market.bid(lot, ben, "101000")
        market.move(free_until + timedelta(seconds=1))
        market.bid(lot, ann, "102000")
        market.bidder(lot)  # may deposit still, and bid no more
        assert stands(lot, 3) == ["held"] * 3
        market.move(instant.parse(market.read_lot(lot)["ends_at"]) + GRACE)
        assert stands(lot, 3) == ["held", "refunded", "refunded"]
