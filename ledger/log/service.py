"""Recording what happened, inside the transaction in which it happened; and reading what has been placed."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.kernel.ids import EntryId
from ledger.kernel.unit import Unit

from . import store, tiles
from .model import Disclosure, Entry, Event, Link, freeze
from .proofs import Proof
from .tiles import Bundle, Tile

NONCE_BYTES = 16


class NothingPlaced(Refusal):
    """The log has no checkpoint yet."""

    kind = Kind.NOT_FOUND
    zh = "日志尚无检查点"


class NotInLog(Refusal):
    """The log's size does not imply this tile."""

    kind = Kind.NOT_FOUND
    zh = "日志当前大小不含该分片"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A placed entry, its index, and the proof of it under one checkpoint."""

    entry: Entry
    proof: Proof


def record(unit: Unit, cause: Cause, *events: Event) -> list[EntryId]:
    """Fix the entries of `events`, all caused by `cause`, and hand them to the sequencer; return their ids in order."""
    return record_many(unit, [(cause, event) for event in events])


def record_many(unit: Unit, happened: Sequence[tuple[Cause, Event]]) -> list[EntryId]:
    """Fix the entries of many events in one go. The order within a subject is the order given.

    Locks every subject's head, in name order, until the unit ends. Whether the event is lawful is not checked here.
    """
    if not happened:
        return []
    frozen = fix(unit, happened)
    store.send(unit, frozen)
    unit.recorded += [entry.id for entry in frozen]
    return [entry.id for entry in frozen]


def fix(unit: Unit, happened: Sequence[tuple[Cause, Event]]) -> list[Entry]:
    """Fix the bytes of events without sending them on; only the sequencer places entries that were not sent."""
    links = store.lock_subjects(unit, (event.subject for _, event in happened))
    frozen: list[Entry] = []
    revealed: list[Disclosure] = []
    for cause, event in happened:
        entry, opened = _freeze(unit, cause, event, links[event.subject])
        links[event.subject] = Link(seq=entry.seq + 1, prev=entry.leaf.hex())
        frozen.append(entry)
        revealed.extend(opened)
    store.fix(unit, frozen, revealed)
    return frozen


def checkpoint(unit: Unit) -> bytes:
    """Return the newest signed checkpoint. Refuses `NothingPlaced`."""
    head = store.read_head(unit)
    if head is None:
        raise NothingPlaced("nothing has been recorded yet; ask again shortly")
    return head.checkpoint


def resource(unit: Unit, path: str) -> bytes:
    """Return the tile or entry bundle at a tlog-tiles path. Refuses `NotATile`, `NotInLog`.

    A partial that was published stays readable when the tile has grown: it is a prefix of what is there.
    """
    found = tiles.parse_path(path)
    head = store.read_head(unit)
    level = found.level if isinstance(found, Tile) else 0
    if head is None or tiles.width_at(head.size, level, found.index) < found.width:
        raise NotInLog("ask for what a verified checkpoint implies", size=head.size if head else 0)
    if isinstance(found, Bundle):
        first = found.index * tiles.WIDTH
        return tiles.encode_bundle(store.read_entries(unit, first, first + found.width))
    return _tile(unit, found.level, found.index)[: found.width * 32]


def history(unit: Unit, subjects: Sequence[str]) -> list[Proven]:
    """Return every placed entry of `subjects` in log order, each proven under the newest checkpoint.

    To be called in one snapshot. Entries still on their way to the log are not among them: see `waiting`.
    """
    head = store.read_head(unit)
    if head is None:
        return []
    placed = sorted((one for name in subjects for one in store.entries_of(unit, name)), key=lambda one: one.index)
    kept: dict[tuple[int, int], bytes] = {}

    def read_tile(level: int, index: int) -> bytes:
        if (level, index) not in kept:
            kept[level, index] = _tile(unit, level, index)
        return kept[level, index]

    return [
        Proven(
            entry=one.entry,
            proof=Proof(
                index=one.index,
                path=tuple(tiles.prove_inclusion(read_tile, one.index, head.size)),
                checkpoint=head.checkpoint,
            ),
        )
        for one in placed
    ]


def entries(unit: Unit, start: int, stop: int) -> list[bytes]:
    """Return the contents of the entries `start <= index < stop`, in order."""
    return store.read_entries(unit, start, stop)


def waiting(unit: Unit, subject: str | None = None) -> int:
    """Return how many entries, of one subject or of all, are recorded but not yet placed."""
    return store.waiting(unit, subject)


def size(unit: Unit) -> int:
    """Return how many entries the newest checkpoint signs."""
    head = store.read_head(unit)
    return head.size if head else 0


def disclosures(unit: Unit, entries: Sequence[str] | None = None) -> list[Disclosure]:
    """Return the sealed values of entries, or of all. Who is entitled to them is the caller's to establish."""
    return store.disclosures_of(unit, entries)


def _tile(unit: Unit, level: int, index: int) -> bytes:
    hashes = store.read_tile(unit, level, index)
    invariant(hashes is not None, "a checkpoint implies its tiles")
    assert hashes is not None
    return hashes


def _freeze(unit: Unit, cause: Cause, event: Event, link: Link) -> tuple[Entry, tuple[Disclosure, ...]]:
    named = unit.fresh(EntryId)
    opened = tuple(
        Disclosure(entry=named, field=field, salt=unit.random(NONCE_BYTES).hex(), value=value)
        for field, value in sorted(event.sealed.items())
    )
    entry = freeze(
        event,
        id=named,
        link=link,
        arrived_at=cause.at,
        recorded_at=unit.now(),
        disclosures=opened,
        nonce=unit.random(NONCE_BYTES).hex(),
    )
    return entry, opened
