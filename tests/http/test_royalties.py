"""Royalties and invoices by requests: an entry fee, two quarters, an audit, invoices in blue and red."""

from datetime import timedelta

import pytest

from ledger.kernel import instant
from tests.http.test_freezes import freeze, lift
from tests.market import payment_reference, sha256, yuan


class Selling:
    """A sale that is settled; `propose` lets its seller propose what is paid out of sales."""

    def __init__(self, market):
        self.market = market
        self.seller = market.member("university")
        self.lot, self.buyer = market.signed_deal(self.seller)
        market.pay(self.lot)
        self.settlement = market.deal(self.lot)["settlement"]["id"]

    def body(self, **changes):
        usual = {
            "rates": [
                {"from_sales": yuan("0"), "rate_percent": "5"},
                {"from_sales": yuan("1000000"), "rate_percent": "3"},
            ],
            "scale": "marginal",
            "minimum": yuan("500"),
            "starts_on": "2026-04-01",
            "every": "quarter",
            "periods": 2,
            "audit": {"notice_days": 10, "tolerance_percent": "5"},
            "reward_percent": "50",
        }
        return usual | changes

    def propose(self, **changes):
        path = f"/v1/settlements/{self.settlement}/royalties"
        return self.market.done("POST", path, self.seller, self.body(**changes))

    def agreed(self, **changes):
        made = self.propose(**changes)
        path = f"/v1/royalties/{made['id']}/agree"
        return self.market.done("POST", path, self.buyer, {"terms_sha256": made["terms_sha256"]})

    def read(self, royalty):
        return self.market.done("GET", f"/v1/royalties/{royalty}", self.seller)

    def over(self, royalty, period=1):
        self.market.move(instant.parse(self.read(royalty)["periods"][period - 1]["ends_at"]) + timedelta(hours=12))

    def act(self, royalty, what, by, body=None, period=1):
        return self.market.done("POST", f"/v1/royalties/{royalty}/periods/{period}/{what}", by, body)

    def state(self, royalty, sales="1234567.89", period=1):
        body = {"sales": yuan(sales), "statement_sha256": sha256("statement")}
        return self.act(royalty, "statement", self.buyer, body, period)

    def pay(self, royalty, period=1):
        due = self.read(royalty)["periods"][period - 1]["due"]
        body = {"amount": due, "payment_reference": payment_reference()}
        return self.act(royalty, "payments", self.market.operator, body, period)

    def invoice(self, **changes):
        usual = {
            "occasion": "price",
            "number": "26150000000000000001",
            "amount": yuan("200000"),
            "tax": yuan("11320.75"),
            "issued_on": self.market.now().date().isoformat(),
            "document_sha256": sha256("invoice"),
        }
        return usual | changes


@pytest.fixture
def selling(market):
    return Selling(market)


class TestRoyalty:
    @pytest.mark.parametrize(
        ("broker", "code"),
        [("buyer", "escrow/bad-broker"), ("seller", "escrow/bad-broker"), (None, "app/not-a-broker")],
    )
    def test_pays_no_commission_to_a_party_or_a_stranger(self, selling, market, broker, code):
        organisation = getattr(selling, broker).id if broker else "org_" + "0" * 25 + "9"
        body = selling.body(broker={"organisation": organisation, "commission_percent": "2"})
        market.refused(code, "POST", f"/v1/settlements/{selling.settlement}/royalties", selling.seller, body)

    def test_is_stated_paid_audited_paid_again_and_divided(self, selling, market):
        royalty = selling.agreed()["id"]
        selling.over(royalty)
        stated = selling.state(royalty)["periods"][0]
        assert (stated["state"], stated["due"], stated["overdue"]) == ("stated", yuan("57037.04"), False)
        paid = selling.pay(royalty)
        assert (paid["periods"][0]["state"], paid["paid"]) == ("paid", yuan("57037.04"))
        called = selling.act(royalty, "audit", selling.seller)["periods"][0]
        market.move(instant.parse(called["audit_from"]))
        findings = {"sales": yuan("1500000"), "cost": yuan("1000"), "document_sha256": sha256("audit")}
        audited = selling.act(royalty, "findings", market.operator, findings)["periods"][0]
        assert (audited["state"], audited["due"]) == ("audited", yuan("8962.96"))
        selling.pay(royalty)
        divided = selling.act(royalty, "divide", selling.seller, {"costs": [], "withheld": []})
        assert divided["fee"] == yuan("975.00")  # 1.5 % of 65,000.00, not of the audit's cost
        assert divided["reward"] == yuan("32012.50")
        page = market.deal(selling.lot)
        assert page["royalty"]["paid"] == yuan("66000.00")
        assert any(one["debit"].startswith(royalty) for one in page["money"])

    def test_falls_due_at_its_minimum_in_silence_and_ends_by_the_sellers_word_after_a_default(self, selling, market):
        royalty = selling.agreed()["id"]
        market.move(instant.parse(selling.read(royalty)["periods"][0]["statement_by"]))
        due = selling.read(royalty)["periods"][0]
        assert (due["state"], due["due"], due["overdue"]) == ("estimated", yuan("500.00"), True)
        selling.act(royalty, "overdue", market.operator)
        ended = market.done("POST", f"/v1/royalties/{royalty}/terminate", selling.seller)
        assert [one["state"] for one in ended["periods"]] == ["estimated", "cancelled"]
        selling.pay(royalty)
        assert selling.act(royalty, "divide", selling.seller, {})["state"] == "ended"

    def test_is_nobody_elses_business(self, selling, market):
        royalty = selling.propose()["id"]
        stranger = market.member("enterprise")
        market.refused("escrow/no-such-royalty", "GET", f"/v1/royalties/{royalty}", stranger)
        body = {"terms_sha256": "0" * 64}
        market.refused("escrow/not-the-buyer", "POST", f"/v1/royalties/{royalty}/agree", stranger, body)
        market.refused("escrow/other-terms", "POST", f"/v1/royalties/{royalty}/agree", selling.buyer, body)
        path = f"/v1/settlements/{selling.settlement}/royalties"
        market.refused("escrow/royalty-stands", "POST", path, selling.seller, selling.body())
        market.done("POST", f"/v1/royalties/{royalty}/withdraw", selling.seller)
        assert selling.propose()["state"] == "proposed"

    def test_lapses_when_its_first_period_is_over(self, selling, market):
        made = selling.propose()
        market.move(instant.parse(made["agree_by"]))
        assert selling.read(made["id"])["state"] == "lapsed"

    def test_gives_the_inventors_no_less_than_the_law_says(self, selling, market):
        path = f"/v1/settlements/{selling.settlement}/royalties"
        market.refused("escrow/reward-too-small", "POST", path, selling.seller, selling.body(reward_percent="49.99"))


