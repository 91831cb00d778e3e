"""Recording what happened, inside the transaction in which it happened; reading and proving what is published.

An entry is recorded, placed, signed, published, in that order. Readers see what is published and nothing beyond.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.kernel.ids import EntryId
from ledger.kernel.unit import Unit, named_at

from . import checkpoints, notes, store, tiles
from .lines import BELOW
from .model import Disclosure, Entry, Event, Head, Link, TimeStamp, Trouble, WitnessStanding, freeze
from .policy import Policy
from .proofs import Proof
from .store import Placed, Standing
from .tiles import Bundle, ReadTile, Tile

NONCE_BYTES = 16


class NothingPlaced(Refusal):
    """The log has no checkpoint yet."""

    kind = Kind.NOT_FOUND
    zh = "日志尚无检查点"


class NotInLog(Refusal):
    """The log's size does not imply this tile."""

    kind = Kind.NOT_FOUND
    zh = "日志当前大小不含该分片"


class NotRecorded(Refusal):
    """There is no such entry."""

    kind = Kind.NOT_FOUND
    zh = "没有该条目"


class NotYetPublished(Refusal):
    """The entry is recorded, and no published checkpoint shows it yet."""

    kind = Kind.UNAVAILABLE
    zh = "条目已记录，尚未出现在已发布的检查点中"


class NotStamped(Refusal):
    """No time stamp is kept over a checkpoint of this size."""

    kind = Kind.NOT_FOUND
    zh = "该大小的检查点没有时间戳"


PROOF_REFUSALS = (NotRecorded, NotYetPublished)


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
    """Return the newest published checkpoint. Refuses `NothingPlaced`."""
    head = store.read_published(unit)
    if head is None:
        raise NothingPlaced("nothing has been published yet; ask again shortly")
    return head.note


def resource(unit: Unit, path: str) -> bytes:
    """Return the tile or entry bundle at a tlog-tiles path. Refuses `NotATile`, `NotInLog`.

    A partial that was published stays readable when the tile has grown: it is a prefix of what is there.
    """
    found = tiles.parse_path(path)
    shown = size(unit)
    level = found.level if isinstance(found, Tile) else 0
    if tiles.width_at(shown, level, found.index) < found.width:
        raise NotInLog("ask for what a verified checkpoint implies", size=shown)
    if isinstance(found, Bundle):
        first = found.index * tiles.WIDTH
        return tiles.encode_bundle(store.read_entries(unit, first, first + found.width))
    return _tile(unit, found.level, found.index)[: found.width * 32]


def history(unit: Unit, subjects: Sequence[str]) -> list[Proven]:
    """Return every published entry of `subjects` in log order, each proven under the newest published checkpoint.

    To be called in one snapshot. Entries still on their way there are not among them: see `waiting`.
    """
    head = store.read_published(unit)
    if head is None:
        return []
    found = (one for name in subjects for one in store.entries_of(unit, name, before=head.size))
    read_tile = _reader(unit)
    return [
        Proven(entry=one.entry, proof=_proof(read_tile, one, head)) for one in sorted(found, key=lambda one: one.index)
    ]


def entries(unit: Unit, start: int, stop: int) -> list[bytes]:
    """Return the contents of the published entries `start <= index < stop`, in order."""
    return store.read_published_entries(unit, start, stop)


def waiting(unit: Unit, subject: str | None = None) -> int:
    """Return how many entries, of one subject or of all, are recorded but not yet published."""
    return store.waiting(unit, subject)


def size(unit: Unit) -> int:
    """Return how many entries the newest published checkpoint signs."""
    head = store.read_published(unit)
    return head.size if head else 0


def find(unit: Unit, entry_id: str) -> Placed | None:
    """Return a placed entry with its index, published or not; None where there is none, or it is still waiting."""
    return store.find(unit, entry_id)


def about(unit: Unit, subject: str, **public: str) -> list[EntryId]:
    """Return the entries of `subject`, published or not, in which one public field has this text: `bid="bid_…"`."""
    ((field, value),) = public.items()
    return store.find_about(unit, subject, field, value)


def proof_of(unit: Unit, entry_id: str) -> Proof:
    """Return the proof of an entry under the newest published checkpoint; `extra` is the entry's own bytes.

    To be called in one snapshot. Refuses `NotRecorded`, `NotYetPublished`.
    """
    placed, head = _published(unit, entry_id)
    return replace(_proof(_reader(unit), placed, head), extra=placed.entry.content)


def standing(unit: Unit) -> Standing:
    """Return how far the log is: what is placed, what is signed, what readers see, all of one moment."""
    return store.read_standing(unit)


def waiting_since(unit: Unit) -> datetime | None:
    """Return the machine's time at which the oldest entry that readers do not see was made; None if all are seen."""
    oldest = store.oldest_unpublished(unit)
    return None if oldest is None else named_at(oldest)


def published_entry(unit: Unit, entry_id: str) -> bytes:
    """Return the bytes of a published entry. Refuses `NotRecorded`, `NotYetPublished`."""
    return _published(unit, entry_id)[0].entry.content


def signed(unit: Unit) -> Head | None:
    """Return the newest checkpoint that the log's own keys signed, which readers may not see yet."""
    return store.read_signed(unit)


def published(unit: Unit) -> Head | None:
    """Return the newest checkpoint that readers see, cosignatures and all."""
    return store.read_published(unit)


