"""Payment plans over HTTP: instalments, milestones that two people release, trying before paying."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ledger.kernel import instant
from tests.market import Member, payment_reference, sha256, yuan


class Sale:
    """A deal whose balance is due, and a plan for it."""

    def __init__(self, market, price="200000") -> None:
        self.market = market
        self.seller = market.member("university")
        self.lot, self.buyer = market.signed_deal(self.seller, price)
        self.settlement = market.deal(self.lot)["settlement"]
        self.plan = ""

    def day(self, after: int) -> str:
        return (self.market.now() + timedelta(days=after)).date().isoformat()

    def body(self, **changes):
        rest = Decimal(self.settlement["price"]["amount"]) - 140_000
        usual = {
            "parts": [
                {"amount": yuan("80000.00"), "within_workdays": 5},
                {"amount": yuan("60000.00"), "due_on": self.day(60), "milestone": "中试线连续运行 72 小时"},
                {"amount": yuan(f"{rest:.2f}"), "due_on": self.day(120)},
            ],
            "interest_percent": "3.65",
            "security_sha256": sha256("guarantee"),
            "reward_percent": "50",
        }
        return usual | changes

    def one_part(self, **changes):
        parts = [{"amount": self.settlement["price"], "within_workdays": 5}]
        return self.body(parts=parts, interest_percent="0", security_sha256=None, **changes)

    def propose(self, **changes):
        made = self.market.done("POST", f"{self.path}/plan", self.seller, self.body(**changes))
        self.plan = f"/v1/plans/{made['id']}"
        return made

    def agree(self, **changes):
        proposed = self.propose(**changes)
        return self.do("agree", self.buyer, {"terms_sha256": proposed["terms_sha256"]})

    def do(self, what: str, by: Member, body=None):
        return self.market.done("POST", f"{self.plan}/{what}", by, body)

    def refused(self, code: str, what: str, by: Member, body=None):
        return self.market.refused(code, "POST", f"{self.plan}/{what}", by, body)

    def pay(self, part: int, **changes):
        due = self.read()["parts"][part - 1]["due"]
        body = {"amount": due, "payment_reference": payment_reference()} | changes
        return self.do(f"parts/{part}/payments", self.market.operator, body)

    def read(self, by: Member | None = None):
        return self.market.done("GET", self.plan, by or self.buyer)

    @property
    def path(self) -> str:
        return f"/v1/settlements/{self.settlement['id']}"

    def colleague(self) -> Member:
        """Another person of the buyer's, with a token of its own."""
        person = self.market.done("POST", "/v1/people", self.buyer, {"name": "另一人"})["id"]
        body = {"person": person, "scopes": ["contracts.sign", "deals.read"]}
        return Member(self.buyer.id, self.market.done("POST", "/v1/tokens", self.buyer, body)["token"], person)

    def accounts(self, by: Member) -> set[str]:
        money = self.market.deal(self.lot, by)["money"]
        return {name for one in money for name in (one["debit"], one["credit"])}

    def states(self):
        return [one["state"] for one in self.read()["parts"]]


@pytest.fixture
def sale(market) -> Sale:
    return Sale(market)


