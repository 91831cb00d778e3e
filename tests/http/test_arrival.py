"""A bid's instant is its arrival, however long it then waited for its turn (法释〔2016〕18号 art. 20)."""

import time
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter
from fastapi.testclient import TestClient

from exchange.app import http
from ledger.kernel.clock import SystemClock
from ledger.kernel.web import PUBLIC, Door, needs

WAIT_S = 0.4


class SlowGate:
    """A gate that takes its time, as a full thread pool or a busy database does."""

    units = None
    clock = SystemClock()
    vkey = ""

    def arrival(self, authorization, real):
        time.sleep(WAIT_S)
        return None, self.clock.arrival(real)


def test_is_noted_before_any_waiting():
    seen = []
    router = APIRouter()

    @router.get("/slow")
    def look(door: Door = needs(PUBLIC)) -> None:
        seen.append(door.cause.at)

    sent = datetime.now(UTC)
    with TestClient(http.build(SlowGate(), [router])) as client:
        started = datetime.now(UTC)
        client.get("/slow")
    assert sent <= seen[0]
    assert seen[0] - started < timedelta(seconds=WAIT_S)
    assert datetime.now(UTC) - seen[0] >= timedelta(seconds=WAIT_S)
