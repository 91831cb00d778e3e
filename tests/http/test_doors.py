"""Who may open which door: every route, with every role and with none. Written by hand; routes must agree."""

import pytest

from exchange.app import http
from exchange.members.model import Capability, Role
from ledger.kernel.ids import ALPHABET

# What each role may open, route by route, in words: a route that is missing here fails the test.
U, E, R, OP, A = "university", "enterprise", "regulator", "operator", "service_agency"
MEMBERS = {U, E, R, OP, A, "bank", "fund"}
EVERYONE = MEMBERS | {"nobody"}
DOORS = {
    "GET /checkpoint": EVERYONE,
    "GET /log.vkey": EVERYONE,
    "GET /tile/{path:path}": EVERYONE,
    "GET /v1/ledger/timestamps": EVERYONE,
    "GET /v1/ledger/timestamps/{size}": EVERYONE,
    "GET /v1/ledger/timestamps/{size}/token": EVERYONE,
    "GET /v1/ledger/timestamps/{size}/checkpoint": EVERYONE,
    "GET /v1/ledger/entries/{entry}": EVERYONE,
    "GET /v1/ledger/entries/{entry}/proof": EVERYONE,
    "GET /v1/ledger/policy": EVERYONE,
    "GET /verify.html": EVERYONE,
    "GET /healthz": EVERYONE,
    "GET /metrics": EVERYONE,
    "GET /problems/{wing}/{reason}": EVERYONE,
    "GET /v1/clock": EVERYONE,
    "POST /v1/clock": {OP},
    "POST /v1/replay/bidders": {OP},
    "POST /v1/replay/lots": {OP},
    "POST /v1/organisations": EVERYONE,
    "GET /v1/organisations": {R, OP},
    "GET /v1/organisations/{organisation}": {R, OP},
    "POST /v1/organisations/{organisation}/verify": {OP},
    "POST /v1/organisations/{organisation}/reject": {OP},
    "POST /v1/organisations/{organisation}/suspend": {OP},
    "POST /v1/organisations/{organisation}/reinstate": {OP},
    "POST /v1/organisations/{organisation}/reissue": {OP},
    "POST /v1/organisations/{organisation}/resubmit": MEMBERS,
    "GET /v1/me": MEMBERS,
    "POST /v1/people": MEMBERS,
    "POST /v1/people/{person}/remove": MEMBERS,
    "GET /v1/people": MEMBERS,
    "POST /v1/tokens": MEMBERS,
    "POST /v1/tokens/{token}/revoke": MEMBERS,
    "GET /v1/tokens": MEMBERS,
    "POST /v1/assets": {U, E},
    "GET /v1/assets/{asset}": EVERYONE,
    "POST /v1/assets/{asset}/encumbrances": {OP},
    "POST /v1/assets/{asset}/encumbrances/{encumbrance}/release": {OP},
    "POST /v1/listings": {U, E},
    "GET /v1/listings": EVERYONE,
    "GET /v1/listings/{listing}": EVERYONE,
    "PUT /v1/listings/{listing}": {U, E},
    "POST /v1/listings/{listing}/submit": {U, E},
    "POST /v1/listings/{listing}/accept": {OP},
    "POST /v1/listings/{listing}/return": {OP},
    "POST /v1/listings/{listing}/publish": {U, E},
    "POST /v1/listings/{listing}/withdraw": {U, E},
    "POST /v1/lots": {U, E},
    "GET /v1/lots": EVERYONE,
    "GET /v1/lots/{lot}": EVERYONE,
    "PUT /v1/lots/{lot}": {U, E},
    "POST /v1/lots/{lot}/announce": {U, E},
    "POST /v1/lots/{lot}/withdraw": {U, E},
    "POST /v1/lots/{lot}/deposits": {OP},
    "POST /v1/lots/{lot}/deposits/requests": {E},
    "POST /v1/lots/{lot}/bids": {E},
    "POST /v1/lots/{lot}/takes": {E},
    "GET /v1/lots/{lot}/bids": EVERYONE,
    "GET /v1/lots/{lot}/bids/{bid}": {E},
    "GET /v1/contracts": {U, E, R, OP, A},
    "GET /v1/contracts/{contract}": {U, E, R, OP, A},
    "PUT /v1/contracts/{contract}": {U, E},
    "POST /v1/contracts/{contract}/sign": {U, E},
    "POST /v1/contracts/{contract}/register": {OP},
    "GET /v1/settlements/{settlement}": {U, E, R, OP, A},
    "POST /v1/settlements/{settlement}/payments": {OP},
    "POST /v1/settlements/{settlement}/settle": {U, E},
    "POST /v1/settlements/{settlement}/default": {OP},
    "POST /v1/settlements/{settlement}/plan": {U, E},
    "GET /v1/plans/{plan}": {U, E, R, OP, A},
    "POST /v1/plans/{plan}/withdraw": {U, E},
    "POST /v1/plans/{plan}/agree": {U, E},
    "POST /v1/plans/{plan}/take-up": {U, E},
    "POST /v1/plans/{plan}/decline": {U, E},
    "POST /v1/plans/{plan}/parts/{part}/payments": {OP},
    "POST /v1/plans/{plan}/parts/{part}/release": {U, E},
    "POST /v1/plans/{plan}/parts/{part}/confirm": {U, E},
    "POST /v1/plans/{plan}/parts/{part}/dispute": {U, E},
    "POST /v1/plans/{plan}/parts/{part}/resolve": {U, E},
    "POST /v1/plans/{plan}/parts/{part}/judgment": {OP},
    "POST /v1/plans/{plan}/parts/{part}/divide": {U, E},
    "POST /v1/plans/{plan}/parts/{part}/default": {OP},
    "POST /v1/settlements/{settlement}/freezes": {R},
    "POST /v1/freezes/{freeze}/lift": {R},
    "GET /v1/freezes": {R, OP},
    "GET /v1/payouts": {OP},
    "GET /v1/lots/{lot}/deal": {U, E, R, OP, A},
    "POST /v1/settlements/{settlement}/royalties": {U, E},
    "GET /v1/royalties/{royalty}": {U, E, R, OP, A},
    "POST /v1/royalties/{royalty}/withdraw": {U, E},
    "POST /v1/royalties/{royalty}/agree": {U, E},
    "POST /v1/royalties/{royalty}/terminate": {U, E},
    "POST /v1/royalties/{royalty}/periods/{period}/statement": {U, E},
    "POST /v1/royalties/{royalty}/periods/{period}/payments": {OP},
    "POST /v1/royalties/{royalty}/periods/{period}/audit": {U, E},
    "POST /v1/royalties/{royalty}/periods/{period}/findings": {OP},
    "POST /v1/royalties/{royalty}/periods/{period}/overdue": {OP},
    "POST /v1/royalties/{royalty}/periods/{period}/divide": {U, E},
    "GET /v1/settlements/{settlement}/invoices": {U, E, R, OP, A},
    "POST /v1/settlements/{settlement}/invoices": {U, E, R, OP, A},
    "GET /v1/invoices/{invoice}": {U, E, R, OP, A},
    "POST /v1/invoices/{invoice}/reverse": {U, E, R, OP, A},
    "POST /v1/misdirected": {OP},
    "GET /v1/misdirected": {R, OP},
    "GET /v1/misdirected/{misdirected}": {R, OP},
    "POST /v1/misdirected/{misdirected}/assign": {OP},
    "POST /v1/misdirected/{misdirected}/return": {OP},
    "GET /v1/lots/{lot}/standing": {E},
    "POST /v1/programmes": {R},
    "GET /v1/programmes": EVERYONE,
    "GET /v1/programmes/{programme}": EVERYONE,
    "POST /v1/claims": {U, E},
    "GET /v1/claims": {U, E, R, OP, A},
    "GET /v1/claims/{claim}": {U, E, R, OP, A},
    "POST /v1/claims/{claim}/pay": {R},
    "GET /v1/lots/{lot}/pack": {U, E, R, OP},
    "GET /v1/lots/{lot}/pack.zip": {U, E, R, OP},
    "GET /v1/accounts": {U, E, R, OP, A},
    "GET /v1/accounts/{name}": {U, E, R, OP, A},
    "GET /v1/accounts/{name}/holds": {U, E, R, OP, A},
    "GET /v1/accounts/{name}/statement": {U, E, R, OP, A},
}
NAMES = {
    "organisation": "org",
    "person": "per",
    "token": "tok",
    "asset": "ast",
    "encumbrance": "enc",
    "listing": "lst",
    "lot": "lot",
    "bid": "bid",
    "settlement": "stl",
    "plan": "pln",
    "programme": "prg",
    "claim": "clm",
    "entry": "ent",
    "contract": "ctr",
    "freeze": "frz",
    "royalty": "rty",
    "invoice": "inv",
    "misdirected": "mis",
}


