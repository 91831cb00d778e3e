"""Whether every lot was announced under a version that two people had put into force, with the numbers they had.

An exchange that announced lots before versions were put into force goes on under what it announced them under: of
`FROM_BEFORE` nothing is asked where a lot was announced under it before the record tells of any version at all. Its
numbers are those of a law, and checked with every lot. What replays run under nobody puts into force.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from exchange.auctions import model as auctions
from exchange.auctions.model import VersionState
from ledger.audit.reading import Entry, Reader
from ledger.audit.report import Finding

from .facts import Announced, Facts, Stood

_AFTER: Final[Mapping[str, VersionState]] = {
    auctions.PROFILE_PROPOSED.name: VersionState.PROPOSED,
    auctions.PROFILE_ACTIVATED.name: VersionState.ACTIVE,
    auctions.PROFILE_REJECTED.name: VersionState.REJECTED,
    auctions.PROFILE_RETIRED.name: VersionState.RETIRED,
}


def read_version(facts: Facts, entry: Entry, index: int) -> None:
    """Take the next entry of a version of the bidding rules."""
    kind, data = str(entry["kind"]), Reader(entry).inside("data")
    if kind not in _AFTER:
        return
    proposed = kind == auctions.PROFILE_PROPOSED.name
    numbers = _text(facts, data.inside("profile")) if proposed else None
    stood = Stood(index=index, subject=str(entry["subject"]), state=_AFTER[kind], numbers=numbers)
    facts.versions.setdefault(Reader(entry).text("rule"), []).append(stood)


def read_announced(facts: Facts, entry: Entry, index: int) -> None:
    """Keep under which version a lot was announced, and which numbers it quotes."""
    if entry["kind"] != auctions.LOT_ANNOUNCED.name:
        return
    profile = Reader(entry).inside("data").inside("profile")
    one = Announced(
        index=index,
        lot=str(entry["subject"]),
        ref=Reader(entry).text("rule"),
        numbers=_text(facts, profile),
        replayed=profile.text("id") in auctions.REPLAY_IDS,
    )
    facts.announced.append(one)


def findings(facts: Facts) -> Iterator[Finding]:
    """Yield every version told of under two names, and every lot that no version in force stands behind."""
    for ref, stood in facts.versions.items():
        stood.sort(key=lambda one: one.index)
        other = next((one for one in stood if one.subject != stood[0].subject), None)
        if other is not None:
            yield Finding(f"{other.subject}: tells of {ref}, which {stood[0].subject} tells of", other.index)
    begun = min((one.index for stood in facts.versions.values() for one in stood), default=None)
    before = {one.ref for one in facts.announced if begun is None or one.index < begun} & auctions.FROM_BEFORE
    for ref, stood in facts.versions.items():
        if stood[0].state is not VersionState.PROPOSED and ref not in before:
            yield Finding(f"{stood[0].subject}: is {stood[0].state}, and nobody had proposed it", stood[0].index)
    for lot in facts.announced:
        if not lot.replayed:
            yield from _unfounded(lot, facts.versions.get(lot.ref, []), from_before=lot.ref in before)


def _unfounded(lot: Announced, stood: list[Stood], *, from_before: bool) -> Iterator[Finding]:
    earlier = [one for one in stood if one.index < lot.index]
    if not earlier:
        if not from_before:
            yield Finding(f"{lot.lot}: is announced under {lot.ref}, which nobody had put into force", lot.index)
        return
    if earlier[-1].state is not VersionState.ACTIVE:
        yield Finding(f"{lot.lot}: is announced under {lot.ref}, which was {earlier[-1].state}", lot.index)
        return
    told = [one.numbers for one in earlier if one.numbers is not None]
    if told and told[-1] != lot.numbers:
        yield Finding(f"{lot.lot}: quotes other numbers of {lot.ref} than were put into force", lot.index)


def _text(facts: Facts, profile: Reader) -> str:
    """Return the numbers as one text, the same object for all lots that quote the same."""
    text = repr(sorted(profile.written.items()))
    return facts.numbers.setdefault(text, text)
