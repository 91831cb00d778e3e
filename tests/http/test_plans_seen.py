"""What its two sides, and who supervises them, see of a plan: what is agreed to, whose turn it is, what stops it."""

import hashlib
from datetime import timedelta

import pytest
import rfc8785
import sqlalchemy as sa

from ledger.kernel import instant
from tests.http.test_freezes import freeze, lift
from tests.http.test_plans import Sale, TestTrial
from tests.market import sha256


@pytest.fixture
def sale(market):
    return Sale(market)


def fen(amount) -> str:
    return str(int(amount["amount"].replace(".", "")))


def percent(text: str) -> int:
    return int(text.replace(".", ""))


def hashed(seen) -> str:
    """The hash that is agreed to, as the API's own description says to compute it of an answer."""
    terms = seen["terms"]
    texts = [one["milestone"] for one in terms["parts"]]
    published = {
        "interest_bp": percent(terms["interest_percent"]),
        "parts": [
            {
                "amount_fen": fen(one["amount"]),
                "due_on": one["due_on"],
                "milestone_sha256": text and hashlib.sha256(text.encode()).hexdigest(),
                "within_workdays": one["within_workdays"],
            }
            for one, text in zip(terms["parts"], texts, strict=True)
        ],
        "security_sha256": terms["security_sha256"],
        "trial_until": terms["trial_until"],
    }
    covered = ["mengkeju/plan/v1", seen["settlement"], fen(seen["price"]), seen["practice"], published, texts]
    return hashlib.sha256(rfc8785.dumps(covered)).hexdigest()


class TestTerms:
    def test_are_shown_as_they_were_proposed(self, sale):
        body = sale.body()
        sale.propose()
        terms = sale.read()["terms"]
        assert terms.pop("trial_until") is None
        assert terms.pop("interest_percent") == "3.65"
        usual = {"within_workdays": None, "due_on": None, "milestone": None}
        assert terms == {
            "parts": [usual | one for one in body["parts"]],
            "security_sha256": body["security_sha256"],
        }

    def test_are_what_the_hash_is_of(self, sale):
        proposed = sale.propose()
        for member in (sale.buyer, sale.seller, sale.market.operator):
            seen = sale.read(member)
            assert hashed(seen) == seen["terms_sha256"] == proposed["terms_sha256"]

    def test_are_what_the_hash_of_a_trial_is_of_after_it_lasts_for_longer(self, sale):
        agreed = TestTrial().begin(sale)
        regulator = sale.market.member("regulator")
        order = freeze(sale.market, sale.lot, regulator)
        sale.market.move(instant.parse(agreed["trial_until"]) + timedelta(days=1))
        lift(sale.market, order, regulator)
        seen = sale.read()
        assert seen["trial_until"] > seen["terms"]["trial_until"] == agreed["trial_until"]
        assert hashed(seen) == agreed["terms_sha256"]


class TestSharing:
    def test_is_the_sellers_and_a_supervisors_to_see(self, sale):
        broker = sale.market.member("enterprise")
        named = {"organisation": broker.id, "commission_percent": "2.50"}
        sale.propose(reward_percent="60", shares=[{"inventor": 2, "weight": 3}], broker=named)
        for member in (sale.seller, sale.market.operator, sale.market.member("regulator")):
            assert sale.read(member)["sharing"] == {
                "reward_percent": "60.00",
                "shares": [{"inventor": 2, "name": "乙", "weight": 3}],
                "owners": [{"organisation": sale.seller.id, "share_percent": "100.00"}],
                "broker": named,
            }

    def test_is_none_of_the_buyers_business(self, sale):
        first = sale.propose()
        second = sale.propose(reward_percent="70")
        assert sale.read(sale.buyer)["sharing"] is None
        assert first["terms_sha256"] == second["terms_sha256"]


