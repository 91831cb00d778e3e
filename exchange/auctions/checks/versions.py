"""An auditor's second opinion on a version of the bidding rules, from its own entries alone.

That what is announced was in force, and quotes these numbers, no version shows alone: `exchange.assurance` says it. Who
proposed and who activated are compared where both have been opened. Not seen: whether two people are two people, and
not two names for one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import date, datetime
from typing import Final

from ledger.audit.reading import Entry, Reader, UnreadableError, misfits, untimely

from ..model import (
    FROM_BEFORE,
    LAW_IDS,
    PROFILE_ACTIVATED,
    PROFILE_PROPOSED,
    PROFILE_REJECTED,
    PROFILE_RETIRED,
    REPLAY_IDS,
    VERSION_KINDS,
    Format,
    Profile,
    VersionState,
)
from ..rules import BOOKS, PROFILES

_DECLARED: Final = {kind.name: kind for kind in VERSION_KINDS}
_FIELDS: Final = {one.name: one for one in fields(Profile)}
_NEEDED: Final = {name for name, one in _FIELDS.items() if one.default is MISSING}
_LAWFUL: Final[Mapping[str, frozenset[VersionState | None]]] = {
    PROFILE_PROPOSED.name: frozenset({None, VersionState.RETIRED, VersionState.REJECTED}),
    PROFILE_ACTIVATED.name: frozenset({VersionState.PROPOSED}),
    PROFILE_REJECTED.name: frozenset({VersionState.PROPOSED}),
    PROFILE_RETIRED.name: frozenset({VersionState.ACTIVE}),
}
_AFTER: Final = {
    PROFILE_PROPOSED.name: VersionState.PROPOSED,
    PROFILE_ACTIVATED.name: VersionState.ACTIVE,
    PROFILE_REJECTED.name: VersionState.REJECTED,
    PROFILE_RETIRED.name: VersionState.RETIRED,
}


def check_version(entries: Sequence[Entry]) -> list[str]:
    """Return what is wrong with the entries of one version, given in order."""
    folding = _Folding()
    for entry in entries:
        folding.take(entry)
    return folding.findings


def version_state(entries: Sequence[Entry]) -> VersionState | None:
    """Return how a version stands after its entries, lawful or not."""
    folding = _Folding()
    for entry in entries:
        folding.take(entry)
    return folding.state


class _Folding:
    """A fold in progress. Every finding names the entry."""

    def __init__(self) -> None:
        self.findings: list[str] = []
        self.state: VersionState | None = None
        self._place = ""
        self._recorded_at: datetime | None = None
        self._ref: str | None = None
        self._numbers: object = None
        self._format: object = None
        self._proposer: str | None = None

    def take(self, entry: Entry) -> None:
        """Take the next entry."""
        self._place = f"entry {entry.get('seq')} ({entry.get('kind')})"
        try:
            found = list(self._apply(Reader(entry)))
        except (ValueError, OverflowError) as reason:
            found = [f"cannot be read: {reason}"]
        self.findings += [f"{self._place} {what}" for what in found]

    def _apply(self, entry: Reader) -> Iterator[str]:
        kind = entry.text("kind")
        if kind not in _DECLARED:
            yield "is not something that happens to a version of the rules"
            return
        yield from (*misfits(entry, _DECLARED), *untimely(entry, self._recorded_at))
        self._recorded_at = entry.instant("recorded_at")
        data, ref = entry.inside("data"), entry.text("rule")
        from_before = self.state is None and kind == PROFILE_RETIRED.name and ref in FROM_BEFORE
        if self.state not in _LAWFUL[kind] and not from_before:
            yield f"follows a version that is {self.state or 'not proposed'}"
        if self._ref not in {None, ref}:
            yield f"is about {ref}, not about {self._ref}"
        self._ref, self.state = ref, _AFTER[kind]
        if kind == PROFILE_PROPOSED.name:
            yield from self._proposed(ref, data.inside("profile"))
        elif data.text("ref") != ref:
            yield f"cites {data.text('ref')} and was decided under {ref}"
        yield from self._acted(kind, entry)

    def _proposed(self, ref: str, profile: Reader) -> Iterator[str]:
        if self._numbers is not None and self._numbers != profile.written:
            yield f"changes the numbers of {ref}"
        if self._numbers is not None and ref not in PROFILES:
            yield f"proposes {ref} anew, which does not come with the program"
        self._numbers, self._format = profile.written, profile.written.get("format")
        yield from _misstated(ref, profile)

    def _acted(self, kind: str, entry: Reader) -> Iterator[str]:
        opened = entry.inside("opened") if entry.has("opened") else Reader({})
        person = opened.inside("by").text("person") if opened.has("by") else None
        if kind == PROFILE_ACTIVATED.name:
            if person is not None and person == self._proposer:
                yield "was done by the person who had proposed it"
            if self._format in {one.value for one in Format if one.sealed}:
                yield "puts sealed bidding into force, without envelopes"
        elif kind == PROFILE_PROPOSED.name:
            self._proposer = person


def _misstated(ref: str, profile: Reader) -> Iterator[str]:
    """Say what is wrong with the numbers of a proposal."""
    written = profile.written
    yield from (f"does not tell {name}" for name in sorted(_NEEDED - written.keys()))
    yield from (f"tells {name}, which no version has" for name in sorted(written.keys() - _FIELDS.keys()))
    cited = f"{profile.text('id')}@{profile.number('version')}"
    if cited != ref:
        yield f"tells of {cited} and cites {ref}"
    shipped = PROFILES.get(ref)
    if shipped is not None and shipped.to_json() != written:
        yield f"misquotes {ref}"
    if shipped is None and profile.text("id") in LAW_IDS:
        yield f"makes up {ref}, which no law says"
    if profile.text("id") in REPLAY_IDS:
        yield f"proposes {ref}, which replays alone run under"
    if profile.has("format") and profile.text("format") not in BOOKS:
        yield "is of a format that has no rules"
    try:
        date.fromisoformat(profile.text("effective_from"))
    except ValueError as reason:
        raise UnreadableError("effective_from is not a day") from reason
