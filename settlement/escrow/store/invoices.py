"""Every statement on the tables of invoices."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit

from ..model import Invoice, InvoiceId, InvoiceState, Issuer, Occasion, SettlementId
from ..rules import invoices as rules
from ..tables import invoice, invoice_number

_INSERT = sa.insert(invoice)
_SAVE = (
    sa.update(invoice)
    .where(invoice.c.id == sa.bindparam("this"))
    .values({name: sa.bindparam(name) for name in ("state", "red_number", "red_on", "red_sha256")})
)
_NUMBER = postgresql.insert(invoice_number).on_conflict_do_nothing().returning(invoice_number.c.number)
_OF = sa.select(invoice).where(invoice.c.settlement == sa.bindparam("of")).order_by(invoice.c.place)


def load(unit: Unit, id: InvoiceId, *, lock: bool = False) -> Invoice:
    """Return the invoice. Refuses `NoSuchInvoice`. Its settlement is locked before it."""
    query = sa.select(invoice).where(invoice.c.id == id)
    row = unit.connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise rules.NoSuchInvoice("there is no invoice of this name that you may see")
    return _invoice(row)


def of_settlement(unit: Unit, settlement: SettlementId) -> list[Invoice]:
    """Return every invoice of a deal, in the order in which they were recorded."""
    return [_invoice(row) for row in unit.connection.execute(_OF, {"of": settlement})]


def begin(unit: Unit, new: Invoice) -> None:
    """Write an invoice. Refuses `NumberRecorded`; a rival that records the same number is waited for."""
    unit.write(_INSERT, _columns(new))
    _take_number(unit, new, new.number)


def save(unit: Unit, after: Invoice) -> None:
    """Write the reversal of an invoice that was loaded with a lock. Refuses `NumberRecorded`."""
    assert after.red_number is not None
    unit.write(
        _SAVE,
        {
            "this": after.id,
            "state": after.state,
            "red_number": after.red_number,
            "red_on": after.red_on,
            "red_sha256": after.red_sha256,
        },
    )
    _take_number(unit, after, after.red_number)


def _take_number(unit: Unit, one: Invoice, number: str) -> None:
    if unit.connection.execute(_NUMBER, {"number": number, "invoice": one.id}).one_or_none() is None:
        raise rules.NumberRecorded("an invoice is recorded once, a red one too")


def _invoice(row: sa.Row[tuple[object, ...]]) -> Invoice:
    return Invoice(
        id=InvoiceId(row.id),
        settlement=SettlementId(row.settlement),
        subject=row.subject,
        occasion=Occasion(row.occasion),
        payment=row.payment,
        issuer=Issuer(row.issuer),
        number=row.number,
        amount_fen=Fen(row.amount_fen),
        tax_fen=Fen(row.tax_fen),
        issued_on=row.issued_on,
        document_sha256=row.document_sha256,
        state=InvoiceState(row.state),
        red_number=row.red_number,
        red_on=row.red_on,
        red_sha256=row.red_sha256,
    )


def _columns(one: Invoice) -> dict[str, object]:
    return {each.name: getattr(one, each.name) for each in invoice.c if each.name != "place"}
