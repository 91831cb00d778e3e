"""Reads that span wings."""

from .accounts import NoSuchAccountHere, SeenStanding, SeenStatement, account, own_accounts, statement
from .deals import Deal, NoStanding, NoSuchDeal, Standing, counterparties, deal, standing
from .payouts import NamedPayout, payouts
from .references import finding, references_of
from .words import purpose_of

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
    "counterparties",
    "deal",
    "finding",
    "own_accounts",
    "payouts",
    "purpose_of",
    "references_of",
    "standing",
    "statement",
]
