"""The money of a deal over HTTP: who may look, and the officer's recording of the balance."""

import dataclasses
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from exchange.app import http
from exchange.app.parts import api
from ledger.kernel.ids import OrganisationId
from settlement.escrow import service
from settlement.escrow.api import router
from tests import make_escrow as make
from tests.market import Market, yuan


@pytest.fixture(scope="module")
def with_settlements() -> FastAPI:
    routers = api.ROUTERS if router in api.ROUTERS else (*api.ROUTERS, router)
    return http.build(api.AppGate(units=None, clock=None, vkey="", policy=""), routers)


@pytest.fixture
def deal(market: Market, with_settlements: FastAPI) -> Iterator["Deal"]:
    with_settlements.state.gate = market.gate
    with TestClient(with_settlements, raise_server_exceptions=False) as client:
        market.client, market.alone = client, True
        yield Deal(market)


class Deal:
    """A settlement that is due, as flows would have brought it there; its parties are members."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.seller, self.buyer, self.loser = (
            market.member(role) for role in ("university", "enterprise", "enterprise")
        )
        officer = make.officer(market.gate.clock.now())
        with market.gate.units.begin() as unit:
            for member, code in ((self.buyer, "0011"), (self.loser, "0012")):
                service.take_deposit(
                    unit,
                    officer,
                    deal=make.DEAL,
                    seller=OrganisationId(self.seller.id),
                    code=code,
                    payer=OrganisationId(member.id),
                    due_fen=make.DEPOSIT,
                    paid_fen=make.DEPOSIT,
                    reference=f"bank-{code}",
                )
            won = {"code": "0011", "buyer": OrganisationId(self.buyer.id), "price_fen": make.PRICE}
            service.award(unit, officer, deal=make.DEAL, reward_required=True, **won)
            due = service.require(unit, officer, deal=make.DEAL, contract=make.CONTRACT, effective_at=officer.at)
        self.path = f"/v1/settlements/{due.id}"

    def payment(self, amount: str = "190000.33", reference: str = "bank-balance"):
        return {"amount": yuan(amount), "payment_reference": reference}


class TestReadSettlement:
    def test_shows_the_parties_every_amount_and_no_bidder(self, deal):
        shown = deal.market.done("GET", deal.path, deal.seller)

        assert shown == deal.market.done("GET", deal.path, deal.buyer)
        assert shown == deal.market.done("GET", deal.path, deal.market.operator)
        assert shown["state"] == "due"
        assert shown["deposits"] == [
            {"code": "0011", "amount": yuan("10000.00"), "state": "held"},
            {"code": "0012", "amount": yuan("10000.00"), "state": "refunded"},
        ]
        assert (shown["code"], shown["price"], shown["balance"]) == ("0011", yuan("200000.33"), yuan("190000.33"))
        assert shown["pay_by"] == "2026-03-09T16:00:00.000000Z"
        assert (shown["reward_min_percent"], shown["reward_percent"], shown["fee"]) == ("50.00", None, None)
        assert deal.buyer.id not in str(shown)
        assert deal.loser.id not in str(shown)

    def test_is_nobody_elses(self, deal):
        stranger = deal.market.member("enterprise")
        for member in (deal.loser, stranger):
            deal.market.refused("escrow/no-such-settlement", "GET", deal.path, member)
        assert deal.market.call("GET", deal.path).status_code == 401

    def test_shows_how_it_was_settled(self, deal):
        deal.market.done("POST", f"{deal.path}/payments", deal.market.operator, deal.payment())
        command = make.settle()
        cause = make.by(OrganisationId(deal.seller.id), at=deal.market.gate.clock.now())
        with deal.market.gate.units.begin() as unit:
            settlement = service.of_deal(unit, make.DEAL)
            service.settle(
                unit, cause, settlement.id, costs=command.costs, reward_bp=command.reward_bp, shares=command.shares
            )
        shown = deal.market.done("GET", deal.path, deal.seller)

        parts = {name: shown[name]["amount"] for name in ("fee", "costs", "net", "reward", "seller_part")}
        assert parts == {
            "fee": "3000.00",
            "costs": "7000.00",
            "net": "190000.33",
            "reward": "95000.17",
            "seller_part": "102000.16",
        }
        assert shown["reward_percent"] == "50.00"


class TestRecordPayment:
    def test_makes_the_price_paid(self, deal):
        paid = deal.market.done("POST", f"{deal.path}/payments", deal.market.operator, deal.payment())

        assert (paid["state"], paid["deposits"][0]["state"]) == ("paid", "applied")
        assert paid.pop("entries")
        assert paid == deal.market.done("GET", deal.path, deal.buyer)

    def test_answers_a_repeat_of_the_request_alike(self, deal):
        first, again = (
            deal.market.call("POST", f"{deal.path}/payments", deal.market.operator, deal.payment(), key="once")
            for _ in range(2)
        )

        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        assert again.headers["Idempotency-Replayed"] == "true"

    def test_says_what_is_due(self, deal):
        problem = deal.market.refused(
            "escrow/wrong-amount", "POST", f"{deal.path}/payments", deal.market.operator, deal.payment("190000.32")
        )

        assert problem["expected"] == yuan("190000.33")
        assert problem["title_zh"]

    @pytest.mark.parametrize(
        ("amount", "reference", "code"),
        [
            ("190000.33", "bank-0011", "escrow/payment-recorded"),
            ("190000.33", " x", "escrow/unusable-field"),
            ("0", "x", "escrow/wrong-amount"),
        ],
    )
    def test_refuses(self, deal, amount, reference, code):
        body = deal.payment(amount, reference)

        deal.market.refused(code, "POST", f"{deal.path}/payments", deal.market.operator, body)
        assert deal.market.done("GET", deal.path, deal.seller)["state"] == "due"

    def test_happens_once(self, deal):
        deal.market.done("POST", f"{deal.path}/payments", deal.market.operator, deal.payment())

        body = deal.payment(reference="another")
        deal.market.refused("escrow/already-paid", "POST", f"{deal.path}/payments", deal.market.operator, body)

    def test_is_an_officers(self, deal):
        for member in (deal.seller, deal.buyer):
            response = deal.market.call("POST", f"{deal.path}/payments", member, deal.payment())
            assert response.json()["type"] == "/problems/kernel/not-allowed"

    @pytest.mark.parametrize("body", [{}, {"amount": 1}, {"payment_reference": "x"}, {"surprise": 1}])
    def test_needs_its_form(self, deal, body):
        whole = {**deal.payment(), **body} if "surprise" in body else body

        assert deal.market.call("POST", f"{deal.path}/payments", deal.market.operator, whole).status_code == 422


def test_fields_of_the_noun_and_the_answer_go_together():
    """What is added to one is thought about for the other."""
    from settlement.escrow.api import SettlementShape
    from settlement.escrow.model import Settlement

    renamed = {name.removesuffix("_fen").replace("_bp", "_percent") for name in _names(Settlement)}
    hidden = {"buyer", "owners"}
    derived = {"balance", "net", "quiet_until", "deposit", "seller_part", "owners_part"}
    assert set(SettlementShape.model_fields) == renamed - hidden | derived


def _names(kind: type) -> set[str]:
    return {one.name for one in dataclasses.fields(kind)}
