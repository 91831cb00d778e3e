"""An order of a court over HTTP: the deal stands still, visibly, and goes on when the order is lifted."""

from datetime import timedelta

import pytest

from ledger.kernel import instant
from settlement.books import service as books
from tests.market import sha256


@pytest.fixture
def seller(market):
    return market.member("university")


@pytest.fixture
def regulator(market):
    return market.member("regulator")


def body_of(number="(2026)内01财保7号", **changes):
    usual = {"authority": "court", "order_number": number, "document_sha256": sha256(number), "reason": "财产保全"}
    return usual | changes


def freeze(market, lot, regulator, **changes):
    settlement = market.deal(lot)["settlement"]["id"]
    return market.done("POST", f"/v1/settlements/{settlement}/freezes", regulator, body_of(**changes))["id"]


def lift(market, freeze, regulator):
    body = {"document_sha256": sha256("lifted")}
    return market.done("POST", f"/v1/freezes/{freeze}/lift", regulator, body)


class TestFreeze:
    def test_keeps_a_paid_price_where_it_is_until_every_order_is_lifted(self, market, seller, regulator):
        lot, buyer = market.signed_deal(seller)
        first = freeze(market, lot, regulator)
        second = freeze(market, lot, regulator, authority="regulator")
        market.pay(lot)
        settlement = market.deal(lot)["settlement"]["id"]
        body = {"costs": [], "reward_percent": "50"}

        problem = market.refused("escrow/frozen", "POST", f"/v1/settlements/{settlement}/settle", seller, body)
        assert problem["freezes"] == f"{first} {second}"
        lift(market, first, regulator)
        market.refused("escrow/frozen", "POST", f"/v1/settlements/{settlement}/settle", seller, body)
        lift(market, second, regulator)
        assert market.settle(lot, seller)["state"] == "settled"
        assert market.deal(lot, buyer)["settlement"]["frozen"] == []

    def test_is_seen_by_the_parties_with_what_an_appeal_needs(self, market, seller, regulator):
        lot, buyer = market.signed_deal(seller)
        made = freeze(market, lot, regulator)

        for member in (seller, buyer):
            deal = market.deal(lot, member)
            assert deal["settlement"]["frozen"] == [made]
            assert [(one["id"], one["state"]) for one in deal["freezes"]] == [(made, "standing")]
            assert [(one["order_number"], one["reason"]) for one in deal["freezes"]] == [
                ("(2026)内01财保7号", "财产保全")
            ]
        assert "财保" not in str(market.deal(lot, buyer)["settlement"])
        [listed] = market.done("GET", "/v1/freezes?standing=true", regulator)["items"]
        assert (listed["order_number"], listed["reason"]) == ("(2026)内01财保7号", "财产保全")

    def test_is_not_told_to_who_is_no_party(self, market, seller, regulator):
        lot, _ = market.signed_deal(seller)
        loser = market.member("enterprise")
        freeze(market, lot, regulator)
        market.refused("app/no-such-deal", "GET", f"/v1/lots/{lot}/deal", loser)
        settlement = market.deal(lot)["settlement"]["id"]
        problem = market.refused("app/no-such-deal", "GET", f"/v1/lots/{lot}/deal", market.member("university"))
        assert "财保" not in str(problem)
        body = {"costs": [], "reward_percent": "50"}
        market.pay(lot)
        problem = market.refused("escrow/frozen", "POST", f"/v1/settlements/{settlement}/settle", seller, body)
        assert "财保" not in str(problem)

    def test_records_an_order_once(self, market, seller, regulator):
        lot, _ = market.sold_lot(seller)
        made = freeze(market, lot, regulator)
        path = f"/v1/settlements/{market.deal(lot)['settlement']['id']}/freezes"

        assert market.refused("escrow/order-recorded", "POST", path, regulator, body_of())["freeze"] == made
        lift(market, made, regulator)
        market.refused("escrow/order-recorded", "POST", path, regulator, body_of())
        body = {"document_sha256": sha256("again")}
        market.refused("escrow/already-lifted", "POST", f"/v1/freezes/{made}/lift", regulator, body)
        assert market.done("GET", "/v1/freezes?standing=true", regulator)["items"] == []

    def test_stops_a_default_and_no_payment(self, market, seller, regulator):
        lot, _ = market.signed_deal(seller)
        freeze(market, lot, regulator)
        settlement = market.deal(lot)["settlement"]
        market.move(instant.parse(settlement["pay_by"]))

        market.refused("escrow/frozen", "POST", f"/v1/settlements/{settlement['id']}/default", market.operator)
        assert market.pay(lot)["state"] == "paid"

    def test_keeps_the_seller_from_withdrawing_the_lot(self, market, seller, regulator):
        lot = market.lot(seller)
        market.bidder(lot)
        path = f"/v1/settlements/{world_settlement(market, lot)}/freezes"
        made = market.done("POST", path, regulator, body_of())["id"]
        market.refused("escrow/frozen", "POST", f"/v1/lots/{lot}/withdraw", seller)
        assert market.read_lot(lot)["state"] == "announced"
        lift(market, made, regulator)
        market.done("POST", f"/v1/lots/{lot}/withdraw", seller)
        assert market.read_lot(lot)["state"] == "withdrawn"

    def test_keeps_a_subsidy_from_being_paid(self, market, seller, regulator):
        lot, _ = market.settled_deal(seller, "2000000")
        market.register(lot)
        programme = market.programme(regulator)
        claim = market.claim(lot, seller, programme)["id"]
        made = freeze(market, lot, regulator)

        market.refused("escrow/frozen", "POST", f"/v1/claims/{claim}/pay", regulator)
        lift(market, made, regulator)
        assert market.done("POST", f"/v1/claims/{claim}/pay", regulator)["state"] == "paid"


