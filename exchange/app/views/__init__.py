"""Reads that span wings."""

from .accounts import NoSuchAccountHere, SeenStanding, SeenStatement, account, own_accounts, statement
from .deals import Deal, NoStanding, NoSuchDeal, Standing, deal, standing
from .payouts import NamedPayout, payouts

__all__ = [
    "Deal",
    "NamedPayout",
    "NoStanding",
    "NoSuchAccountHere",
    "NoSuchDeal",
    "SeenStanding",
    "SeenStatement",
    "Standing",
    "account",
    "deal",
    "own_accounts",
    "payouts",
    "standing",
    "statement",
]
