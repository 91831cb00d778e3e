"""What bad input gets: a problem document with a stable type, and nothing written but a domain refusal's answer."""

import pytest
import sqlalchemy as sa

from ledger.kernel import db
from tests.market import credit_code, yuan


@pytest.fixture
def count(world):
    """Return how many rows every table has."""

    def look():
        with world.units.read() as unit:
            return {
                name: unit.connection.execute(sa.text(f'SELECT count(*), max(xmin::text::bigint) FROM "{name}"')).one()
                for name in sorted(db.metadata.tables)
            }

    return look


@pytest.fixture
def lot(market):
    return market.running_lot(market.member("university"))


@pytest.fixture
def bidder(market, lot):
    return market.bidder(lot)


def raw(market, path, by, content, **headers):
    return market.client.post(
        path,
        content=content,
        headers={
            "Authorization": f"Bearer {by.token}",
            "Idempotency-Key": "k",
            "Content-Type": "application/json",
            **headers,
        },
    )


class TestAnAddress:
    @pytest.mark.parametrize(
        ("address", "status"),
        [
            ("/v1/accounts?after=%00", 422),
            ("/v1/accounts?after=x&%00=1", 422),
            ("/v1/accounts/%00", 422),
            ("/v1/problems/%00/x", 422),
            ("/v1/accounts?after=%2500", 200),
            ("/v1/accounts?after=%ff", 200),
            ("/v1/payouts?after=9223372036854775807", 200),
            ("/v1/payouts?after=9223372036854775808", 422),
            ("/v1/payouts?after=99999999999999999999999", 422),
            ("/v1/payouts?after=-1", 422),
        ],
    )
    def test_that_no_database_takes_is_refused(self, market, address, status):
        answer = market.call("GET", address, market.operator)
        assert answer.status_code == status
        assert "x-request-id" in answer.headers
        if status == 422:
            assert answer.json()["type"] == "/problems/http/malformed"

    @pytest.mark.parametrize(("after", "status"), [(2**31 - 1, 200), (2**31, 422), (10**30, 422)])
    def test_of_bids_goes_on_after_a_number_that_there_can_be(self, market, lot, after, status):
        assert market.call("GET", f"/v1/lots/{lot}/bids?after={after}").status_code == status


class TestMalformed:
    @pytest.mark.parametrize(
        ("content", "status", "type"),
        [
            (b'{"amount": ', 400, "http/unreadable"),
            (b'{"amount": "\xff\xfe"}', 400, "http/unreadable"),
            (b"", 422, "http/malformed"),
            (b"[]", 422, "http/malformed"),
            (b'"text"', 422, "http/malformed"),
            (b'{"amount": {"amount": 1000, "currency": "CNY"}}', 422, "http/malformed"),
            (b'{"amount": {"amount": 1000.5, "currency": "CNY"}}', 422, "http/malformed"),
            (b'{"amount": {"amount": NaN, "currency": "CNY"}}', 422, "http/malformed"),
            (b'{"amount": "1000"}', 422, "http/malformed"),
            (b'{"amount": {"amount": "-1000"}}', 422, "http/malformed"),
            (b'{"amount": {"amount": "1e9"}}', 422, "http/malformed"),
            (b'{"amount": {"amount": "1,000"}}', 422, "http/malformed"),
            (b'{"amount": {"amount": "01"}}', 422, "http/malformed"),
            (b'{"amount": {"amount": "1.001"}}', 422, "http/malformed"),
            (b'{"amount": {"amount": " 1"}}', 422, "http/malformed"),
            ('{"amount": {"amount": "１００"}}'.encode(), 422, "http/malformed"),
            (b'{"amount": {"amount": "1000", "currency": "USD"}}', 422, "http/malformed"),
            (b'{"amount": {"amount": "1000"}, "extra": 1}', 422, "http/malformed"),
            (b'{"amount": {"amount": "99999999999999"}}', 422, "kernel/not-an-amount"),
            (b'{"amount": {"amount": "0"}}', 422, "auctions/amount-out-of-range"),
            (b"[" * 100_000, 400, "http/unreadable"),
        ],
    )
    def test_bids_are_refused_and_write_nothing(self, market, lot, bidder, count, content, status, type):
        before = count()
        answer = raw(market, f"/v1/lots/{lot}/bids", bidder, content)
        assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{type}")
        assert answer.headers["content-type"] == "application/problem+json"
        assert count() == before

    def test_ten_megabytes_are_refused_unread(self, market, lot, bidder, count):
        before = count()
        big = b'{"amount": "' + b"1" * 10_000_000 + b'"}'
        answer = raw(market, f"/v1/lots/{lot}/bids", bidder, big)
        assert (answer.status_code, answer.json()["type"]) == (413, "/problems/http/too-large")
        parts = (big[start : start + 65_536] for start in range(0, len(big), 65_536))
        answer = raw(market, f"/v1/lots/{lot}/bids", bidder, parts)
        assert (answer.status_code, answer.json()["type"]) == (413, "/problems/http/too-large")
        assert count() == before

    def test_a_command_without_a_key_is_refused(self, market, lot, bidder, count):
        before = count()
        answer = market.client.post(
            f"/v1/lots/{lot}/bids",
            json={"amount": yuan("100000")},
            headers={"Authorization": f"Bearer {bidder.token}"},
        )
        assert answer.json()["type"] == "/problems/kernel/key-missing"
        assert count() == before

    @pytest.mark.parametrize("key", ["k" * 201, ""])
    def test_an_unusable_key_is_refused(self, market, lot, bidder, key):
        answer = raw(market, f"/v1/lots/{lot}/bids", bidder, b"{}", **{"Idempotency-Key": key})
        assert answer.status_code == 422

    @pytest.mark.parametrize("name", ["lot_x", "lot_" + "U" * 26, "bid_" + "0" * 26, "%00", "lot_" + "0" * 27])
    def test_names_of_no_lot_are_refused(self, market, bidder, name):
        assert market.call("GET", f"/v1/lots/{name}").status_code in {404, 422}
        assert market.call("POST", f"/v1/lots/{name}/bids", bidder, {"amount": yuan("1")}).status_code in {404, 422}

    @pytest.mark.parametrize("query", ["after=%00", "after=x", "limit=0", "limit=1000", "state=nope"])
    def test_queries_are_judged(self, market, query):
        for path in ("/v1/lots", "/v1/listings"):
            answer = market.call("GET", f"{path}?{query}")
            assert answer.status_code == 422, answer.text

    def test_text_that_is_not_json_is_refused(self, market, lot, bidder):
        answer = raw(market, f"/v1/lots/{lot}/bids", bidder, b"amount=1", **{"Content-Type": "text/plain"})
        assert answer.status_code == 422

    def test_a_wrong_method_and_an_unknown_address_are_problems_too(self, market):
        assert market.call("DELETE", "/v1/lots").json()["type"] == "/problems/http/wrong-method"
        assert market.call("GET", "/v1/absent").json()["type"] == "/problems/http/no-such-page"

    @pytest.mark.parametrize(
        "change",
        [
            {"name": ""},
            {"name": "坏\u0000名"},
            {"credit_code": "911500000000000000"},
            {"roles": []},
            {"roles": ["king"]},
            {"region": "9999"},
            {"person": "x" * 500},
        ],
    )
    def test_a_registration_is_judged_field_by_field(self, market, count, change):
        before = count()
        body = {"name": "某", "credit_code": credit_code(), "roles": ["enterprise"], "region": "1501", "person": "某"}
        assert market.call("POST", "/v1/organisations", None, body | change).status_code == 422
        assert count() == before


