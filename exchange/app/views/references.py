"""Which payment of the bank's a transfer has received. Who may know is the caller's to establish."""

from collections.abc import Callable, Collection, Iterable

from ledger.kernel.unit import Unit
from settlement.books.model import Transfer, TransferId
from settlement.escrow.model import BANK, Receipt
from settlement.escrow.service import receipts

from .words import Way


def references_of(unit: Unit, transfers: Collection[Transfer]) -> dict[TransferId, str]:
    """Return the bank's references of those of the transfers that brought money from the bank."""
    came = [one for one in transfers if one.debit == BANK]
    if not came:
        return {}
    find = finding(receipts.receipts(unit, {one.reference for one in came}))
    return {one.id: found for one in came if (found := find(one))}


def finding(received: Iterable[Receipt]) -> Callable[[Transfer], str]:
    """Return what finds a transfer's reference among payments: nothing where it brought nothing from the bank."""
    known = {(one.subject, one.code, one.amount_fen, one.recorded_at): one.reference for one in received}

    def find(one: Transfer) -> str:
        if one.debit != BANK:
            return ""
        return known.get((one.reference, _code(one), one.amount_fen, one.recorded_at), "")

    return find


def _code(one: Transfer) -> str | None:
    """Return under what a payment was recorded: a bidder's code, or the number of a part or a period."""
    _, _, kept = one.credit.partition(":")
    if kept.startswith("bidder:"):
        return kept.removeprefix("bidder:")
    number = Way.of(kind=one.kind, debit=one.debit, credit=one.credit, transfer=one.id).number
    return str(number) if number else None
