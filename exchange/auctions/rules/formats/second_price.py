"""Sealed second price (密封第二价格): the highest envelope wins and pays what the next one would have paid.

    price = max(second amount, reserve, start price)

The winner's own amount decides whether it wins, never what it pays: nobody gains by saying less than a thing is worth
to it. The rest is `sealed`'s.
"""

from collections.abc import Sequence
from typing import Final

from ledger.kernel.money import Fen

from ...model import Envelope, Lot
from . import sealed


def pays(lot: Lot, ranked: Sequence[Envelope]) -> Fen:
    """Return the second amount, or the reserve or the start price where that is more."""
    second = ranked[1].amount_fen if len(ranked) > 1 else None
    return Fen(max(second or 0, lot.terms.reserve_fen or 0, lot.terms.start_price_fen))


BOOK: Final = sealed.book_of_pricing(pays)
