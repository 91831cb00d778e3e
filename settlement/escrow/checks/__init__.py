"""An auditor's second opinion on the money of a deal, from its exported entries alone.

No rule of escrow is called here, only its published terms are read. Two opinions are formed: what each entry should
have said and moved, and, apart from that, what all the transfers it tells of come to on the settlement's own accounts.
None of these may ever be overdrawn, and at the end each is empty. Net income is the price less the exchange's fee and
the seller's stated costs, which do not count the fee.

Values of sealed fields are used where an entry has been opened: then, and only then, who paid and who was paid back,
what the costs were and how the inventors share are checked. Without them the inventors' account keeps the reward.

Left out, because no subject shows it alone: that `deal` was sold as told, that `contract` took effect at that hour of
the day, that what an officer recorded has arrived at the bank, and that no bank reference was used for two settlements.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ledger.audit.reading import Entry

from .fold import Folding
from .invoices import InvoiceFold, check_invoice, fold_invoice
from .misdirected import MisdirectedFold, check_misdirected, fold_misdirected
from .plan_reading import PlanFold
from .plans import check_plan, fold_plan
from .reading import Fold
from .royalties import check_royalty, fold_royalty
from .royalty_reading import PeriodFold, RoyaltyFold
from .tally import Tally

__all__ = [
    "Entry",
    "Fold",
    "InvoiceFold",
    "MisdirectedFold",
    "PeriodFold",
    "PlanFold",
    "RoyaltyFold",
    "Tally",
    "check",
    "check_invoice",
    "check_misdirected",
    "check_plan",
    "check_royalty",
    "fold",
    "fold_invoice",
    "fold_misdirected",
    "fold_plan",
    "fold_royalty",
    "tally",
]

_NOUNS: Final[Mapping[str, Callable[[Sequence[Entry]], list[str]]]] = {
    "pln_": check_plan,
    "rty_": check_royalty,
    "inv_": check_invoice,
    "mis_": check_misdirected,
}


def check(entries: Sequence[Entry]) -> list[str]:
    """Return what is wrong with one subject's entries, given in order.

    Of a subject that is neither a settlement nor what belongs to one, only entries that tell of escrow are.
    """
    if _about_a_settlement(entries):
        return Folding(entries).findings
    for prefix, checked in _NOUNS.items():
        if any(str(entry.get("subject")).startswith(prefix) for entry in entries):
            return checked(entries)
    astray = (entry for entry in entries if str(entry.get("kind")).startswith("escrow."))
    return [f"entry {entry.get('seq')} ({entry.get('kind')}) is about no settlement" for entry in astray]


def fold(entries: Sequence[Entry]) -> Fold | None:
    """Return what one settlement's entries amount to, wrong or not; None before it is opened."""
    return Folding(entries).result() if _about_a_settlement(entries) else None


def tally(entries: Sequence[Entry]) -> Tally | None:
    """Return what one settlement comes to, ready to be added to others; None before it is opened."""
    return Folding(entries).tally() if _about_a_settlement(entries) else None


def _about_a_settlement(entries: Sequence[Entry]) -> bool:
    return any(str(entry.get("subject")).startswith("stl_") for entry in entries)
