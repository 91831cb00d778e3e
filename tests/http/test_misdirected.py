"""Money that nobody expected over HTTP: received for exactly what is due, the rest sent back."""

import json
from collections import Counter
from datetime import timedelta

import pytest

from ledger.kernel import instant
from ledger.log import service as log
from tests.market import Member, payment_reference, sha256, yuan


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

    def test_has_names_for_its_parts_that_no_payment_takes(self, market, seller):
        lot, _ = market.signed_deal(seller)
        other, _ = market.signed_deal(seller)
        settlement, due = market.deal(lot)["settlement"]["id"], market.deal(other)["settlement"]["id"]
        found = find(market, "190000")
        mistaken = {"amount": yuan("190000"), "payment_reference": f"{found['id']}/1"}

        for path in (f"/v1/settlements/{due}/payments", "/v1/misdirected"):
            problem = market.refused("escrow/unusable-field", "POST", path, market.operator, mistaken)
            assert problem["field"] == "payment_reference"
        banks = {**mistaken, "payment_reference": "mis_2026-0042"}
        market.done("POST", f"/v1/settlements/{due}/payments", market.operator, banks)
        assert assign(market, found, "190000", settlement=settlement)["state"] == "closed"

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


class TestDeposit:
    """One that was asked for and came as money that nobody expected: it does what its arrival does, or nothing."""

    @pytest.fixture
    def lot(self, market, seller):
        return market.running_lot(seller)

    def ask(self, market, lot, *bidders):
        codes = [market.done("POST", f"/v1/lots/{lot}/deposits/requests", one, {})["code"] for one in bidders]
        return market.deal(lot)["settlement"]["id"], *codes

    def test_is_held_and_its_payer_may_bid_as_after_any_arrival(self, market, lot, world):
        one, two = market.member("enterprise"), market.member("enterprise")
        stl, code, other = self.ask(market, lot, one, two)
        found = find(market, "10003")

        told = [self.told(world)]
        after = assign(market, found, "10000", settlement=stl, code=code)
        told.append(self.told(world))
        assert (after["left"], after["state"]) == (yuan("3.00"), "waiting")
        market.deposit(lot, two)  # the ordinary way
        told.append(self.told(world))
        ordinary = {"auction.deposit_confirmed": 1, "escrow.deposit_held": 1}
        assert told[2] - told[1] == ordinary
        assert told[1] - told[0] == ordinary | {"escrow.misdirected_assigned": 1}
        deposits = market.deal(lot)["settlement"]["deposits"]
        assert {each["code"]: each["state"] for each in deposits} == {code: "held", other: "held"}
        for member, amount in ((one, "100000"), (two, "110000")):
            market.bid(lot, member, amount)
        assert market.done("GET", f"/v1/lots/{lot}/standing", one)["deposit_state"] == "held"
        accounts = [market.done("GET", f"/v1/accounts/{stl}:bidder:{each}", market.operator) for each in (code, other)]
        assert [(each["balance"], each["available"]) for each in accounts] == [("10000.00", "0.00")] * 2

        market.move(instant.parse(market.read_lot(lot)["ends_at"]) + timedelta(seconds=2))
        (refund,) = market.done("GET", "/v1/payouts", market.operator)["items"]
        assert (refund["organisation"], refund["refund_of"]) == (one.id, f"{found['id']}/1")

    def told(self, world):
        """Count what the record tells so far, by kind."""
        with world.units.read() as unit:
            return Counter(json.loads(one)["kind"] for one in log.every_entry(unit))

    def test_moves_nothing_where_its_arrival_would_be_refused(self, market, lot):
        member = market.member("enterprise")
        stl, code = self.ask(market, lot, member)
        found = find(market, "30000")
        path = f"/v1/misdirected/{found['id']}/assign"

        def refused(problem, amount="10000", by=market.operator, **to):
            body = assigned(amount, **{"settlement": stl, "code": code} | to)
            market.refused(problem, "POST", path, by, body)
            assert held(market, found) == "30000.00" if by is market.operator else True

        refused("auctions/deposit-too-small", "9999.99")
        refused("escrow/wrong-amount", "10000.01")
        refused("escrow/more-than-is-left", "30000.01")
        refused("app/no-such-deposit", code="0000")
        refused("escrow/no-such-settlement", settlement=f"stl_{'0' * 26}")
        scopes = {"person": market.operator.person, "scopes": ["payments.record"]}
        narrow = Member(market.operator.id, market.done("POST", "/v1/tokens", market.operator, scopes)["token"])
        assert market.call("POST", path, narrow, assigned("10000", settlement=stl, code=code)).status_code == 403
        assert held(market, found) == "30000.00"
        assert market.deal(lot)["settlement"]["deposits"][0]["state"] == "requested"
        body = assigned("1", plan="pln_" + "0" * 26, code=code)
        assert market.call("POST", path, market.operator, body).status_code == 422

    def test_is_received_once_and_not_past_the_end(self, market, lot):
        one, two = market.member("enterprise"), market.member("enterprise")
        stl, code, late = self.ask(market, lot, one, two)
        found = find(market, "30000")
        assign(market, found, "10000", settlement=stl, code=code)
        path = f"/v1/misdirected/{found['id']}/assign"

        again = assigned("10000", settlement=stl, code=code)
        market.refused("auctions/already-confirmed", "POST", path, market.operator, again)
        market.move(instant.parse(market.read_lot(lot)["ends_at"]))
        body = {"organisation": two.id, "amount": yuan("10000"), "payment_reference": payment_reference()}
        arrival = market.call("POST", f"/v1/lots/{lot}/deposits", market.operator, body).json()
        too_late = market.call("POST", path, market.operator, assigned("10000", settlement=stl, code=late)).json()
        assert (too_late["type"], too_late["status"]) == (arrival["type"], arrival["status"])
        assert held(market, found) == "20000.00"


