"""The routes of no one wing: what spans wings, and what is the exchange's own."""

from . import deals, general, plans, replays, royalties

ROUTERS = (deals.router, general.router, replays.router, plans.router, royalties.router)

__all__ = ["ROUTERS"]
