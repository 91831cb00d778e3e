"""Integer fen, and the decimal strings people read and write. Never a float."""

import re
from typing import NewType

from .errors import Kind, Refusal

Fen = NewType("Fen", int)
"""A hundredth of a yuan (分); every amount in the system is a whole number of them."""

CURRENCY = "CNY"
MAX_FEN = Fen(10**15)  # ten thousand billion yuan: above any lawful price, far below bigint
_YUAN = re.compile(r"(?:0|[1-9][0-9]{0,13})(?:\.[0-9]{1,2})?", re.ASCII)


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
    fen = int(whole) * 100 + int(part.ljust(2, "0") or 0)
    if fen > MAX_FEN:
        raise NotAnAmount("the amount is larger than this exchange handles", largest_fen=MAX_FEN)
    return Fen(fen)


def format_yuan(fen: int) -> str:
    """Write 123450 fen as `"1234.50"`; always two places."""
    sign = "-" if fen < 0 else ""
    whole, part = divmod(abs(fen), 100)
    return f"{sign}{whole}.{part:02d}"
