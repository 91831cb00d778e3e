"""A deposit that is asked for and a price that is shared, told by requests alone; and what the bank is to be told."""

from datetime import timedelta

import pytest

from ledger.kernel import instant
from tests.http.test_plans import Sale
from tests.http.test_royalties import Selling
from tests.market import payment_reference, yuan


@pytest.fixture
def seller(market):
    return market.member("university")


def request(market, lot, by, **body):
    return market.done("POST", f"/v1/lots/{lot}/deposits/requests", by, body)


def payouts(market, **query):
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return market.done("GET", f"/v1/payouts?{asked}", market.operator)["items"]


class TestRequestDeposit:
    def test_promises_the_code_that_is_bid_under_once_it_is_paid(self, market, seller):
        lot, bidder = market.running_lot(seller), market.member("enterprise")
        asked = request(market, lot, bidder, source_account="6222-0211-7788")

        assert asked["pay_into"] == f"{asked['settlement']}:bidder:{asked['code']}"
        assert (asked["amount"], asked["state"]) == (yuan("10000.00"), "requested")
        standing = market.done("GET", f"/v1/lots/{lot}/standing", bidder)
        assert (standing["code"], standing["deposit_state"]) == (asked["code"], "requested")
        market.refused("auctions/no-deposit", "POST", f"/v1/lots/{lot}/bids", bidder, {"amount": yuan("100000")})

        assert market.deposit(lot, bidder) == asked["code"]
        market.bid(lot, bidder, "100000")
        market.refused("escrow/already-paid", "POST", f"/v1/lots/{lot}/deposits/requests", bidder, {})

    def test_is_made_once(self, market, seller):
        lot, bidder = market.lot(seller), market.member("enterprise")
        asked = request(market, lot, bidder)
        problem = market.refused("escrow/already-requested", "POST", f"/v1/lots/{lot}/deposits/requests", bidder, {})

        assert problem["code"] == asked["code"]

    def test_gives_nobody_a_code_that_was_promised(self, market, seller):
        lot = market.lot(seller)
        codes = [request(market, lot, market.member("enterprise"))["code"] for _ in range(3)]
        codes += [market.deposit(lot, market.member("enterprise")) for _ in range(3)]

        assert len(set(codes)) == 6

    def test_is_for_those_who_may_bid(self, market, seller):
        lot = market.lot(seller)
        path = f"/v1/lots/{lot}/deposits/requests"
        market.refused("kernel/not-allowed", "POST", path, seller, {})
        market.refused("kernel/not-allowed", "POST", path, market.member("enterprise", verified=False), {})
        draft = market.draft_lot(seller, market.open_listing(seller))
        market.refused(
            "auctions/no-such-lot", "POST", f"/v1/lots/{draft}/deposits/requests", market.member("enterprise"), {}
        )

    def test_lapses_with_the_end_and_does_not_hold_it_up(self, market, seller):
        lot = market.running_lot(seller)
        late, winner = market.member("enterprise"), market.bidder(lot)
        request(market, lot, late)
        market.bid(lot, winner, "100000")
        market.move(instant.parse(market.read_lot(lot)["ends_at"]) + timedelta(seconds=2))

        assert market.done("GET", f"/v1/lots/{lot}/standing", late)["deposit_state"] == "lapsed"
        market.refused(
            "auctions/wrong-state", "POST", f"/v1/lots/{lot}/deposits/requests", market.member("enterprise"), {}
        )


class TestPayouts:
    def test_send_a_loser_its_own_payment_back(self, market, seller):
        lot = market.running_lot(seller)
        loser, reference = market.member("enterprise"), payment_reference()
        request(market, lot, loser, source_account="6222-0211-7788")
        body = {"organisation": loser.id, "amount": yuan("10000"), "payment_reference": reference}
        market.done("POST", f"/v1/lots/{lot}/deposits", market.operator, body)
        market.bid(lot, market.bidder(lot), "100000")
        market.move(instant.parse(market.read_lot(lot)["ends_at"]) + timedelta(seconds=2))

        (refund,) = payouts(market)
        assert (refund["payee"], refund["organisation"], refund["amount"]) == (
            "organisation",
            loser.id,
            yuan("10000.00"),
        )
        assert (refund["refund_of"], refund["account"]) == (reference, "6222-0211-7788")

    def test_are_given_page_by_page_to_officers_alone(self, market, seller):
        lot, _ = market.signed_deal(seller)
        market.pay(lot)
        market.settle(lot, seller)
        whole = payouts(market)

        assert len(whole) == 4  # a loser, the seller, two inventors
        assert payouts(market, limit=2) == whole[:2]
        assert payouts(market, after=whole[1]["number"]) == whole[2:]
        for member in (seller, market.member("regulator")):
            market.refused("kernel/not-allowed", "GET", "/v1/payouts", member)

    def test_name_the_inventors_whom_the_bank_is_to_pay(self, market, seller):
        asset = market.asset(seller, inventors=["甲", "乙", "丙"])
        lot, _ = market.signed_deal(seller, listing=market.open_listing(seller, asset=asset))
        market.pay(lot)
        market.settle(lot, seller, shares=[{"inventor": 1, "weight": 1}, {"inventor": 3, "weight": 1}])

        named = {one["inventor"]: one["inventor_name"] for one in payouts(market)}
        assert named == {None: None, 1: "甲", 3: "丙"}

    def test_name_those_of_a_plan_and_of_a_royalty(self, market):
        sale = Sale(market)
        sale.agree()
        sale.pay(1)
        sale.do("parts/1/divide", sale.seller, {})
        selling = Selling(market)
        royalty = selling.agreed(shares=[{"inventor": 2, "weight": 1}], starts_on="2026-07-01")["id"]
        selling.over(royalty)
        selling.state(royalty)
        selling.pay(royalty)
        selling.act(royalty, "divide", selling.seller, {})

        named = {(one["subject"][:3], one["inventor"]): one["inventor_name"] for one in payouts(market)}
        assert (named["pln", 1], named["pln", 2], named["rty", 2]) == ("甲", "乙", "乙")
        assert {name for (_, place), name in named.items() if place is None} == {None}


