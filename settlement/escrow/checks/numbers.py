"""The published numbers worked out a second time, in fractions: slower than the rules, and not the rules."""

import math
from collections.abc import Sequence
from fractions import Fraction

from ledger.audit.reading import Reader

_HALF = Fraction(1, 2)
_WHOLE = 10_000


def fee(terms: Reader, price_fen: int) -> int:
    """Return the fee on a price by the bands that the settlement's opening quotes."""
    bands = [(band.fen("from_fen"), band.number("rate_bp")) for band in terms.each("fee_bands")]
    ends = [low for low, _ in bands[1:]]
    exact = Fraction(0)
    for place, (low, rate_bp) in enumerate(bands):
        if price_fen > low:
            high = min(price_fen, ends[place]) if place < len(ends) else price_fen
            exact += Fraction((high - low) * rate_bp, _WHOLE)
    return math.floor(exact + _HALF)


def reward(net_fen: int, reward_bp: int) -> int:
    """Return the least whole number of fen that is no less than the share."""
    return math.ceil(Fraction(net_fen * reward_bp, _WHOLE))


def commission(price_fen: int, rate_bp: int) -> int:
    """Return a broker's part of a price, rounded half up to the fen."""
    return math.floor(Fraction(price_fen * rate_bp, _WHOLE) + _HALF)


def split(reward_fen: int, weights: Sequence[int]) -> list[int]:
    """Return each weight's part: none more than a fen above its exact share, the first ones rounded up."""
    exact = [Fraction(reward_fen * weight, sum(weights)) for weight in weights]
    parts = [math.floor(one) for one in exact]
    for place in range(reward_fen - sum(parts)):
        parts[place] += 1
    return parts
