"""Reading entries of somebody else's making: every shape is doubted, and named when it is wrong.

What business checks of every wing need alike: fields by type, the form of an entry of a declared kind, its instants.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from ledger.kernel import calendar, instant
from ledger.kernel.errors import Refusal
from ledger.kernel.ids import Id
from ledger.log.model import EventKind

Entry: TypeAlias = Mapping[str, object]
"""An entry parsed from its JSON; an opened one carries one more member, `opened`: field -> value, digests checked."""


class UnreadableError(ValueError):
    """A field is missing or is not what its name promises."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The fields of one mapping, by type; each method raises `UnreadableError`."""

    written: Mapping[str, object]

    def text(self, name: str) -> str:
        """Return a string."""
        value = self._value(name)
        if not isinstance(value, str):
            raise UnreadableError(f"{name} is not a string")
        return value

    def id(self, name: str, kind: type[Id]) -> str:
        """Return an identifier of that kind."""
        try:
            return kind(self.text(name))
        except Refusal as refusal:
            raise UnreadableError(f"{name} is not an identifier") from refusal

    def number(self, name: str) -> int:
        """Return an integer."""
        value = self._value(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise UnreadableError(f"{name} is not a whole number")
        return value

    def flag(self, name: str) -> bool:
        """Return true or false."""
        value = self._value(name)
        if not isinstance(value, bool):
            raise UnreadableError(f"{name} is neither true nor false")
        return value

    def fen(self, name: str) -> int:
        """Return an amount, written as digits."""
        text = self.text(name)
        if not (text.isascii() and text.isdigit()):
            raise UnreadableError(f"{name} is not a string of digits")
        return int(text)

    def instant(self, name: str) -> datetime:
        """Return an instant."""
        try:
            return instant.parse(self.text(name))
        except Refusal as refusal:
            raise UnreadableError(f"{name} is not an instant") from refusal

    def instant_or_none(self, name: str) -> datetime | None:
        """Return an instant, or None where the field is null."""
        return None if self._value(name) is None else self.instant(name)

    def fen_or_none(self, name: str) -> int | None:
        """Return an amount, or None where the field is null."""
        return None if self._value(name) is None else self.fen(name)

    def text_or_none(self, name: str) -> str | None:
        """Return a string, or None where the field is null."""
        return None if self._value(name) is None else self.text(name)

    def inside(self, name: str) -> "Reader":
        """Return a nested mapping."""
        value = self._value(name)
        if not isinstance(value, Mapping):
            raise UnreadableError(f"{name} is not an object")
        return Reader(value)

    def each(self, name: str) -> list["Reader"]:
        """Return the mappings of a list."""
        value = self._value(name)
        if not isinstance(value, list | tuple) or not all(isinstance(item, Mapping) for item in value):
            raise UnreadableError(f"{name} is not a list of objects")
        return [Reader(item) for item in value]

    def has(self, name: str) -> bool:
        """Return whether the field is there at all, as an opened one may not be."""
        return name in self.written

    def _value(self, name: str) -> object:
        if name not in self.written:
            raise UnreadableError(f"{name} is missing")
        return self.written[name]


def due_by(told: datetime | None, since: datetime, days: int) -> datetime | None:
    """Count a deadline again; None where it was left open and no calendar loaded here reaches it either.

    What was told can be held against a loaded calendar alone. Refuses `YearNotLoaded`.
    """
    return calendar.known_deadline(since, days) if told is None else calendar.deadline(since, days)


def tells(told: datetime | None, due: datetime | None, since: datetime) -> bool:
    """Whether a deadline is told as it is counted from `since`, or left open (None) where its calendar may have lacked.

    Which calendars the exchange had when it left one open, its entries do not show: see `calendar.may_be_open`.
    """
    return calendar.may_be_open(due, since) if told is None else told == due


def text_of(due: datetime | None) -> str:
    """Write a deadline for a finding."""
    return "a time that no loaded calendar reaches" if due is None else due.isoformat()


def misfits(entry: Reader, declared_kinds: Mapping[str, EventKind]) -> Iterator[str]:
    """Yield where an entry publishes or seals other fields than its kind does; nothing of a kind not declared."""
    kind = declared_kinds.get(entry.text("kind"))
    if kind is None:
        return
    for verb, declared, member in (("publish", kind.public, "data"), ("seal", kind.sealed, "sealed")):
        found = entry.inside(member).written.keys()
        yield from (f"does not {verb} {name}" for name in sorted(declared - found))
        yield from (f"{verb}{'es' if verb == 'publish' else 's'} {name}" for name in sorted(found - declared))


def untimely(entry: Reader, before: datetime | None) -> Iterator[str]:
    """Yield why an entry cannot have been recorded when it says, `before` being when its subject's last one was."""
    recorded = entry.instant("recorded_at")
    if recorded < entry.instant("arrived_at"):
        yield "was recorded before it arrived"
    if before is not None and recorded < before:
        yield "was recorded before the entry it follows"
