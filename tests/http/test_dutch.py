"""A falling clock over HTTP: what anyone sees, who is first, and the deal that follows."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.auctions import service
from exchange.auctions.model import LotId
from ledger.kernel import instant
from tests.market import yuan

CLOCK = {"floor": yuan("90000"), "step": yuan("1000"), "every_s": 60}  # ten steps
MINUTE = timedelta(minutes=1)
GRACE = timedelta(milliseconds=500)


@pytest.fixture
def seller(market):
    return market.member("university")


def draft(market, seller, **changes):
    terms = market.lot_terms(increments=[], clock=CLOCK) | changes
    listing = market.open_listing(seller)
    opens = market.now() + timedelta(hours=1)
    terms |= {"opens_at": instant.render(opens), "closes_at": instant.render(opens + timedelta(hours=24))}
    body = {"listing": listing, "profile": "exchange-dutch@1", "terms": terms}
    return market.done("POST", "/v1/lots", seller, body)["id"]


@pytest.fixture
def lot(market, seller):
    """A lot whose clock begins to fall now."""
    lot = draft(market, seller)
    market.done("POST", f"/v1/lots/{lot}/announce", seller)
    market.move(opening(market, lot))
    return lot


def opening(market, lot):
    return instant.parse(market.read_lot(lot)["opens_at"])


def take(market, lot, by, step, **more):
    return market.call("POST", f"/v1/lots/{lot}/takes", by, {"step": step}, **more)


class TestLot:
    def test_shows_its_clock_to_anyone(self, market, seller):
        lot = draft(market, seller)
        market.done("POST", f"/v1/lots/{lot}/announce", seller)
        opens = opening(market, lot)
        for after, step, price, falls in (
            (-MINUTE, 0, "100000.00", MINUTE),
            (timedelta(0), 0, "100000.00", MINUTE),
            (3 * MINUTE, 3, "97000.00", 4 * MINUTE),
            (10 * MINUTE, 10, "90000.00", None),
        ):
            market.move(opens + after)
            seen = market.read_lot(lot)
            assert seen["clock"] == {
                "floor": yuan("90000.00"),
                "step": yuan("1000.00"),
                "every_s": 60,
                "steps": 10,
                "shows_step": step,
                "shows_price": yuan(price),
                "next_at": falls and instant.render(opens + falls),
            }
            assert seen["minimum_next"] == yuan(price)
        assert (seen["format"], seen["phase"], seen["price"], seen["leader"]) == ("dutch", "open", None, None)

    def test_is_sold_to_who_takes_the_price_and_its_contract_is_opened(self, market, seller, lot):
        buyer, loser = market.bidder(lot), market.bidder(lot)
        market.move(opening(market, lot) + 3 * MINUTE)
        parked = take(market, lot, buyer, 2, key="mine")
        assert parked.status_code == 202
        told = parked.json()
        assert (told["state"], told["seen"], told["step"], told["amount"]) == ("parked", 2, 3, yuan("97000.00"))
        market.move(opening(market, lot) + 3 * MINUTE + GRACE)

        closed = market.read_lot(lot)
        assert (closed["state"], closed["price"], closed["leader"]) == ("sold", yuan("97000.00"), told["code"])
        assert instant.parse(closed["ends_at"]) == opening(market, lot) + 3 * MINUTE
        assert closed["clock"]["shows_step"] is None
        assert closed["minimum_next"] is None
        again = take(market, lot, buyer, 2, key="mine")
        assert (again.status_code, again.json()["state"], again.json()["number"]) == (201, "accepted", 1)
        deal = market.deal(lot)
        assert deal["contract"]["price"] == yuan("97000.00")
        assert sorted(one["state"] for one in deal["settlement"]["deposits"]) == ["held", "refunded"]
        assert market.done("GET", f"/v1/lots/{lot}/standing", loser)["deposit_state"] == "refunded"
        written = market.write_contract(lot, seller)
        market.sign(written["id"], written["terms_sha256"], seller, buyer)
        assert market.deal(lot)["contract"]["state"] == "effective"

    def test_goes_unsold_when_nobody_takes_it(self, market, lot):
        market.bidder(lot)
        closes = instant.parse(market.read_lot(lot)["closes_at"])
        market.move(closes)
        assert market.read_lot(lot)["phase"] == "closing"
        market.move(closes + GRACE)
        closed = market.read_lot(lot)
        assert (closed["state"], closed["ends_at"]) == ("unsold", closed["closes_at"])
        assert {one["state"] for one in market.deal(lot)["settlement"]["deposits"]} == {"refunded"}
        assert market.done("GET", f"/v1/listings/{closed['listing']}")["state"] == "open"

    def test_keeps_its_clock_when_it_is_revised(self, market, seller):
        lot = draft(market, seller)
        terms = market.lot_terms(increments=[], clock=CLOCK | {"every_s": 30})
        market.done("PUT", f"/v1/lots/{lot}", seller, {"profile": "exchange-dutch@1", "terms": terms})
        market.done("POST", f"/v1/lots/{lot}/announce", seller)
        assert market.read_lot(lot)["clock"]["every_s"] == 30

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"clock": None}, "auctions/wrong-form"),
            ({"reserve": yuan("100000")}, "auctions/wrong-form"),
            ({"clock": CLOCK | {"floor": yuan("100000")}}, "auctions/bad-clock"),
            ({"clock": CLOCK | {"every_s": 9}}, "auctions/step-too-short"),
            ({"clock": CLOCK | {"every_s": 7_855}}, "auctions/fall-too-long"),
            ({"appraisal": yuan("100000.02")}, "auctions/floor-too-low"),
        ],
    )
    def test_is_not_announced_with_a_clock_that_would_not_do(self, market, seller, changes, code):
        lot = draft(market, seller, **changes)
        assert market.call("GET", f"/v1/lots/{lot}", seller).status_code == 200
        market.refused(code, "POST", f"/v1/lots/{lot}/announce", seller)

    @pytest.mark.parametrize("amount", ["0", "0.01", "10000000000000"])
    def test_can_be_read_as_a_draft_whatever_its_clock_says(self, market, seller, amount):
        clock = {"floor": yuan(amount), "step": yuan("0"), "every_s": 1}
        body = {"profile": "exchange-dutch@1", "terms": market.lot_terms(increments=[], clock=clock)}
        answer = market.call("POST", "/v1/lots", seller, body)
        assert answer.status_code == 201
        assert market.call("GET", f"/v1/lots/{answer.json()['id']}", seller).status_code == 200

    @pytest.mark.parametrize("every_s", [0, -1, 1 << 31, "60", 1.5, None])
    def test_takes_no_clock_that_does_not_tick(self, market, seller, every_s):
        body = {"profile": "exchange-dutch@1", "terms": market.lot_terms(clock=CLOCK | {"every_s": every_s})}
        market.refused("http/malformed", "POST", "/v1/lots", seller, body)


class TestTakePrice:
    def test_before_its_step_is_reached_is_refused_with_the_one_that_is(self, market, lot):
        bidder = market.bidder(lot)
        market.move(opening(market, lot) + 2 * MINUTE - timedelta(microseconds=1))
        problem = market.refused("auctions/step-not-reached", "POST", f"/v1/lots/{lot}/takes", bidder, {"step": 2})
        assert (problem["step"], problem["price"]) == (1, yuan("99000.00"))
        assert market.read_lot(lot)["parked"] == 0

    def test_is_one_click_however_often_it_is_sent(self, market, lot):
        bidder = market.bidder(lot)
        first = take(market, lot, bidder, 0, key="once")
        second = take(market, lot, bidder, 0, key="once")
        assert (first.status_code, second.status_code) == (202, 202)
        assert first.json()["id"] == second.json()["id"]
        assert market.read_lot(lot)["parked"] == 1

    def test_later_than_the_first_is_refused_and_numbered(self, market, lot):
        first, second, third = (market.bidder(lot) for _ in range(3))
        take(market, lot, first, 0)
        market.move(opening(market, lot) + GRACE - timedelta(milliseconds=1))
        assert take(market, lot, second, 0, key="second").status_code == 202
        market.move(opening(market, lot) + GRACE)
        market.refused("auctions/already-taken", "POST", f"/v1/lots/{lot}/takes", second, {"step": 0}, key="second")
        market.refused("auctions/already-taken", "POST", f"/v1/lots/{lot}/takes", third, {"step": 0})
        bids = market.done("GET", f"/v1/lots/{lot}/bids")["items"]
        assert [(one["number"], one["state"], one["step"], one["amount"]) for one in bids] == [
            (1, "accepted", 0, yuan("100000.00")),
            (2, "refused", 0, yuan("100000.00")),
        ]

    def test_that_arrived_earlier_wins_though_it_is_handed_over_later(self, market, lot, world):
        """Two hosts: the slower one's click arrived a millisecond before the price fell, the faster one's after."""
        slow, fast = market.bidder(lot), market.bidder(lot)
        fell = opening(market, lot) + MINUTE
        market.move(fell)
        assert take(market, lot, fast, 1).json()["amount"] == yuan("99000.00")
        delayed = replace(world.cause(slow.id), at=fell - timedelta(milliseconds=1))
        with world.units.begin() as unit:
            row, _ = service.take_price(unit, delayed, LotId(lot), 0)
        assert row.bid.amount_fen == 10_000_000
        market.move(fell + GRACE)
        closed = market.read_lot(lot)
        assert (closed["price"], closed["leader"]) == (yuan("100000.00"), row.bid.code)
        world.drain()

    def test_needs_a_deposit_and_is_not_the_sellers(self, market, seller, lot):
        for who, code in ((market.member("enterprise"), "auctions/no-deposit"), (seller, "kernel/forbidden")):
            answer = take(market, lot, who, 0)
            assert answer.status_code == 403
            assert who is seller or answer.json()["type"] == f"/problems/{code}"

    def test_is_how_this_lot_is_bid_for_and_no_other(self, market, seller, lot):
        bidder = market.bidder(lot)
        market.refused("auctions/other-format", "POST", f"/v1/lots/{lot}/bids", bidder, {"amount": yuan("100000")})
        rising = market.running_lot(seller)
        market.refused("auctions/other-format", "POST", f"/v1/lots/{rising}/takes", market.bidder(rising), {"step": 0})

    @pytest.mark.parametrize("body", [{}, {"step": -1}, {"step": "0"}, {"step": 0.0}, {"step": 1 << 31}, {"price": 1}])
    def test_carries_a_step(self, market, lot, body):
        market.refused("http/malformed", "POST", f"/v1/lots/{lot}/takes", market.bidder(lot), body)

    def test_beyond_the_floor_is_refused(self, market, lot):
        problem = market.refused(
            "auctions/no-such-step", "POST", f"/v1/lots/{lot}/takes", market.bidder(lot), {"step": 11}
        )
        assert problem["last_step"] == 10

    def test_by_twenty_at_once_finds_exactly_one_winner(self, market, lot):
        bidders = [market.bidder(lot) for _ in range(20)]
        market.move(opening(market, lot) + 5 * MINUTE)

        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda who: take(market, lot, who, 5, key=f"click of {who.id}"), bidders))

        assert [one.status_code for one in answers] == [202] * 20
        assert {one.json()["amount"]["amount"] for one in answers} == {"95000.00"}
        market.move(opening(market, lot) + 5 * MINUTE + GRACE)
        settled = [take(market, lot, who, 5, key=f"click of {who.id}") for who in bidders]
        won = [one.json() for one in settled if one.status_code == 201]
        assert len(won) == 1
        assert [one.json()["type"] for one in settled if one.status_code != 201] == [
            "/problems/auctions/already-taken"
        ] * 19
        closed = market.read_lot(lot)
        assert (closed["state"], closed["leader"], closed["bids"]) == ("sold", won[0]["code"], 1)
        decided = market.done("GET", f"/v1/lots/{lot}/bids")["items"]
        assert [one["number"] for one in decided] == list(range(1, 21))
        assert [one["state"] for one in decided] == ["accepted"] + ["refused"] * 19
        deposits = market.deal(lot)["settlement"]["deposits"]
        assert sorted(one["state"] for one in deposits) == ["held"] + ["refunded"] * 19


class TestSealedProfiles:
    @pytest.mark.parametrize("profile", ["exchange-first-price@1", "exchange-second-price@1"])
    def test_hold_no_lot_while_there_is_nowhere_to_put_an_envelope(self, market, seller, profile):
        body = {"profile": profile, "terms": market.lot_terms(increments=[])}
        market.refused("auctions/unknown-profile", "POST", "/v1/lots", seller, body)
