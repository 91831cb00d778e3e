"""Reading the bank's references, which are sealed on the record. Who may know them is the caller's to establish."""

from collections.abc import Collection

from ledger.kernel.unit import Unit

from ..model import Receipt
from ..store import receipts as store


def receipts(unit: Unit, subjects: Collection[str] | None = None) -> list[Receipt]:
    """Return the payments received for these subjects, or every one there ever was; the oldest first."""
    return store.every(unit) if subjects is None else store.of_subjects(unit, subjects)
