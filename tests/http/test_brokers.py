"""What a broker sees of the deals it brought together: its commission's accounts, and nothing else."""

import pytest

from tests.http.test_plans import Sale
from tests.http.test_royalties import Selling


@pytest.fixture
def agent(market):
    return market.member("service_agency")


def broker(agent):
    return {"broker": {"organisation": agent.id, "commission_percent": "2.5"}}


def names(market, by):
    return [one["name"] for one in market.done("GET", "/v1/accounts", by)]


def sees_nothing_else(market, agent, lot, *, stl, noun=None):
    """Hold that whatever else there is of a deal is not there for its broker."""
    contract = market.deal(lot)["contract"]["id"]
    mine = names(market, agent)
    for name in set(names(market, market.operator)) - set(mine):
        for rest in ("", "/holds", "/statement"):
            market.refused("app/no-such-account-here", "GET", f"/v1/accounts/{name}{rest}", agent)
    market.refused("app/no-such-deal", "GET", f"/v1/lots/{lot}/deal", agent)
    market.refused("contracts/no-such-contract", "GET", f"/v1/contracts/{contract}", agent)
    market.refused("escrow/no-such-settlement", "GET", f"/v1/settlements/{stl}", agent)
    market.refused("escrow/no-such-settlement", "GET", f"/v1/settlements/{stl}/invoices", agent)
    if noun is not None:
        kind, name = noun
        market.refused(
            f"escrow/no-such-{kind}", "GET", f"/v1/{'plans' if kind == 'plan' else 'royalties'}/{name}", agent
        )
    assert market.done("GET", "/v1/contracts", agent)["items"] == []
    assert market.done("GET", "/v1/claims", agent)["items"] == []
    for path in (f"/v1/lots/{lot}/pack", "/v1/payouts", "/v1/freezes", "/v1/misdirected"):
        market.refused("kernel/not-allowed", "GET", path, agent)


class TestABroker:
    def test_reads_its_commission_on_a_price_and_nothing_else_of_the_deal(self, market, agent):
        seller = market.member("university")
        lot, _ = market.signed_deal(seller)
        market.pay(lot)
        stl = market.settle(lot, seller, **broker(agent))["id"]

        assert names(market, agent) == [f"{stl}:broker"]
        statement = market.done("GET", f"/v1/accounts/{stl}:broker/statement", agent)
        assert [(one["change"], one["balance"]) for one in statement["lines"]] == [
            ("5000.00", "5000.00"),
            ("-5000.00", "0.00"),
        ]
        assert market.done("GET", f"/v1/accounts/{stl}:broker", agent)["balance"] == "0.00"
        sees_nothing_else(market, agent, lot, stl=stl)

    def test_reads_its_commission_on_the_parts_of_a_plan(self, market, agent):
        sale = Sale(market)
        sale.agree(**broker(agent))
        sale.pay(1)
        sale.do("parts/1/divide", sale.seller, {})
        plan = sale.plan.rpartition("/")[2]

        assert names(market, agent) == [f"{plan}:broker"]
        assert len(market.done("GET", f"/v1/accounts/{plan}:broker/statement", agent)["lines"]) == 2
        sees_nothing_else(market, agent, sale.lot, stl=sale.settlement["id"], noun=("plan", plan))

    def test_reads_its_commission_on_a_royalty(self, market, agent):
        selling = Selling(market)
        royalty = selling.agreed(**broker(agent))["id"]
        selling.over(royalty)
        selling.state(royalty)
        selling.pay(royalty)
        selling.act(royalty, "divide", selling.seller, {"costs": [], "withheld": []})

        assert names(market, agent) == [f"{royalty}:broker"]
        sees_nothing_else(market, agent, selling.lot, stl=selling.settlement, noun=("royalty", royalty))

    def test_of_another_deal_sees_nothing(self, market, agent):
        seller = market.member("university")
        lot, _ = market.signed_deal(seller)
        market.pay(lot)
        stl = market.settle(lot, seller, **broker(market.member("service_agency")))["id"]

        assert names(market, agent) == []
        sees_nothing_else(market, agent, lot, stl=stl)
