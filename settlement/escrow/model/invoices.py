"""The nouns of invoices (发票) recorded against payments: what each says, and what reverses it.

recorded -> reversed                         by one red invoice (红字发票), of the whole

A payment is named by whose money it is and what for, never by the bank's reference, which only the payer knows: the
price of a settlement, the exchange's fee on it, a part of a plan, a period of a royalty. Several payments for one of
these (a deposit and a balance; a royalty and what an audit added) are one: invoices are held against their sum.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from ledger.kernel.ids import Id, OrganisationId
from ledger.kernel.money import Fen
from ledger.log.model import Event, event_kind

from .division import NOTHING
from .settlements import SettlementId


class InvoiceId(Id, prefix="inv"):
    """Names an invoice; also the subject of its entries."""


class InvoiceState(StrEnum):
    """Whether an invoice counts."""

    RECORDED = "recorded"  # its issuer: may reverse it
    REVERSED = "reversed"  # nobody


class Occasion(StrEnum):
    """What a payment was for; the comment says who issues the invoice, and for what subject."""

    PRICE = "price"  # seller, a settlement
    FEE = "fee"  # exchange, whatever it takes a fee of
    PART = "part"  # seller, a plan
    ROYALTY = "royalty"  # seller, a royalty


class Issuer(StrEnum):
    """Who issues an invoice."""

    SELLER = "seller"
    EXCHANGE = "exchange"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """What an invoice is held against: whose money, what for, and which of several, counted from 1 (0: the only one).

    `paid_fen` is what came of it so far.
    """

    subject: str
    occasion: Occasion
    number: int
    paid_fen: Fen = NOTHING

    @property
    def issuer(self) -> Issuer:
        """Whose invoice it is."""
        return Issuer.EXCHANGE if self.occasion is Occasion.FEE else Issuer.SELLER


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """An invoice (发票). `amount_fen` includes the tax (价税合计).

    `number` is 20 digits (数电票), or the 8 digits of the older kind behind its code of 10 or 12 and a hyphen.
    """

    id: InvoiceId
    settlement: SettlementId
    subject: str
    occasion: Occasion
    payment: int
    issuer: Issuer
    number: str
    amount_fen: Fen
    tax_fen: Fen
    issued_on: date
    document_sha256: str
    state: InvoiceState = InvoiceState.RECORDED
    red_number: str | None = None
    red_on: date | None = None
    red_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordInvoice:
    """Record an invoice, as whoever issued it."""

    number: str
    amount_fen: Fen
    tax_fen: Fen
    issued_on: date
    document_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseInvoice:
    """Record the red invoice that reverses an invoice: its own number, the same amount."""

    number: str
    issued_on: date
    document_sha256: str


InvoiceCommand: TypeAlias = ReverseInvoice
INVOICE_COMMANDS: tuple[type[InvoiceCommand], ...] = (ReverseInvoice,)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDecision:
    """What accepting a command changes, and what to record; no money moves."""

    invoice: Invoice
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoicing:
    """The parties of the deal whose payments are invoiced."""

    settlement: SettlementId
    seller: OrganisationId
    buyer: OrganisationId


INVOICE_RECORDED = event_kind(
    "escrow.invoice_recorded",
    public="settlement payment_of occasion payment issuer amount_fen tax_fen issued_on document_sha256",
    sealed="number by",
)
INVOICE_REVERSED = event_kind(
    "escrow.invoice_reversed", public="amount_fen tax_fen issued_on document_sha256", sealed="number by"
)

INVOICE_KINDS = (INVOICE_RECORDED, INVOICE_REVERSED)
"""Everything that can happen to an invoice on the record."""
