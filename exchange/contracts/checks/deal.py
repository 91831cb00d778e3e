"""What the subjects of a deal say of each other: one sale, one price, one buyer, one end, told the same everywhere.

Each subject by itself is the wings' own checks' to judge, and what none of them can see alone is seen here. The record
is read as pages read it: what is not of its form reads as absent, and then differs from what it should be.

Not checked: facts of a claim that no entry of the pack tells (who is verified, of which region, with which totals).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from exchange.auctions.model import DEPOSIT_CONFIRMED, LOT_SOLD, SALE_FELL_THROUGH
from listings.achievements.model import LISTING_DISCLOSED, LISTING_REVISED
from settlement.escrow import model as escrow
from settlement.subsidies.model import CLAIM_ASSESSED

from .. import rules
from ..model import (
    CONTRACT_LAPSED,
    CONTRACT_OPENED,
    CONTRACT_REGISTERED,
    CONTRACT_RESCINDED,
    CONTRACT_SIGNED,
    DEAL_VERSION,
    Facts,
    Fault,
    entry_name,
)
from ..rules import Line, Record


def across(found: Facts) -> Iterator[str]:
    """Yield where the subjects of a deal's pack contradict each other; nothing of a lot's."""
    if found.version == DEAL_VERSION:
        yield from contract_across(found)
        yield from money_across(found)
        yield from incentive_across(found)


def contract_across(found: Facts) -> Iterator[str]:
    """Yield where the contract is not of this lot's sale."""
    record = rules.read(found)
    sold, opened = _one(record, record.lot, LOT_SOLD.name), _one(record, record.contract, CONTRACT_OPENED.name)
    if sold is None or opened is None:
        return
    if opened.index < sold.index:
        yield _says(opened, "begins before the lot was sold")
    offer = record.last(LISTING_DISCLOSED.name, LISTING_REVISED.name)
    for name, told in (
        ("seller", record.seller),
        ("listing", record.listing),
        ("price_fen", sold.data.text("price_fen")),
        ("region", offer.data.text("region") if offer else None),
    ):
        if opened.data.text(name) != told:
            yield _says(opened, f"says {name} {opened.data.text(name)}, and the sale {told}")
    yield from _fallen(record, sold)
    buyer = sold.opened.text("buyer")
    for line in rules.resting_on(record) if buyer else []:
        field, _ = rules.NAMING[line.kind]
        if field in line.opened.written and line.opened.written[field] != buyer:
            yield _says(line, f"names {line.opened.written[field]} where the lot was sold to {buyer}")


def money_across(found: Facts) -> Iterator[str]:
    """Yield where the settlement is not of this sale and this contract, or ended otherwise than the contract did."""
    record = rules.read(found)
    opened = _one(record, record.settlement, escrow.SETTLEMENT_OPENED.name)
    if opened is None:
        return
    for name, told in (("seller", record.seller), ("deposit_fen", record.terms.text("deposit_fen"))):
        if opened.data.text(name) != told:
            yield _says(opened, f"says {name} {opened.data.text(name)}, and the lot {told}")
    yield from _deposits(record)
    yield from _price(record)
    yield from _due(record)
    yield from _end(record)


def incentive_across(found: Facts) -> Iterator[str]:
    """Yield where a claim tells of the deal what its entries do not, and whether it was granted twice under a rule."""
    record, granted = rules.read(found), set[str | None]()
    for claim in record.claims:
        first = record.of(claim)[0]
        if first.data.text("claimant") != record.seller:
            yield _says(first, "is not the seller's")
        yield from _facts(record, first)
        if first.kind == CLAIM_ASSESSED.name:
            if first.envelope.text("rule") in granted:
                yield _says(first, "is granted under a rule for the second time")
            granted.add(first.envelope.text("rule"))


def _fallen(record: Record, sold: Line) -> Iterator[str]:
    """Yield where the lot says of its sale's falling through what contract and sale do not, or says nothing of it."""
    fell = _one(record, record.lot, SALE_FELL_THROUGH.name)
    ended = _ended(record)
    if fell is None or ended is None:
        if ended is not None:
            yield _says(ended, f"ends the contract, and {record.lot} does not say that its sale fell through")
        if fell is not None:
            yield _says(fell, "takes the sale back, and the contract did not end")
        return
    if fell.index < ended.index:
        yield _says(fell, "takes the sale back before the contract ended")
    for name, told in (("fault", ended.data.text("fault")), ("code", sold.data.text("code"))):
        if fell.data.text(name) != told:
            yield _says(fell, f"says {name} {fell.data.text(name)}, and the deal {told}")


def _deposits(record: Record) -> Iterator[str]:
    """Yield whose deposit was confirmed and not taken, or taken and not confirmed."""
    confirmed, held = (
        {line.data.text("code") or "": line for line in record.of(subject) if line.kind == kind}
        for subject, kind in ((record.lot, DEPOSIT_CONFIRMED.name), (record.settlement, escrow.DEPOSIT_HELD.name))
    )
    for code in sorted(confirmed.keys() - held.keys()):
        yield _says(confirmed[code], f"confirms a deposit of code {code} that is not in the settlement")
    for code in sorted(held.keys() - confirmed.keys()):
        yield _says(held[code], f"holds a deposit of code {code} that was not confirmed")


def _price(record: Record) -> Iterator[str]:
    """Yield where the price of the sale is told otherwise, or is awarded to another code."""
    sold, awarded = _one(record, record.lot, LOT_SOLD.name), _one(record, record.settlement, escrow.AWARDED.name)
    if sold is None:
        return
    price = sold.data.text("price_fen")
    if awarded is None:
        yield f"{record.settlement}: is not awarded, and the lot was sold"
    elif awarded.data.text("code") != sold.data.text("code"):
        yield _says(awarded, f"is to code {awarded.data.text('code')}, and the sale to {sold.data.text('code')}")
    for line in record.of(record.settlement):
        told = line.data.text("price_fen")
        if line.kind in {escrow.AWARDED.name, escrow.BALANCE_PAID.name, escrow.SETTLED.name} and told != price:
            yield _says(line, f"is of a price of {told} fen, and the sale of {price}")


