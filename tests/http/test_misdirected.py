"""Money that nobody expected over HTTP: received for exactly what is due, the rest sent back."""

from datetime import timedelta

import pytest

from ledger.kernel import instant
from tests.market import payment_reference, sha256, yuan


@pytest.fixture
def seller(market):
    return market.member("university")


def find(market, amount, **changes):
    body = {"amount": yuan(amount), "payment_reference": payment_reference(), "note": "附言不清"} | changes
    return market.done("POST", "/v1/misdirected", market.operator, body)


def assign(market, found, amount, **to):
    return market.done("POST", f"/v1/misdirected/{found['id']}/assign", market.operator, assigned(amount, **to))


def assigned(amount, **to):
    return {"to": to, "amount": yuan(amount)}


def send_back(market, found, amount):
    return market.done("POST", f"/v1/misdirected/{found['id']}/return", market.operator, {"amount": yuan(amount)})


def held(market, found, by=None):
    return market.done("GET", f"/v1/accounts/{found['id']}:held", by or market.operator)["balance"]


class TestMisdirected:
    def test_of_too_much_is_received_for_the_balance_and_the_rest_goes_back(self, market, seller):
        lot, buyer = market.signed_deal(seller)
        settlement = market.deal(lot)["settlement"]
        found = find(market, "190500", payment_reference="回单-多汇")
        assert (found["state"], found["left"], found["overdue"]) == ("waiting", yuan("190500.00"), False)

        after = assign(market, found, "190000", settlement=settlement["id"])
        assert (after["state"], after["left"], after["parts"]) == ("waiting", yuan("500.00"), 1)
        assert market.deal(lot, buyer)["settlement"]["state"] == "paid"
        assert send_back(market, found, "500")["state"] == "closed"
        assert market.settle(lot, seller)["state"] == "settled"
        out = [one for one in market.done("GET", "/v1/payouts", market.operator)["items"] if one["payee"] == "sender"]
        assert [(one["subject"], one["amount"], one["refund_of"]) for one in out] == [
            (found["id"], yuan("500.00"), "回单-多汇")
        ]

    def test_is_received_for_a_part_of_a_plan_and_for_a_period_of_a_royalty(self, market, seller):
        lot, buyer = market.signed_deal(seller)
        settlement = market.deal(lot)["settlement"]
        found = find(market, "1000000")
        made = market.done("POST", f"/v1/settlements/{settlement['id']}/plan", seller, plan(settlement))
        signed = {"terms_sha256": made["terms_sha256"]}
        agreed = market.done("POST", f"/v1/plans/{made['id']}/agree", buyer, signed)
        first = agreed["parts"][0]["due"]["amount"]

        assign(market, found, first, plan=made["id"], part=1)
        assert market.done("GET", f"/v1/plans/{made['id']}", buyer)["parts"][0]["state"] != "open"
        made = market.done("POST", f"/v1/settlements/{settlement['id']}/royalties", seller, royalty())
        signed = {"terms_sha256": made["terms_sha256"]}
        made = market.done("POST", f"/v1/royalties/{made['id']}/agree", buyer, signed)
        market.move(instant.parse(made["periods"][0]["ends_at"]) + timedelta(hours=12))
        stated = {"sales": yuan("1000000"), "statement_sha256": sha256("statement")}
        market.done("POST", f"/v1/royalties/{made['id']}/periods/1/statement", buyer, stated)
        assert assign(market, found, "50000", royalty=made["id"], period=1)["parts"] == 2
        assert market.done("GET", f"/v1/royalties/{made['id']}", seller)["periods"][0]["paid"] == yuan("50000.00")

    def test_moves_nothing_where_it_is_not_exactly_what_is_due(self, market, seller):
        lot, _ = market.signed_deal(seller)
        settlement = market.deal(lot)["settlement"]["id"]
        found = find(market, "190500")
        path = f"/v1/misdirected/{found['id']}/assign"

        for amount in ("189999", "190500"):
            market.refused(
                "escrow/wrong-amount", "POST", path, market.operator, assigned(amount, settlement=settlement)
            )
        body = assigned("190501", settlement=settlement)
        market.refused("escrow/more-than-is-left", "POST", path, market.operator, body)
        assert held(market, found) == "190500.00"
        assert market.pay(lot)["state"] == "paid"
        body = assigned("190000", settlement=settlement)
        market.refused("escrow/already-paid", "POST", path, market.operator, body)
        body = assigned("1", settlement=settlement, plan="pln_" + "0" * 26)
        assert market.call("POST", path, market.operator, body).status_code == 422

    @pytest.mark.parametrize("asked", [True, False])
    def test_is_a_deposit_that_arrives_when_the_bidding_is_over(self, market, seller, asked):
        lot = market.running_lot(seller)
        bidder = market.member("enterprise")
        market.bid(lot, market.bidder(lot), "150000")
        if asked:
            market.done("POST", f"/v1/lots/{lot}/deposits/requests", bidder, {})
        market.move(instant.parse(market.read_lot(lot)["ends_at"]) + timedelta(minutes=1))
        late = {"organisation": bidder.id, "amount": yuan("10000"), "payment_reference": f"回单-迟到-{asked}"}

        market.refused("auctions/wrong-state", "POST", f"/v1/lots/{lot}/deposits", market.operator, late)
        found = find(market, "10000", payment_reference=late["payment_reference"])  # nobody has recorded it
        assert held(market, found) == "10000.00"
        assert send_back(market, found, "10000")["state"] == "closed"
        assert held(market, found) == "0.00"
        market.refused("auctions/wrong-state", "POST", f"/v1/lots/{lot}/deposits", market.operator, late)

    def test_is_dealt_with_once(self, market):
        found = find(market, "1", payment_reference="回单-一次")
        body = {"amount": yuan("1"), "payment_reference": "回单-一次"}

        problem = market.refused("escrow/payment-recorded", "POST", "/v1/misdirected", market.operator, body)
        assert problem["recorded_for"] == found["id"]
        assert send_back(market, found, "1")["state"] == "closed"
        path = f"/v1/misdirected/{found['id']}/return"
        market.refused("escrow/nothing-left", "POST", path, market.operator, {"amount": yuan("1")})
        path = f"/v1/misdirected/mis_{'0' * 26}/return"
        market.refused("escrow/no-such-misdirected", "POST", path, market.operator, {"amount": yuan("1")})


