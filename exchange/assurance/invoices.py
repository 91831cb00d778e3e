"""Invoices held against the payments they are for: what was paid, whoever tells of it, and what was invoiced of it."""

from collections.abc import Iterator, Mapping
from typing import Final

from ledger.audit.reading import Entry, Reader
from ledger.audit.report import Finding
from settlement.escrow import model as escrow
from settlement.escrow.model import Occasion

from .facts import Facts, Invoice
from .trade import opened_text

# What each kind tells to have been paid, or taken as a fee: the field, and the field that says which of several it is.
_PAID: Final[Mapping[str, tuple[Occasion, str | None, tuple[str, ...]]]] = {
    escrow.BALANCE_PAID.name: (Occasion.PRICE, None, ("price_fen",)),
    escrow.SETTLED.name: (Occasion.FEE, None, ("fee_fen",)),
    escrow.DEPOSIT_FORFEITED.name: (Occasion.FEE, None, ("fee_fen",)),
    escrow.PART_PAID.name: (Occasion.PART, "part", ("price_fen", "interest_fen")),
    escrow.PART_DIVIDED.name: (Occasion.FEE, None, ("fee_fen",)),
    escrow.PLAN_DEPOSIT_LOST.name: (Occasion.FEE, None, ("fee_fen",)),
    escrow.ROYALTY_PAID.name: (Occasion.ROYALTY, "period", ("amount_fen",)),
    escrow.ROYALTY_DIVIDED.name: (Occasion.FEE, None, ("fee_fen",)),
}


def read_paid(facts: Facts, entry: Entry) -> None:
    """Add what an entry tells to have been paid. What later goes back is invoiced in red, which is not held here."""
    if (told := _PAID.get(str(entry["kind"]))) is None:
        return
    occasion, which, fields = told
    data = Reader(entry).inside("data")
    key = (str(entry["subject"]), occasion.value, data.number(which) if which else 0)
    facts.paid[key] = facts.paid.get(key, 0) + sum(data.fen(name) for name in fields)


def read_invoice(facts: Facts, entry: Entry, index: int) -> None:
    """Take the next entry of an invoice."""
    kind, name, data = entry["kind"], str(entry["subject"]), Reader(entry).inside("data")
    number = opened_text(entry, "number")
    if kind == escrow.INVOICE_RECORDED.name:
        known = Invoice(
            id=name,
            index=index,
            settlement=data.text("settlement"),
            payment=(data.text("payment_of"), data.text("occasion"), data.number("payment")),
            amount_fen=data.fen("amount_fen"),
        )
        facts.invoices.setdefault(name, known).numbers.append((index, number))
    elif kind == escrow.INVOICE_REVERSED.name and name in facts.invoices:
        facts.invoices[name].reversed = True
        facts.invoices[name].numbers.append((index, number))


def findings(facts: Facts) -> Iterator[Finding]:
    """Yield invoices of another deal's money, of more than was paid, and numbers that were recorded twice."""
    left, numbers = dict(facts.paid), dict[str, str]()
    for one in sorted(facts.invoices.values(), key=lambda each: each.index):
        if one.settlement != _settlement_of(facts, one.payment[0]):
            yield Finding(f"{one.id}: is of money that is not that of {one.settlement}", one.index)
        if not one.reversed:
            left[one.payment] = left.get(one.payment, 0) - one.amount_fen
            if left[one.payment] < 0:
                yield Finding(f"{one.id}: invoices more than was paid, with those before it", one.index)
        for index, number in one.numbers:
            if number is not None and numbers.setdefault(number, one.id) != one.id:
                yield Finding(f"{one.id}: has a number of {numbers[number]}", index)


def _settlement_of(facts: Facts, subject: str) -> str | None:
    if subject in facts.plans:
        return facts.plans[subject].settlement
    if subject in facts.royalties:
        return facts.royalties[subject].settlement
    return subject if subject in facts.settlements else None
