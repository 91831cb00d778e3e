"""One function per command of invoices, and what parties may read of them.

An invoice is held against what came of a payment while the deal's settlement is locked, so that two that are recorded
at once do not together come to more.
"""

from dataclasses import replace

from ledger.kernel.cause import Cause
from ledger.kernel.errors import Refusal
from ledger.kernel.ids import Id
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit
from ledger.log import service as log

from .. import rules as escrow
from ..model import (
    Invoice,
    InvoiceId,
    Invoicing,
    Occasion,
    Payment,
    RecordInvoice,
    ReverseInvoice,
    Settlement,
    SettlementId,
    State,
)
from ..rules import invoices as rules
from ..store import invoices as store
from ..store import plans, royalties, settlements

SEEING_REFUSALS: tuple[type[Refusal], ...] = (rules.NoSuchInvoice,)
LIST_REFUSALS: tuple[type[Refusal], ...] = (escrow.NoSuchSettlement,)
RECORD_REFUSALS: tuple[type[Refusal], ...] = (
    escrow.NoSuchSettlement,
    rules.NotTheIssuer,
    rules.NoSuchPayment,
    escrow.UnusableField,
    rules.InvoicedTooMuch,
    rules.NumberRecorded,
)
"""What recording an invoice may be refused for, in the order it is checked; for the doors to document."""

REVERSE_REFUSALS: tuple[type[Refusal], ...] = (
    rules.NoSuchInvoice,
    rules.NotTheIssuer,
    rules.AlreadyReversed,
    escrow.UnusableField,
    rules.NumberRecorded,
)


def record(
    unit: Unit,
    cause: Cause,
    settlement: SettlementId,
    command: RecordInvoice,
    *,
    occasion: Occasion,
    subject: str | None = None,
    number: int = 0,
) -> Invoice:
    """Record an invoice against a payment of a deal, as its issuer. Refuses `RECORD_REFUSALS`.

    `subject` is whose money it is, the settlement's own where None; `number` the part or the period, 0 where there is
    one payment only.
    """
    deal = settlements.load(unit, settlement, lock=True)
    parties = _parties(deal, cause)
    payment = Payment(subject=subject or deal.id, occasion=occasion, number=number)
    rules.require_issuer(parties, payment.issuer, cause)
    payment = replace(payment, paid_fen=_paid_fen(unit, deal, payment))
    standing = [
        one
        for one in store.of_settlement(unit, settlement)
        if (one.subject, one.occasion, one.payment) == (payment.subject, occasion, number)
    ]
    decision = rules.record(unit.fresh(InvoiceId), parties, payment, command, cause, standing=standing)
    store.begin(unit, decision.invoice)
    log.record(unit, cause, *decision.events)
    return decision.invoice


def reverse(unit: Unit, cause: Cause, id: InvoiceId, command: ReverseInvoice) -> Invoice:
    """Record the red invoice that reverses an invoice, as its issuer. Refuses `REVERSE_REFUSALS`."""
    parties = _parties(settlements.load(unit, store.load(unit, id).settlement, lock=True), cause, id)
    decision = rules.decide(store.load(unit, id, lock=True), parties, command, cause)
    store.save(unit, decision.invoice)
    log.record(unit, cause, *decision.events)
    return decision.invoice


def find(unit: Unit, cause: Cause, id: InvoiceId) -> Invoice:
    """Return an invoice to the parties of its deal, or a supervisor. Refuses `NoSuchInvoice`."""
    found = store.load(unit, id)
    _parties(settlements.load(unit, found.settlement), cause, id)
    return found


def listed(unit: Unit, cause: Cause, settlement: SettlementId) -> list[Invoice]:
    """Return every invoice of a deal to its parties, or a supervisor. Refuses `NoSuchSettlement`."""
    _parties(settlements.load(unit, settlement), cause)
    return store.of_settlement(unit, settlement)


def of_settlement(unit: Unit, settlement: SettlementId) -> list[Invoice]:
    """Return every invoice of a deal, for flows and packs; who may know is the caller's to establish."""
    return store.of_settlement(unit, settlement)


def _parties(deal: Settlement, cause: Cause, invoice: Id | None = None) -> Invoicing:
    """Return the parties of a deal to whom may know. Refuses `NoSuchInvoice`, or without one `NoSuchSettlement`."""
    may_see = escrow.may_see(deal, cause)
    if deal.buyer is not None and may_see:
        return Invoicing(settlement=deal.id, seller=deal.seller, buyer=deal.buyer)
    if invoice is not None:
        raise rules.NoSuchInvoice("there is no invoice of this name that you may see")
    if may_see:
        raise rules.NoSuchPayment("nothing was sold yet")
    raise escrow.NoSuchSettlement("there is no settlement of this name that you may see")


def _paid_fen(unit: Unit, deal: Settlement, payment: Payment) -> Fen:
    """Return what came of a payment, as of now, whose deal is locked. Refuses `NoSuchPayment`."""
    subject, occasion, number = payment.subject, payment.occasion, payment.number
    if subject == deal.id and number == 0:
        if occasion is Occasion.PRICE and deal.state in {State.PAID, State.SETTLED}:
            assert deal.price_fen is not None
            return deal.price_fen
        if occasion is Occasion.FEE and deal.fee_fen is not None:
            return deal.fee_fen
    plan = plans.standing(unit, deal.id)
    if plan is not None and subject == plan.id:
        part = next((one for one in plan.parts if one.number == number), None)
        if occasion is Occasion.PART and part is not None and part.paid_fen:
            return Fen(part.paid_fen + part.interest_fen)
        if occasion is Occasion.FEE and number == 0:
            return plan.sums.fee_fen
    royalty = royalties.standing(unit, deal.id)
    if royalty is not None and subject == royalty.id:
        period = next((one for one in royalty.periods if one.number == number), None)
        if occasion is Occasion.ROYALTY and period is not None:
            return period.paid_fen
        if occasion is Occasion.FEE and number == 0:
            return royalty.sums.fee_fen
    raise rules.NoSuchPayment("name the price, a fee, a part or a period of this deal that was paid")
