"""Every statement on when the whole books were proven."""

import sqlalchemy as sa

from ledger.kernel.unit import Unit

from ..model import Proof
from ..tables import books_proof

_KEEP = sa.insert(books_proof)
_LAST = sa.select(books_proof).order_by(books_proof.c.place.desc()).limit(1)


def keep(unit: Unit, proof: Proof) -> None:
    """Append a proof."""
    unit.write(_KEEP, {"at": proof.at, "findings": proof.findings})


def last(unit: Unit) -> Proof | None:
    """Return the proof that was kept last; None before the first."""
    row = unit.connection.execute(_LAST).one_or_none()
    return None if row is None else Proof(at=row.at, findings=row.findings)
