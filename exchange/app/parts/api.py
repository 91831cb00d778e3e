"""The API process: every wing's routes on uvicorn."""

import gc
from dataclasses import replace
from typing import Final

import uvicorn
from fastapi import FastAPI

import exchange.auctions.api
import exchange.contracts.api
import exchange.members.api
import ledger.log.api
import listings.achievements.api
import settlement.escrow.api
import settlement.subsidies.api

from .. import http, routes
from ..auth import AppGate
from ..opening import gate, gauge
from . import part

CONNECTIONS: Final = 24
STOP_TIMEOUT_S: Final = 5
ROUTERS: Final = (
    exchange.members.api.router,
    listings.achievements.api.router,
    *exchange.auctions.api.ROUTERS,
    exchange.contracts.api.router,
    settlement.escrow.api.router,
    settlement.subsidies.api.router,
    *routes.ROUTERS,
    *ledger.log.api.ROUTERS,
)


def application(opened: AppGate) -> FastAPI:
    """Return the HTTP application with every wing's routes."""
    return http.build(opened, ROUTERS)


def main() -> None:
    """Serve until told to stop."""
    site = part.begin()
    opened = gate(site.database.api, site, connections=CONNECTIONS)
    app = application(replace(opened, gauge=gauge(site.database.api, opened.units)))
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # the default's full collections cost pauses of 50 ms under load
    uvicorn.run(
        app,
        host=site.host,
        port=site.port,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=STOP_TIMEOUT_S,
    )


if __name__ == "__main__":
    main()
