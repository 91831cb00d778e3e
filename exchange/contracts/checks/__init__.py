"""What an auditor asks of this wing's work, from files and exported entries alone."""

from .agreements import ContractFold, check_contract, fold_contract
from .packs import NotAPack, chains, check, derived, disclosed, facts, lot_entries, manifest, proven, subjects

__all__ = [
    "ContractFold",
    "NotAPack",
    "chains",
    "check",
    "check_contract",
    "derived",
    "disclosed",
    "facts",
    "fold_contract",
    "lot_entries",
    "manifest",
    "proven",
    "subjects",
]