class TestLotThatEndsUnsold:
    """It lets every deposit go: nobody who paid one is party to a deal. What stays is the order, and its asset."""

    @pytest.fixture
    def asset(self, market, seller):
        return market.asset(seller)

    @pytest.fixture
    def listing(self, market, seller, asset):
        return market.open_listing(seller, asset=asset)

    @pytest.fixture
    def lot(self, market, seller, listing):
        lot = market.lot(seller, listing)
        market.move(instant.parse(market.read_lot(lot)["opens_at"]))
        return lot

    @pytest.fixture
    def order(self, market, lot, regulator):
        for _ in range(3):
            market.bidder(lot)
        return freeze(market, lot, regulator)

    def end(self, market, lot):
        market.move(instant.parse(market.read_lot(lot)["ends_at"]) + timedelta(seconds=2))
        return market.deal(lot)["settlement"]

    def test_gives_every_deposit_back_to_the_fen_and_keeps_its_order(self, market, lot, order, regulator, world):
        settlement = self.end(market, lot)

        assert market.read_lot(lot)["state"] == "unsold"
        assert (settlement["state"], settlement["frozen"]) == ("released", [order])
        assert [one["state"] for one in settlement["deposits"]] == ["refunded"] * 3
        assert sent(market, settlement["id"]) == ["10000.00"] * 3
        assert standing(world, settlement["id"]) == 0
        [listed] = market.done("GET", "/v1/freezes?standing=true", regulator)["items"]
        assert (listed["id"], listed["state"]) == (order, "standing")
        assert lift(market, order, regulator)["state"] == "lifted"
        assert market.deal(lot)["settlement"]["frozen"] == []
        assert market.done("GET", "/v1/freezes?standing=true", regulator)["items"] == []

    def test_takes_no_second_order(self, market, lot, order, regulator):
        settlement = self.end(market, lot)["id"]
        path, body = f"/v1/settlements/{settlement}/freezes", body_of("(2026)内01财保8号")

        market.refused("escrow/nothing-to-freeze", "POST", path, regulator, body)

    @pytest.mark.parametrize("under", ["the same listing", "another listing"])
    def test_is_not_offered_anew_before_the_order_is_lifted(
        self, market, seller, regulator, asset, listing, lot, order, under
    ):
        self.end(market, lot)
        again = listing if under == "the same listing" else market.open_listing(seller, asset=asset)
        assert market.done("GET", f"/v1/listings/{again}")["state"] == "open"
        later = market.draft_lot(seller, again)
        path = f"/v1/lots/{later}/announce"

        assert market.refused("app/order-outlasts", "POST", path, seller)["freezes"] == order
        assert market.done("GET", f"/v1/lots/{later}", seller)["state"] == "draft"
        assert market.done("GET", f"/v1/listings/{again}")["state"] == "open"
        market.refused("auctions/no-such-lot", "POST", path, market.member("university"))  # who learns of no order
        lift(market, order, regulator)
        assert market.done("POST", path, seller)["state"] == "announced"
        market.refused("auctions/wrong-state", "POST", path, seller)

    def test_keeps_no_other_asset_from_being_offered(self, market, seller, lot, order):
        self.end(market, lot)

        assert market.read_lot(market.lot(seller))["state"] == "announced"

    def test_without_an_order_is_offered_anew_at_once(self, market, seller, listing, lot):
        market.bidder(lot)
        self.end(market, lot)

        assert market.read_lot(market.lot(seller, listing))["state"] == "announced"

    def test_is_offered_anew_once_every_order_is_lifted(self, market, seller, regulator, listing, lot, order):
        second = freeze(market, lot, regulator, authority="regulator")
        self.end(market, lot)
        path = f"/v1/lots/{market.draft_lot(seller, listing)}/announce"

        for one, left in ((order, f"{order} {second}"), (second, second)):
            assert market.refused("app/order-outlasts", "POST", path, seller)["freezes"] == left
            lift(market, one, regulator)
        assert market.done("POST", path, seller)["state"] == "announced"


