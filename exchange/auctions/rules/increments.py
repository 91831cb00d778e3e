"""How much more a bid must offer (加价幅度, 法释〔2016〕18号 art. 20)."""

from itertools import pairwise

from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.money import MAX_FEN, Fen

from ..model import Band, Lot

MAX_BANDS = 50  # an entry carries them all
ANY_HIGHER = Fen(1)


class BadIncrements(Refusal):
    """The increment table must begin at 0, rise strictly, and demand a positive increment everywhere."""

    kind = Kind.MALFORMED
    zh = "加价幅度表应从 0 起严格递增，且每档幅度为正"


def check(increments: tuple[Band, ...]) -> None:
    """Refuse `BadIncrements` for a table that no price could be found in. An empty table is in order."""
    if len(increments) > MAX_BANDS:
        raise BadIncrements("too many bands", most=MAX_BANDS)
    if increments and increments[0].from_fen != 0:
        raise BadIncrements("the first band begins at 0")
    if any(lower.from_fen >= upper.from_fen for lower, upper in pairwise(increments)):
        raise BadIncrements("each band begins above the one before it")
    if any(not 0 < band.increment_fen <= MAX_FEN or band.from_fen > MAX_FEN for band in increments):
        raise BadIncrements("an increment is at least one fen, and no amount is absurd", largest_fen=MAX_FEN)


def increment_at(increments: tuple[Band, ...], price_fen: Fen) -> Fen:
    """Return what a bid must add to `price_fen`: the band that begins at or below it."""
    return next((band.increment_fen for band in reversed(increments) if band.from_fen <= price_fen), ANY_HIGHER)


def minimum_next(lot: Lot) -> Fen:
    """Return the least amount that could be accepted now: the start price, or the price and its increment."""
    if lot.price_fen is None:
        return lot.terms.start_price_fen
    return Fen(lot.price_fen + increment_at(lot.terms.increments, lot.price_fen))
