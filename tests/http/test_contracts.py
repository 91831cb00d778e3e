"""Contracts over HTTP: who sees one, who writes it, who registers it. Signatures come through the service: their route
is a flow's."""

import json

import pytest
import sqlalchemy as sa

from exchange.auctions.model import LotId
from exchange.contracts import service
from exchange.contracts.model import ContractId
from ledger.kernel import instant
from ledger.kernel.cause import TIME, Actor, Cause
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from tests.market import sha256, yuan

LISTING = "lst_" + "3" * 26
PARTS = [
    {"kind": "technology", "name": "专利实施许可", "amount": yuan("800.00")},
    {"kind": "equipment", "name": "中试设备", "amount": yuan("200.00")},
]


@pytest.fixture
def seller(market):
    return market.member("university")


@pytest.fixture
def buyer(market):
    return market.member("enterprise")


@pytest.fixture
def lot(market):
    market.alone = True  # the sale is invented
    opens, closes = (f"2026-12-{day:02}T00:00:00Z" for day in (1, 2))
    body = {"lots": [{"start_price": yuan("1"), "opens_at": opens, "closes_at": closes}]}
    return market.done("POST", "/v1/replay/lots", market.operator, body)["lots"][0]


@pytest.fixture
def contract(market, lot, seller, buyer):
    """The contract of a lot that the buyer got for 1,000.00."""
    with market.gate.units.begin() as unit:
        return service.open_contract(
            unit,
            Cause(actor=TIME, at=unit.now(), request_id="test"),
            lot=LotId(lot),
            listing=LISTING,
            seller=OrganisationId(seller.id),
            buyer=OrganisationId(buyer.id),
            price_fen=Fen(100_000),
            region="1502",
        ).id


def terms(**changes):
    return {"type": "licence", "parts": PARTS, "document_sha256": sha256("合同")} | changes


def sign(market, contract, *members):
    for member in members:
        with market.gate.units.begin() as unit:
            actor = Actor(organisation=OrganisationId(member.id), person=None, capabilities=frozenset())
            cause = Cause(actor=actor, at=unit.now(), request_id="test")
            found = service.find_contract(unit, cause, ContractId(contract))
            service.sign_contract(unit, cause, found.id, terms_sha256=found.terms_sha256)


def path(contract, end=""):
    return f"/v1/contracts/{contract}{end}"


class TestRead:
    def test_shows_the_parties_what_is_due_and_from_whom(self, market, contract, lot, seller, buyer):
        market.done("PUT", path(contract), seller, terms())
        shown = market.done("GET", path(contract), buyer)

        assert shown == market.done("GET", path(contract), seller)
        assert shown == {
            "id": contract,
            "state": "offered",
            "lot": lot,
            "listing": LISTING,
            "seller": seller.id,
            "buyer": buyer.id,
            "rules": "contract-2026@1",
            "region": "1502",
            "type": "licence",
            "price": yuan("1000.00"),
            "parts": PARTS,
            "total": yuan("1000.00"),
            "technical": yuan("800.00"),
            "document_sha256": sha256("合同"),
            "terms_sha256": shown["terms_sha256"],
            "signed_at": {"seller": None, "buyer": None},
            "awarded_at": instant.render(market.now()),
            "write_by": "2026-03-09T16:00:00.000000Z",
            "sign_by": "2026-03-09T16:00:00.000000Z",
            "effective_at": None,
            "register_by": None,
            "number": None,
            "registered_at": None,
            "fault": None,
            "stayed_at": None,
            "awaits": ["seller", "buyer"],
        }

    def test_shows_no_amounts_before_there_are_terms(self, market, contract, seller):
        shown = market.done("GET", path(contract), seller)

        assert [shown[name] for name in ("total", "technical", "terms_sha256", "type", "parts")] == [None] * 4 + [[]]
        assert shown["awaits"] == ["seller"]

    def test_is_for_the_parties_and_for_readers_of_every_deal(self, market, contract, seller, buyer):
        for member in (seller, buyer, market.operator, market.member("regulator")):
            assert market.done("GET", path(contract), member)["id"] == contract
            assert [one["id"] for one in market.done("GET", "/v1/contracts", member)["items"]] == [contract]
        for stranger in (market.member("university"), market.member("enterprise")):
            market.refused("contracts/no-such-contract", "GET", path(contract), stranger)
            assert market.done("GET", "/v1/contracts", stranger) == {"items": [], "next": None}
        market.refused("kernel/unauthenticated", "GET", path(contract))

    def test_goes_on_where_a_page_ends(self, market, contract, seller):
        response = market.call("GET", "/v1/contracts?limit=1", seller)

        assert response.json()["next"] == contract
        assert response.headers["link"] == f'</v1/contracts?after={contract}&limit=1>; rel="next"'
        assert market.done("GET", f"/v1/contracts?after={contract}&limit=1", seller)["items"] == []


