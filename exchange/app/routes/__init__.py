"""The routes of no one wing: what spans wings, and what is the exchange's own."""

from . import accounts, deals, freezes, general, judicial, payouts, plans, replays, royalties, unexpected

ROUTERS = (
    deals.router,
    freezes.router,
    general.router,
    judicial.router,
    replays.router,
    accounts.router,
    payouts.router,
    plans.router,
    royalties.router,
    unexpected.router,
)

__all__ = ["ROUTERS"]
