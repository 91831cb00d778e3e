"""The verbs of invoices: recorded against a payment, reversed by a red one. No money moves."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Final

from ledger.kernel.calendar import local_date
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.kernel.money import Fen

from ..model import (
    INVOICE_RECORDED,
    INVOICE_REVERSED,
    Invoice,
    InvoiceCommand,
    InvoiceDecision,
    InvoiceId,
    InvoiceState,
    Invoicing,
    Issuer,
    Payment,
    RecordInvoice,
    ReverseInvoice,
)
from .authority import READ_ALL, RECORD_PAYMENTS
from .drawing import drawn
from .fields import UnusableField, require_amount, require_sha256

ISSUE: Final = "settlements.settle"
EARLIEST: Final = date(2000, 1, 1)
"""No deal of this exchange is older: a day before it is a slip of the pen."""
_NUMBER: Final = re.compile(r"[0-9]{20}|([0-9]{10}|[0-9]{12})-[0-9]{8}", re.ASCII)

# What each command leads to. None is answered in REVERSED: that is final.
TRANSITIONS: Mapping[tuple[InvoiceState, type[InvoiceCommand]], tuple[InvoiceState, ...]] = MappingProxyType(
    {(InvoiceState.RECORDED, ReverseInvoice): (InvoiceState.REVERSED,)}
)


class NoSuchInvoice(Refusal):
    """There is no such invoice."""

    kind = Kind.NOT_FOUND
    zh = "没有这张发票"


class NotTheIssuer(Refusal):
    """Only who issued an invoice records it, or reverses it."""

    kind = Kind.FORBIDDEN
    zh = "只有开票方可以登记或者红冲发票"


class NoSuchPayment(Refusal):
    """There is no such payment in this deal."""

    kind = Kind.NOT_FOUND
    zh = "本笔交易没有这笔款项"


class AlreadyReversed(Refusal):
    """A red invoice has reversed it already."""

    kind = Kind.CONFLICT
    zh = "该发票此前已经红冲"


class InvoicedTooMuch(Refusal):
    """The invoices would come to more than was paid."""

    kind = Kind.CONFLICT
    zh = "发票金额合计超过已付款项"


class NumberRecorded(Refusal):
    """An invoice of this number has been recorded already.

    Raised by the store, which alone knows every invoice there ever was.
    """

    kind = Kind.CONFLICT
    zh = "该发票号码此前已经登记"


REFUSALS: tuple[type[Refusal], ...] = (
    NoSuchInvoice,
    NotTheIssuer,
    NoSuchPayment,
    AlreadyReversed,
    UnusableField,
    InvoicedTooMuch,
    NumberRecorded,
)
"""In the order they are checked; of any one command only some apply."""


def record(
    id: InvoiceId,
    parties: Invoicing,
    payment: Payment,
    command: RecordInvoice,
    cause: Cause,
    *,
    standing: Sequence[Invoice],
) -> InvoiceDecision:
    """Record an invoice against a payment, beside the `standing` ones against the same.

    Refuses `NotTheIssuer`, `UnusableField`, `InvoicedTooMuch`. Not checked: that the tax office knows it; the record
    keeps the document's hash.
    """
    require_issuer(parties, payment.issuer, cause)
    _require_number(command.number)
    require_amount(command.amount_fen, "amount")
    if not 0 <= command.tax_fen < command.amount_fen:
        raise UnusableField("the tax is part of the amount", field="tax")
    _require_day(command.issued_on, cause)
    require_sha256(command.document_sha256, "document_sha256")
    left_fen = payment.paid_fen - sum(one.amount_fen for one in standing if one.state is InvoiceState.RECORDED)
    if command.amount_fen > left_fen:
        raise InvoicedTooMuch("invoice what was paid, once", left_fen=max(left_fen, 0))
    new = Invoice(
        id=id,
        settlement=parties.settlement,
        subject=payment.subject,
        occasion=payment.occasion,
        payment=payment.number,
        issuer=payment.issuer,
        number=command.number,
        amount_fen=command.amount_fen,
        tax_fen=command.tax_fen,
        issued_on=command.issued_on,
        document_sha256=command.document_sha256,
    )
    event = INVOICE_RECORDED(
        id,
        settlement=new.settlement,
        payment_of=new.subject,
        occasion=new.occasion,
        payment=new.payment,
        issuer=new.issuer,
        amount_fen=new.amount_fen,
        tax_fen=new.tax_fen,
        issued_on=new.issued_on.isoformat(),
        document_sha256=new.document_sha256,
        number=new.number,
        by=cause.actor.named,
    )
    return InvoiceDecision(invoice=new, events=(event,))


def decide(invoice: Invoice, parties: Invoicing, command: InvoiceCommand, cause: Cause) -> InvoiceDecision:
    """Return what `command` changes, or raise the first of `REFUSALS` that applies."""
    require_issuer(parties, invoice.issuer, cause)
    targets = TRANSITIONS.get((invoice.state, type(command)))
    if targets is None:
        raise AlreadyReversed("record a new invoice instead", state=invoice.state.value)
    decision = _reverse(invoice, command, cause)
    invariant(decision.invoice.state in targets, "a decision stays within the table")
    return decision


def diagram() -> str:
    """Return the table as a Mermaid state diagram, for the documentation."""
    return drawn(TRANSITIONS, InvoiceState, first=f"{InvoiceState.RECORDED}: record")


def require_issuer(parties: Invoicing, issuer: Issuer, cause: Cause) -> None:
    """Refuse `NotTheIssuer` to whoever does not issue this invoice: the seller, or an officer of the exchange."""
    sellers = issuer is Issuer.SELLER
    theirs = cause.actor.organisation == parties.seller if sellers else True
    if not theirs or not cause.actor.may(ISSUE if sellers else RECORD_PAYMENTS):
        raise NotTheIssuer(f"it is the {issuer}'s")


def may_see(parties: Invoicing, cause: Cause) -> bool:
    """Whether a deal's invoices are the actor's to look at: the seller's, the buyer's, a supervisor's."""
    return cause.actor.organisation in {parties.seller, parties.buyer} or cause.actor.may(READ_ALL)


def _reverse(invoice: Invoice, command: ReverseInvoice, cause: Cause) -> InvoiceDecision:
    """Reverse the whole of an invoice. Refuses `UnusableField`."""
    _require_number(command.number)
    _require_day(command.issued_on, cause, since=invoice.issued_on)
    require_sha256(command.document_sha256, "document_sha256")
    after = replace(
        invoice,
        state=InvoiceState.REVERSED,
        red_number=command.number,
        red_on=command.issued_on,
        red_sha256=command.document_sha256,
    )
    event = INVOICE_REVERSED(
        invoice.id,
        amount_fen=Fen(invoice.amount_fen),
        tax_fen=invoice.tax_fen,
        issued_on=command.issued_on.isoformat(),
        document_sha256=command.document_sha256,
        number=command.number,
        by=cause.actor.named,
    )
    return InvoiceDecision(invoice=after, events=(event,))


def _require_number(text: str) -> None:
    if not _NUMBER.fullmatch(text):
        raise UnusableField("write 20 digits, or a code of 10 or 12 digits, a hyphen and 8 digits", field="number")


def _require_day(day: date, cause: Cause, *, since: date = EARLIEST) -> None:
    if not since <= day <= local_date(cause.at):
        raise UnusableField(
            "an invoice is issued before it is recorded, a red one after what it reverses, and none before this "
            "exchange could have had a deal",
            field="issued_on",
        )
