"""A scored lot over HTTP: a panel that nobody knows, a price of its own for each bidder, the contract of the best."""

from datetime import timedelta

import pytest

from ledger.kernel import instant
from ledger.log import service as log
from tests.market import yuan

CRITERIA = [{"name": "技术方案", "weight_bp": 2_500}, {"name": "实施能力", "weight_bp": 1_500}]


@pytest.fixture(autouse=True)
def _in_force(market):
    market.put_into_force("exchange-scored@1")


@pytest.fixture
def seller(market):
    return market.member("university")


@pytest.fixture
def panel(market):
    return [market.member("service_agency"), market.member("fund"), market.member("university")]


def scoring(panel, **changes):
    usual = {
        "benchmark": yuan("100000"),
        "price_weight_bp": 6_000,
        "criteria": CRITERIA,
        "panel": [one.person for one in panel],
    }
    return usual | changes


def body(market, seller, panel, listing=None, **changes):
    terms = market.lot_terms(scoring=scoring(panel, **changes))
    return {"listing": listing or market.open_listing(seller), "profile": "exchange-scored@1", "terms": terms}


def announced(market, seller, panel):
    listing = market.open_listing(seller)
    lot = market.done("POST", "/v1/lots", seller, body(market, seller, panel, listing))["id"]
    market.done("POST", f"/v1/lots/{lot}/announce", seller)
    return lot


def score(market, lot, code, panel, technical, able):
    for one in panel:
        given = {"code": code, "scores": {"技术方案": technical, "实施能力": able}}
        market.done("POST", f"/v1/lots/{lot}/scores", one, given)


def joined(market, lot, panel, technical, able):
    """Return a bidder that the panel has scored, and its code."""
    member = market.member("enterprise")
    code = market.deposit(lot, member)
    score(market, lot, code, panel, technical, able)
    return member, code


class TestScoredLot:
    def test_goes_to_the_best_total_at_its_own_price_and_to_a_contract(self, market, seller, panel):
        lot = announced(market, seller, panel)
        ann, anns = joined(market, lot, panel, 80, 60)
        ben, bens = joined(market, lot, panel, 90, 90)
        opened = market.read_lot(lot)
        assert opened["format"] == "scored"
        assert opened["minimum_next"] is None
        assert {one["code"]: one["points"] for one in opened["scoring"]["standings"]} == {anns: "29", bens: "36"}
        market.move(instant.parse(opened["opens_at"]))
        market.bid(lot, ann, "108000")
        market.bid(lot, ben, "100000")
        stands = market.read_lot(lot)["scoring"]["standings"]
        assert [(one["code"], one["price"], one["total"], one["minimum_next"]) for one in stands] == [
            (bens, yuan("100000.00"), "96", None),  # it leads, and may not raise itself
            (anns, yuan("108000.00"), "93.8", yuan("112666.67")),
        ]
        short = market.refused(
            "auctions/below-leading-total", "POST", f"/v1/lots/{lot}/bids", ann, {"amount": yuan("112666.66")}
        )
        assert short["minimum_next"] == yuan("112666.67")
        market.move(instant.parse(opened["ends_at"]) + timedelta(seconds=2))
        closed = market.read_lot(lot)
        assert (closed["state"], closed["leader"], closed["price"]) == ("sold", bens, yuan("100000.00"))
        contract = market.deal(lot)["contract"]
        assert contract["price"] == yuan("100000.00")
        written = market.write_contract(lot, seller)
        market.sign(written["id"], written["terms_sha256"], seller, ben)
        assert market.deal(lot)["contract"]["state"] == "effective"

    def test_hears_nobody_before_the_panel_has_scored_it(self, market, seller, panel):
        lot = announced(market, seller, panel)
        member = market.member("enterprise")
        code = market.deposit(lot, member)
        score(market, lot, code, panel[:2], 50, 50)
        market.move(instant.parse(market.read_lot(lot)["opens_at"]))
        refusal = market.refused(
            "auctions/not-scored", "POST", f"/v1/lots/{lot}/bids", member, {"amount": yuan("100000")}
        )
        assert (refusal["scored"], refusal["panellists"]) == (2, 3)
        score(market, lot, code, panel[2:], 50, 50)
        market.bid(lot, member, "100000")

    def test_tells_nobody_who_is_on_the_panel(self, market, seller, panel, world):
        lot = announced(market, seller, panel)
        _, code = joined(market, lot, panel, 80, 60)
        given = {"code": code, "scores": {"技术方案": 1, "实施能力": 1}}
        first = market.call("POST", f"/v1/lots/{lot}/scores", panel[0], given)
        assert first.json()["type"] == "/problems/auctions/already-scored"
        seen = market.call("GET", f"/v1/lots/{lot}").text
        world.drain()
        with world.units.read() as unit:
            told = str([one.entry for one in log.history(unit, [lot])])
        assert "auction.panel_named" in told
        for one in panel:
            assert one.person not in seen
            assert one.id not in seen
            assert one.person not in told

    def test_repeats_the_answer_to_a_repeated_score(self, market, seller, panel):
        lot = announced(market, seller, panel)
        code = market.deposit(lot, market.member("enterprise"))
        given = {"code": code, "scores": {"技术方案": 7, "实施能力": 9}}
        first = market.done("POST", f"/v1/lots/{lot}/scores", panel[1], given, key="mine")
        again = market.done("POST", f"/v1/lots/{lot}/scores", panel[1], given, key="mine")
        assert first == again
        assert (first["panellist"], first["scores"]) == (2, given["scores"])

    def test_is_scored_by_its_panel_alone(self, market, seller, panel):
        lot = announced(market, seller, panel)
        code = market.deposit(lot, market.member("enterprise"))
        given = {"code": code, "scores": {"技术方案": 7, "实施能力": 9}}
        path = f"/v1/lots/{lot}/scores"
        market.refused("auctions/not-on-the-panel", "POST", path, market.member("fund"), given)
        market.refused("auctions/not-on-the-panel", "POST", path, seller, given)
        market.refused("auctions/no-such-bidder", "POST", path, panel[0], given | {"code": "nobody"})
        market.refused("auctions/bad-scores", "POST", path, panel[0], given | {"scores": {"技术方案": 7}})

    def test_takes_no_deposit_of_a_panellists_organisation(self, market, seller):
        judge = market.member("enterprise")
        lot = announced(market, seller, [judge, market.member("fund"), market.member("bank")])
        body = {"organisation": judge.id, "amount": yuan("10000"), "payment_reference": "x"}
        market.refused("auctions/conflict-of-interest", "POST", f"/v1/lots/{lot}/deposits", market.operator, body)


