"""The formats of auction, each with a table and verbs of its own, by the name that a profile gives it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ...model import Format, Lot
from ..rulebook import Rulebook
from . import ascending, proxy, scored, uniform

BOOKS: Final[Mapping[Format, Rulebook]] = MappingProxyType(
    {
        Format.ASCENDING: ascending.BOOK,
        Format.PROXY: proxy.BOOK,
        Format.SCORED: scored.BOOK,
        Format.UNIFORM: uniform.BOOK,
    }
)


def book_of(lot: Lot) -> Rulebook:
    """Return the rules that a lot is held by."""
    return BOOKS[lot.profile.format]
