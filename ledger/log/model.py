"""The nouns of the record: event kinds, events, entries, disclosures, checkpoints.

An event is what a wing says happened. An entry is its frozen bytes: version, identity, subject chain, public
`data`, and salted digests of what the law does not publish. No IO and no randomness here: salts and nonces are
handed in.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from ledger.kernel import canonical, instant
from ledger.kernel.canonical import Json
from ledger.kernel.errors import invariant
from ledger.kernel.ids import EntryId

Value: TypeAlias = "Json | datetime | StrEnum"
"""What a wing may put in an event: instants and enumerations are written in their one hashed form."""

VERSION = 1
MAX_ENTRY_BYTES = 65_535  # a tlog-tiles bundle gives each entry a 16-bit length
SEAL = "mengkeju/seal/v1"
ALARM = "ALARM: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to one subject. Fields of `data` are published, of `sealed` only digested."""

    kind: str
    subject: str
    rule: str | None
    data: Mapping[str, Json]
    sealed: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of event and exactly which fields it publishes and which it seals.

    Called with the subject and every field, it makes the `Event`: `BID_ACCEPTED(lot.id, rule="judicial-2016@1",
    code="0042", amount_fen=100, bidder=org)`. Integers in fields named `*_fen` become digit strings.
    """

    name: str
    public: frozenset[str]
    sealed: frozenset[str] = frozenset()

    def __call__(self, subject: str, *, rule: str | None = None, **fields: Value) -> Event:
        """Return the event; a missing or unknown field is our own mistake."""
        invariant(set(fields) == self.public | self.sealed, f"{self.name} takes {self.public | self.sealed}")
        written = {name: _written(name, value) for name, value in fields.items()}
        return Event(
            kind=self.name,
            subject=subject,
            rule=rule,
            data={name: written[name] for name in self.public},
            sealed={name: written[name] for name in self.sealed},
        )


def event_kind(name: str, *, public: str, sealed: str = "") -> EventKind:
    """Declare an event kind from two space-separated lists of field names."""
    return EventKind(name, frozenset(public.split()), frozenset(sealed.split()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """A sealed value with its salt (信息披露): handed to those entitled, who check it against the entry's digest."""

    entry: EntryId
    field: str
    salt: str  # 32 hex digits
    value: Json

    @property
    def digest(self) -> str:
        """What the entry's `sealed` carries for this field: SHA-256, in hex."""
        return canonical.fingerprint([SEAL, self.field, self.salt, self.value])


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where an entry hangs in its subject's chain: its number from 0, and the leaf hash of the one before."""

    seq: int
    prev: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A frozen entry: its exact bytes, and the few fields that rows are found by."""

    id: EntryId
    kind: str
    subject: str
    seq: int
    content: bytes

    @property
    def leaf(self) -> bytes:
        """RFC 6962 leaf hash; also, in hex, the `prev` of the subject's next entry."""
        return hashlib.sha256(b"\x00" + self.content).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A checkpoint of the log: its size and root, the signed note that says so, and when it was signed or published."""

    size: int
    root: bytes
    note: bytes
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessStanding:
    """How a witness stands: the size it is known to hold, when it was asked and when it last cosigned.

    `problem` is None, or a sentence that names what is wrong with it; one that begins with `ALARM` accuses somebody.
    The time stamp authority stands in such a row too: the size it last stamped, and when.
    """

    url: str
    size: int
    asked_at: datetime
    cosigned_at: datetime | None = None
    problem: str | None = None

    @property
    def alarm(self) -> bool:
        """Whether the witness and the log contradict each other: one of them is wrong, and waiting does not help."""
        return self.problem is not None and self.problem.startswith(ALARM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Testimony:
    """A checkpoint that a witness has shown, signed by the log's own keys, and that the log contradicted then."""

    url: str
    note: bytes
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why a process of the log refuses to work, in a sentence and steps for a person, and since when."""

    part: str
    said: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeStamp:
    """An RFC 3161 token (可信时间戳) over the text of a published checkpoint."""

    size: int
    text: str
    token: bytes  # DER
    authority: str
    stamped_at: datetime


def freeze(
    event: Event,
    *,
    id: EntryId,
    link: Link,
    arrived_at: datetime,
    recorded_at: datetime,
    disclosures: tuple[Disclosure, ...],
    nonce: str,
) -> Entry:
    """Fix the bytes of an entry: the RFC 8785 encoding of its twelve fields, digests in place of sealed values."""
    invariant({one.field for one in disclosures} == set(event.sealed), "each sealed field has its disclosure")
    content = canonical.encode(
        {
            "v": VERSION,
            "id": id,
            "kind": event.kind,
            "subject": event.subject,
            "seq": link.seq,
            "prev": link.prev,
            "arrived_at": instant.render(arrived_at),
            "recorded_at": instant.render(recorded_at),
            "rule": event.rule,
            "data": event.data,
            "sealed": {one.field: one.digest for one in disclosures},
            "nonce": nonce,
        }
    )
    invariant(len(content) <= MAX_ENTRY_BYTES, "an entry must fit a tlog-tiles bundle")
    return Entry(id=id, kind=event.kind, subject=event.subject, seq=link.seq, content=content)


def _written(name: str, value: Value) -> Json:
    if isinstance(value, datetime):
        return instant.render(value)
    if isinstance(value, StrEnum):
        return value.value
    if name.endswith("_fen") and value is not None:
        invariant(isinstance(value, int) and not isinstance(value, bool), f"{name} is whole fen")
        return str(value)
    return value
