"""An auditor's second opinion on a listing or an asset, from its exported entries alone.

No verb of the wing is called here: the moves are restated, the end of a disclosure is counted again from the working
days. Values of sealed fields are used where an entry has been opened: then, and only then, who acted is checked.

An entry is the mapping parsed from its JSON. An opened one carries one more member, `opened`: field -> value, each
already checked against its digest. Left out, because no subject shows it alone: that a burden of the asset stood in the
way of a listing's deal, and that a disclosure ended long ago without the listing being opened.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Final, TypeAlias

from ledger.kernel import calendar, instant
from ledger.kernel.errors import Refusal
from ledger.log.model import EventKind

from . import model
from .rules import DISCLOSURE_RULES

Entry: TypeAlias = Mapping[str, object]

_MOVES: Final[Mapping[EventKind, tuple[str, str]]] = {
    model.LISTING_SUBMITTED: ("draft returned", "submitted"),
    model.LISTING_RETURNED: ("submitted", "returned"),
    model.LISTING_ACCEPTED: ("submitted", "accepted"),
    model.LISTING_DISCLOSED: ("accepted", "disclosed"),
    model.LISTING_REVISED: ("disclosed", "disclosed"),
    model.LISTING_OPENED: ("disclosed", "open"),
    model.LISTING_RESERVED: ("open", "reserved"),
    model.LISTING_RELEASED: ("reserved awarded", "open"),
    model.LISTING_AWARDED: ("reserved", "awarded"),
    model.LISTING_WITHDRAWN: ("submitted returned accepted disclosed open", "withdrawn"),
}
"""What each kind may follow, and what it leads to."""

_LISTING_KINDS: Final = {kind.name: kind for kind in _MOVES}
_ASSET_KINDS: Final = {
    kind.name: kind for kind in (model.ASSET_REGISTERED, model.ASSET_ENCUMBERED, model.ASSET_ENCUMBRANCE_RELEASED)
}
_FOR_GOOD: Final = ("asset", "owner")
"""What no entry of a listing may change."""
_OFFER: Final = ("mode", "industry", "region")
"""What stands from the submission that is accepted."""
_TERMS: Final = ("documents", "approval_sha256", "approval_on", "method", "asking_fen", "disclosure_days")
"""What the owner may change by a revision alone."""
_SHORTEST_DAYS: Final = {rule.version: (rule.effective_at, rule.shortest_days) for rule in DISCLOSURE_RULES}


class _UnreadableError(ValueError):
    """A field is missing or is not what its name promises."""


def check(entries: Sequence[Entry]) -> list[str]:
    """Return what is wrong with one subject's entries, given in order.

    Of a subject that is neither a listing nor an asset, only entries that tell of one are.
    """
    subjects = [str(entry.get("subject")) for entry in entries]
    checking: _Listing | _Asset | _Astray = _Astray()
    if any(name.startswith("lst_") for name in subjects):
        checking = _Listing()
    elif any(name.startswith("ast_") for name in subjects):
        checking = _Asset()
    return list(chain.from_iterable(_findings(checking, entry) for entry in entries))


def _findings(checking: "_Listing | _Asset | _Astray", entry: Entry) -> Iterator[str]:
    place = f"entry {entry.get('seq')} ({entry.get('kind')})"
    try:
        for finding in checking.take(entry):
            yield f"{place} {finding}"
    except (_UnreadableError, OverflowError) as reason:
        yield f"{place} cannot be read: {reason}"


class _Astray:
    """The entries of another wing's subject."""

    def take(self, entry: Entry) -> Iterator[str]:
        """Yield that the entry does not belong here, if it is of this wing."""
        if entry.get("kind") in _LISTING_KINDS.keys() | _ASSET_KINDS.keys():
            yield "is about neither a listing nor an asset"


