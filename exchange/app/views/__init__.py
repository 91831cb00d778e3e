"""Reads that span wings."""

from .accounts import NoSuchAccountHere, SeenStanding, SeenStatement, account, own_accounts, statement
from .deals import Deal, NoStanding, NoSuchDeal, Standing, deal, standing
from .references import finding, references_of
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
    "finding",
    "own_accounts",
    "purpose_of",
    "references_of",
    "standing",
    "statement",
]
