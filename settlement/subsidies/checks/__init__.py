"""An auditor's second opinion on a programme or a claim, from its exported entries alone.

No rule of the wing is called: each assessment is calculated again, plainly, from the facts and terms that the entry
publishes (`plain`), and compared step by step; the terms must be the published version's. `across` then holds the sums
of all subjects against budgets and caps. Left out, because nothing on the record of a claim shows it: that the facts it
tells are those of the deal's own entries.

An entry is the mapping parsed from its JSON. An opened one carries one more member, `opened`: field -> value, each
already checked against its digest. Chains, signatures and digests are the audit engine's.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from ledger.audit.reading import Entry, Reader, UnreadableError, misfits, untimely

from ..model import KINDS, ClaimId, ProgrammeId
from .across import Tally, across, of_claim, of_programme
from .following import FollowedClaim, FollowedProgramme

__all__ = ["Entry", "Tally", "across", "check", "tally"]

_DECLARED: Final = {kind.name: kind for kind in KINDS}


def check(entries: Sequence[Entry]) -> list[str]:
    """Return what is wrong with one subject's entries, given in order.

    Of a subject that is neither a programme nor a claim, only entries that tell of one are.
    """
    followed = _followed(entries)
    if followed is None:
        astray = (entry for entry in entries if entry.get("kind") in _DECLARED)
        return [f"{_place(entry)} is about neither a programme nor a claim" for entry in astray]
    return list(_findings(entries, followed))


def tally(entries: Sequence[Entry]) -> Tally | None:
    """Return what one subject's entries add to the whole, wrong or not; None of another wing's, or if unreadable."""
    followed = _followed(entries)
    if followed is None:
        return None
    list(_findings(entries, followed))
    subject = str(entries[0].get("subject"))
    try:
        if isinstance(followed, FollowedProgramme):
            return of_programme(subject, followed)
        return of_claim(subject, followed)
    except UnreadableError:
        return None


def _followed(entries: Sequence[Entry]) -> FollowedProgramme | FollowedClaim | None:
    subjects = [str(entry.get("subject")) for entry in entries]
    if any(name.startswith(f"{ProgrammeId.prefix}_") for name in subjects):
        return FollowedProgramme()
    return FollowedClaim() if any(name.startswith(f"{ClaimId.prefix}_") for name in subjects) else None


def _findings(entries: Sequence[Entry], followed: FollowedProgramme | FollowedClaim) -> Iterator[str]:
    before: datetime | None = None
    for entry in entries:
        read = Reader(entry)
        try:
            for finding in (*misfits(read, _DECLARED), *untimely(read, before)):
                yield f"{_place(entry)} {finding}"
            before = read.instant("recorded_at")
            for finding in followed.take(read):
                yield f"{_place(entry)} {finding}"
        except (ValueError, OverflowError) as reason:  # unreadable, or beyond what a number or date holds
            yield f"{_place(entry)} cannot be read: {reason}"


def _place(entry: Entry) -> str:
    return f"entry {entry.get('seq')} ({entry.get('kind')})"