class TestUnauthorised:
    def test_requests_write_nothing(self, market, lot, count):
        university = market.member("university")
        before = count()
        assert market.call("POST", f"/v1/lots/{lot}/bids", None, {"amount": yuan("100000")}).status_code == 401
        assert market.call("POST", f"/v1/lots/{lot}/bids", university, {"amount": yuan("1")}).status_code == 403
        assert count() == before


class TestRefused:
    def test_by_the_rules_writes_only_its_answer(self, market, lot, bidder, count):
        before = count()
        market.refused("auctions/below-start", "POST", f"/v1/lots/{lot}/bids", bidder, {"amount": yuan("99999")})
        after = count()
        changed = {name for name in after if after[name] != before[name]}
        assert changed == {"answer"}
        assert after["answer"][0] == before["answer"][0] + 1

    def test_for_another_body_under_one_key_writes_nothing(self, market, lot, bidder, count):
        market.bid(lot, bidder, "100000", key="once")
        before = count()
        market.refused(
            "kernel/key-reused", "POST", f"/v1/lots/{lot}/bids", bidder, {"amount": yuan("200000")}, key="once"
        )
        assert count() == before

    def test_problems_explain_themselves(self, market):
        explained = market.done("GET", "/problems/auctions/past-end")
        assert explained["title"] == "Bidding has ended"
        assert explained["title_zh"] == "竞价已经结束"
        assert explained["status"] == 409
        assert market.call("GET", "/problems/auctions/nothing").status_code == 404

    def test_sealed_values_stand_in_no_stored_answer(self, market, world):
        seller = market.member("university")
        lot = market.running_lot(seller, reserve=yuan("123456.78"))
        market.bid(lot, market.bidder(lot), "100000")
        with world.units.read() as unit:
            bodies = unit.connection.execute(sa.text("SELECT body FROM answer")).scalars().all()
        assert bodies
        assert not any(
            "123456.78" in body or "12345678" in body or "校长办公会" in body or "甲" in body for body in bodies
        )


def test_the_description_declares_every_refusal_a_bid_may_meet(market):
    described = market.client.get("/openapi.json").json()
    bid = described["paths"]["/v1/lots/{lot}/bids"]["post"]["responses"]
    text = str(bid)
    for code in ("past-end", "not-yet-open", "below-increment", "no-deposit", "conflict-of-interest", "no-such-lot"):
        assert f"auctions/{code}" in text
    for code in (
        "kernel/unauthenticated",
        "kernel/not-allowed",
        "kernel/key-missing",
        "kernel/key-reused",
        "http/busy",
    ):
        assert code in text
    assert "HTTPValidationError" not in str(described)


def test_every_shape_of_the_description_has_a_name_of_its_own(market):
    described = market.client.get("/openapi.json").json()
    shapes = described["components"]["schemas"]
    assert [name for name in shapes if "__" in name or "-" in name] == []
    assert {name: shape["title"] for name, shape in shapes.items() if shape.get("title", name) != name} == {}


def test_the_page_of_the_description_takes_nothing_from_elsewhere(market):
    page = market.client.get("/")
    assert "/v1/lots/{lot}/bids" in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert "<script" not in page.text


def test_text_that_no_database_holds_is_refused(market, lot, bidder):
    body = {"organisation": bidder.id, "amount": yuan("10000"), "payment_reference": "a\u0000b"}
    assert market.call("POST", f"/v1/lots/{lot}/deposits", market.operator, body).status_code == 422
    answer = raw(market, f"/v1/lots/{lot}/deposits", market.operator, b'{"payment_reference": "\\ud800"}')
    assert answer.status_code == 422
