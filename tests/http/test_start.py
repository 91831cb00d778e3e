"""A start that the log refuses: nothing is announced, and no process is left behind."""

from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from exchange.app.opening import visit
from exchange.app.preparing import discard
from exchange.app.processes import whole
from exchange.app.servers import CannotStart
from ledger.log import service
from ledger.log.checkpoints import Checkpoint
from ledger.log.journal import Journal
from tests.ground.world import eventually

NAME = "t_refused"
PARTS = ("api", "sequencer")


@pytest.fixture
def clean(settings, addresses):
    yield
    discard(settings, addresses, database=NAME)


def sizes(folder: Path) -> dict[str, int]:
    return {one.name: one.stat().st_size for one in folder.glob("*.log")}


def test_is_no_start(settings, addresses, clean):
    with whole(settings, database=NAME, names=PARTS, share=True) as (site, _):
        assert httpx2.get(f"{site.url}/checkpoint").status_code == 200
        assert httpx2.get(f"{site.url}/healthz").json()["status"] == "ok"
        journal = Journal(site.folder / "log.signed")
        line = journal.read()
        journal.adopt(Checkpoint(origin=line.checkpoint.origin, size=900, root=bytes(32)), at=datetime.now(UTC))

        def degraded():
            return httpx2.get(f"{site.url}/healthz").json()["status"] == "degraded"

        eventually(degraded)  # the sequencer refuses in the middle of its work, and trading goes on
        said = httpx2.get(f"{site.url}/healthz").json()["problems"][0]
        assert said.startswith("the sequencer refuses to work since ")
        assert "signed a log of 900 entries" in said
        assert 'mengkeju_log_part_alarm{part="sequencer"} 1.0' in httpx2.get(f"{site.url}/metrics").text

    before = sizes(site.folder)
    with (
        pytest.raises(CannotStart, match=r"^The key has signed more of this log than the database holds: ") as refused,
        whole(settings, database=NAME, names=PARTS, share=True),
    ):
        pytest.fail("it was announced")
    assert "1. Do not delete log.signed" in str(refused.value)
    assert sizes(site.folder) == before
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{site.url}/healthz")

    with visit(site.database.sequencer) as units, units.read() as unit:
        assert [one.part for one in service.troubles(unit)] == ["sequencer"]