class TestSettle:
    def test_shares_a_price_with_broker_holders_and_the_tax_authority(self, market, seller):
        college, agent = market.member("university"), market.member("service_agency")
        holders = [
            {"organisation": college.id, "share_bp": 3_000},
            {"organisation": seller.id, "share_bp": 7_000},
        ]
        lot, buyer = market.signed_deal(
            seller, listing=market.open_listing(seller, asset=market.asset(seller, holders=holders))
        )
        paid = market.pay(lot)
        shares = {
            "broker": {"organisation": agent.id, "commission_percent": "2.5"},
            "withheld": [{"inventor": 1, "amount": yuan("1000.01")}],
        }
        settled = market.settle(lot, seller, **shares)

        assert paid["settle_by"] > paid["paid_at"]
        amounts = {
            name: settled[name]["amount"]
            for name in ("fee", "costs", "net", "reward", "seller_part", "commission", "owners_part", "withheld")
        }
        assert amounts == {
            "fee": "3000.00",
            "costs": "5000.00",
            "net": "192000.00",
            "reward": "96000.00",
            "seller_part": "101000.00",
            "commission": "5000.00",
            "owners_part": "96000.00",
            "withheld": "1000.01",
        }
        told = {
            one["organisation"] or one["inventor"] or one["payee"]: one["amount"]["amount"] for one in payouts(market)
        }
        assert (told[college.id], told[seller.id], told[agent.id]) == ("28800.00", "67200.00", "5000.00")
        assert (told[1], told[2], told["tax"]) == ("46999.99", "48000.00", "1000.01")
        seen = str(market.deal(lot, buyer)["money"])
        assert ":tax" not in seen
        assert ":inventor:" not in seen
        assert ":tax" in str(market.deal(lot, seller)["money"])

    @pytest.mark.parametrize(
        ("broker", "code"),
        [
            ({"commission_percent": "10.01"}, "escrow/commission-too-large"),
            ({"commission_percent": "0"}, "escrow/commission-too-large"),
            ({"organisation": "seller"}, "escrow/bad-broker"),
            ({"organisation": "buyer"}, "escrow/bad-broker"),
            ({"organisation": "org_" + "0" * 25 + "9"}, "app/not-a-broker"),
        ],
    )
    def test_pays_no_commission_that_is_none(self, market, seller, broker, code):
        lot, buyer = market.signed_deal(seller)
        market.pay(lot)
        stands_for = {"seller": seller.id, "buyer": buyer.id}
        named = {"organisation": market.member("service_agency").id, "commission_percent": "1"} | broker
        named["organisation"] = stands_for.get(named["organisation"], named["organisation"])
        settlement = market.deal(lot)["settlement"]["id"]
        body = {"reward_percent": "50", "broker": named}

        market.refused(code, "POST", f"/v1/settlements/{settlement}/settle", seller, body)


class TestTime:
    def test_settles_what_the_seller_has_not(self, market, seller):
        lot, _ = market.signed_deal(seller)
        settle_by = instant.parse(market.pay(lot)["settle_by"])
        market.move(settle_by - timedelta(microseconds=1))
        assert market.deal(lot)["settlement"]["state"] == "paid"
        market.move(settle_by)
        settlement = market.deal(lot)["settlement"]

        assert (settlement["state"], settlement["costs"]["amount"]) == ("settled", "0.00")
        assert (settlement["reward_percent"], settlement["reward"]["amount"]) == ("50.00", "98500.00")
        market.refused(
            "escrow/wrong-state",
            "POST",
            f"/v1/settlements/{settlement['id']}/settle",
            seller,
            {"reward_percent": "50"},
        )
