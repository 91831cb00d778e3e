"""An auditor's second opinion on an invoice, from its exported entries alone.

That the invoices of one payment together come to no more than was paid, and that no number was recorded twice, no
subject shows alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from ledger.audit.reading import Entry, Reader, misfits, untimely
from ledger.kernel.calendar import local_date
from ledger.kernel.errors import Refusal

from ..model import (
    INVOICE_KINDS,
    INVOICE_RECORDED,
    INVOICE_REVERSED,
    InvoiceId,
    InvoiceState,
    Issuer,
    Occasion,
    SettlementId,
)

_DECLARED: Final = {kind.name: kind for kind in INVOICE_KINDS}
_PREFIX: Final = {Occasion.PRICE: ("stl_",), Occasion.PART: ("pln_",), Occasion.ROYALTY: ("rty_",)}
_ANY: Final = ("stl_", "pln_", "rty_")


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFold:
    """What the entries amount to; each field should equal the invoice's of the same meaning."""

    settlement: str
    subject: str
    occasion: Occasion
    payment: int
    issuer: Issuer
    amount_fen: int
    tax_fen: int
    issued_on: date
    document_sha256: str
    state: InvoiceState = InvoiceState.RECORDED
    red_on: date | None = None
    red_sha256: str | None = None


def check_invoice(entries: Sequence[Entry]) -> list[str]:
    """Return what is wrong with one invoice's entries, given in order."""
    return _Folding(entries).findings


def fold_invoice(entries: Sequence[Entry]) -> InvoiceFold | None:
    """Return what one invoice's entries amount to, wrong or not; None before it is recorded."""
    return _Folding(entries).as_it_is


class _Folding:
    """A fold in progress. Every finding names the entry."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.findings: list[str] = []
        self.as_it_is: InvoiceFold | None = None
        self._recorded_at: datetime | None = None
        self._id = str(entries[0].get("subject")) if entries else ""
        self._numbers: set[str] = set()
        for entry in entries:
            self._place = f"entry {entry.get('seq')} ({entry.get('kind')})"
            try:
                self._apply(Reader(entry))
            except (ValueError, OverflowError) as reason:
                self._find(f"cannot be read: {reason}")
            except Refusal as refusal:
                self._find(f"cannot be read: {refusal.detail}")

    def _apply(self, entry: Reader) -> None:
        kind, data = entry.text("kind"), entry.inside("data")
        for fault in (*misfits(entry, _DECLARED), *untimely(entry, self._recorded_at)):
            self._find(fault)
        self._recorded_at = entry.instant("recorded_at")
        self._expect(entry.id("subject", InvoiceId) == self._id, "is about another invoice")
        today = local_date(entry.instant("arrived_at"))
        if kind == INVOICE_RECORDED.name:
            self._recorded(data, today)
        elif kind == INVOICE_REVERSED.name and self.as_it_is is not None:
            self._reversed(self.as_it_is, data, today)
        else:
            known = kind in _DECLARED
            self._find("precedes the recording" if known else "is not something that happens to an invoice")
        self._number(entry.inside("opened") if entry.has("opened") else Reader({}))

    def _recorded(self, data: Reader, today: date) -> None:
        self._expect(self.as_it_is is None, "records the invoice again")
        now = InvoiceFold(
            settlement=data.id("settlement", SettlementId),
            subject=data.text("payment_of"),
            occasion=Occasion(data.text("occasion")),
            payment=data.number("payment"),
            issuer=Issuer(data.text("issuer")),
            amount_fen=data.fen("amount_fen"),
            tax_fen=data.fen("tax_fen"),
            issued_on=date.fromisoformat(data.text("issued_on")),
            document_sha256=data.text("document_sha256"),
        )
        self.as_it_is = now
        self._expect(0 <= now.tax_fen < now.amount_fen, "taxes more than it charges")
        self._expect((now.issuer is Issuer.EXCHANGE) == (now.occasion is Occasion.FEE), "is another's to issue")
        self._expect(now.subject.startswith(_PREFIX.get(now.occasion, _ANY)), "is of money that is none of its kind")
        own = not now.subject.startswith("stl_") or now.subject == now.settlement
        self._expect(own, "is of another deal's money")
        self._expect(now.issued_on <= today, "is issued after it was recorded")

    def _reversed(self, now: InvoiceFold, data: Reader, today: date) -> None:
        self._expect(now.state is InvoiceState.RECORDED, "reverses the invoice again")
        told = (data.fen("amount_fen"), data.fen("tax_fen"))
        self._expect(told == (now.amount_fen, now.tax_fen), f"should reverse {now.amount_fen} fen")
        day = date.fromisoformat(data.text("issued_on"))
        self._expect(now.issued_on <= day <= today, "is issued on another day than it can be")
        self.as_it_is = replace(now, state=InvoiceState.REVERSED, red_on=day, red_sha256=data.text("document_sha256"))

    def _number(self, opened: Reader) -> None:
        if not opened.has("number"):
            return
        number = opened.text("number")
        usual = re.fullmatch(r"\d{20}|\d{10}-\d{8}|\d{12}-\d{8}", number, re.ASCII)
        self._expect(usual and number not in self._numbers, "has no number of its own")
        self._numbers.add(number)

    def _expect(self, holds: object, fault: str) -> None:
        if not holds:
            self._find(fault)

    def _find(self, fault: str) -> None:
        self.findings.append(f"{self._place} {fault}")
