"""The log over HTTP: the same bytes as an export, so a mirror made by anyone's client passes the audit."""

import pytest

from exchange.app.ledgers import Snapshot, verify
from ledger.log import checkpoints, export, notes, tiles


@pytest.fixture
def recorded(market, world):
    lot = market.running_lot(market.member("university"))
    for _ in range(60):
        market.deposit(lot, market.member("enterprise"))
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


def test_caches_are_told_what_never_changes(market, world, recorded):
    assert "immutable" in market.client.get("/tile/0/000").headers["cache-control"]
    assert "immutable" not in market.client.get("/checkpoint").headers["cache-control"]


@pytest.mark.parametrize(
    "path", ["tile/0/999", "tile/9/000.p/1", "tile/0/000.p/256", "tile/00/000", "tile/x/../../etc"]
)
def test_what_the_size_does_not_imply_is_a_problem(market, world, recorded, path):
    answer = market.client.get(f"/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_empty_log_says_so(market):
    market.refused("log/nothing-placed", "GET", "/checkpoint")
