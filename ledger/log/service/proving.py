"""Proofs: of entries under what is published, and of what is signed for witnesses and mirrors."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ledger.kernel.unit import Unit

from .. import store, tiles
from ..model import Entry, Head
from ..proofs import Proof
from ..store import Placed
from ..tiles import Prover
from .reading import NotInLog, NotRecorded, NotYetPublished, reader, seen

PROOF_REFUSALS = (NotRecorded, NotYetPublished)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A placed entry, its index, and the proof of it under one checkpoint."""

    entry: Entry
    proof: Proof


def history(unit: Unit, subjects: Sequence[str]) -> list[Proven]:
    """Return every published entry of `subjects` in log order, each proven under the newest published checkpoint.

    To be called in one snapshot. Entries still on their way there are not among them: see `waiting`.
    """
    head = store.read_published(unit)
    if head is None:
        return []
    found = (one for name in subjects for one in store.entries_of(unit, name, before=head.size))
    prover = Prover(reader(unit))
    return [
        Proven(entry=one.entry, proof=_proof(prover, one, head)) for one in sorted(found, key=lambda one: one.index)
    ]


def proof_of(unit: Unit, entry_id: str) -> Proof:
    """Return the proof of an entry under the newest published checkpoint; `extra` is the entry's own bytes.

    To be called in one snapshot. Refuses `NotRecorded`, `NotYetPublished`.
    """
    placed, head = seen(unit, entry_id)
    return replace(_proof(Prover(reader(unit)), placed, head), extra=placed.entry.content)


def prove_consistency(unit: Unit, old: int, size: int) -> list[bytes]:
    """Return the proof that the signed log of `size` begins with that of `old`; empty from 0 and to itself.

    Refuses `NotInTree`: it never was larger; `NotInLog`: nothing as large is signed.
    """
    head = store.read_signed(unit)
    if head is None or size > head.size:
        raise NotInLog("only what is signed is proven", size=head.size if head else 0)
    return tiles.prove_consistency(reader(unit), old, size)


def prove_subtree(unit: Unit, start: int, stop: int, size: int) -> list[bytes]:
    """Return the proof that the entries `start` up to `stop` are in the signed log of `size` (C2SP tlog-mirror)."""
    return tiles.prove_subtree(reader(unit), start, stop, size)


def placed_entries(unit: Unit, start: int, stop: int) -> list[bytes]:
    """Return the contents of placed entries, published or not: for mirrors, whose word readers may be waiting for."""
    return store.read_entries(unit, start, stop)


def _proof(prover: Prover, placed: Placed, head: Head) -> Proof:
    path = prover.inclusion(placed.index, head.size)
    return Proof(index=placed.index, path=tuple(path), checkpoint=head.note)