class TestPlan:
    def test_pays_a_price_in_parts_to_its_end(self, sale):
        agreed = sale.agree()
        assert (agreed["state"], agreed["parts"][0]["due"]) == ("active", yuan("70000.00"))
        assert sale.market.deal(sale.lot)["settlement"]["state"] == "planned"
        sale.pay(1)
        sale.do("parts/1/divide", sale.seller, {"withheld": [{"inventor": 1, "amount": yuan("100.00")}]})
        sale.pay(2)
        sale.do("parts/2/release", sale.seller, {"evidence_sha256": sha256("protocol")})
        sale.do("parts/2/confirm", sale.buyer)
        sale.do("parts/2/divide", sale.seller, {})
        sale.pay(3)
        closed = sale.do("parts/3/divide", sale.seller, {})
        assert (closed["state"], closed["paid"]) == ("closed", sale.settlement["price"])
        money = sale.market.deal(sale.lot)["money"]
        left = {one["credit"]: one["credit_after"] for one in money if one["credit"].startswith("pln_")}
        for one in money:
            if one["debit"] in left:
                left[one["debit"]] = one["debit_after"]
        assert set(map(str, left.values())) == {str(yuan("0.00"))}

    def test_tells_which_payment_brought_a_part_to_who_paid_it(self, sale):
        sale.agree()
        sale.pay(1, payment_reference="回单-首期")
        path = f"/v1/accounts/{sale.plan.rpartition('/')[2]}:escrow/statement"
        told = {
            by: [
                (one["purpose"], one["bank_reference"])
                for one in sale.market.done("GET", path, by)["lines"]
                if one["counterpart"] == "custody:bank"
            ]
            for by in (sale.buyer, sale.market.operator, sale.seller)
        }
        assert told == {
            sale.buyer: [("part 1 of the price arrives", "回单-首期")],
            sale.market.operator: [("part 1 of the price arrives", "回单-首期")],
            sale.seller: [("part 1 of the price arrives", None)],
        }

    def test_is_released_by_two_people(self, sale):
        sale.agree()
        sale.pay(1)
        sale.pay(2)
        sale.do("parts/2/release", sale.buyer, {"evidence_sha256": sha256("protocol")})
        sale.refused("escrow/not-another-person", "parts/2/confirm", sale.buyer)
        sale.refused("escrow/not-the-buyer", "parts/2/confirm", sale.seller)
        sale.do("parts/2/confirm", sale.colleague())
        assert sale.states() == ["released", "released", "open"]

    def test_is_ended_in_a_dispute_by_both_or_by_a_document(self, sale):
        sale.agree()
        sale.pay(2)
        sale.do("parts/2/dispute", sale.buyer, {"reason": "未达到约定指标"})
        sale.refused("escrow/wrong-part-state", "parts/2/release", sale.seller, {"evidence_sha256": sha256("x")})
        sale.do("parts/2/resolve", sale.seller, {"outcome": "released"})
        sale.do("parts/2/resolve", sale.buyer, {"outcome": "returned"})
        assert sale.states()[1] == "disputed"
        judgment = {"outcome": "returned", "document_sha256": sha256("judgment")}
        sale.do("parts/2/judgment", sale.market.operator, judgment)
        assert sale.states() == ["open", "returned", "open"]

    def test_is_agreed_to_by_the_hash_of_what_stands(self, sale):
        first = sale.propose()
        second = sale.propose(interest_percent="4")
        assert (first["id"], first["terms_sha256"] != second["terms_sha256"]) == (second["id"], True)
        sale.refused("escrow/other-terms", "agree", sale.buyer, {"terms_sha256": first["terms_sha256"]})
        sale.refused("escrow/not-the-buyer", "agree", sale.seller, {"terms_sha256": second["terms_sha256"]})

    def test_is_withdrawn_and_proposed_anew(self, sale):
        first = sale.propose()
        assert sale.do("withdraw", sale.seller)["state"] == "withdrawn"
        assert sale.propose()["id"] != first["id"]
        assert sale.market.deal(sale.lot)["plan"]["state"] == "proposed"

    def test_lapses_when_the_price_is_overdue(self, sale):
        proposed = sale.propose()
        sale.market.move(instant.parse(proposed["agree_by"]))
        assert sale.read()["state"] == "lapsed"
        sale.market.done("POST", f"{sale.path}/default", sale.market.operator)

    def test_keeps_the_settlement_from_being_paid_or_settled(self, sale):
        sale.agree()
        body = {"amount": sale.settlement["balance"], "payment_reference": payment_reference()}
        sale.market.refused("escrow/wrong-state", "POST", f"{sale.path}/payments", sale.market.operator, body)

    def test_is_stopped_by_an_officer_when_a_part_is_overdue(self, sale):
        agreed = sale.agree()
        # So late that the seller's time to divide is not over when the last part is overdue.
        sale.market.move(instant.parse(agreed["parts"][2]["due_at"]) - timedelta(days=5))
        sale.pay(1)
        sale.pay(2)
        sale.refused("escrow/not-yet-overdue", "parts/3/default", sale.market.operator)
        sale.market.move(instant.parse(sale.read()["parts"][2]["due_at"]))
        stopped = sale.do("parts/3/default", sale.market.operator)
        assert stopped["state"] == "defaulted"
        assert sale.states() == ["released", "returned", "cancelled"]
        assert sale.do("parts/1/divide", sale.seller, {})["state"] == "broken"
        assert sale.market.deal(sale.lot)["contract"]["state"] == "effective"

    def test_takes_a_deposit_whose_part_never_came(self, sale):
        agreed = sale.agree()
        sale.market.move(instant.parse(agreed["parts"][0]["due_at"]))
        assert sale.do("parts/1/default", sale.market.operator)["state"] == "broken"

    def test_records_a_bank_reference_once_whatever_for(self, sale):
        sale.agree()
        sale.pay(1, payment_reference="回单甲")
        due = sale.read()["parts"][1]["due"]
        body = {"amount": due, "payment_reference": "回单甲"}
        sale.refused("escrow/payment-recorded", "parts/2/payments", sale.market.operator, body)

    def test_is_nobodys_business_but_the_parties(self, sale):
        sale.propose()
        other = sale.market.member("enterprise")
        sale.market.refused("escrow/no-such-plan", "GET", sale.plan, other)
        for member in (sale.seller, sale.buyer, sale.market.operator, sale.market.member("regulator")):
            assert sale.read(member)["state"] == "proposed"

    @pytest.mark.parametrize(
        ("broker", "code"),
        [("buyer", "escrow/bad-broker"), ("seller", "escrow/bad-broker"), (None, "app/not-a-broker")],
    )
    def test_pays_no_commission_to_a_party_or_a_stranger(self, sale, broker, code):
        organisation = getattr(sale, broker).id if broker else "org_" + "0" * 25 + "9"
        body = sale.body(broker={"organisation": organisation, "commission_percent": "2"})
        sale.market.refused(code, "POST", f"{sale.path}/plan", sale.seller, body)

    def test_hides_from_the_buyer_how_the_sellers_side_shares(self, sale):
        broker = sale.market.member("enterprise")
        sale.agree(broker={"organisation": broker.id, "commission_percent": "2"})
        sale.pay(1)
        sale.do("parts/1/divide", sale.seller, {})
        seen = {
            name for one in sale.market.deal(sale.lot, sale.buyer)["money"] for name in (one["debit"], one["credit"])
        }
        assert not any(part in name for name in seen for part in (":inventor:", ":owner:", ":broker", ":tax"))
        whole = {
            name for one in sale.market.deal(sale.lot, sale.seller)["money"] for name in (one["debit"], one["credit"])
        }
        assert any(name.endswith(":broker") for name in whole)

    def test_is_refused_when_it_breaks_the_practice(self, sale):
        for code, changes in (
            ("escrow/security-missing", {"security_sha256": None}),
            ("escrow/interest-too-low", {"interest_percent": "2.99"}),
            ("escrow/reward-too-small", {"reward_percent": "49.99"}),
        ):
            sale.market.refused(code, "POST", f"{sale.path}/plan", sale.seller, sale.body(**changes))
        sale.market.refused(
            "escrow/no-such-settlement", "POST", f"{sale.path}/plan", sale.market.member("university"), sale.body()
        )