def _due(record: Record) -> Iterator[str]:
    """Yield where the balance is asked for on another contract, or from another instant than it took effect."""
    due, effective_at = _one(record, record.settlement, escrow.BALANCE_DUE.name), _effective_at(record)
    if due is None and effective_at is not None:
        yield f"{record.settlement}: asks for no balance, and the contract took effect"
    if due is None:
        return
    if due.data.text("contract") != record.contract:
        yield _says(due, f"is on another contract than {record.contract}")
    if due.data.instant("effective_at") != effective_at:
        yield _says(due, "counts from another instant than the contract took effect at")


def _end(record: Record) -> Iterator[str]:
    """Yield where contract and money, or lot and money, came to different ends."""
    lapsed, rescinded = (_one(record, record.contract, one.name) for one in (CONTRACT_LAPSED, CONTRACT_RESCINDED))
    lost, back = (_one(record, record.settlement, one.name) for one in (escrow.DEPOSIT_FORFEITED, escrow.RETURNED))
    sellers_fault = lapsed is not None and lapsed.data.text("fault") == Fault.SELLER
    unbought = rescinded is not None and rescinded.data.text("fault") == Fault.NOBODY
    buyers_fault = (rescinded is not None and not unbought) or (lapsed is not None and not sellers_fault)
    if buyers_fault and lost is None:
        yield f"{record.contract}: ended through the buyer's fault, and its deposit was not forfeited"
    if lost is not None and not buyers_fault:
        yield _says(lost, "takes the deposit, and the contract did not end through the buyer's fault")
    if sellers_fault and back is None:
        yield f"{record.contract}: ended through the seller's fault, and the buyer's deposit did not go back"
    if back is not None and not sellers_fault:
        yield _says(back, "gives the deposit back, and the contract did not end through the seller's fault")
    planned = _one(record, record.settlement, escrow.PLANNED.name)
    tried = planned if planned is not None and planned.data.written.get("trial") is True else None
    if unbought and tried is None:
        yield f"{record.contract}: ended through nobody's fault, and nothing was tried"
    yield from _taken_back(record, {Fault.BUYER: lost, Fault.SELLER: back, Fault.NOBODY: tried})


def _taken_back(record: Record, ends: Mapping[str, Line | None]) -> Iterator[str]:
    """Yield where the lot blames one for its sale's falling through, and the money the other, or another's code."""
    fell = _one(record, record.lot, SALE_FELL_THROUGH.name)
    if fell is None:
        return
    fault = fell.data.text("fault")
    end = ends.get(fault or "")
    if end is None:
        yield _says(fell, f"blames the {fault}, and the settlement did not end so")
    elif fell.data.text("code") != end.data.text("code"):
        yield _says(fell, f"is of code {fell.data.text('code')}, and the deposit's end of {end.data.text('code')}")


def _facts(record: Record, claim: Line) -> Iterator[str]:
    """Yield which facts of a claim are not those of the entries before it."""
    facts = claim.data.inside("facts")
    paid = _one(record, record.settlement, escrow.BALANCE_PAID.name, before=claim)
    registered = _one(record, record.contract, CONTRACT_REGISTERED.name, before=claim)
    for name, told in (
        ("signed_at", _effective_at(record, before=claim)),
        ("registered_at", registered.envelope.instant("arrived_at") if registered else None),
        ("paid_at", paid.envelope.instant("arrived_at") if paid else None),
    ):
        if facts.instant(name) != told or (told is None and facts.written.get(name) is not None):
            yield _says(claim, f"says {name} {facts.written.get(name)}, which the deal's entries do not")
    if paid is not None and facts.text("paid_fen") != paid.data.text("price_fen"):
        yield _says(claim, f"says paid_fen {facts.text('paid_fen')}, and {paid.data.text('price_fen')} was paid")
    if facts.instant("listed_at") not in _listed(record):
        yield _says(claim, f"says listed_at {facts.text('listed_at')}, when the listing was not disclosed")


def _listed(record: Record) -> set[datetime | None]:
    """Return when the listing was put before the public."""
    kinds = {LISTING_DISCLOSED.name, LISTING_REVISED.name}
    lines = [line for line in record.of(record.listing) if line.kind in kinds]
    told = (line.data.instant("disclosed_at") for line in lines)
    return {at for at in (*told, *(line.envelope.instant("arrived_at") for line in lines)) if at is not None}


def _effective_at(record: Record, *, before: Line | None = None) -> datetime | None:
    lines = (line for line in record.of(record.contract) if line.kind == CONTRACT_SIGNED.name)
    found = (line.data.instant("effective_at") for line in lines if before is None or line.index < before.index)
    return next((at for at in found if at is not None), None)


def _ended(record: Record) -> Line | None:
    """Return the entry that ended the contract before it was performed, if any."""
    kinds = {CONTRACT_LAPSED.name, CONTRACT_RESCINDED.name}
    return next((line for line in record.of(record.contract) if line.kind in kinds), None)


def _one(record: Record, subject: str | None, kind: str, *, before: Line | None = None) -> Line | None:
    """Return the first entry of a kind, of those `before` another in the log."""
    lines = (line for line in record.of(subject) if line.kind == kind)
    return next((line for line in lines if before is None or line.index < before.index), None)


def _says(line: Line, what: str) -> str:
    return f"{entry_name(line.index)}: {line.kind} {what}"
