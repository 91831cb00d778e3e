"""Build invoices by recording them; a test overrides only what it is about.

The usual invoice is the seller's, of the whole price of the usual settlement with 6 % of tax in it.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from ledger.kernel.cause import Cause
from ledger.kernel.errors import Refusal
from ledger.kernel.money import Fen
from settlement.escrow import checks
from settlement.escrow.model import (
    Invoice,
    InvoiceDecision,
    InvoiceId,
    Invoicing,
    Occasion,
    Payment,
    RecordInvoice,
    ReverseInvoice,
)
from settlement.escrow.rules import invoices as rules
from tests import make_escrow as make
from tests.make_auctions import Record

ID = InvoiceId.from_number(6)
RECORDED_AT = datetime(2026, 3, 10, 4, tzinfo=UTC)
REVERSED_AT = datetime(2026, 3, 12, 4, tzinfo=UTC)
NUMBER = "26150000000000000001"
RED = "26150000000000000002"
OLD = "1500213130-04455667"
PARTIES = Invoicing(settlement=make.ID, seller=make.SELLER, buyer=make.ANN)


def payment(**changes: Any) -> Payment:
    return replace(Payment(subject=make.ID, occasion=Occasion.PRICE, number=0, paid_fen=make.PRICE), **changes)


def record(**changes: Any) -> RecordInvoice:
    usual = RecordInvoice(
        number=NUMBER,
        amount_fen=make.PRICE,
        tax_fen=Fen(1_132_077),
        issued_on=date(2026, 3, 10),
        document_sha256="d" * 64,
    )
    return replace(usual, **changes)


def reverse(**changes: Any) -> ReverseInvoice:
    return replace(ReverseInvoice(number=RED, issued_on=date(2026, 3, 12), document_sha256="e" * 64), **changes)


def seller(at: datetime = RECORDED_AT) -> Cause:
    return make.by(make.SELLER, "settlements.settle", at=at)


def recorded(
    command: RecordInvoice | None = None, cause: Cause | None = None, *, standing: tuple[Invoice, ...] = (), **of: Any
) -> InvoiceDecision:
    return rules.record(ID, PARTIES, payment(**of), command or record(), cause or seller(), standing=standing)


def invoice(**changes: Any) -> Invoice:
    return replace(recorded().invoice, **changes)


def reversal(command: ReverseInvoice | None = None, cause: Cause | None = None) -> InvoiceDecision:
    return rules.decide(invoice(), PARTIES, command or reverse(), cause or seller(REVERSED_AT))


def entries(*, turned: bool = True, opened: bool = True) -> list[dict[str, Any]]:
    """What an invoice that was reversed leaves in the record."""
    log = Record(opened=opened)
    log.write(recorded().events, RECORDED_AT)
    if turned:
        log.write(reversal().events, REVERSED_AT)
    return log.entries


def refused(act: Any, *given: Any, **named: Any) -> str:
    """Why `act` is refused, or `done`."""
    try:
        act(*given, **named)
    except Refusal as refusal:
        return refusal.code().removeprefix("escrow/")
    return "done"


def amounts_to(one: Invoice) -> checks.InvoiceFold:
    """What the invoice's entries should amount to."""
    names = checks.InvoiceFold.__dataclass_fields__
    return checks.InvoiceFold(**{name: getattr(one, name) for name in names})
