"""The routes of no one wing: what spans wings, and what is the exchange's own."""

from . import accounts, deals, freezes, general, payouts, plans, replays, royalties, unexpected

ROUTERS = (
    deals.router,
    freezes.router,
    general.router,
    replays.router,
    accounts.router,
    payouts.router,
    plans.router,
    royalties.router,
    unexpected.router,
)

__all__ = ["ROUTERS"]
