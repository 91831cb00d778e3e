"""What a wing records: the chain of each subject, the outbox, and the sealed values kept apart."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ledger.kernel.ids import EntryId
from ledger.kernel.unit import Unit

from ..model import Disclosure, Entry, Link
from ..tables import disclosures, entries, outbox, subject_head

_FIRST = postgresql.insert(subject_head)
_LOCK_SUBJECTS = _FIRST.on_conflict_do_update(index_elements=["subject"], set_={"seq": subject_head.c.seq}).returning(
    subject_head, sort_by_parameter_order=False
)
_ADVANCE = (
    sa.update(subject_head)
    .where(subject_head.c.subject == sa.bindparam("of"))
    .values(seq=sa.bindparam("next"), leaf=sa.bindparam("leaf"))
)
_SEND = sa.insert(outbox).inline()
_DISCLOSE = sa.insert(disclosures)


def lock_subjects(unit: Unit, subjects: Iterable[str]) -> dict[str, Link]:
    """Lock the heads of `subjects` in name order; return the link each one's next entry must carry.

    A subject seen for the first time gets its row here, so two first events of one subject cannot both be first.
    """
    wanted = [{"subject": one, "seq": 0, "leaf": bytes(32)} for one in sorted(set(subjects))]
    rows = unit.connection.execute(_LOCK_SUBJECTS, wanted)
    return {row.subject: _next_link(row.seq, row.leaf) for row in rows}


def send(unit: Unit, frozen: Sequence[Entry]) -> None:
    """Hand entries to the sequencer."""
    unit.write(
        _SEND,
        [
            {"id": one.id, "kind": one.kind, "subject": one.subject, "seq": one.seq, "content": one.content}
            for one in frozen
        ],
    )


def fix(unit: Unit, frozen: Sequence[Entry], revealed: Sequence[Disclosure]) -> None:
    """Advance the heads of the entries' subjects, and keep the sealed values apart."""
    newest = {one.subject: one for one in frozen}
    unit.write(_ADVANCE, [{"of": name, "next": one.seq + 1, "leaf": one.leaf} for name, one in newest.items()])
    if revealed:
        unit.write(
            _DISCLOSE,
            [
                {
                    "entry": one.entry,
                    "field": one.field,
                    "salt": one.salt,
                    "value": json.dumps(one.value, ensure_ascii=False),
                }
                for one in revealed
            ],
        )


def disclosures_of(unit: Unit, entry_ids: Sequence[str] | None = None) -> list[Disclosure]:
    """Return the sealed values of the named entries, or of all of them."""
    query = sa.select(disclosures).order_by(disclosures.c.entry, disclosures.c.field)
    if entry_ids is not None:
        query = query.where(disclosures.c.entry.in_(entry_ids))
    return _disclosed(unit, query)


def disclosures_before(unit: Unit, size: int) -> list[Disclosure]:
    """Return the sealed values of the entries that stand before index `size`."""
    query = sa.select(disclosures).join(entries, entries.c.id == disclosures.c.entry).where(entries.c.index < size)
    return _disclosed(unit, query.order_by(disclosures.c.entry, disclosures.c.field))


def _disclosed(unit: Unit, query: "sa.Select[tuple[Any, ...]]") -> list[Disclosure]:  # Any: several types
    return [
        Disclosure(entry=EntryId(row.entry), field=row.field, salt=row.salt, value=json.loads(row.value))
        for row in unit.connection.execute(query)
    ]


def _next_link(seq: int, leaf: bytes) -> Link:
    return Link(seq=seq, prev=leaf.hex() if seq else None)
