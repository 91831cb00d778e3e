"""A lot over HTTP, from listing to result, as its bidders and its seller meet it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from exchange.app import flows
from ledger.kernel import instant
from tests.market import yuan


@pytest.fixture
def seller(market):
    return market.member("university")


def end_of(market, lot):
    return instant.parse(market.read_lot(lot)["ends_at"])


class TestLot:
    def test_is_sold_to_the_highest_bidder_and_awards_the_listing(self, market, seller):
        lot = market.running_lot(seller)
        one, two = market.bidder(lot), market.bidder(lot)
        assert market.bid(lot, one, "100000")["state"] == "accepted"
        leader = market.bid(lot, two, "101000")
        market.move(end_of(market, lot) + timedelta(seconds=2))
        closed = market.read_lot(lot)
        assert (closed["state"], closed["phase"], closed["price"]) == ("sold", "closed", yuan("101000.00"))
        assert closed["leader"] == leader["code"]
        assert market.done("GET", f"/v1/listings/{closed['listing']}")["state"] == "awarded"

    def test_closes_though_a_burden_keeps_it_from_being_awarded_until_that_ends(self, market, seller):
        lot = market.running_lot(seller)
        listing = market.read_lot(lot)["listing"]
        asset = market.done("GET", f"/v1/listings/{listing}")["asset"]
        market.bid(lot, market.bidder(lot), "100000")
        burden = {"kind": "dispute", "holder": "某法院", "evidence_sha256": "0" * 64}
        burdens = f"/v1/assets/{asset}/encumbrances"
        recorded = market.done("POST", burdens, market.operator, burden)["id"]
        market.move(end_of(market, lot) + timedelta(seconds=2))
        assert market.read_lot(lot)["state"] == "sold"
        assert market.done("GET", f"/v1/listings/{listing}")["state"] == "reserved"
        market.done("POST", f"{burdens}/{recorded}/release", market.operator)
        assert market.done("GET", f"/v1/listings/{listing}")["state"] == "awarded"

    def test_goes_unsold_without_bids_and_frees_the_listing(self, market, seller):
        lot = market.running_lot(seller)
        market.move(end_of(market, lot) + timedelta(seconds=2))
        closed = market.read_lot(lot)
        assert closed["state"] == "unsold"
        assert market.done("GET", f"/v1/listings/{closed['listing']}")["state"] == "open"
        assert market.lot(seller, closed["listing"]) != lot  # it may be offered again

    def test_goes_unsold_below_the_reserve_which_no_answer_names(self, market, seller):
        lot = market.running_lot(seller, reserve=yuan("150000"))
        bidder = market.bidder(lot)
        market.bid(lot, bidder, "149999")
        market.move(end_of(market, lot) + timedelta(seconds=2))
        response = market.call("GET", f"/v1/lots/{lot}")
        assert response.json()["state"] == "unsold"
        assert response.json()["has_reserve"]
        assert "150000" not in response.text

    def test_closes_exactly_once_under_several_tickers(self, market, seller, world):
        import threading

        lot = market.running_lot(seller)
        market.bid(lot, market.bidder(lot), "100000")
        world.move(end_of(market, lot) + timedelta(seconds=2))
        ticked = []
        tickers = [threading.Thread(target=lambda: ticked.append(flows.tick_due(world.units))) for _ in range(6)]
        for ticker in tickers:
            ticker.start()
        for ticker in tickers:
            ticker.join()
        assert sum(ticked) == 1
        world.drain()
        with world.units.read() as unit:
            from ledger.log import service as log

            kinds = [one.entry.kind for one in log.history(unit, [lot])]
        assert kinds.count("auction.lot_sold") == 1

    def test_shows_bidders_by_code_alone(self, market, seller):
        lot = market.running_lot(seller)
        bidder = market.bidder(lot)
        bid = market.bid(lot, bidder, "100000")
        response = market.call("GET", f"/v1/lots/{lot}/bids")
        assert response.json()["items"][0]["code"] == bid["code"]
        assert bidder.id not in response.text
        assert bidder.id not in market.call("GET", f"/v1/lots/{lot}").text

    def test_a_draft_is_its_sellers_alone(self, market, seller):
        lot = market.draft_lot(seller, market.open_listing(seller))
        assert market.done("GET", f"/v1/lots/{lot}", seller)["state"] == "draft"
        stranger = market.member("enterprise")
        market.refused("auctions/no-such-lot", "GET", f"/v1/lots/{lot}", stranger)
        market.refused("auctions/no-such-lot", "POST", f"/v1/lots/{lot}/announce", stranger)
        assert market.done("GET", "/v1/lots")["items"] == []

    def test_needs_an_open_listing_of_ones_own(self, market, seller):
        listing = market.open_listing(seller)
        body = {"listing": listing, "profile": "judicial-2016@1", "terms": market.lot_terms()}
        market.refused("achievements/not-the-owner", "POST", "/v1/lots", market.member("university"), body)
        market.lot(seller, listing)
        body["terms"] = market.lot_terms()
        market.refused("achievements/wrong-state", "POST", "/v1/lots", seller, body)

    def test_cannot_be_offered_under_the_profile_of_replays(self, market, seller):
        body = {"profile": "replay@1", "terms": market.lot_terms()}
        market.refused("auctions/unknown-profile", "POST", "/v1/lots", seller, body)

    def test_takes_deposits_of_verified_bidders_alone(self, market, seller):
        lot = market.lot(seller)
        strangers = [f"org_{'7' * 26}", market.member("enterprise", verified=False).id, market.member("bank").id]
        for stranger in strangers:
            body = {"organisation": stranger, "amount": yuan("10000"), "payment_reference": "x"}
            market.refused("auctions/may-not-bid", "POST", f"/v1/lots/{lot}/deposits", market.operator, body)


class TestBid:
    @pytest.fixture
    def lot(self, market, seller):
        return market.running_lot(seller)

    @pytest.fixture
    def bidder(self, market, lot):
        return market.bidder(lot)

    def path(self, lot):
        return f"/v1/lots/{lot}/bids"

    def test_in_the_last_five_minutes_moves_the_effective_end(self, market, lot, bidder):
        closes = end_of(market, lot)
        market.move(closes - timedelta(minutes=1))
        market.bid(lot, bidder, "100000")
        assert end_of(market, lot) == closes + timedelta(minutes=4)
        assert market.read_lot(lot)["closes_at"] == instant.render(closes)

    def test_in_the_grace_is_parked_and_its_repeat_tells_the_outcome(self, market, lot, bidder, world):
        end = end_of(market, lot)
        market.move(end + timedelta(milliseconds=500))
        body = {"amount": yuan("100000")}
        parked = market.call("POST", self.path(lot), bidder, body, key="mine")
        with world.units.read() as unit:
            kept = unit.connection.execute(sa.text("SELECT body FROM answer WHERE key = 'mine'")).scalar_one()
        assert "100000" not in kept  # sealed until it is decided
        assert (parked.status_code, parked.json()["state"]) == (202, "parked")
        again = market.call("POST", self.path(lot), bidder, body, key="mine")
        assert (again.status_code, again.json()) == (202, parked.json())
        market.move(end + timedelta(seconds=2))
        market.refused("auctions/past-end", "POST", self.path(lot), bidder, body, key="mine")
        assert market.done("GET", f"{self.path(lot)}/{parked.json()['id']}", bidder)["state"] == "refused"
        assert market.read_lot(lot)["state"] == "unsold"

    def test_that_was_delayed_is_saved_with_those_parked_behind_it(self, market, lot, bidder, world):
        """An earlier arrival, held up on the way to the rules, extends the end past a parked bid."""
        from exchange.auctions import service
        from exchange.auctions.model import LotId
        from ledger.kernel.money import Fen

        end, other = end_of(market, lot), market.bidder(lot)
        market.move(end + timedelta(milliseconds=500))
        key = {"amount": yuan("120000")}
        assert market.call("POST", self.path(lot), other, key, key="parked").status_code == 202
        delayed = world.cause(bidder.id)
        from dataclasses import replace

        with world.units.begin() as unit:
            row, _ = service.place_bid(
                unit, replace(delayed, at=end - timedelta(milliseconds=1)), LotId(lot), Fen(10_000_000)
            )
        assert row.state == "accepted"
        market.move(end + timedelta(seconds=2))
        saved = market.call("POST", self.path(lot), other, key, key="parked")
        assert (saved.status_code, saved.json()["state"]) == (201, "accepted")
        world.drain()
        said = [market.client.get(f"/v1/ledger/entries/{one}").json()["kind"] for one in saved.json()["entries"]]
        assert said == ["auction.bid_parked", "auction.bid_accepted"]
        after = market.read_lot(lot)
        assert after["price"] == yuan("120000.00")
        assert instant.parse(after["ends_at"]) == end + timedelta(milliseconds=500, minutes=5)

    def test_after_the_end_is_refused(self, market, lot, bidder):
        market.move(end_of(market, lot) + timedelta(seconds=2))
        market.refused("auctions/past-end", "POST", self.path(lot), bidder, {"amount": yuan("100000")})

    def test_before_the_opening_is_refused(self, market, seller):
        lot = market.lot(seller)
        bidder = market.bidder(lot)
        problem = market.refused("auctions/not-yet-open", "POST", self.path(lot), bidder, {"amount": yuan("100000")})
        assert problem["opens_at"] == market.read_lot(lot)["opens_at"]

    def test_below_the_increment_is_refused_with_the_least_that_would_do(self, market, lot, bidder):
        market.bid(lot, bidder, "100000")
        other = market.bidder(lot)
        problem = market.refused(
            "auctions/below-increment", "POST", self.path(lot), other, {"amount": yuan("100999.99")}
        )
        assert problem["minimum_next"] == yuan("101000.00")
        assert market.bid(lot, other, "101000")["state"] == "accepted"

    def test_by_the_seller_is_refused(self, market, seller, lot):
        both = market.member("university", "enterprise")
        own = market.running_lot(both)
        market.refused("auctions/conflict-of-interest", "POST", self.path(own), both, {"amount": yuan("100000")})

    def test_by_a_declared_related_party_is_refused(self, market, seller):
        related = market.member("enterprise")
        listing = market.open_listing(seller)
        body = {
            "listing": listing,
            "profile": "judicial-2016@1",
            "terms": market.lot_terms(),
            "related": [related.id],
        }
        lot = market.done("POST", "/v1/lots", seller, body)["id"]
        market.done("POST", f"/v1/lots/{lot}/announce", seller)
        deposit = {"organisation": related.id, "amount": yuan("10000"), "payment_reference": "x"}
        market.refused("auctions/conflict-of-interest", "POST", f"/v1/lots/{lot}/deposits", market.operator, deposit)

    def test_without_a_deposit_is_refused(self, market, lot):
        market.refused(
            "auctions/no-deposit", "POST", self.path(lot), market.member("enterprise"), {"amount": yuan("100000")}
        )

    def test_of_an_unknown_lot_is_refused(self, market, bidder):
        market.refused("auctions/no-such-lot", "POST", f"/v1/lots/lot_{'0' * 26}/bids", bidder, {"amount": yuan("1")})

    def test_twice_with_one_key_is_one_bid_with_one_answer(self, market, lot, bidder):
        body = {"amount": yuan("100000")}
        first = market.call("POST", self.path(lot), bidder, body, key="once")
        second = market.call("POST", self.path(lot), bidder, body, key="once")
        assert (second.status_code, second.content) == (first.status_code, first.content)
        assert second.headers["idempotency-replayed"] == "true"
        assert market.read_lot(lot)["bids"] == 1

    def test_refused_once_is_refused_again_though_it_would_do_by_now(self, market, lot, bidder):
        low = {"amount": yuan("99999")}
        first = market.call("POST", self.path(lot), bidder, low, key="low")
        second = market.call("POST", self.path(lot), bidder, low, key="low")
        assert first.status_code == second.status_code == 409
        assert first.json() == second.json()

    def test_with_a_used_key_and_another_body_is_refused(self, market, lot, bidder):
        market.bid(lot, bidder, "100000", key="once")
        market.refused("kernel/key-reused", "POST", self.path(lot), bidder, {"amount": yuan("200000")}, key="once")

    def test_many_at_once_are_decided_one_by_one(self, market, lot, world):
        from concurrent.futures import ThreadPoolExecutor

        bidders = [market.bidder(lot) for _ in range(6)]
        offers = [(who, f"{100_000 + 1_000 * step}") for step, who in enumerate(bidders * 3)]
        with ThreadPoolExecutor(8) as pool:
            answers = list(
                pool.map(lambda one: market.call("POST", self.path(lot), one[0], {"amount": yuan(one[1])}), offers)
            )
        assert {one.status_code for one in answers} <= {201, 409}
        bids = market.done("GET", self.path(lot))["items"]
        assert [one["number"] for one in bids] == list(range(1, len(bids) + 1))
        amounts = [float(one["amount"]["amount"]) for one in bids]
        assert all(later - earlier >= 1000 for earlier, later in zip(amounts, amounts[1:], strict=False))
        assert len(bids) == sum(one.status_code == 201 for one in answers)
