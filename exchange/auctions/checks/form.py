"""The form of an entry about a lot: its kind's fields and no others, and its two instants."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from ..model import KINDS
from .reading import Reader

_DECLARED: Final = {kind.name: kind for kind in KINDS}


def misfits(entry: Reader) -> Iterator[str]:
    """Yield where an entry publishes or seals other fields than its kind does; nothing of a kind unknown here."""
    kind = _DECLARED.get(entry.text("kind"))
    if kind is None:
        return
    for verb, declared, member in (("publish", kind.public, "data"), ("seal", kind.sealed, "sealed")):
        found = entry.inside(member).written.keys()
        yield from (f"does not {verb} {name}" for name in sorted(declared - found))
        yield from (f"{verb}{'es' if verb == 'publish' else 's'} {name}" for name in sorted(found - declared))


def untimely(entry: Reader, before: datetime | None) -> Iterator[str]:
    """Yield why an entry cannot have been recorded when it says, `before` being when the lot's last one was."""
    recorded = entry.instant("recorded_at")
    if recorded < entry.instant("arrived_at"):
        yield "was recorded before it arrived"
    if before is not None and recorded < before:
        yield "was recorded before the entry it follows"
