"""Integer fen, and the decimal strings people read and write. Never a float."""

import re
from collections.abc import Sequence
from typing import Final, NewType

from .errors import Kind, Refusal, invariant

Fen = NewType("Fen", int)
"""A hundredth of a yuan (分); every amount in the system is a whole number of them."""

CURRENCY = "CNY"
WHOLE_BP: Final = 10_000  # rates are whole hundredths of a per cent (basis points)
MAX_FEN = Fen(10**15)  # ten thousand billion yuan: above any lawful price, far below bigint
_MAX_DIGITS: Final = 14  # before the point; one that has more is too large, whatever follows
_YUAN = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]{1,2})?", re.ASCII)


class NotAnAmount(Refusal):
    """An amount is a decimal string of yuan with at most two places."""

    kind = Kind.MALFORMED
    zh = "金额应为人民币元的十进制字符串，最多两位小数"


def parse_yuan(text: str) -> Fen:
    """Read `"1234.5"` as 123450 fen.

    Refuses `NotAnAmount`: signs, exponents, separators, leading zeros, a third decimal place, more than `MAX_FEN`.
    """
    if not _YUAN.fullmatch(text):
        raise NotAnAmount("write yuan as digits with at most two decimal places, such as 1200.50")
    whole, _, part = text.partition(".")
    fen = int(whole[: _MAX_DIGITS + 1]) * 100 + int(part.ljust(2, "0") or 0)
    if fen > MAX_FEN:
        raise NotAnAmount("the amount is larger than this exchange handles", largest_fen=MAX_FEN)
    return Fen(fen)


def format_yuan(fen: int) -> str:
    """Write 123450 fen as `"1234.50"`; always two places."""
    sign = "-" if fen < 0 else ""
    whole, part = divmod(abs(fen), 100)
    return f"{sign}{whole}.{part:02d}"


def allot(total_fen: int, weights: Sequence[int]) -> tuple[Fen, ...]:
    """Split `total_fen` by `weights` exactly: each part floored, then a fen more for the first ones until none is left.

    15 by 80, 8, 12 is 13, 1, 1. The parts add up to the whole; who has no weight gets nothing. The order is the
    caller's to fix beforehand.
    """
    whole = sum(weights)
    invariant(
        total_fen >= 0 and whole > 0 and min(weights) >= 0, "something is split, by weights that are not all zero"
    )
    parts = [total_fen * weight // whole for weight in weights]
    left = total_fen - sum(parts)
    favoured = [place for place, weight in enumerate(weights) if weight][:left]
    return tuple(Fen(part + (place in favoured)) for place, part in enumerate(parts))


def share(amount_fen: int, rate_bp: int) -> Fen:
    """Return `rate_bp` hundredths of a per cent of an amount, rounded once, half up to the fen."""
    invariant(amount_fen >= 0 and rate_bp >= 0, "a share of something")
    return Fen((2 * amount_fen * rate_bp + WHOLE_BP) // (2 * WHOLE_BP))