class TestTrial:
    def begin(self, sale):
        until = instant.render(sale.market.now() + timedelta(days=30))
        sale.plan = ""
        made = sale.market.done("POST", f"{sale.path}/plan", sale.seller, sale.one_part(trial_until=until))
        sale.plan = f"/v1/plans/{made['id']}"
        return sale.do("agree", sale.buyer, {"terms_sha256": made["terms_sha256"]})

    def test_is_taken_up_and_paid(self, sale):
        assert self.begin(sale)["state"] == "trial"
        assert sale.do("take-up", sale.buyer)["state"] == "active"
        sale.pay(1)
        assert sale.do("parts/1/divide", sale.seller, {})["state"] == "closed"

    @pytest.mark.parametrize("silent", [True, False])
    def test_is_declined_by_word_or_by_silence_and_nobody_is_at_fault(self, sale, silent):
        until = self.begin(sale)["trial_until"]
        if silent:
            sale.market.move(instant.parse(until))
            sale.refused("escrow/wrong-plan-state", "take-up", sale.buyer)
        else:
            sale.do("decline", sale.buyer)
        assert sale.read()["state"] == "declined"
        deal = sale.market.deal(sale.lot)
        assert (deal["state"], deal["contract"]["state"], deal["contract"]["fault"]) == (
            "fell_through",
            "rescinded",
            "nobody",
        )
        assert deal["money"][-1]["credit"] == "custody:ordered"


class TestSubsidy:
    """A seller may claim for what has come of a price that is paid in parts."""

    PRICE, FIRST = "3000000", "2500000.00"

    @pytest.fixture
    def large(self, market):
        """A large deal, its plan agreed to and its contract registered."""
        sale = Sale(market, self.PRICE)
        parts = [
            {"amount": yuan(self.FIRST), "within_workdays": 5},
            {"amount": yuan("500000.00"), "due_on": sale.day(60), "milestone": "中试线连续运行 72 小时"},
        ]
        sale.agree(parts=parts)
        market.register(sale.lot)
        return sale

    def claim(self, sale):
        programme = sale.market.programme(sale.market.member("regulator"))
        return sale.market.claim(sale.lot, sale.seller, programme)

    def test_is_of_the_parts_that_have_come(self, large):
        assert large.market.deal(large.lot)["settlement"]["state"] == "planned"
        large.pay(1)
        claim = self.claim(large)

        assert claim["facts"]["paid"] == yuan(self.FIRST)
        assert claim["facts"]["party_total"] == yuan(self.FIRST)
        assert claim["amount"] == yuan("25000.00")

    def test_does_not_count_a_part_that_went_back(self, large):
        large.pay(1)
        large.pay(2)
        large.do("parts/2/dispute", large.buyer, {"reason": "未达到约定指标"})
        large.do("parts/2/judgment", large.market.operator, {"outcome": "returned", "document_sha256": sha256("判决")})
        claim = self.claim(large)

        assert claim["facts"]["paid"] == yuan(self.FIRST)

    def test_is_refused_before_any_part_has_come(self, large):
        assert self.claim(large)["state"] == "refused"
