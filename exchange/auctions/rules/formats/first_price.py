"""One sealed quote (一次报价): the highest envelope wins and pays what it says. The rest is `sealed`'s."""

from collections.abc import Sequence
from typing import Final

from ledger.kernel.money import Fen

from ...model import Envelope, Lot
from . import sealed


def pays(_lot: Lot, ranked: Sequence[Envelope]) -> Fen:
    """Return the winner's own amount."""
    assert ranked[0].amount_fen is not None
    return ranked[0].amount_fen


BOOK: Final = sealed.book_of_pricing(pays)