class TestTime:
    def test_divides_what_the_seller_has_not_and_pays_the_inventors_to_the_fen(self, selling, market):
        royalty = selling.agreed()["id"]
        selling.over(royalty)
        selling.state(royalty)
        assert selling.read(royalty)["periods"][0]["divide_by"] is None
        divide_by = instant.parse(selling.pay(royalty)["periods"][0]["divide_by"])
        assert selling.read(royalty)["periods"][0]["divide_by"] == instant.render(divide_by)
        market.move(divide_by - timedelta(microseconds=1))
        assert selling.read(royalty)["periods"][0]["state"] == "paid"
        market.move(divide_by)
        divided = selling.read(royalty)

        assert [one["state"] for one in divided["periods"]] == ["divided", "running"]
        assert divided["periods"][0]["divide_by"] is None
        # 1.5 % of 57,037.04 are the fee; of the 56,181.48 that are left the law gives the inventors half, each alike
        assert (divided["fee"], divided["reward"]) == (yuan("855.56"), yuan("28090.74"))
        listed = market.done("GET", "/v1/payouts", market.operator)["items"]
        told = [one for one in listed if one["subject"] == royalty]
        assert {(one["payee"], one["organisation"], one["inventor"], one["amount"]["amount"]) for one in told} == {
            ("inventor", None, 1, "14045.37"),
            ("inventor", None, 2, "14045.37"),
            ("organisation", selling.seller.id, None, "28090.74"),
        }
        path = f"/v1/royalties/{royalty}/periods/1/divide"
        market.refused("escrow/wrong-period-state", "POST", path, selling.seller, {"costs": [], "withheld": []})

    def test_waits_while_the_deal_is_frozen(self, selling, market):
        regulator = market.member("regulator")
        royalty = selling.agreed()["id"]
        selling.over(royalty)
        selling.state(royalty)
        divide_by = instant.parse(selling.pay(royalty)["periods"][0]["divide_by"])
        order = freeze(market, selling.lot, regulator)
        market.move(divide_by + timedelta(days=1))
        assert selling.read(royalty)["periods"][0]["state"] == "paid"
        lift(market, order, regulator)
        market.move(divide_by + timedelta(days=1, seconds=1))
        assert selling.read(royalty)["periods"][0]["state"] == "paid"  # the seller has the days of an answer
        market.move(divide_by + timedelta(days=11))
        assert selling.read(royalty)["periods"][0]["state"] == "divided"

    @pytest.mark.parametrize("signed_before", [True, False])
    def test_gives_up_no_period_while_the_deal_is_frozen(self, selling, market, signed_before):
        royalty = selling.agreed()["id"]
        path = f"/v1/royalties/{royalty}/terminate"
        if signed_before:
            market.done("POST", path, selling.seller)
        order = freeze(market, selling.lot, market.member("regulator"))
        for party in (selling.buyer, *([] if signed_before else [selling.seller])):
            assert market.refused("escrow/frozen", "POST", path, party)["freezes"] == order
        assert {one["state"] for one in selling.read(royalty)["periods"]} == {"running"}
        lift(market, order, market.member("regulator"))
        for party in (selling.buyer, *([] if signed_before else [selling.seller])):
            ended = market.done("POST", path, party)
        assert {one["state"] for one in ended["periods"]} == {"cancelled"}


