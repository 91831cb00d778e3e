"""Identifiers and the codes of the field: leagues and cities, industries, application numbers; what a text may hold.

Every one is checked when it is made, so a value that exists is well formed. Whether a patent of that number exists, or
is in force, is not checked here.
"""

import re
import unicodedata
from bisect import bisect_right
from enum import StrEnum
from typing import Self

from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.ids import Id


class AssetId(Id, prefix="ast"):
    """Names an IP asset."""


class ListingId(Id, prefix="lst"):
    """Names a listing of an asset."""


class EncumbranceId(Id, prefix="enc"):
    """Names one burden on an asset."""


class Region(StrEnum):
    """A league or city of Inner Mongolia (盟市) by its GB/T 2260 code, or somewhere else."""

    HOHHOT = "1501"  # 呼和浩特市
    BAOTOU = "1502"  # 包头市
    WUHAI = "1503"  # 乌海市
    CHIFENG = "1504"  # 赤峰市
    TONGLIAO = "1505"  # 通辽市
    ORDOS = "1506"  # 鄂尔多斯市
    HULUNBUIR = "1507"  # 呼伦贝尔市
    BAYANNUR = "1508"  # 巴彦淖尔市
    ULANQAB = "1509"  # 乌兰察布市
    HINGGAN = "1522"  # 兴安盟
    XILINGOL = "1525"  # 锡林郭勒盟
    ALXA = "1529"  # 阿拉善盟
    OUTSIDE = "outside"  # 区外


class UnusableField(Refusal):
    """A field cannot be used as written."""

    kind = Kind.MALFORMED
    zh = "字段内容不可用"


class NotAnIndustry(Refusal):
    """This is not an industry code of GB/T 4754."""

    kind = Kind.MALFORMED
    zh = "不是有效的国民经济行业分类代码"


class NotAnApplicationNumber(Refusal):
    """This is not a Chinese patent application number."""

    kind = Kind.MALFORMED
    zh = "不是有效的专利申请号"


_SECTIONS = "ABCDEFGHIJKLMNOPQRST"
_FIRST_DIVISIONS = (1, 6, 13, 44, 47, 51, 53, 61, 63, 66, 70, 71, 73, 76, 80, 83, 84, 86, 91, 97)
_LAST_DIVISION = 97


class Industry(str):
    """A GB/T 4754-2017 code (国民经济行业): a section letter, or a division 01-97 with up to two further digits.

    The shape and the division are checked, not that the group or class exists. Refuses `NotAnIndustry`.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Read a code as the standard prints it."""
        if not re.fullmatch(r"[A-T]|[0-9]{2,4}", text, re.ASCII):
            raise NotAnIndustry("write a section letter A-T, or two to four digits")
        if text[0] not in _SECTIONS and not 1 <= int(text[:2]) <= _LAST_DIVISION:
            raise NotAnIndustry("the divisions are 01 to 97", division=text[:2])
        return super().__new__(cls, text)

    @property
    def section(self) -> str:
        """The section letter it belongs to: `0111` is in A."""
        return self[0] if self[0] in _SECTIONS else _SECTIONS[bisect_right(_FIRST_DIVISIONS, int(self[:2])) - 1]


_NUMBER = re.compile(r"(?:(?:ZL|CN) ?)?([0-9]{12})\.?([0-9X])", re.ASCII)
_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_FIRST_YEAR = 2003  # numbers of twelve digits began on 1 October 2003; older patents have expired


class ApplicationNumber(str):
    """A patent application number (专利申请号) of ZC 0006-2003: year, kind, serial, check digit, as `201710117081.7`.

    Reads the `ZL` and `CN` forms, with or without the point, and keeps one. Refuses `NotAnApplicationNumber`.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Read any of the written forms into the one that is kept."""
        match = _NUMBER.fullmatch(text.upper()) if text.isascii() else None
        if match is None:
            raise NotAnApplicationNumber("write twelve digits, a point and the check digit, such as 201710117081.7")
        body, check = match.groups()
        if check != application_check(body):
            raise NotAnApplicationNumber("the check digit does not match: a digit is wrong")
        if int(body[:4]) < _FIRST_YEAR or body[4] not in "12389":
            raise NotAnApplicationNumber("the year or the kind of application does not exist")
        return super().__new__(cls, f"{body}.{check}")

    @property
    def kind_digit(self) -> str:
        """The fifth digit: 1 and 8 invention, 2 and 9 utility model, 3 design (8 and 9 came through the PCT)."""
        return self[4]


def application_check(body: str) -> str:
    """Return the check digit of the twelve digits `body`: weights 2..9, 2..5 modulo 11, ten written X."""
    return "0123456789X"[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True)) % 11]


_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def fits(text: str, longest: int, *, lines: bool = False) -> bool:
    """Whether `text` has 1 to `longest` characters, is not blank and holds none that hide or break it.

    Refused are control characters (line feeds are allowed with `lines`), lone surrogates and bidirectional overrides;
    the joiners that written Mongolian needs are not.
    """
    if not text.strip() or len(text) > longest:
        return False
    return all(
        (lines and letter == "\n")
        or (unicodedata.category(letter) not in {"Cc", "Cs", "Zl", "Zp"} and letter not in _OVERRIDES)
        for letter in text
    )


def require_text(field: str, text: str, longest: int, *, lines: bool = False) -> None:
    """Refuse `UnusableField` unless `text` `fits`."""
    if not fits(text, longest, lines=lines):
        raise UnusableField(f"{field} needs 1 to {longest} visible characters", field=field, longest=longest)


def require_sha256(field: str, text: str) -> None:
    """Refuse `UnusableField` unless `text` is a SHA-256 in lower-case hex."""
    if not re.fullmatch(r"[0-9a-f]{64}", text, re.ASCII):
        raise UnusableField(f"{field} is a SHA-256: 64 lower-case hex digits", field=field)


def require_count(field: str, count: int, *, least: int, most: int) -> None:
    """Refuse `UnusableField` unless `count` is from `least` to `most`."""
    if not least <= count <= most:
        raise UnusableField(f"{field}: from {least} to {most}", field=field, least=least, most=most)
