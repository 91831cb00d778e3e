"""What caches, compressors and browsers are told, on an application that has nothing else to tell."""

import gzip

import pytest
from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.testclient import TestClient

from ledger.log.api.serving import BINARY, FOR_EVER, OpenRoute, answer, holds, prefers_gzip

CONTENT = b"entry " * 100
TAG = '"0123456789abcdef"'


class TestHolds:
    @pytest.mark.parametrize(
        "wanted",
        ["*", " * ", TAG, f"W/{TAG}", f'"other", {TAG}', f'W/"x",W/{TAG}', f'"a,b", {TAG}', f",, {TAG} ,", f"{TAG},*"],
    )
    def test_finds_the_tag(self, wanted):
        assert holds([wanted], TAG)

    @pytest.mark.parametrize(
        "wanted",
        [
            "",
            '"other"',
            'W/"other"',
            TAG.strip('"'),
            '"*"',
            '"x0123456789abcdef"',
            '"0123456789abcdefx"',
            "no tag",
            '"',
        ],
    )
    def test_finds_no_other(self, wanted):
        assert not holds([wanted], TAG)

    def test_looks_through_every_line(self):
        assert holds(['"other"', TAG], TAG)
        assert not holds([], TAG)


class TestPrefersGzip:
    @pytest.mark.parametrize(
        "asked",
        [
            "gzip", "GZIP", "x-gzip", "*", "gzip, deflate, br", "gzip;q=1", "gzip;q=0.001", "br;q=1, gzip;q=0.5",
            "gzip ; q=0.5 , identity ; q=0.5", "identity;q=0, gzip;q=0.1", "*;q=0.5", "*;q=0, gzip", "gzip;Q=0.5",
            "gzip;q=1.000", "identity;q=0, *",
        ],
    )  # fmt: skip
    def test_where_it_is_admitted(self, asked):
        assert prefers_gzip([asked])

    @pytest.mark.parametrize(
        "asked",
        [
            "", "identity", "br", "gzip;q=0", "gzip;q=0.000", "*, gzip;q=0", "*;q=0", "gzip;q=0.4, identity;q=0.5",
            "gzip;q=2", "gzip;q=x", "gzip;q=1.5", "gzip;q=0.0001", "gzipped", "gzip br", ";q=1", "gzip;q=nan", ",,,",
            "gzip;q=0.", "gzip;level=9", "gzip;q=-1", "gzip;q=1e0", "gzip;q=\u0661",
        ],
    )  # fmt: skip
    def test_not_where_it_is_refused_or_not_asked_for(self, asked):
        assert not prefers_gzip([asked])

    def test_looks_through_every_line(self):
        assert prefers_gzip(["br", "gzip"])
        assert not prefers_gzip([])


@pytest.fixture
def client():
    router = APIRouter(route_class=OpenRoute)

    @router.get("/bundle")
    def bundle(request: Request):
        return answer(request, CONTENT, media_type=BINARY, cache=FOR_EVER, compressible=True, headers={"X-Kept": "yes"})

    @router.get("/tile")
    def tile(request: Request):
        return answer(request, CONTENT, media_type=BINARY, cache=FOR_EVER)

    @router.get("/nothing")
    def nothing():
        raise HTTPException(404)

    app = FastAPI()
    app.include_router(router)

    @app.get("/other")
    def other():
        return {}

    with TestClient(app, headers={"Accept-Encoding": "identity"}) as client:
        yield client


class TestAnswer:
    def test_compresses_to_bytes_that_round_trip(self, client):
        with client.stream("GET", "/bundle", headers={"Accept-Encoding": "gzip"}) as packed:
            raw = b"".join(packed.iter_raw())
        assert gzip.decompress(raw) == CONTENT
        assert packed.headers["content-length"] == str(len(raw))

    def test_gives_each_encoding_a_tag_of_its_own(self, client):
        tags = {one: client.get("/bundle", headers={"Accept-Encoding": one}).headers["etag"] for one in ("br", "gzip")}
        for encoding, own in tags.items():
            for tagged, tag in tags.items():
                found = client.get("/bundle", headers={"Accept-Encoding": encoding, "If-None-Match": tag})
                assert found.status_code == (304 if tagged == encoding else 200)
                assert found.headers["vary"] == "Accept-Encoding"
                assert found.headers["etag"] == own

    def test_has_the_same_tag_at_every_time(self, client):
        """Also compressed: the header of the gzip format holds no time."""
        headers = {"Accept-Encoding": "gzip"}
        assert len({client.get("/bundle", headers=headers).headers["etag"] for _ in range(3)}) == 1

    def test_keeps_other_headers_where_there_is_a_body(self, client):
        assert client.get("/bundle").headers["x-kept"] == "yes"
        assert "x-kept" not in client.get("/bundle", headers={"If-None-Match": "*"}).headers

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_without_change_has_neither_body_nor_length(self, client, method):
        found = client.request(method, "/tile", headers={"If-None-Match": "*"})
        assert (found.status_code, found.content) == (304, b"")
        assert not {"content-length", "content-type", "vary"} & found.headers.keys()


class TestOpenRoute:
    @pytest.mark.parametrize("encoding", ["identity", "gzip"])
    @pytest.mark.parametrize("path", ["/bundle", "/tile", "/nothing"])
    def test_says_to_head_what_it_says_to_get(self, client, path, encoding):
        whole, head = (client.request(one, path, headers={"Accept-Encoding": encoding}) for one in ("GET", "HEAD"))
        assert (head.status_code, head.headers, head.content) == (whole.status_code, whole.headers, b"")

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
    def test_opens_no_other_method(self, client, method):
        assert client.request(method, "/tile").status_code == 405

    @pytest.mark.parametrize(("path", "kept"), [("/tile", FOR_EVER), ("/nothing", "no-store")])
    def test_lets_no_cache_keep_a_refusal(self, client, path, kept):
        assert client.get(path).headers["cache-control"] == kept

    @pytest.mark.parametrize("path", ["/bundle", "/tile", "/nothing"])
    def test_lets_any_page_read(self, client, path):
        for headers in ({}, {"If-None-Match": "*"}):
            assert client.get(path, headers=headers).headers["access-control-allow-origin"] == "*"

    def test_opens_nothing_else(self, client):
        assert "access-control-allow-origin" not in client.get("/other").headers