def address(path: str) -> str:
    for name, prefix in NAMES.items():
        path = path.replace(f"{{{name}}}", f"{prefix}_{ALPHABET[1] * 26}")
    return (
        path.replace("{path:path}", "0/000")
        .replace("{part}", "1")
        .replace("{size}", "1")
        .replace("{wing}", "x")
        .replace("{reason}", "y")
    )


@pytest.fixture
def everyone(market):
    found = {role.value: market.member(role.value) for role in Role if role is not Role.OPERATOR}
    return found | {"operator": market.operator, "nobody": None}


def test_every_route_stands_in_the_table(market):
    routes = {f"{method} {route.path}" for route in http.api_routes(market.client.app) for method in route.methods}
    assert routes == set(DOORS)


def test_every_route_names_a_capability_that_exists(market):
    named = {http.capability(route) for route in http.api_routes(market.client.app)}
    assert named - {"public"} <= {one.value for one in Capability}


def test_each_role_opens_its_doors_and_no_other(market, everyone):
    wrong = []
    for door, allowed in DOORS.items():
        method, path = door.split()
        for role, member in everyone.items():
            answer = market.call(method, address(path), member, {} if method != "GET" else None)
            shut = answer.status_code == 401 or "/problems/kernel/not-allowed" in answer.text
            if answer.status_code >= 500 and answer.status_code != 503:
                wrong.append(f"{role} {door}: {answer.text}")
            elif shut == (role in allowed):
                wrong.append(f"{role} {door}: {answer.status_code} {answer.text[:200]}")
    assert wrong == []