class _Listing:
    """A listing as far as its entries have told it."""

    def __init__(self) -> None:
        self._state = "draft"
        self._public: dict[str, object] = {}  # the newest public terms
        self._ends_at: datetime | None = None
        self._deal: str | None = None

    def take(self, entry: Entry) -> Iterator[str]:
        """Yield what is wrong with the next entry."""
        kind = _LISTING_KINDS.get(_text(entry, "kind"))
        if kind is None:
            yield "is not something that happens to a listing"
            return
        data, opened, at = _inside(entry, "data"), _opened(entry), _instant(entry, "arrived_at")
        yield from _misfits(kind, entry)
        sources, target = _MOVES[kind]
        if self._state not in sources.split():
            yield f"follows a listing that is {self._state}"
        self._state = target
        yield from _differs(data, "state", target)
        yield from self._terms(kind, data, opened)
        if kind in {model.LISTING_DISCLOSED, model.LISTING_REVISED}:
            yield from self._disclosure(kind, entry, data, at)
        elif entry.get("rule") is not None:
            yield "names a rule, though none decides it"
        if kind is model.LISTING_OPENED:
            yield from self._opening(data, at)
        yield from self._dealing(kind, data)
        yield from self._acting(kind, data, opened)

    def _terms(self, kind: EventKind, data: Mapping[str, object], opened: Mapping[str, object]) -> Iterator[str]:
        """Compare what is offered with what was offered before."""
        kept = [*_FOR_GOOD]
        if kind in {model.LISTING_DISCLOSED, model.LISTING_REVISED}:
            kept += [*_OFFER, "title", "abstract_sha256"]
        if kind is model.LISTING_DISCLOSED:
            kept += _TERMS
        for name in kept:
            if name in data and name in self._public and data[name] != self._public[name]:
                yield f"changes the {name}"
        if kind is model.LISTING_SUBMITTED:  # what was returned may be rewritten, its title and abstract too
            self._public = {name: self._public[name] for name in _FOR_GOOD if name in self._public}
            if "title" in opened:
                self._public["title"] = opened["title"]
            if "abstract" in opened:
                self._public["abstract_sha256"] = hashlib.sha256(_text(opened, "abstract").encode()).hexdigest()
        for name in (*_FOR_GOOD, *_OFFER, *_TERMS, "title", "abstract_sha256"):
            if name in data and not (name in _FOR_GOOD and name in self._public):
                self._public[name] = data[name]

    def _disclosure(self, kind: EventKind, entry: Entry, data: Mapping[str, object], at: datetime) -> Iterator[str]:
        """Count the working days again."""
        if kind is model.LISTING_REVISED and self._ends_at is not None and at >= self._ends_at:
            yield "comes after the disclosure ended"
        self._ends_at = _instant(data, "disclosure_ends_at")
        if _instant(data, "disclosed_at") != at:
            yield "was not disclosed when it arrived"
        days = _number(data, "disclosure_days")
        effective_at, shortest = _SHORTEST_DAYS.get(str(entry.get("rule")), (None, 1))
        if effective_at is None:
            yield "names no disclosure rule that was published"
        elif at < effective_at:
            yield "names a rule that was not in force yet"
        if days < shortest:
            yield f"is disclosed for {days} working days, fewer than {shortest}"
        elif (expected := _deadline(_instant(data, "disclosed_at"), days)) != self._ends_at:
            yield f"should end its disclosure at {instant.render(expected)}"

    def _opening(self, data: Mapping[str, object], at: datetime) -> Iterator[str]:
        if _instant(data, "disclosure_ends_at") != self._ends_at:
            yield "states another end of the disclosure"
        if self._ends_at is not None and at < self._ends_at:
            yield "opens the listing before its disclosure ended"

    def _dealing(self, kind: EventKind, data: Mapping[str, object]) -> Iterator[str]:
        if kind is model.LISTING_RESERVED:
            self._deal = _text(data, "deal")
        elif kind in {model.LISTING_RELEASED, model.LISTING_AWARDED}:
            yield from _differs(data, "deal", self._deal)

    def _acting(self, kind: EventKind, data: Mapping[str, object], opened: Mapping[str, object]) -> Iterator[str]:
        """Check who reviewed and, where it was opened, who acted."""
        owner = self._public.get("owner")
        reviewed = kind in {model.LISTING_ACCEPTED, model.LISTING_RETURNED}
        if reviewed and _text(data, "reviewer") == owner:
            yield "is reviewed by the listing's owner"
        if "by" not in opened:
            return
        actor = _text(_inside(opened, "by"), "organisation")
        if reviewed and actor != data["reviewer"]:
            yield "was done by another than the reviewer it names"
        owners = {model.LISTING_SUBMITTED, model.LISTING_REVISED, model.LISTING_WITHDRAWN}
        if kind in owners and actor != owner:
            yield "was done by another than the listing's owner"


