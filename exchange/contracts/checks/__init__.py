"""What an auditor asks of this wing's work, from files and exported entries alone."""

from ..rules import About
from .agreements import ContractFold, check_contract, fold_contract
from .deal import across, contract_across, incentive_across, money_across
from .packs import NotAPack, about, chains, check, derived, disclosed, entries_of, facts, manifest, proven

__all__ = [
    "About",
    "ContractFold",
    "NotAPack",
    "about",
    "across",
    "chains",
    "check",
    "check_contract",
    "contract_across",
    "derived",
    "disclosed",
    "entries_of",
    "facts",
    "fold_contract",
    "incentive_across",
    "manifest",
    "money_across",
    "proven",
]
