"""Reads that span wings."""

from .accounts import NoSuchAccountHere, SeenStanding, SeenStatement, account, own_accounts, statement
from .deals import Deal, NoStanding, NoSuchDeal, Standing, deal, standing
from .words import purpose_of

__all__ = [
    "Deal",
    "NoStanding",
    "NoSuchAccountHere",
    "NoSuchDeal",
    "SeenStanding",
    "SeenStatement",
    "Standing",
    "account",
    "deal",
    "own_accounts",
    "purpose_of",
    "standing",
    "statement",
]