def publish(unit: Unit, size: int, note: bytes, at: datetime) -> None:
    """Show readers the log up to `size`, under `note`: a signed checkpoint with the cosignatures that it needs.

    A smaller size than is published changes nothing. Whether its signatures hold and suffice is not checked here.
    """
    said = checkpoints.parse(notes.parse(note).text)
    invariant(said.size == size, "a note signs the size it is published for")
    shown = store.save_published(unit, Head(size=size, root=said.root, note=note, at=at))
    newest = None if shown else store.read_published(unit)
    invariant(shown or (newest is not None and newest.size > size), "only what is signed is published")


def withhold_unwitnessed(unit: Unit, policy: Policy) -> bool:
    """Show readers nothing, if what they see lacks the witnesses that `policy` asks for; say whether it was so.

    For a log that is given witnesses, or others than before: until they have seen it, it fails closed.
    """
    head = store.read_published(unit)
    if head is None or policy.is_met_by([one.name for one in policy.cosigners(notes.parse(head.note))]):
        return False
    store.withdraw_published(unit)
    return True


def witness_standings(unit: Unit) -> list[WitnessStanding]:
    """Return how every witness that was ever asked stands."""
    return store.witnesses(unit)


def note_witness(
    unit: Unit,
    url: str,
    *,
    size: int,
    asked_at: datetime,
    cosigned_at: datetime | None = None,
    problem: str | None = None,
) -> None:
    """Remember that the witness at `url` was asked and holds `size` entries; and what is wrong with it, if anything.

    Its size may shrink: a witness that lost its memory is for its keeper to mend. Without `cosigned_at` the last stays.
    """
    stands = WitnessStanding(url=url, size=size, asked_at=asked_at, cosigned_at=cosigned_at, problem=problem)
    store.save_witness(unit, stands)


def troubles(unit: Unit) -> list[Trouble]:
    """Return which processes of the log refuse to work."""
    return store.troubles(unit)


def note_trouble(unit: Unit, part: str, said: str | None) -> None:
    """Keep why a process refuses to work, or with None that it works."""
    if said is None:
        store.drop_trouble(unit, part)
    else:
        store.save_trouble(unit, Trouble(part=part, said=said, at=unit.real_now()))


def keep_time_stamp(unit: Unit, stamp: TimeStamp) -> bool:
    """Keep a token for good; False, and nothing done, where that size has one. The token is not checked here."""
    return store.insert_time_stamp(unit, stamp)


def time_stamps(unit: Unit, *, after: int = 0, limit: int | None = None) -> list[TimeStamp]:
    """Return the time-stamp tokens over sizes above `after`, at most `limit` of them, the smallest size first."""
    return store.time_stamps(unit, after=after, limit=limit)


def newest_time_stamp(unit: Unit) -> TimeStamp | None:
    """Return the time-stamp token over the largest size, or None before the first."""
    return store.newest_time_stamp(unit)


def time_stamp(unit: Unit, size: int) -> TimeStamp:
    """Return the time-stamp token over the checkpoint of one size. Refuses `NotStamped`."""
    if not 0 < size < BELOW or (found := store.time_stamp_of(unit, size)) is None:
        raise NotStamped("no token is kept over the checkpoint of this size; the list says over which")
    return found


def prove_consistency(unit: Unit, old: int, size: int) -> list[bytes]:
    """Return the proof that the signed log of `size` begins with that of `old`; empty from 0 and to itself.

    Refuses `NotInTree`: it never was larger; `NotInLog`: nothing as large is signed.
    """
    head = store.read_signed(unit)
    if head is None or size > head.size:
        raise NotInLog("only what is signed is proven", size=head.size if head else 0)
    return tiles.prove_consistency(_reader(unit), old, size)


def prove_subtree(unit: Unit, start: int, stop: int, size: int) -> list[bytes]:
    """Return the proof that the entries `start` up to `stop` are in the signed log of `size` (C2SP tlog-mirror)."""
    return tiles.prove_subtree(_reader(unit), start, stop, size)


def placed_entries(unit: Unit, start: int, stop: int) -> list[bytes]:
    """Return the contents of placed entries, published or not: for mirrors, whose word readers may be waiting for."""
    return store.read_entries(unit, start, stop)


def disclosures(unit: Unit, entries: Sequence[str] | None = None) -> list[Disclosure]:
    """Return the sealed values of entries, or of all. Who is entitled to them is the caller's to establish."""
    return store.disclosures_of(unit, entries)


def disclosures_before(unit: Unit, size: int) -> list[Disclosure]:
    """Return the sealed values of the first `size` entries of the log; who is entitled, as above."""
    return store.disclosures_before(unit, size)


def _published(unit: Unit, entry_id: str) -> tuple[Placed, Head]:
    placed, head = store.find(unit, entry_id), store.read_published(unit)
    if placed is None and not store.is_sent(unit, entry_id):
        raise NotRecorded("no entry has this name")
    if placed is None or head is None or placed.index >= head.size:
        raise NotYetPublished(
            "the entry is recorded; it is shown once a checkpoint that holds it is published",
            size=head.size if head else 0,
        )
    return placed, head


def _proof(read_tile: ReadTile, placed: Placed, head: Head) -> Proof:
    path = tiles.prove_inclusion(read_tile, placed.index, head.size)
    return Proof(index=placed.index, path=tuple(path), checkpoint=head.note)


def _reader(unit: Unit) -> ReadTile:
    """Return what reads tiles, each once."""
    kept: dict[tuple[int, int], bytes] = {}

    def read_tile(level: int, index: int) -> bytes:
        if (level, index) not in kept:
            kept[level, index] = _tile(unit, level, index)
        return kept[level, index]

    return read_tile


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
