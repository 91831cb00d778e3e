"""Reads that span wings."""

from .accounts import NoSuchAccountHere, SeenStanding, SeenStatement, account, own_accounts, statement
from .confirmations import Confirmation, NotConfirmed, confirmation
from .deals import Deal, NoStanding, NoSuchDeal, Standing, counterparties, deal, standing
from .payouts import NamedPayout, payouts
from .references import finding, references_of
from .words import purpose_of

__all__ = [
    "Confirmation",
    "Deal",
    "NamedPayout",
    "NoStanding",
    "NoSuchAccountHere",
    "NoSuchDeal",
    "NotConfirmed",
    "SeenStanding",
    "SeenStatement",
    "Standing",
    "account",
    "confirmation",
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
