"""What an auditor asks of this wing's work, from files and exported entries alone."""

from .packs import NotAPack, chains, check, derived, disclosed, facts, lot_entries, manifest, proven, subjects

__all__ = [
    "NotAPack",
    "chains",
    "check",
    "derived",
    "disclosed",
    "facts",
    "lot_entries",
    "manifest",
    "proven",
    "subjects",
]