class TestMoney:
    """The page of a deal that a payment was assigned to, of which a part went elsewhere."""

    def page(self, market, lot, by):
        money = market.deal(lot, by)["money"]
        shown = [one for one in money if one["debit"].startswith("mis_") or one["credit"].startswith("mis_")]
        assert all(one["debit_after"] is one["credit_after"] is None for one in shown)
        return [(one["debit"], one["credit"], one["amount"]["amount"]) for one in shown]

    def test_shows_the_part_to_the_parties_and_the_whole_to_who_may_read_all(self, market, seller):
        lot, buyer = market.signed_deal(seller)
        other, _ = market.signed_deal(market.member("university"))
        found = find(market, "390007")
        for one, due in ((lot, "190000"), (other, "190000")):
            assign(market, found, due, settlement=market.deal(one)["settlement"]["id"])
        send_back(market, found, "7")
        find(market, "5")  # of nobody's deal
        own = f"{found['id']}:held"

        part = (own, "custody:bank", "190000.00")
        assert self.page(market, lot, seller) == self.page(market, lot, buyer) == [part]
        whole = [("custody:bank", own, "390007.00"), part, part, (own, "custody:ordered", "7.00")]
        assert self.page(market, lot, market.operator) == self.page(market, lot, market.member("regulator")) == whole

    def test_is_in_the_order_in_which_it_moved(self, market, seller):
        lot, _ = market.signed_deal(seller)
        market.move(market.now() + timedelta(hours=1))
        found = find(market, "190000")
        market.move(market.now() + timedelta(hours=1))
        assign(market, found, "190000", settlement=market.deal(lot)["settlement"]["id"])

        money = market.deal(lot)["money"]
        assert [one["at"] for one in money] == sorted(one["at"] for one in money)
        ways = [(one["debit"].partition(":")[2], one["credit"].partition(":")[2]) for one in money[-5:]]
        assert ways[0] == ("bank", "held")
        assert ways[1] == ("held", "bank")


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


class TestOne:
    def test_is_what_the_list_says_of_it(self, market):
        regulator = market.member("regulator")
        found = find(market, "3", payment_reference="回单-单笔")
        find(market, "2")
        path = f"/v1/misdirected/{found['id']}"

        expected = {name: said for name, said in found.items() if name != "entries"}
        told = {"payment_reference": "回单-单笔", "note": "附言不清", "gone": []}
        assert market.done("GET", path, market.operator) == expected | told
        send_back(market, found, "1")
        shown = market.done("GET", path, regulator)
        assert (shown["left"], shown["parts"], shown["state"]) == (yuan("2.00"), 1, "waiting")
        listed = market.done("GET", "/v1/misdirected", regulator)["items"][0]
        assert listed == {name: told for name, told in shown.items() if name not in {"note", "gone"}}

    def test_tells_its_note_and_where_every_part_went(self, market, seller):
        lot, _ = market.signed_deal(seller)
        settlement = market.deal(lot)["settlement"]
        found = find(market, "190500", note="付款人来电说明")
        assign(market, found, "190000", settlement=settlement["id"])
        send_back(market, found, "200")
        shown = market.done("GET", f"/v1/misdirected/{found['id']}", market.operator)
        assert (shown["note"], shown["left"], shown["parts"]) == ("付款人来电说明", yuan("300.00"), 2)
        assert [(one["number"], one["amount"], one["to"]) for one in shown["gone"]] == [
            (1, yuan("190000.00"), settlement["id"]),
            (2, yuan("200.00"), None),
        ]
        assert "付款人来电说明" not in str(market.deal(lot, seller))

    def test_tells_its_note_where_all_of_it_was_sent_back_at_once(self, market):
        found = find(market, "5", note="一次退回")
        send_back(market, found, "5")
        shown = market.done("GET", f"/v1/misdirected/{found['id']}", market.operator)
        assert (shown["note"], [one["amount"] for one in shown["gone"]]) == ("一次退回", [yuan("5.00")])

    def test_becomes_overdue_at_the_very_instant(self, market):
        found = find(market, "3")
        due = instant.parse(found["deal_with_by"])

        for at, overdue in ((due - timedelta(microseconds=1), False), (due, True)):
            market.move(at)
            assert market.done("GET", f"/v1/misdirected/{found['id']}", market.operator)["overdue"] is overdue

    def test_is_no_members_and_answers_alike_for_what_there_is_and_what_not(self, market, seller):
        found = find(market, "3")
        nowhere = "mis_" + "0" * 26

        for name in (found["id"], nowhere):
            market.refused("kernel/not-allowed", "GET", f"/v1/misdirected/{name}", seller)
        market.refused("escrow/no-such-misdirected", "GET", f"/v1/misdirected/{nowhere}", market.operator)


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
