"""Programmes and claims over HTTP: what is public, what is one's own, and how amounts and clauses are told."""

from copy import copy
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from exchange.app import http
from ledger.kernel.cause import Actor, Cause
from ledger.kernel.ids import OrganisationId
from settlement.subsidies import service
from settlement.subsidies.api import ClaimBody, ClaimShape, router
from settlement.subsidies.model import ClaimId, ProgrammeId
from tests import make_subsidies as make
from tests.market import yuan
from tests.world import START

CONTRACT = "ctr_" + "0" * 25 + "1"


@pytest.fixture
def market(market):
    """The market, with the doors of this wing alone behind its client."""
    market.alone = True
    market.department = market.member("regulator")
    market.seller, market.other = market.member("university"), market.member("university")
    with TestClient(http.build(market.gate, [router]), raise_server_exceptions=False) as client:
        shop = copy(market)
        shop.client = client
        yield shop


@pytest.fixture
def programme(market):
    return opened(market)["id"]


def opened(market, **changes):
    body = {"rule": "mkj-platform-2026@1", "budget": yuan("100000"), "payment_reference": "回单"} | changes
    return market.done("POST", "/v1/programmes", market.department, body)


def act(market, by, *may, act, **given):
    actor = Actor(organisation=OrganisationId(by.id), person=None, capabilities=frozenset(may))
    with market.gate.units.begin() as unit:
        return act(unit, Cause(actor=actor, at=unit.now(), request_id="test"), **given)


def claimed(market, programme, by=None, **changes):
    """Have a seller claim, as the door that spans wings does."""
    by = by or market.seller
    early = {name: START - timedelta(days=days) for days, name in enumerate(("paid_at", "signed_at", "listed_at"), 1)}
    facts = make.facts(registered_at=START, **early | changes)
    given = {"programme": ProgrammeId(programme), "deal": CONTRACT, "facts": facts}
    return act(market, by, act=service.claim, seller=OrganisationId(by.id), **given)


def paid(market, claim):
    return act(
        market, market.department, "subsidies.decide", act=lambda unit, cause: service.pay_claim(unit, cause, claim.id)
    )


class TestOpenProgramme:
    def test_answers_the_rule_with_its_numbers_and_that_it_is_no_law(self, market):
        answer = opened(market)

        rule = answer["rule"]
        assert rule["illustrative"] is True
        assert "an illustration, not law" in rule["title"]
        assert (rule["rate_bp"], rule["project_cap"], rule["year_cap"]) == (100, yuan("50000.00"), yuan("200000.00"))
        assert (rule["total_least"], rule["from_day"], rule["to_day"]) == (
            yuan("2000000.00"),
            "2026-01-01",
            "2026-12-31",
        )
        assert rule["clauses"][0] == {"number": "art. 4 (1)", "condition": "real-name"}
        assert (answer["budget"], answer["left"]) == (yuan("100000.00"), yuan("100000.00"))
        assert answer["keeper"] == market.department.id

    def test_keeps_the_payment_to_itself(self, market):
        assert "回单" not in str(opened(market))
        assert "回单" not in market.call("GET", "/v1/programmes").text

    def test_is_repeated_under_its_key_without_a_second_budget(self, market):
        body = {"rule": "mkj-platform-2026@1", "budget": yuan("1"), "payment_reference": "一"}
        first, again = (market.done("POST", "/v1/programmes", market.department, body, key="k") for _ in range(2))

        assert first == again
        assert len(market.done("GET", "/v1/programmes")["items"]) == 1

    @pytest.mark.parametrize(
        ("code", "changes"),
        [
            ("subsidies/unknown-rule", {"rule": "FJ-PLATFORM-2024"}),
            ("subsidies/amount-out-of-range", {"budget": yuan("0")}),
            ("subsidies/unusable-field", {"payment_reference": " "}),
            ("escrow/unusable-field", {"payment_reference": f"mis_{'1' * 26}/1"}),
            ("escrow/payment-recorded", {}),
        ],
    )
    def test_refuses(self, market, programme, code, changes):
        body = {"rule": "mkj-platform-2026@1", "budget": yuan("1"), "payment_reference": "回单"} | changes

        market.refused(code, "POST", "/v1/programmes", market.department, body)

    def test_is_for_departments(self, market):
        for by in (market.seller, market.operator):
            market.refused("kernel/not-allowed", "POST", "/v1/programmes", by, {})