class TestWrite:
    def test_answers_what_is_to_be_signed(self, market, contract, seller):
        written = market.done("PUT", path(contract), seller, terms())
        changed = market.done("PUT", path(contract), seller, terms(type="transfer"))

        assert (written["total"], written["technical"]) == (yuan("1000.00"), yuan("800.00"))
        assert written["terms_sha256"] != changed["terms_sha256"]
        assert market.done("GET", path(contract), seller)["terms_sha256"] == changed["terms_sha256"]

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"parts": PARTS[:1]}, "contracts/parts-do-not-add-up"),
            ({"parts": [PARTS[0] | {"kind": "other"}, PARTS[1]]}, "contracts/nothing-technical"),
            ({"parts": [*PARTS, PARTS[0] | {"amount": yuan("0")}]}, "contracts/unusable-field"),
            ({"parts": [PARTS[0] | {"name": " "}, PARTS[1]]}, "contracts/unusable-field"),
            ({"parts": []}, "http/malformed"),
            ({"parts": [PARTS[0] | {"kind": "gift"}]}, "http/malformed"),
            ({"parts": [PARTS[0]] * 101}, "http/malformed"),
            ({"type": "barter"}, "http/malformed"),
            ({"document_sha256": "x"}, "http/malformed"),
            ({"price": yuan("1")}, "http/malformed"),
        ],
    )
    def test_refuses_what_is_no_contract_of_this_sale(self, market, contract, seller, change, code):
        before = market.done("GET", path(contract), seller)

        market.refused(code, "PUT", path(contract), seller, terms(**change))
        assert market.done("GET", path(contract), seller) == before

    def test_says_what_the_parts_should_be_worth(self, market, contract, seller):
        problem = market.refused("contracts/parts-do-not-add-up", "PUT", path(contract), seller, terms(parts=PARTS[:1]))

        assert (problem["expected"], problem["given"]) == (yuan("1000.00"), yuan("800.00"))

    def test_is_the_sellers_and_ends_with_the_first_signature(self, market, contract, seller, buyer):
        market.refused("contracts/not-the-seller", "PUT", path(contract), buyer, terms())
        market.refused("contracts/no-such-contract", "PUT", path(contract), market.member("enterprise"), terms())
        market.done("PUT", path(contract), seller, terms())
        sign(market, contract, buyer)

        market.refused("contracts/already-signed", "PUT", path(contract), seller, terms())
        assert market.done("GET", path(contract), seller)["awaits"] == ["seller"]

    def test_is_answered_again_for_the_same_key(self, market, contract, seller):
        first = market.call("PUT", path(contract), seller, terms(), key="once")
        again = market.call("PUT", path(contract), seller, terms(), key="once")

        assert again.json() == first.json()
        assert again.headers["idempotency-replayed"] == "true"
        market.refused("kernel/key-reused", "PUT", path(contract), seller, terms(type="service"), key="once")

    def test_keeps_what_is_confidential_out_of_stored_answers(self, market, world, contract, seller, buyer):
        market.done("PUT", path(contract), seller, terms())
        sign(market, contract, seller, buyer)
        market.done("POST", path(contract, "/register"), market.operator)
        world.drain()

        with world.units.read() as unit:
            kept = unit.connection.execute(sa.text("SELECT body FROM answer WHERE body LIKE '%ctr_%'")).scalars().all()
            entries = unit.connection.execute(sa.text("SELECT content FROM entries WHERE subject LIKE 'ctr_%'"))
            said = [bytes(content).decode() for content in entries.scalars()]
        assert (len(kept), len(said)) == (2, 5)
        for text in (*kept, *said):
            assert buyer.id not in text
            assert "中试设备" not in text
            assert json.dumps("中试设备") not in text


class TestRegister:
    def test_gives_a_number_once_both_have_signed(self, market, contract, seller, buyer):
        market.done("PUT", path(contract), seller, terms())
        register = ("POST", path(contract, "/register"), market.operator)
        assert market.refused("contracts/not-effective", *register)["unsigned"] == "seller, buyer"
        sign(market, contract, seller)
        assert market.refused("contracts/not-effective", *register)["unsigned"] == "buyer"
        sign(market, contract, buyer)

        shown = market.done("GET", path(contract), buyer)
        assert (shown["state"], shown["awaits"]) == ("effective", ["officer"])
        registered = market.done(*register)
        assert registered["number"] == "2026150201000001"
        assert registered.pop("entries")
        assert registered == {name: market.done("GET", path(contract), buyer)[name] for name in registered}
        assert registered["awaits"] == []
        assert market.refused("contracts/already-registered", *register)["number"] == "2026150201000001"

    def test_is_the_registrars_alone(self, market, contract, seller, buyer):
        market.done("PUT", path(contract), seller, terms())
        sign(market, contract, seller, buyer)
        for member in (seller, buyer, market.member("regulator")):
            market.refused("kernel/not-allowed", "POST", path(contract, "/register"), member)

        assert market.done("POST", path(contract, "/register"), market.member("operator"))["state"] == "registered"

    def test_is_not_for_an_officer_of_a_party(self, market, lot, seller):
        both = market.member("operator")  # no authority trades today; the rule stands for the day one does
        with market.gate.units.begin() as unit:
            contract = service.open_contract(
                unit,
                Cause(actor=TIME, at=unit.now(), request_id="test"),
                lot=LotId(lot),
                listing=LISTING,
                seller=OrganisationId(seller.id),
                buyer=OrganisationId(both.id),
                price_fen=Fen(100_000),
                region="outside",
            ).id
        market.done("PUT", path(contract), seller, terms())
        sign(market, contract, seller, both)

        market.refused("contracts/own-contract", "POST", path(contract, "/register"), both)
        registered = market.done("POST", path(contract, "/register"), market.operator)
        assert registered["number"] == "2026150001000001"
