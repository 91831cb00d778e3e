"""What its two sides see of a royalty: all that the hash they agree to covers, whose turn it is, what stops it."""

import hashlib

import pytest
import rfc8785

from tests.http.test_freezes import freeze, lift
from tests.http.test_plans_seen import fen, percent
from tests.http.test_royalties import Selling
from tests.market import yuan


@pytest.fixture
def selling(market):
    return Selling(market)


def read(selling, royalty, by):
    return selling.market.done("GET", f"/v1/royalties/{royalty}", by)


def hashed(seen) -> str:
    """The hash that is agreed to, as the API's own description says to compute it of an answer."""
    sharing, broker = seen["sharing"], seen["sharing"]["broker"]
    terms = {
        "audit": {
            "notice_days": seen["audit"]["notice_days"],
            "tolerance_bp": percent(seen["audit"]["tolerance_percent"]),
        },
        "bands": [
            {"from_fen": fen(one["from_sales"]), "rate_bp": percent(one["rate_percent"])} for one in seen["rates"]
        ],
        "cap_fen": seen["cap"] and fen(seen["cap"]),
        "every": seen["every"],
        "minimum_fen": fen(seen["minimum"]),
        "periods": seen["count"],
        "scale": seen["scale"],
        "starts_on": seen["starts_on"],
    }
    shared = {
        "broker": broker
        and {"commission_bp": percent(broker["commission_percent"]), "organisation": broker["organisation"]},
        "inventors": sharing["shares"],
        "owners": [
            {"organisation": one["organisation"], "share_bp": percent(one["share_percent"])}
            for one in sharing["owners"]
        ],
        "reward_bp": percent(sharing["reward_percent"]),
    }
    covered = ["mengkeju/royalty/v1", seen["settlement"], seen["practice"], terms, shared]
    return hashlib.sha256(rfc8785.dumps(covered)).hexdigest()


class TestTerms:
    def test_are_what_the_hash_is_of(self, selling, market):
        broker = market.member("service_agency")
        named = {"organisation": broker.id, "commission_percent": "2.50"}
        made = selling.propose(broker=named, cap=yuan("100000.00"), shares=[{"inventor": 2, "weight": 3}])
        for member in (selling.buyer, selling.seller, market.operator):
            seen = read(selling, made["id"], member)
            assert seen["sharing"] == {
                "reward_percent": "50.00",
                "shares": [{"inventor": 2, "name": "乙", "weight": 3}],
                "owners": [{"organisation": selling.seller.id, "share_percent": "100.00"}],
                "broker": named,
            }
            assert hashed(seen) == seen["terms_sha256"] == made["terms_sha256"]

    def test_are_what_the_hash_is_of_without_broker_and_cap(self, selling):
        made = selling.propose()
        assert hashed(read(selling, made["id"], selling.buyer)) == made["terms_sha256"]

    def test_stand_in_no_kept_answer_as_far_as_they_name_people(self, selling):
        assert "sharing" not in selling.agreed()


class TestSeen:
    def test_tells_whose_turn_it_is(self, selling):
        made = selling.propose()
        assert made["waits_for"] == ["buyer"]
        path = f"/v1/royalties/{made['id']}/agree"
        agreed = selling.market.done("POST", path, selling.buyer, {"terms_sha256": made["terms_sha256"]})
        assert agreed["waits_for"] == []
        selling.over(made["id"])
        assert selling.state(made["id"])["periods"][0]["waits_for"] == ["buyer"]
        selling.pay(made["id"])
        seen = read(selling, made["id"], selling.buyer)
        assert (seen["waits_for"], seen["periods"][0]["waits_for"]) == (["seller"], ["seller"])

    def test_tells_what_stops_it(self, selling, market):
        royalty, regulator = selling.agreed()["id"], market.member("regulator")
        order = freeze(market, selling.lot, regulator)
        for member in (selling.seller, selling.buyer):
            seen = read(selling, royalty, member)
            assert (seen["frozen"], seen["quiet_until"]) == ([order], None)
        lift(market, order, regulator)
        seen = read(selling, royalty, selling.buyer)
        assert seen["frozen"] == []
        assert seen["quiet_until"] == market.deal(selling.lot)["settlement"]["quiet_until"]
        assert seen["quiet_until"] is not None
