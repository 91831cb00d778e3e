"""An export with its sealed values: no more of them than of its entries."""

import json
from datetime import UTC, datetime

import pytest

from exchange.app.ledgers.writing import write
from exchange.app.site import Site
from ledger.audit.engine import audit
from ledger.kernel.ids import OrganisationId
from ledger.log import service
from ledger.log.model import event_kind
from tests.make_publisher import sequencer_of, units_of

SEALED = event_kind("test.sealed", public="number", sealed="who")


@pytest.fixture
def site(world, tmp_path):
    return Site(
        database=world.database,
        home=str(tmp_path),
        broker="",
        key_file="",
        vkey=str(world.signer.key),
        policy=world.policy.text,
        host="127.0.0.1",
        port=1,
        parent=1,
    )


def record(world, *numbers):
    cause = world.cause(world.fresh(OrganisationId))
    with world.units.begin() as unit:
        return service.record(unit, cause, *(SEALED("thing", number=number, who=f"w{number}") for number in numbers))


def test_holds_the_sealed_values_of_published_entries_alone(world, site, tmp_path):
    shown = record(world, 1, 2)
    world.drain()
    record(world, 3)
    sequencer_of(world).step()  # placed and signed: the quorum is missing
    record(world, 4)  # not even placed
    with units_of(world).read() as unit:
        assert len(service.disclosures(unit)) == 4
    opened = tmp_path / "opened.jsonl"
    assert write(site, tmp_path / "log", disclosures=opened) == 3
    assert sorted(json.loads(line)["entry"] for line in opened.read_text().splitlines()) == sorted(shown)
    report = audit(tmp_path / "log", vkey=site.vkey, disclosures=opened)
    assert (report.entries, report.sealed) == (3, 0)


def test_holds_all_of_them_once_they_are_published(world, site, tmp_path):
    record(world, 1, 2)
    sequencer_of(world).step()
    with units_of(world).begin() as unit:
        head = service.signed(unit)
        service.publish(unit, head.size, head.note, datetime.now(UTC))
    opened = tmp_path / "opened.jsonl"
    assert write(site, tmp_path / "log", disclosures=opened) == 3
    assert audit(tmp_path / "log", vkey=site.vkey, disclosures=opened).sealed == 0