class TestList:
    def test_shows_what_waits_for_too_long(self, market):
        regulator = market.member("regulator")
        old, gone = find(market, "3"), find(market, "2")
        send_back(market, gone, "2")
        due = instant.parse(old["deal_with_by"])

        def listed(**asked):
            query = "&".join(f"{name}={value}" for name, value in asked.items())
            return market.done("GET", f"/v1/misdirected?{query}", regulator)

        assert [one["id"] for one in listed()["items"]] == [old["id"], gone["id"]]
        assert [one["id"] for one in listed(waiting="true")["items"]] == [old["id"]]
        market.move(due - timedelta(microseconds=1))
        assert listed(overdue="true")["items"] == []
        market.move(due)
        (late,) = listed(overdue="true")["items"]
        assert (late["id"], late["overdue"], late["left"]) == (old["id"], True, yuan("3.00"))
        first = listed(limit=1)
        assert first["next"] == old["id"]
        assert [one["id"] for one in listed(after=first["next"])["items"]] == [gone["id"]]

    def test_is_no_members(self, market, seller):
        found = find(market, "3")

        market.refused("kernel/not-allowed", "GET", "/v1/misdirected", seller)
        market.refused("app/no-such-account-here", "GET", f"/v1/accounts/{found['id']}:held", seller)
        assert held(market, found) == "3.00"


def plan(settlement):
    return {
        "parts": [{"amount": settlement["price"], "within_workdays": 5}],
        "interest_percent": "0",
        "reward_percent": "50",
    }


def royalty():
    return {
        "rates": [{"from_sales": yuan("0"), "rate_percent": "5"}],
        "scale": "marginal",
        "minimum": yuan("500"),
        "starts_on": "2026-04-01",
        "every": "quarter",
        "periods": 2,
        "audit": {"notice_days": 10, "tolerance_percent": "5"},
        "reward_percent": "50",
    }
