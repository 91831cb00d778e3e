"""The routes of no one wing: what spans wings, and what is the exchange's own."""

from . import deals, freezes, general, replays

ROUTERS = (deals.router, freezes.router, general.router, replays.router)

__all__ = ["ROUTERS"]
