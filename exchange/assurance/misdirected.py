"""Money that nobody expected: sums for the figures, and each part held against what it was received for.

Without the latter a part could leave the bank's account and come back nowhere, and all accounts would still add up.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from ledger.audit.reading import Entry, Reader
from ledger.audit.report import Finding
from settlement.escrow import model as escrow

from .facts import Assigned, Facts, Received
from .figures import Figures
from .trade import opened_text

_RECEIVED: Final[Mapping[str, str]] = {
    escrow.DEPOSIT_HELD.name: "amount_fen",
    escrow.BALANCE_PAID.name: "amount_fen",
    escrow.PART_PAID.name: "paid_fen",
    escrow.ROYALTY_PAID.name: "amount_fen",
}
"""What tells of money that came in for something due, and the field that says how much."""


def read_misdirected(facts: Facts, figures: Figures, entry: Entry, index: int) -> None:
    """Take the next entry of money that nobody expected."""
    kind, name, data = entry["kind"], str(entry["subject"]), Reader(entry).inside("data")
    if kind == escrow.MISDIRECTED.name:
        figures.misdirected_fen += data.fen("amount_fen")
    elif kind == escrow.MISDIRECTED_RETURNED.name:
        figures.sent_back_fen += data.fen("amount_fen")
    elif kind == escrow.MISDIRECTED_ASSIGNED.name:
        amount = data.fen("amount_fen")
        figures.misdirected_fen -= amount
        reference = f"{name}/{data.number('part')}"
        facts.assigned.append(Assigned(index=index, reference=reference, to=data.text("to"), amount_fen=amount))


def read_received(facts: Facts, entry: Entry, index: int) -> None:
    """Keep what an entry tells to have come in for something due."""
    if (name := _RECEIVED.get(str(entry["kind"]))) is None:
        return
    one = Received(
        index=index,
        subject=str(entry["subject"]),
        amount_fen=Reader(entry).inside("data").fen(name),
        reference=opened_text(entry, "reference"),
    )
    facts.received.append(one)


def findings(facts: Facts) -> Iterator[Finding]:
    """Yield every part that was received nowhere, and every payment that rests on a part that was not assigned to it.

    Where the references are still sealed, any payment of the amount will do, each for one part.
    """
    known = {(one.subject, one.amount_fen, one.reference): one for one in facts.received if one.reference is not None}
    sealed: dict[tuple[str, int], int] = {}
    for one in facts.received:
        if one.reference is None:
            sealed[one.subject, one.amount_fen] = sealed.get((one.subject, one.amount_fen), 0) + 1
    for part in sorted(facts.assigned, key=lambda each: each.index):
        if known.pop((part.to, part.amount_fen, part.reference), None) is not None:
            continue
        left = sealed.get((part.to, part.amount_fen), 0)
        sealed[part.to, part.amount_fen] = left - 1
        if left <= 0:
            yield Finding(f"{part.reference}: is not received for {part.to}, which it is assigned to", part.index)
    for (subject, _, reference), one in known.items():
        if reference is not None and escrow.PartReference.looks_like(reference):
            yield Finding(f"{subject}: rests on {reference}, which is not assigned to it", one.index)
