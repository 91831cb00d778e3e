"""An auditor's second opinion on a lot, or a version of its rules, from its exported entries alone.

No rule of the auction is called here. The price, the leader, the end and the result are recomputed by a plain fold over
what the record made public, with the profile's numbers as the announcement published them. Values of sealed fields are
used where an entry has been opened: then, and only then, the reserve and the identities behind the codes are checked.

Every entry must have its kind's fields in their place, published or sealed, and no others. Left out, because no subject
shows it alone: a lot that stays announced long after its end has no finding, since nothing says how late it is now.

An entry is the mapping parsed from its JSON. An opened one carries one more member, `opened`: field -> value, each
already checked against its digest. Chains, signatures and digests are the audit engine's.
"""

from collections.abc import Sequence

from ledger.audit.reading import Entry
from ledger.kernel.ids import Id

from ..model import LotId, ProfileId
from .fold import Folding
from .reading import Fold
from .versions import check_version, version_state

__all__ = ["Entry", "Fold", "check", "check_version", "fold", "version_state"]


def check(entries: Sequence[Entry]) -> list[str]:
    """Return what is wrong with one subject's entries, given in order.

    Of a subject that is neither a lot nor a version of the rules, only entries that tell of an auction are.
    """
    if _about_a(LotId, entries):
        return Folding(entries).findings
    if _about_a(ProfileId, entries):
        return check_version(entries)
    astray = (entry for entry in entries if str(entry.get("kind")).startswith("auction."))
    return [f"entry {entry.get('seq')} ({entry.get('kind')}) is about no lot" for entry in astray]


def fold(entries: Sequence[Entry]) -> Fold | None:
    """Return what one lot's entries amount to, wrong or not; None before an announcement."""
    return Folding(entries).result()


def _about_a(kind: type[Id], entries: Sequence[Entry]) -> bool:
    return any(str(entry.get("subject")).startswith(f"{kind.prefix}_") for entry in entries)
