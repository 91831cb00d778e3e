"""Recording what happened, inside the transaction in which it happened; the sealed values beside it."""

from collections.abc import Sequence

from ledger.kernel.cause import Cause
from ledger.kernel.ids import EntryId
from ledger.kernel.unit import Unit

from .. import store
from ..model import Disclosure, Entry, Event, Link, freeze

NONCE_BYTES = 16


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


def disclosures(unit: Unit, entries: Sequence[str] | None = None) -> list[Disclosure]:
    """Return the sealed values of entries, or of all. Who is entitled to them is the caller's to establish."""
    return store.disclosures_of(unit, entries)


def disclosures_before(unit: Unit, size: int) -> list[Disclosure]:
    """Return the sealed values of the first `size` entries of the log; who is entitled, as above."""
    return store.disclosures_before(unit, size)


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
