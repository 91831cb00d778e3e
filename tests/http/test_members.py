"""A membership over HTTP: entering, being judged, its people and its tokens."""

import pytest
import sqlalchemy as sa

from tests.market import Market, Member, credit_code


def form(**changes):
    usual = {"name": "蒙科新材料有限公司", "credit_code": credit_code(), "roles": ["enterprise"], "region": "1501"}
    return usual | changes


def enter(market: Market, **changes) -> Member:
    entered = market.done("POST", "/v1/organisations", json=form(person="某人", **changes))
    return Member(entered["organisation"], entered["token"], entered["person"])


def judge(market: Market, verb: str, organisation: str, **body):
    return market.done("POST", f"/v1/organisations/{organisation}/{verb}", market.operator, body or None)["state"]


def reject(market: Market, organisation: str) -> None:
    judge(market, "reject", organisation, reasons=["证照不清晰"])


def issue(market: Market, by: Member, *scopes: str) -> Member:
    issued = market.done("POST", "/v1/tokens", by, {"person": by.person, "scopes": scopes})
    return Member(by.id, issued["token"], by.person)


class TestMembership:
    def test_goes_from_entering_through_mending_to_trading_and_back(self, market):
        member = enter(market)
        itself = f"/v1/organisations/{member.id}"
        seen = [market.done("GET", "/v1/me", member)["organisation"]["state"]]

        reject(market, member.id)
        own = market.done("GET", "/v1/me", member)["organisation"]
        assert own["reasons"] == ["证照不清晰"]
        seen.append(own["state"])
        mended = form(name="蒙科新材料股份有限公司")
        seen.append(market.done("POST", f"{itself}/resubmit", member, mended)["state"])
        seen.append(judge(market, "verify", member.id))
        seen.append(judge(market, "suspend", member.id, reasons=["待查"]))
        seen.append(judge(market, "reinstate", member.id))

        assert seen == ["registered", "rejected", "registered", "verified", "suspended", "verified"]
        assert market.done("GET", itself, market.operator) == {
            "id": member.id, "roles": ["enterprise"], "region": "1501", "state": "verified", "reasons": [],
            "name": "蒙科新材料股份有限公司", "credit_code": mended["credit_code"],
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("state", "verbs"),
        [
            ("registered", {"verify", "reject"}),
            ("rejected", set()),
            ("verified", {"suspend"}),
            ("suspended", {"reinstate"}),
        ],
    )
    def test_takes_only_the_verbs_of_its_state(self, market, state, verbs):
        for verb in ("verify", "reject", "suspend", "reinstate"):
            member = enter(market)
            if state == "rejected":
                reject(market, member.id)
            if state in {"verified", "suspended"}:
                judge(market, "verify", member.id)
            if state == "suspended":
                judge(market, "suspend", member.id, reasons=["待查"])
            body = {"reasons": ["待查"]} if verb in {"reject", "suspend"} else None
            answer = market.call("POST", f"/v1/organisations/{member.id}/{verb}", market.operator, body)
            assert answer.status_code == (200 if verb in verbs else 409), (state, verb, answer.text)

    @pytest.mark.parametrize("verb", ["verify", "reject", "suspend", "reinstate", "reissue"])
    def test_is_not_judged_by_its_own_officer(self, market, verb):
        body = {"reasons": ["待查"]} if verb in {"reject", "suspend"} else None
        path = f"/v1/organisations/{market.operator.id}/{verb}"
        market.refused("members/own-organisation", "POST", path, market.operator, body)

    def test_is_mended_by_itself_alone(self, market):
        member, other = enter(market), enter(market)
        reject(market, member.id)
        path = f"/v1/organisations/{member.id}/resubmit"
        market.refused("members/not-your-organisation", "POST", path, other, form())


class TestCreditCode:
    def test_is_registered_once(self, market):
        code = credit_code()
        enter(market, credit_code=code)
        market.refused(
            "members/already-registered", "POST", "/v1/organisations", json=form(person="某人", credit_code=code)
        )

    def test_that_is_taken_is_refused_to_one_who_resubmits(self, market):
        holder, member = form(), enter(market)
        enter(market, credit_code=holder["credit_code"])
        reject(market, member.id)
        market.refused(
            "members/already-registered", "POST", f"/v1/organisations/{member.id}/resubmit", member,
            form(credit_code=holder["credit_code"]),
        )  # fmt: skip
        assert market.done("GET", "/v1/me", member)["organisation"]["state"] == "rejected"

    def test_is_free_again_when_a_squatter_is_rejected(self, market):
        code = credit_code()
        squatter = enter(market, credit_code=code)
        reject(market, squatter.id)
        owner = enter(market, credit_code=code)
        market.refused(
            "members/already-registered", "POST", f"/v1/organisations/{squatter.id}/resubmit", squatter,
            form(credit_code=code),
        )  # fmt: skip
        assert judge(market, "verify", owner.id) == "verified"