class TestLotThatIsSold:
    """Under an order: the winner's deposit stays and is the deal's; what the others paid goes back."""

    def test_gives_the_losers_their_deposits_to_the_fen_and_keeps_the_winners(self, market, seller, regulator, world):
        lot = market.running_lot(seller)
        bidders = [market.bidder(lot) for _ in range(4)]
        order = freeze(market, lot, regulator)
        for bidder in bidders[:2]:
            market.bid(lot, bidder, market.read_lot(lot)["minimum_next"]["amount"])
        market.move(instant.parse(market.read_lot(lot)["ends_at"]) + timedelta(seconds=2))
        settlement = market.deal(lot)["settlement"]

        assert (settlement["state"], settlement["frozen"]) == ("awarded", [order])
        assert sorted(one["state"] for one in settlement["deposits"]) == ["held", "refunded", "refunded", "refunded"]
        assert sent(market, settlement["id"]) == ["10000.00"] * 3
        assert standing(world, settlement["id"]) == 1_000_000
        lift(market, order, regulator)
        written = market.write_contract(lot, seller)
        market.sign(written["id"], written["terms_sha256"], seller, bidders[1])
        assert market.deal(lot)["settlement"]["state"] == "due"

    def test_comes_to_nothing_only_after_the_order(self, market, seller, regulator, world):
        lot = market.running_lot(seller)
        market.bid(lot, market.bidder(lot), "150000")
        order = freeze(market, lot, regulator)
        market.move(instant.parse(market.read_lot(lot)["ends_at"]) + timedelta(days=60))
        settlement = market.deal(lot)["settlement"]
        assert (settlement["state"], standing(world, settlement["id"])) == ("awarded", 1_000_000)

        lift(market, order, regulator)
        market.move(market.now() + timedelta(days=30))
        assert market.deal(lot)["settlement"]["state"] == "returned"
        assert sent(market, settlement["id"]) == ["10000.00"]


class TestStayedContract:
    def test_is_neither_written_nor_signed_nor_ended_by_time(self, market, seller, regulator):
        lot, buyer = market.sold_lot(seller)
        made = freeze(market, lot, regulator)
        contract = market.deal(lot)["contract"]
        path = f"/v1/contracts/{contract['id']}"
        body = {"type": "transfer", "parts": [], "document_sha256": sha256("x")}

        market.refused("contracts/stayed", "PUT", path, seller, body | {"parts": [part(contract)]})
        market.move(instant.parse(contract["sign_by"]) + timedelta(days=30))
        assert market.deal(lot)["contract"]["state"] == "awarded"
        lift(market, made, regulator)
        resumed = market.deal(lot)["contract"]
        assert resumed["stayed_at"] is None
        assert resumed["sign_by"] == resumed["write_by"] > contract["sign_by"]
        written = market.write_contract(lot, seller)
        market.sign(written["id"], written["terms_sha256"], seller, buyer)
        assert market.deal(lot)["settlement"]["state"] == "due"

    def test_is_stayed_from_its_beginning_when_the_lot_was_frozen_before_it_was_sold(self, market, seller, regulator):
        lot = market.running_lot(seller)
        bidders = [market.bidder(lot) for _ in range(2)]
        settlement = world_settlement(market, lot)
        made = market.done("POST", f"/v1/settlements/{settlement}/freezes", regulator, body_of())["id"]
        for bidder in bidders:
            market.bid(lot, bidder, market.read_lot(lot)["minimum_next"]["amount"])
        market.move(instant.parse(market.read_lot(lot)["ends_at"]) + timedelta(seconds=2))

        deal = market.deal(lot)
        assert sorted(one["state"] for one in deal["settlement"]["deposits"]) == ["held", "refunded"]
        assert deal["contract"]["stayed_at"] is not None
        assert deal["contract"]["awaits"] == []
        lift(market, made, regulator)
        assert market.deal(lot)["contract"]["awaits"] == ["seller"]

    def test_lapses_in_the_end_when_nobody_writes_it_after_the_order(self, market, seller, regulator):
        lot, _ = market.sold_lot(seller)
        lift(market, freeze(market, lot, regulator), regulator)
        market.move(instant.parse(market.deal(lot)["contract"]["sign_by"]) + timedelta(seconds=60))

        deal = market.deal(lot)
        assert (deal["contract"]["state"], deal["settlement"]["state"]) == ("lapsed", "returned")

    def test_is_not_registered(self, market, seller, regulator):
        lot, _ = market.signed_deal(seller)
        made = freeze(market, lot, regulator)
        path = f"/v1/contracts/{market.deal(lot)['contract']['id']}/register"

        market.refused("contracts/stayed", "POST", path, market.operator)
        lift(market, made, regulator)
        assert market.done("POST", path, market.operator)["state"] == "registered"


def sent(market, settlement):
    """What was ordered to be paid out of a settlement, each sum."""
    items = market.done("GET", "/v1/payouts", market.operator)["items"]
    return [one["amount"]["amount"] for one in items if one["subject"] == settlement]


def standing(world, settlement):
    """What is left on a settlement's own accounts, in fen."""
    with world.units.read() as unit:
        assert books.prove(unit) == []
        return sum(one.balance_fen for one in books.accounts(unit, books.names_under(unit, [settlement])).values())


def part(contract):
    return {"kind": "technology", "name": "专利权", "amount": contract["price"]}


def world_settlement(market, lot):
    return market.deal(lot)["settlement"]["id"]