class TestPanel:
    def test_has_nobody_with_an_interest_in_the_sale(self, market, seller, panel):
        asked = body(market, seller, [*panel[:2], seller])
        market.refused("auctions/panel-conflict", "POST", "/v1/lots", seller, asked)
        related = body(market, seller, panel, asked["listing"]) | {"related": [panel[0].id]}
        market.refused("auctions/panel-conflict", "POST", "/v1/lots", seller, related)

    @pytest.mark.parametrize("roles", [("regulator",), ("operator",)])
    def test_has_no_authority_on_it(self, market, seller, panel, roles):
        asked = body(market, seller, [*panel[:2], market.member(*roles)])
        market.refused("auctions/no-such-panellist", "POST", "/v1/lots", seller, asked)

    def test_has_verified_members_people_alone(self, market, seller, panel):
        asked = body(market, seller, [*panel[:2], market.member("fund", verified=False)])
        market.refused("auctions/no-such-panellist", "POST", "/v1/lots", seller, asked)

    def test_may_be_replaced_in_a_draft_and_then_bars_others(self, market, seller, panel):
        first = market.member("enterprise")
        listing = market.open_listing(seller)
        lot = market.done("POST", "/v1/lots", seller, body(market, seller, [*panel[:2], first], listing))["id"]
        barred = market.done("GET", f"/v1/lots/{lot}", seller)["excluded"]
        second = body(market, seller, panel, listing)
        revised = {"profile": second["profile"], "terms": second["terms"]}
        market.refused("auctions/no-such-lot", "PUT", f"/v1/lots/{lot}", first, revised)
        market.done("PUT", f"/v1/lots/{lot}", seller, revised)
        assert market.done("GET", f"/v1/lots/{lot}", seller)["excluded"] == barred
        market.done("POST", f"/v1/lots/{lot}/announce", seller)
        market.deposit(lot, first)
