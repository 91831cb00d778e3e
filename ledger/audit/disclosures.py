"""Opened values (信息披露) against the digests in the log: each must fit its entry, none may be left over."""

from collections.abc import Mapping
from pathlib import Path

from ledger.kernel.canonical import Json
from ledger.kernel.errors import Refusal
from ledger.kernel.ids import EntryId
from ledger.log.model import Disclosure

from .entries import Envelope, NotAnEntry, read_canonical
from .folder import read_lines
from .report import Wrong

MAX_LINE_BYTES = 1 << 20
_FIELDS = {"entry", "field", "salt", "value"}


class Openings:
    """The disclosures handed to an audit. Counts what it opened, and what stayed sealed."""

    def __init__(self, path: Path | None) -> None:
        self._where = path.name if path else ""
        self._waiting: dict[str, dict[str, tuple[str, Json]]] = {}
        self.opened = 0
        self.sealed = 0
        if path:
            for number, line in enumerate(read_lines(path, self._where, MAX_LINE_BYTES), start=1):
                self._take(number, line)

    def open(self, envelope: Envelope) -> Mapping[str, Json]:
        """Return the opened values of an entry, having compared each with its digest; raise `Wrong` if one differs."""
        waiting = self._waiting.pop(envelope["id"], {})
        for field, (digest, _) in waiting.items():
            sealed = envelope["sealed"].get(field)
            if sealed is None:
                raise Wrong(self._where, f"opens {field}, which entry {envelope['id']} does not seal")
            if sealed != digest:
                raise Wrong(
                    self._where, f"opens {field} of entry {envelope['id']} to a value that is not the sealed one"
                )
        self.opened += len(waiting)
        self.sealed += len(envelope["sealed"]) - len(waiting)
        return {field: value for field, (_, value) in waiting.items()}

    def require_all_used(self) -> None:
        """Require that every disclosure fitted an entry."""
        for entry, fields in self._waiting.items():
            raise Wrong(self._where, f"opens {', '.join(fields)} of entry {entry}, which the log does not hold")

    def _take(self, number: int, line: bytes) -> None:
        one, digest = self._parse(number, line)
        fields = self._waiting.setdefault(one.entry, {})
        if one.field in fields:
            raise Wrong(self._where, f"line {number} opens {one.field} of entry {one.entry} again")
        fields[one.field] = (digest, one.value)

    def _parse(self, number: int, line: bytes) -> tuple[Disclosure, str]:
        try:
            found = read_canonical(line)
        except NotAnEntry as error:
            raise Wrong(self._where, f"line {number} {error}") from error
        if not isinstance(found, dict) or found.keys() != _FIELDS:
            raise Wrong(self._where, f"line {number} has not exactly entry, field, salt and value")
        entry, field, salt = found["entry"], found["field"], found["salt"]
        if not (isinstance(entry, str) and isinstance(field, str) and isinstance(salt, str)):
            raise Wrong(self._where, f"line {number} names its entry, field or salt by something other than text")
        try:
            one = Disclosure(entry=EntryId(entry), field=field, salt=salt, value=found["value"])
            return one, one.digest
        except Refusal as refusal:
            raise Wrong(self._where, f"line {number} names no entry: {refusal.detail}") from refusal
        except RecursionError as error:
            raise Wrong(self._where, f"line {number} is nested too deeply") from error