class TestDispute:
    REASON = "未达到约定指标"

    @pytest.fixture
    def disputed(self, sale):
        sale.agree()
        sale.pay(2)
        sale.do("parts/2/dispute", sale.buyer, {"reason": self.REASON})
        return sale

    def test_shows_both_sides_what_it_is_about(self, disputed):
        for member in (disputed.seller, disputed.buyer, disputed.market.operator):
            part = disputed.read(member)["parts"][1]
            assert (part["disputed_reason"], part["offer"]) == (self.REASON, None)
            assert part["waits_for"] == ["buyer", "seller", "officer"]

    def test_shows_the_other_side_what_was_offered(self, disputed):
        disputed.do("parts/2/resolve", disputed.seller, {"outcome": "released"})
        part = disputed.read(disputed.buyer)["parts"][1]
        assert part["offer"] == {"organisation": disputed.seller.id, "outcome": "released"}
        assert part["waits_for"] == ["buyer", "officer"]
        disputed.do("parts/2/resolve", disputed.buyer, {"outcome": "released"})
        part = disputed.read()["parts"][1]
        assert (part["state"], part["disputed_reason"], part["offer"]) == ("released", None, None)
        assert part["waits_for"] == ["seller"]

    def test_stands_in_no_answer_that_is_kept(self, disputed, world):
        disputed.do("parts/2/resolve", disputed.seller, {"outcome": "released"})
        with world.units.read() as unit:
            kept = " ".join(
                unit.connection.execute(sa.text("SELECT body FROM answer WHERE body IS NOT NULL")).scalars()
            )
        assert "disputed" in kept
        assert self.REASON not in kept

    def test_is_nobody_elses_to_read(self, disputed):
        other = disputed.market.member("enterprise")
        disputed.market.refused("escrow/no-such-plan", "GET", disputed.plan, other)


class TestTurn:
    def test_is_the_buyers_until_it_agrees(self, sale):
        assert sale.propose()["waits_for"] == ["buyer"]
        assert [one["waits_for"] for one in sale.read()["parts"]] == [[], [], []]
        sale.do("withdraw", sale.seller)
        assert sale.read()["waits_for"] == []

    def test_is_told_of_a_milestone_that_the_buyer_is_silent_about(self, sale):
        sale.agree()
        sale.pay(1)
        sale.pay(2)
        assert [one["waits_for"] for one in sale.read()["parts"]] == [["seller"], ["buyer", "seller"], ["buyer"]]
        sale.do("parts/2/release", sale.seller, {"evidence_sha256": sha256("protocol")})
        for member in (sale.seller, sale.buyer):
            assert sale.read(member)["parts"][1]["waits_for"] == ["buyer"]
        assert sale.read()["waits_for"] == ["buyer", "seller"]


class TestTime:
    def test_makes_a_part_overdue_at_the_instant(self, sale):
        agreed = sale.agree()
        due = instant.parse(agreed["parts"][0]["due_at"])
        sale.market.move(due - timedelta(microseconds=1))
        assert [one["overdue"] for one in sale.read()["parts"]] == [False, False, False]
        sale.market.move(due)
        assert [one["overdue"] for one in sale.read()["parts"]] == [True, False, False]
        sale.pay(1)
        assert [one["overdue"] for one in sale.read()["parts"]] == [False, False, False]

    def test_stands_still_visibly_while_orders_stand(self, sale, market):
        sale.agree()
        assert (sale.read()["frozen"], sale.read()["quiet_until"]) == ([], None)
        regulator = market.member("regulator")
        orders = [freeze(market, sale.lot, regulator), freeze(market, sale.lot, regulator, authority="regulator")]
        for member in (sale.seller, sale.buyer, market.operator):
            assert sale.read(member)["frozen"] == orders
        sale.pay(1)
        assert sale.read()["parts"][0]["waits_for"] == []
        for order in orders:
            lift(market, order, regulator)
        seen = sale.read()
        assert seen["frozen"] == []
        assert seen["quiet_until"] is not None
        assert seen["quiet_until"] == market.deal(sale.lot)["settlement"]["quiet_until"]