class _Asset:
    """An asset as far as its entries have told it."""

    def __init__(self) -> None:
        self._registered = False
        self._burdens: dict[str, object] = {}  # identifier -> kind
        self._released: set[str] = set()

    def take(self, entry: Entry) -> Iterator[str]:
        """Yield what is wrong with the next entry."""
        kind = _ASSET_KINDS.get(_text(entry, "kind"))
        if kind is None:
            yield "is not something that happens to an asset"
            return
        data = _inside(entry, "data")
        yield from _misfits(kind, entry)
        if entry.get("rule") is not None:
            yield "names a rule, though none decides it"
        if (kind is model.ASSET_REGISTERED) is self._registered:
            yield "registers the asset again" if self._registered else "precedes the registration"
        self._registered = True
        if kind is model.ASSET_REGISTERED:
            yield from _registration(data, _opened(entry))
        else:
            yield from self._burden(kind, data)

    def _burden(self, kind: EventKind, data: Mapping[str, object]) -> Iterator[str]:
        name = _text(data, "encumbrance")
        if kind is model.ASSET_ENCUMBERED:
            if name in self._burdens:
                yield f"records {name} a second time"
            self._burdens[name] = data.get("kind")
            return
        if name not in self._burdens:
            yield f"releases {name}, which was never recorded"
        elif name in self._released:
            yield f"releases {name} a second time"
        else:
            yield from _differs(data, "kind", self._burdens[name])
        self._released.add(name)


def _registration(data: Mapping[str, object], opened: Mapping[str, object]) -> Iterator[str]:
    holders = data.get("holders")
    if not isinstance(holders, list | tuple) or not all(isinstance(one, Mapping) for one in holders):
        raise _UnreadableError("holders is not a list of objects")
    names = [_text(one, "organisation") for one in holders]
    shares = [_number(one, "share_bp") for one in holders]
    if len(set(names)) != len(names):
        yield "names a holder twice"
    if sum(shares) != model.WHOLE_BP or any(share < 1 for share in shares):
        yield "has holders whose shares do not make one whole"
    inventors = opened.get("inventors")
    if isinstance(inventors, list | tuple) and len(inventors) != _number(data, "inventor_count"):
        yield "miscounts its inventors"
    if "by" in opened and _text(_inside(opened, "by"), "organisation") not in names:
        yield "was registered by none of its holders"


def _misfits(kind: EventKind, entry: Entry) -> Iterator[str]:
    """Yield where an entry publishes or seals other fields than its kind does."""
    for verb, declared, member in (("publish", kind.public, "data"), ("seal", kind.sealed, "sealed")):
        found = _inside(entry, member).keys()
        yield from (f"does not {verb} {name}" for name in sorted(declared - found))
        yield from (f"should not {verb} {name}" for name in sorted(found - declared))


def _differs(data: Mapping[str, object], name: str, expected: object) -> Iterator[str]:
    if data.get(name) != expected:
        yield f"should give {expected} as its {name}"


def _deadline(at: datetime, days: int) -> datetime:
    try:
        return calendar.deadline(at, days)
    except Refusal as refusal:
        raise _UnreadableError(refusal.detail) from refusal


def _opened(entry: Entry) -> Mapping[str, object]:
    return _inside(entry, "opened") if "opened" in entry else {}


def _inside(given: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = given.get(name)
    if not isinstance(value, Mapping):
        raise _UnreadableError(f"{name} is not an object")
    return value


def _text(given: Mapping[str, object], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str):
        raise _UnreadableError(f"{name} is not a string")
    return value


def _number(given: Mapping[str, object], name: str) -> int:
    value = given.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _UnreadableError(f"{name} is not a whole number")
    return value


def _instant(given: Mapping[str, object], name: str) -> datetime:
    try:
        return instant.parse(_text(given, name))
    except Refusal as refusal:
        raise _UnreadableError(f"{name} is not an instant") from refusal
