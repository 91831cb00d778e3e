"""The proof of the books with the entries of a copy of the log, proven by the log's own key."""

from collections.abc import Sequence
from pathlib import Path

from ledger.audit.engine import audit
from ledger.audit.entries import AuditedEntry
from ledger.kernel.unit import Unit

from .. import verifying
from ..ledgers.business import as_json
from ..verifying import Entry, Tell, Verdict


def verify(unit: Unit, *, copy: Path | None, vkey: str, tell: Tell) -> Verdict:
    """Verify the books of one snapshot (`Units.read`); `copy` is an export of the log, checked with `vkey`.

    Raises `Wrong` for a copy that is not sound.
    """
    return verifying.verify(unit, tell=tell, proven={} if copy is None else _copied(copy, vkey))


def _copied(directory: Path, vkey: str) -> dict[str, Entry]:
    """Return the entries of a copy of the log that move money, the copy proven as a whole. Raises `Wrong`."""
    found: dict[str, Entry] = {}

    def keep(entries: Sequence[AuditedEntry]) -> list[str]:
        found.update({one.id: as_json(one) for one in entries if verifying.moves(as_json(one))})
        return []

    audit(directory, vkey=vkey, checks=[keep])
    return found
