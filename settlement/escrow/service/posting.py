"""Where escrow's money moves: the one call of the books in this wing."""

from collections.abc import Sequence

from ledger.kernel.unit import Unit
from settlement.books import service as books
from settlement.books.model import Order

from ..model import accounts_in


def post_money(unit: Unit, orders: Sequence[Order], *, reference: str, rule: str) -> None:
    """Make the transfers of one command, all or none, opening accounts that money comes to for the first time.

    `rule` is the version that decided them. Call it once in a unit, after every row is locked and before entries are
    recorded, so that no two units wait for each other.
    """
    if orders:
        books.open_accounts(unit, accounts_in(orders))
        books.transfer(unit, orders, reference=reference, rule=rule)