class TestProgrammes:
    def test_are_public_with_what_is_left(self, market, programme):
        claim = claimed(market, programme)
        paid(market, claim)

        answer = market.done("GET", f"/v1/programmes/{programme}")
        assert (answer["budget"], answer["left"]) == (yuan("100000.00"), yuan("70000.00"))
        assert market.done("GET", "/v1/programmes") == {"items": [answer], "next": None}

    def test_are_paged(self, market):
        names = [opened(market, payment_reference=f"{number}")["id"] for number in range(3)]

        first = market.call("GET", "/v1/programmes?limit=2")
        assert [one["id"] for one in first.json()["items"]] == names[:2]
        assert first.headers["Link"] == f'</v1/programmes?after={names[1]}&limit=2>; rel="next"'
        second = market.done("GET", f"/v1/programmes?limit=2&after={first.json()['next']}")
        assert ([one["id"] for one in second["items"]], second["next"]) == (names[2:], None)

    def test_that_are_not_there_are_refused(self, market):
        market.refused("subsidies/no-such-programme", "GET", f"/v1/programmes/{ProgrammeId.from_number(1)}")


class TestClaims:
    def test_show_the_whole_trace_to_their_claimant(self, market, programme):
        claim = claimed(market, programme)

        answer = market.done("GET", f"/v1/claims/{claim.id}", market.seller)
        assert (answer["state"], answer["contract"], answer["amount"]) == ("assessed", CONTRACT, yuan("30000.00"))
        assert (answer["paid"], answer["paying"], answer["refused_by"]) == (None, [], None)
        assert len(answer["trace"]) == 14
        assert answer["trace"][11] == {
            "clause": "art. 6",
            "step": "rate",
            "formula": "100/10000 of 3000000.00, half up to the fen",
            "before": yuan("3000000.00"),
            "after": yuan("30000.00"),
            "holds": True,
            "binding": False,
        }
        assert answer["facts"]["paid"] == yuan("3000000.00")
        assert answer == ClaimShape.of(claim).model_dump(mode="json")

    def test_show_the_clause_that_refuses(self, market, programme):
        claim = claimed(market, programme, fiscal_funded=True)

        answer = market.done("GET", f"/v1/claims/{claim.id}", market.seller)
        assert (answer["state"], answer["refused_by"], answer["amount"]) == ("refused", "art. 5 (1)", yuan("0.00"))
        assert [one["clause"] for one in answer["trace"] if not one["holds"]] == ["art. 5 (1)"]

    def test_show_what_was_paid_and_why(self, market, programme):
        claim = claimed(market, programme)
        paid(market, claim)

        answer = market.done("GET", f"/v1/claims/{claim.id}", market.seller)
        assert (answer["state"], answer["paid"]) == ("paid", yuan("30000.00"))
        assert [one["step"] for one in answer["paying"]] == ["year-cap"]

    def test_are_shown_to_readers_of_all_and_to_no_stranger(self, market, programme):
        claim = claimed(market, programme)

        for reader in (market.department, market.operator):
            assert market.done("GET", f"/v1/claims/{claim.id}", reader)["id"] == claim.id
        market.refused("subsidies/no-such-claim", "GET", f"/v1/claims/{claim.id}", market.other)
        market.refused("kernel/unauthenticated", "GET", f"/v1/claims/{claim.id}")
        market.refused("subsidies/no-such-claim", "GET", f"/v1/claims/{ClaimId.from_number(1)}", market.department)

    def test_are_listed_to_whom_they_concern(self, market, programme):
        claim = claimed(market, programme)

        def listed(by, query=""):
            return [one["id"] for one in market.done("GET", f"/v1/claims{query}", by)["items"]]

        assert [listed(by) for by in (market.seller, market.department)] == [[claim.id]] * 2
        assert listed(market.other) == []
        assert listed(market.department, f"?after={claim.id}") == []
        linked = market.call("GET", "/v1/claims?limit=1", market.seller)
        assert linked.headers["Link"] == f'</v1/claims?after={claim.id}&limit=1>; rel="next"'


VALID = {
    "programme": ProgrammeId.from_number(1),
    "contract": CONTRACT,
    "fiscal_funded": False,
    "related_parties": True,
}


class TestClaimBody:
    def test_is_what_only_the_claimant_can_say(self):
        body = ClaimBody.model_validate(VALID)

        assert (body.programme, body.contract, body.fiscal_funded, body.related_parties) == tuple(VALID.values())

    @pytest.mark.parametrize(
        "changes",
        [
            {"programme": "prg_1"},
            {"contract": "lot_" + "0" * 26},
            {"contract": CONTRACT + "\n"},
            {"fiscal_funded": "false"},
            {"fiscal_funded": 0},
            {"related_parties": None},
            {"amount": "1"},
        ],
    )
    def test_is_nothing_else(self, changes):
        with pytest.raises(ValueError, match="validation error"):
            ClaimBody.model_validate(VALID | changes)

    @pytest.mark.parametrize("name", VALID)
    def test_leaves_nothing_to_be_guessed(self, name):
        with pytest.raises(ValueError, match="Field required"):
            ClaimBody.model_validate({field: value for field, value in VALID.items() if field != name})