class TestRoyaltyBesideADefault:
    def test_ends_with_a_deal_that_falls_through(self, market):
        seller = market.member("university")
        lot, _ = market.signed_deal(seller)
        settlement = market.deal(lot)["settlement"]
        selling = Selling.__new__(Selling)
        selling.market, selling.seller, selling.settlement = market, seller, settlement["id"]
        royalty = selling.propose()["id"]
        market.move(instant.parse(settlement["pay_by"]))
        market.done("POST", f"/v1/settlements/{settlement['id']}/default", market.operator)
        assert selling.read(royalty)["state"] == "lapsed"


class TestInvoices:
    def test_come_to_what_was_paid_and_are_reversed_in_red(self, selling, market):
        path = f"/v1/settlements/{selling.settlement}/invoices"
        made = market.done("POST", path, selling.seller, selling.invoice())
        again = selling.invoice(number="26150000000000000002", amount=yuan("0.01"), tax=yuan("0"))
        refused = market.refused("escrow/invoiced-too-much", "POST", path, selling.seller, again)
        assert refused["left"] == yuan("0.00")
        red = {"number": "26150000000000000003", "issued_on": made["issued_on"], "document_sha256": sha256("red")}
        turned = market.done("POST", f"/v1/invoices/{made['id']}/reverse", selling.seller, red)
        assert (turned["state"], turned["red_number"]) == ("reversed", red["number"])
        market.done("POST", path, selling.seller, again)
        listed = market.done("GET", path, selling.buyer)["invoices"]
        assert [one["state"] for one in listed] == ["reversed", "recorded"]
        assert len(market.deal(selling.lot)["invoices"]) == 2

    def test_are_recorded_once_by_their_number_whichever_colour(self, selling, market):
        path = f"/v1/settlements/{selling.settlement}/invoices"
        made = market.done("POST", path, selling.seller, selling.invoice(amount=yuan("100"), tax=yuan("0")))
        market.refused(
            "escrow/number-recorded", "POST", path, selling.seller, selling.invoice(amount=yuan("99"), tax=yuan("1"))
        )
        red = {"number": made["number"], "issued_on": made["issued_on"], "document_sha256": sha256("red")}
        market.refused("escrow/number-recorded", "POST", f"/v1/invoices/{made['id']}/reverse", selling.seller, red)

    def test_of_the_fee_are_the_exchanges(self, selling, market):
        path = f"/v1/settlements/{selling.settlement}/invoices"
        fee = selling.invoice(occasion="fee", amount=yuan("3000"), tax=yuan("169.81"))
        market.refused("escrow/no-such-payment", "POST", path, market.operator, fee)
        market.settle(selling.lot, selling.seller)
        market.refused("escrow/not-the-issuer", "POST", path, selling.seller, fee)
        market.refused("escrow/not-the-issuer", "POST", path, market.operator, selling.invoice())
        made = market.done("POST", path, market.operator, fee)
        assert (made["issuer"], made["payment_of"]) == ("exchange", selling.settlement)

    def test_of_a_royalty_are_held_against_its_period(self, selling, market):
        royalty = selling.agreed()["id"]
        selling.over(royalty)
        selling.state(royalty)
        selling.pay(royalty)
        path = f"/v1/settlements/{selling.settlement}/invoices"
        of = {"occasion": "royalty", "payment_of": royalty, "tax": yuan("0")}
        body = selling.invoice(**of, payment=1, amount=yuan("57037.05"))
        assert market.refused("escrow/invoiced-too-much", "POST", path, selling.seller, body)["left"] == yuan(
            "57037.04"
        )
        market.done("POST", path, selling.seller, body | {"amount": yuan("57037.04")})
        market.refused("escrow/no-such-payment", "POST", path, selling.seller, body | {"payment": 3})

    def test_are_the_parties_and_supervisors_to_see(self, selling, market):
        path = f"/v1/settlements/{selling.settlement}/invoices"
        made = market.done("POST", path, selling.seller, selling.invoice())
        stranger, regulator = market.member("enterprise"), market.member("regulator")
        market.refused("escrow/no-such-settlement", "GET", path, stranger)
        market.refused("escrow/no-such-invoice", "GET", f"/v1/invoices/{made['id']}", stranger)
        made.pop("entries")
        for member in (selling.seller, selling.buyer, regulator, market.operator):
            assert market.done("GET", f"/v1/invoices/{made['id']}", member) == made
