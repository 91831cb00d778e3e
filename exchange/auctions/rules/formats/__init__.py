"""The formats of auction, each with a table and verbs of its own, by the name that a profile gives it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ...model import Format, Lot
from ..rulebook import Rulebook
from . import ascending, dutch, first_price, proxy, second_price

BOOKS: Final[Mapping[Format, Rulebook]] = MappingProxyType(
    {
        Format.ASCENDING: ascending.BOOK,
        Format.PROXY: proxy.BOOK,
        Format.DUTCH: dutch.BOOK,
        Format.FIRST_PRICE: first_price.BOOK,
        Format.SECOND_PRICE: second_price.BOOK,
    }
)


def book_of(lot: Lot) -> Rulebook:
    """Return the rules that a lot is held by."""
    return BOOKS[lot.profile.format]
