"""The virtual clock over HTTP: forward, and no further than there are dates to count to."""

import pytest


def move(market, to):
    return market.call("POST", "/v1/clock", market.operator, {"to": to})


class TestTheClock:
    @pytest.mark.parametrize(
        "to",
        ["2200-01-01T00:00:00Z", "2199-12-31T23:59:59-00:01", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999Z"],
    )
    def test_goes_no_further_than_its_last_year(self, market, to):
        before = market.now()

        market.refused("kernel/too-far", "POST", "/v1/clock", market.operator, {"to": to})
        assert market.now() == before

    def test_goes_as_far_as_that_and_things_go_on(self, market):
        assert move(market, "2199-12-31T23:59:59.999999Z").status_code == 200
        listing = market.call("GET", "/v1/listings", market.operator)
        assert (listing.status_code, market.call("GET", "/healthz").status_code) == (200, 200)
        assert market.call("GET", "/v1/lots", market.operator).status_code == 200
        assert market.call("GET", "/v1/misdirected", market.operator).status_code == 200
        assert market.member("enterprise").id

    def test_goes_forward_only(self, market):
        market.refused("kernel/backwards", "POST", "/v1/clock", market.operator, {"to": "0001-01-01T00:00:00Z"})