def test_an_unverified_organisation_may_only_look_after_itself(market):
    newcomer = market.member("enterprise", verified=False)
    assert market.done("GET", "/v1/me", newcomer)["capabilities"] == ["members.manage"]
    market.refused("kernel/not-allowed", "POST", "/v1/assets", newcomer, {})


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic abc", "Bearer mkj_" + "0" * 26 + "_" + "A" * 43])
def test_a_false_token_opens_not_even_public_doors_for_commands(market, header):
    answer = market.client.get("/v1/lots", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


class TestToken:
    def test_revoked_is_worth_nothing_at_once(self, market):
        member = market.member("enterprise")
        token = market.done("GET", "/v1/tokens", member)[0]["id"]
        market.done("POST", f"/v1/tokens/{token}/revoke", member)
        market.refused("kernel/unauthenticated", "GET", "/v1/me", member)

    def test_is_shown_once_and_stored_as_a_hash(self, market, world):
        import sqlalchemy as sa

        member = market.member("enterprise")
        body = {"person": member.person, "scopes": ["lots.bid"]}
        first = market.call("POST", "/v1/tokens", member, body, key="once")
        again = market.call("POST", "/v1/tokens", member, body, key="once")
        secret = first.json()["token"]
        assert secret.startswith("mkj_")
        assert again.json()["token"] is None
        with world.units.read() as unit:
            tables = ["answer", "token", "disclosures", "outbox", "entries"]
            stored = [
                repr(tuple(row))
                for table in tables
                for row in unit.connection.execute(sa.text(f"SELECT * FROM {table}"))
            ]
        assert not any(secret in row or secret[31:] in row for row in stored)

    def test_holds_only_its_scopes(self, market):
        member = market.member("enterprise")
        issued = market.done("POST", "/v1/tokens", member, {"person": member.person, "scopes": ["lots.bid"]})
        from tests.market import Member

        narrow = Member(member.id, issued["token"])
        market.refused("kernel/not-allowed", "GET", "/v1/me", narrow)
        market.refused(
            "members/scope-not-allowed",
            "POST",
            "/v1/tokens",
            member,
            {"person": member.person, "scopes": ["members.verify"]},
        )

    def test_dies_with_its_persons_leaving_and_its_organisations_suspension(self, market):
        member = market.member("enterprise")
        market.done("POST", f"/v1/organisations/{member.id}/suspend", market.operator, {"reasons": ["待查"]})
        market.refused("kernel/not-allowed", "POST", "/v1/assets", member, {})
        market.done("POST", f"/v1/organisations/{member.id}/reinstate", market.operator)
        assert market.call("POST", "/v1/assets", member, {}).status_code == 422
