"""Every statement that reads the bank's references."""

from collections.abc import Collection

import sqlalchemy as sa

from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit

from ..model import Receipt
from ..tables import payment

_EVERY = sa.select(payment).order_by(payment.c.recorded_at, payment.c.reference)
_OF = _EVERY.where(payment.c.subject.in_(sa.bindparam("subjects", expanding=True)))


def every(unit: Unit) -> list[Receipt]:
    """Return every payment there ever was, the oldest first."""
    return [_receipt(row) for row in unit.connection.execute(_EVERY)]


def of_subjects(unit: Unit, subjects: Collection[str]) -> list[Receipt]:
    """Return the payments received for these, the oldest first."""
    return [_receipt(row) for row in unit.connection.execute(_OF, {"subjects": list(subjects)})]


def out_of(unit: Unit, reference: str) -> list[Receipt]:
    """Return what was received out of a payment that nobody expected, by the name its parts' references begin with."""
    begins = payment.c.reference.startswith(f"{reference}/", autoescape=True)
    return [_receipt(row) for row in unit.connection.execute(_EVERY.where(begins))]


def _receipt(row: sa.Row[tuple[object, ...]]) -> Receipt:
    return Receipt(
        reference=row.reference,
        subject=row.subject,
        code=row.code,
        amount_fen=Fen(row.amount_fen),
        recorded_at=row.recorded_at,
    )
