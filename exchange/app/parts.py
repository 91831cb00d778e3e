"""What each process of a running exchange does: the API, the sequencer, the ticker, the worker."""

import gc
import logging
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Final

import uvicorn
from fastapi import FastAPI

import exchange.auctions.api
import exchange.contracts.api
import exchange.members.api
import ledger.log.api
import listings.achievements.api
from ledger.log import keys
from ledger.log.sequencer import Sequencer

from . import http, routes, tasks, ticker
from .auth import AppGate
from .opening import gate
from .processes import die_with_parent
from .site import Site

log = logging.getLogger(__name__)

API_CONNECTIONS: Final = 24
IDLE_S: Final = 0.02
AFTER_FAILURE_S: Final = 1.0
ROUTERS: Final = (
    exchange.members.api.router,
    listings.achievements.api.router,
    exchange.auctions.api.router,
    exchange.contracts.api.router,
    routes.router,
    ledger.log.api.router,
)


def run(name: str, site_file: Path) -> None:
    """Be the part `name` of the site until told to stop, or until the process that runs the site ends."""
    site = Site.read(site_file)
    die_with_parent(site.parent)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("celery.redirected").setLevel(logging.WARNING)
    PARTS[name](site)


def application(gate: AppGate) -> FastAPI:
    """Return the HTTP application with every wing's routes."""
    return http.build(gate, ROUTERS)


def _api(site: Site) -> None:
    app = application(gate(site.database.api, vkey=site.vkey, connections=API_CONNECTIONS))
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # the default's full collections cost pauses of 50 ms under load
    uvicorn.run(app, host=site.host, port=site.port, access_log=False, log_level="warning", timeout_graceful_shutdown=5)


def _sequencer(site: Site) -> None:
    opened = gate(site.database.sequencer, vkey=site.vkey, connections=2)
    sequencer = Sequencer(opened.units, origin=site.database.origin, signers=[keys.load(Path(site.key_file))])
    size = sequencer.check()
    log.info("the log stands at %d entries", size)
    stopped = _stopped()
    while not stopped():
        if not sequencer.step():
            time.sleep(IDLE_S)


def _ticker(site: Site) -> None:
    opened = gate(site.database.api, vkey=site.vkey, connections=2)
    celery = tasks.application(site.broker, queue=site.queue)
    ticker.run(opened.units, send_pack=tasks.pack_sender(celery), stop=_stopped())


def _worker(site: Site) -> None:
    opened = gate(site.database.api, vkey=site.vkey, connections=2)
    celery = tasks.application(site.broker, queue=site.queue, gate=opened)
    celery.worker_main(["worker", "--pool=solo", "--loglevel=WARNING", "--without-gossip", "--without-mingle"])


PARTS: Final[Mapping[str, Callable[[Site], None]]] = {
    "api": _api,
    "sequencer": _sequencer,
    "ticker": _ticker,
    "worker": _worker,
}


def _stopped() -> Callable[[], bool]:
    """Return what says whether this process has been asked to stop."""
    asked = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return asked.is_set