class TestReissue:
    @pytest.mark.parametrize("rejected", [False, True])
    def test_lets_in_an_organisation_that_lost_its_token(self, market, rejected):
        member = enter(market)
        spare = issue(market, member, "members.manage")
        if rejected:
            reject(market, member.id)
        path = f"/v1/organisations/{member.id}/reissue"
        entry = market.done("POST", path, market.operator, key="reissue")
        again = market.done("POST", path, market.operator, key="reissue")

        assert {**entry, "token": None} == again
        assert (entry["person"], entry["state"]) == (member.person, "rejected" if rejected else "registered")
        for lost in (member, spare):
            market.refused("kernel/unauthenticated", "GET", "/v1/me", lost)
        fresh = Member(member.id, entry["token"], member.person)
        revoked = [token["revoked_at"] is not None for token in market.done("GET", "/v1/tokens", fresh)]
        assert revoked == [True, True, False]
        if not rejected:
            judge(market, "verify", member.id)
            assert "lots.bid" in market.done("GET", "/v1/me", fresh)["capabilities"]

    def test_ends_with_verification(self, market):
        member = market.member("enterprise")
        for verb in ("suspend", None):
            market.refused("members/wrong-state", "POST", f"/v1/organisations/{member.id}/reissue", market.operator)
            if verb:
                judge(market, verb, member.id, reasons=["待查"])
        assert market.done("GET", "/v1/me", member)["organisation"]["state"] == "suspended"

    def test_goes_to_a_colleague_when_the_first_person_has_left(self, market):
        member = enter(market)
        colleague = market.done("POST", "/v1/people", member, {"name": "乌兰"})["id"]
        issued = market.done("POST", "/v1/tokens", member, {"person": colleague, "scopes": ["members.manage"]})
        market.done("POST", f"/v1/people/{member.person}/remove", Member(member.id, issued["token"], colleague))
        entry = market.done("POST", f"/v1/organisations/{member.id}/reissue", market.operator)
        assert entry["person"] == colleague

    def test_stands_on_the_record(self, market, world):
        member = enter(market)
        market.done("POST", f"/v1/organisations/{member.id}/reissue", market.operator)
        with world.units.read() as unit:
            kinds = unit.connection.execute(sa.text("SELECT kind FROM outbox ORDER BY place")).scalars().all()
        assert kinds[-2:] == ["member.token_revoked", "member.token_reissued"]


class TestPeopleAndTokens:
    def test_come_and_go(self, market):
        member = enter(market)
        added = market.done("POST", "/v1/people", member, {"name": "乌兰"})
        issued = market.done("POST", "/v1/tokens", member, {"person": added["id"], "scopes": ["members.manage"]})
        colleague = Member(member.id, issued["token"], added["id"])
        assert market.done("GET", "/v1/me", colleague)["person"] == added["id"]

        market.done("POST", f"/v1/people/{added['id']}/remove", member)
        market.refused("kernel/unauthenticated", "GET", "/v1/me", colleague)
        states = {one["name"]: one["state"] for one in market.done("GET", "/v1/people", member)}
        assert states == {"某人": "active", "乌兰": "left"}
        market.refused("members/not-yourself", "POST", f"/v1/people/{member.person}/remove", member)

    def test_are_nobody_elses(self, market):
        member, other = enter(market), enter(market)
        token = market.done("GET", "/v1/tokens", member)[0]["id"]
        market.refused("members/no-such-person", "POST", f"/v1/people/{member.person}/remove", other)
        market.refused("members/no-such-token", "POST", f"/v1/tokens/{token}/revoke", other)
        body = {"person": member.person, "scopes": ["members.manage"]}
        market.refused("members/no-such-person", "POST", "/v1/tokens", other, body)
        market.refused("members/no-such-person", "POST", "/v1/tokens", market.operator, body)

    def test_a_token_makes_none_wider_than_itself(self, market):
        member = market.member("enterprise")
        narrow = issue(market, member, "members.manage", "listings.write")
        issue(market, narrow, "listings.write")
        body = {"person": member.person, "scopes": ["members.manage", "lots.bid"]}
        market.refused("members/scope-not-allowed", "POST", "/v1/tokens", narrow, body)
        officer = issue(market, market.operator, "members.manage")
        body = {"person": officer.person, "scopes": ["members.verify"]}
        market.refused("members/scope-not-allowed", "POST", "/v1/tokens", officer, body)

    def test_a_first_token_issues_what_verification_will_bring(self, market):
        bidder = issue(market, (member := enter(market)), "lots.bid", "members.manage")
        assert market.done("GET", "/v1/me", bidder)["capabilities"] == ["members.manage"]
        judge(market, "verify", member.id)
        assert market.done("GET", "/v1/me", bidder)["capabilities"] == ["lots.bid", "members.manage"]

    def test_an_officer_revokes_anybodys(self, market):
        member = market.member("enterprise")
        token = market.done("GET", "/v1/tokens", member)[0]["id"]
        market.done("POST", f"/v1/tokens/{token}/revoke", market.operator)
        market.refused("kernel/unauthenticated", "GET", "/v1/me", member)
