"""The log over HTTP: the same bytes as an export, so a mirror made by anyone's client passes the audit."""

import gzip
import hashlib
import json

import pytest

from exchange.app.ledgers import Snapshot, verify
from ledger.kernel.cause import TIME, Cause
from ledger.log import checkpoints, export, notes, tiles
from ledger.log import service as log
from ledger.log.model import event_kind

HAPPENED = event_kind("test.happened", public="number")


@pytest.fixture
def recorded(market, world):
    lot = market.running_lot(market.member("university"))
    with world.units.begin() as unit:  # as much as makes a full tile
        cause = Cause(actor=TIME, at=unit.now(), request_id="test")
        log.record_many(unit, [(cause, HAPPENED(f"subject_{number % 9}", number=number)) for number in range(300)])
    world.drain()
    return lot


def mirrored(market, folder, size):
    paths = [one.path for one in [*tiles.tiles_of(size), *tiles.bundles_of(size)]]
    for path in ["checkpoint", "log.vkey", *paths]:
        answer = market.client.get(f"/{path}")
        assert answer.status_code == 200, path
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(answer.content)


def test_a_mirror_is_the_export_and_passes_the_audit(market, world, recorded, tmp_path):
    checkpoint = checkpoints.parse(notes.parse(market.client.get("/checkpoint").content).text)
    assert checkpoint.size > 256  # more than one full tile
    mirrored(market, tmp_path / "mirror", checkpoint.size)
    with world.units.read() as unit:
        export.export(Snapshot(unit, str(world.signer.key)), tmp_path / "export")
    for file in (tmp_path / "export").rglob("*"):
        if file.is_file():
            assert (tmp_path / "mirror" / file.relative_to(tmp_path / "export")).read_bytes() == file.read_bytes()
    report = verify(tmp_path / "mirror", vkey=str(world.signer.key))
    assert report.entries == checkpoint.size
    assert report.opened == 0


def test_an_old_partial_stays_readable_when_the_log_has_grown(market, world, recorded):
    before = checkpoints.parse(notes.parse(market.client.get("/checkpoint").content).text).size
    old = [one.path for one in tiles.edge_of(before)]
    kept = {path: market.client.get(f"/{path}").content for path in old}
    market.member("enterprise")
    world.drain()
    assert {path: market.client.get(f"/{path}").content for path in old} == kept


@pytest.mark.parametrize(
    "path", ["tile/0/999", "tile/9/000.p/1", "tile/0/000.p/256", "tile/00/000", "tile/x/../../etc"]
)
def test_what_the_size_does_not_imply_is_a_problem(market, world, recorded, path):
    answer = market.client.get(f"/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_empty_log_says_so(market):
    market.refused("log/nothing-placed", "GET", "/checkpoint")


BUNDLE, TILE = "/tile/entries/000", "/tile/0/000"
FOR_EVER = [TILE, BUNDLE, "/tile/1/000.p/1", "/v1/ledger/entries/{entry}"]
FOR_SECONDS = ["/checkpoint", "/log.vkey", "/v1/ledger/entries/{entry}/proof", "/v1/ledger/policy", "/verify.html"]
ABSENT = ["/tile/0/999", "/tile/00/000", f"/v1/ledger/entries/ent_{'1' * 26}"]
PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture
def get(market, recorded):
    """Ask for a public path of the log, where `{entry}` is one of its entries, with no header but those given."""
    entry = json.loads(tiles.decode_bundle(market.client.get(BUNDLE).content)[7])["id"]

    def act(path, method="GET", **headers):
        asked = PLAIN | {name.replace("_", "-"): value for name, value in headers.items()}
        return market.client.request(method, path.format(entry=entry), headers=asked)

    return act


def test_is_cached_for_ever_where_nothing_changes_and_for_seconds_where_the_log_grows(get):
    for path in FOR_EVER:
        assert get(path).headers["cache-control"] == "public, max-age=31536000, immutable", path
    for path in FOR_SECONDS:
        assert get(path).headers["cache-control"] == "max-age=2", path
    for path in ABSENT:  # a partial tile that is not there yet will be
        assert (get(path).status_code, get(path).headers["cache-control"]) == (404, "no-store"), path


def test_is_tagged_by_its_bytes_and_sent_once(get):
    for path in FOR_EVER + FOR_SECONDS:
        first = get(path)
        tag = first.headers["etag"]
        assert tag == f'"{hashlib.sha256(first.content).hexdigest()[:32]}"'
        for wanted in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            answer = get(path, If_None_Match=wanted)
            assert (answer.status_code, answer.content) == (304, b""), (path, wanted)
            for name in ("etag", "cache-control", "access-control-allow-origin", "vary"):  # RFC 9110 15.4.5
                assert answer.headers.get(name) == first.headers.get(name)
            assert not {"content-length", "content-type"} & answer.headers.keys()
        assert get(path, If_None_Match='"other", W/"x"').content == first.content


def test_has_another_tag_when_it_has_grown(market, world, get):
    tag = get("/checkpoint").headers["etag"]
    market.member("enterprise")
    world.drain()
    answer = get("/checkpoint", If_None_Match=tag)
    assert answer.status_code == 200
    assert answer.headers["etag"] != tag


def test_says_to_head_what_it_says_to_get(get):
    for path in FOR_EVER + FOR_SECONDS + ABSENT:
        whole, head = get(path), get(path, "HEAD")
        assert (head.status_code, head.content) == (whole.status_code, b""), path
        assert without_number(head) == without_number(whole)
        assert int(head.headers["content-length"]) == len(whole.content)
        if whole.status_code == 200:
            assert get(path, "HEAD", If_None_Match=whole.headers["etag"]).status_code == 304
    for method in ("POST", "PUT", "DELETE"):
        assert get("/checkpoint", method).status_code == 405


def test_compresses_entries_and_nothing_that_has_no_smaller_form(market, get):
    plain, packed = get(BUNDLE), get(BUNDLE, Accept_Encoding="gzip;q=0.5, *;q=0")
    with market.client.stream("GET", BUNDLE, headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert gzip.decompress(raw) == plain.content == packed.content  # this client unpacks it by itself
    assert int(packed.headers["content-length"]) == len(raw) < len(plain.content) / 2
    assert (plain.headers["vary"], packed.headers["vary"]) == ("Accept-Encoding", "Accept-Encoding")
    assert plain.headers["etag"] != packed.headers["etag"]
    for path in (TILE, "/tile/1/000.p/1", "/checkpoint", "/log.vkey"):
        assert not {"content-encoding", "vary"} & get(path, Accept_Encoding="gzip").headers.keys(), path


def test_is_open_to_pages_of_any_origin_and_nothing_else_is(get):
    for path in FOR_EVER + FOR_SECONDS + ABSENT:
        assert get(path, Origin="https://monitor.example").headers["access-control-allow-origin"] == "*", path
    assert "access-control-allow-origin" not in get("/v1/lots", Origin="https://monitor.example").headers


def without_number(answer):
    return {name: value for name, value in answer.headers.items() if name != "x-request-id"}
