"""Invoices over HTTP: recorded by whoever issued them, reversed by the same, seen by the parties and supervisors.

The seller and the exchange's officers use the same doors; which of them may issue an invoice follows from what it is
for, and is asked where that is known.
"""

from datetime import date
from typing import Annotated

from fastapi.responses import JSONResponse
from pydantic import Field, StrictInt, StrictStr

from ledger.kernel.answers import Reply
from ledger.kernel.unit import Unit
from ledger.kernel.web import Door, Money, Shape, described_as, done, named, needs, refuses

from ..model import MAX_PERIODS, Invoice, InvoiceId, InvoiceState, Issuer, Occasion, RecordInvoice, ReverseInvoice
from ..service import invoices as service
from .router import router
from .settlements import READ, SettlementPath
from .shapes import Sha256

PaidFor = Annotated[Occasion, described_as("PaidFor")]
InvoicePath = Annotated[InvoiceId, named(InvoiceId)]
Number = Annotated[
    StrictStr,
    Field(
        pattern=r"^([0-9]{20}|([0-9]{10}|[0-9]{12})-[0-9]{8})$",
        description="数电票: 20 digits; older ones: their code, a hyphen, 8 digits",
    ),
]


class InvoiceBody(Shape):
    """An invoice, and the payment it is for: the price or a fee; of a plan or a royalty, name it and which part."""

    occasion: PaidFor
    payment_of: Annotated[
        StrictStr | None,
        Field(pattern=r"^(stl|pln|rty)_[0-9a-hjkmnp-tv-z]{26}$", description="whose money; null: the settlement's"),
    ] = None
    payment: Annotated[
        StrictInt, Field(ge=0, le=MAX_PERIODS, description="which part or period; 0 where there is only one")
    ] = 0
    number: Number
    amount: Annotated[Money, Field(description="with the tax")]
    tax: Money
    issued_on: date
    document_sha256: Sha256

    def command(self) -> RecordInvoice:
        """Return the command."""
        return RecordInvoice(
            number=self.number,
            amount_fen=self.amount.fen,
            tax_fen=self.tax.fen,
            issued_on=self.issued_on,
            document_sha256=self.document_sha256,
        )


class RedInvoiceBody(Shape):
    """The red invoice that reverses the whole of an invoice."""

    number: Number
    issued_on: date
    document_sha256: Sha256

    def command(self) -> ReverseInvoice:
        """Return the command."""
        return ReverseInvoice(number=self.number, issued_on=self.issued_on, document_sha256=self.document_sha256)


class InvoiceShape(Shape):
    """An invoice as the parties of its deal and supervisors see it."""

    id: str
    settlement: str
    payment_of: str
    occasion: PaidFor
    payment: int
    issuer: Issuer
    number: str
    amount: Money
    tax: Money
    issued_on: date
    document_sha256: str
    state: InvoiceState
    red_number: str | None
    red_on: date | None

    @classmethod
    def of(cls, one: Invoice) -> "InvoiceShape":
        """Write an invoice."""
        return cls(
            id=one.id,
            settlement=one.settlement,
            payment_of=one.subject,
            occasion=one.occasion,
            payment=one.payment,
            issuer=one.issuer,
            number=one.number,
            amount=Money.of(one.amount_fen),
            tax=Money.of(one.tax_fen),
            issued_on=one.issued_on,
            document_sha256=one.document_sha256,
            state=one.state,
            red_number=one.red_number,
            red_on=one.red_on,
        )


class InvoicesShape(Shape):
    """The invoices of a deal."""

    invoices: list[InvoiceShape]


@router.get(
    "/settlements/{settlement}/invoices", response_model=InvoicesShape, responses=refuses(*service.LIST_REFUSALS)
)
def list_invoices(settlement: SettlementPath, door: Door = needs(READ)) -> InvoicesShape:
    """Return every invoice of a deal, in the order in which they were recorded."""
    found = door.read(lambda unit: service.listed(unit, door.cause, settlement))
    return InvoicesShape(invoices=[InvoiceShape.of(one) for one in found])


@router.post(
    "/settlements/{settlement}/invoices",
    status_code=201,
    response_model=InvoiceShape,
    responses=refuses(*service.RECORD_REFUSALS),
)
def record_invoice(settlement: SettlementPath, body: InvoiceBody, door: Door = needs(READ)) -> JSONResponse:
    """Record an invoice against a payment, as its issuer: the seller, or for a fee an officer of the exchange."""

    def act(unit: Unit) -> Reply:
        made = service.record(
            unit,
            door.cause,
            settlement,
            body.command(),
            occasion=body.occasion,
            subject=body.payment_of,
            number=body.payment,
        )
        return done(201, InvoiceShape.of(made))

    return door.command(body, act)


@router.get("/invoices/{invoice}", response_model=InvoiceShape, responses=refuses(*service.SEEING_REFUSALS))
def read_invoice(invoice: InvoicePath, door: Door = needs(READ)) -> InvoiceShape:
    """Return an invoice to the parties of its deal and supervisors."""
    return InvoiceShape.of(door.read(lambda unit: service.find(unit, door.cause, invoice)))


@router.post("/invoices/{invoice}/reverse", response_model=InvoiceShape, responses=refuses(*service.REVERSE_REFUSALS))
def reverse_invoice(invoice: InvoicePath, body: RedInvoiceBody, door: Door = needs(READ)) -> JSONResponse:
    """Record the red invoice that reverses an invoice, as its issuer."""

    def act(unit: Unit) -> Reply:
        return done(200, InvoiceShape.of(service.reverse(unit, door.cause, invoice, body.command())))

    return door.command(body, act)
