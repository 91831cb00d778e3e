"""Reading one entry: canonical bytes, exactly the twelve fields, each of its type and form.

What an entry means, and how it hangs on the others, is not looked at here. `v` is frozen: a reader of version 1 stays.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import TypedDict, cast

from ledger.kernel import canonical, instant
from ledger.kernel.canonical import Json
from ledger.kernel.ids import ALPHABET
from ledger.log.model import VERSION

MAX_INTEGER = 2**53 - 1  # RFC 8785 3.2.2.3: what every JSON reader holds exactly


class NotAnEntry(ValueError):  # noqa: N818 - a finding, not a failure of ours
    """These bytes are not an entry; the message says why."""


class Envelope(TypedDict):
    """The twelve fields, checked."""

    v: int
    id: str
    kind: str
    subject: str
    seq: int
    prev: str | None
    arrived_at: str
    recorded_at: str
    rule: str | None
    data: dict[str, Json]
    sealed: dict[str, str]
    nonce: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedEntry:
    """An entry as business checks see it: proven to be in the log, with its index, and what was opened of `sealed`."""

    index: int
    id: str
    kind: str
    subject: str
    seq: int
    prev: str | None
    arrived_at: datetime
    recorded_at: datetime
    rule: str | None
    data: Mapping[str, Json]
    sealed: Mapping[str, str]
    opened: Mapping[str, Json]


def read(content: bytes) -> Envelope:
    """Read an entry, or raise `NotAnEntry` for the first thing that is wrong with it."""
    found = read_canonical(content)
    if not isinstance(found, dict) or found.keys() != _FIELDS:
        raise NotAnEntry("has not exactly the twelve fields of an entry")
    envelope = cast("Envelope", found)
    _require_forms(envelope)
    _require_numbers(envelope)
    _require_instants(envelope)
    _require_maps(envelope)
    return envelope


def read_canonical(content: bytes) -> Json:
    """Read RFC 8785 JSON without floats, or raise `NotAnEntry`; any other spelling of the same value is refused."""
    try:
        text = content.decode()
        value, _ = _DECODER.raw_decode(text)
        if not content.isascii() and _BEYOND_BMP.search(content):
            same = canonical.encode(value) == content  # names sort by UTF-16 units, where Python sorts by code points
        else:
            same = _ENCODER.encode(value) == text  # the same bytes in C: no floats, no name beyond the basic plane
    except RecursionError as error:
        raise NotAnEntry("is nested too deeply") from error
    except ValueError as error:
        raise NotAnEntry(f"is not JSON of the hashed kind: {error}") from error
    if not same:
        raise NotAnEntry("is not in canonical form (RFC 8785)")
    return cast("Json", value)


def audited(index: int, envelope: Envelope, opened: Mapping[str, Json]) -> AuditedEntry:
    """Return the entry that business checks see."""
    return AuditedEntry(
        index=index,
        id=envelope["id"],
        kind=envelope["kind"],
        subject=envelope["subject"],
        seq=envelope["seq"],
        prev=envelope["prev"],
        arrived_at=instant.parse(envelope["arrived_at"]),
        recorded_at=instant.parse(envelope["recorded_at"]),
        rule=envelope["rule"],
        data=envelope["data"],
        sealed=envelope["sealed"],
        opened=opened,
    )


def _require_forms(envelope: Envelope) -> None:
    values = _TEXTS(envelope)
    try:
        fits = _FORM("\n".join(values))  # one match, for speed: no form admits a newline
    except TypeError:
        fits = None
    if not fits:
        raise NotAnEntry(f"{_misfit(values)} is not of its form")
    prev, rule = envelope["prev"], envelope["rule"]
    if prev is not None and not (type(prev) is str and _HASH(prev)):
        raise NotAnEntry("prev is neither null nor a hash")
    if rule is not None and not (type(rule) is str and _RULE(rule)):
        raise NotAnEntry("rule is neither null nor a name and version")


def _misfit(values: tuple[str, ...]) -> str:
    pairs = zip(_FORMS.items(), values, strict=True)
    return next(name for (name, form), value in pairs if type(value) is not str or not re.fullmatch(form, value))


def _require_numbers(envelope: Envelope) -> None:
    if type(envelope["v"]) is not int or envelope["v"] != VERSION:
        raise NotAnEntry(f"v is not a version known here ({VERSION})")
    if type(envelope["seq"]) is not int or envelope["seq"] < 0:
        raise NotAnEntry("seq is not a number from 0")


def _require_instants(envelope: Envelope) -> None:
    try:
        datetime.fromisoformat(envelope["arrived_at"])
        datetime.fromisoformat(envelope["recorded_at"])
    except ValueError as error:
        raise NotAnEntry("an instant is not in the calendar") from error


def _require_maps(envelope: Envelope) -> None:
    data, sealed = envelope["data"], envelope["sealed"]
    if type(data) is not dict or type(sealed) is not dict:
        raise NotAnEntry("data and sealed are objects")
    for name, value in data.items():
        if name.endswith("_fen") and value is not None and not (isinstance(value, str) and _FEN(value)):
            raise NotAnEntry(f"data.{name} is not fen as a digit string")
    for name, digest in sealed.items():
        if type(digest) is not str or not _HASH(digest):
            raise NotAnEntry(f"sealed.{name} is not a digest")


def _integer(text: str) -> int:
    if len(text) > 17 or abs(value := int(text)) > MAX_INTEGER:
        raise NotAnEntry("an integer is beyond 2^53-1")
    return value


def _no_float(text: str) -> float:
    raise NotAnEntry(f"{text[:20]} is a float, which is never hashed")


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


_DECODER = json.JSONDecoder(parse_int=_integer, parse_float=_no_float, parse_constant=_no_float)
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)
_BEYOND_BMP = re.compile(rb"[\xf0-\xf4]")  # how UTF-8 begins what UTF-16 writes in two units

_FIELDS = frozenset(Envelope.__annotations__)
_INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"
_FORMS = {
    "id": rf"ent_[{ALPHABET}]{{26}}",
    "kind": r"[a-z][a-z0-9_]{0,63}(?:\.[a-z][a-z0-9_]{0,63}){1,3}",
    "subject": r"[\x21-\x7e]{1,200}",
    "nonce": r"[0-9a-f]{32}",
    "arrived_at": _INSTANT,
    "recorded_at": _INSTANT,
}
_TEXTS = itemgetter(*_FORMS)
_FORM = _form("\n".join(_FORMS.values())).fullmatch
_HASH = _form(r"[0-9a-f]{64}").fullmatch
_FEN = _form(r"-?(?:0|[1-9][0-9]*)").fullmatch
_RULE = _form(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}@[0-9]{1,9}").fullmatch
