"""Typed identifiers: a prefix that says what they name, and 26 characters that say nothing."""

import re
from typing import ClassVar, Self

from .errors import Kind, Refusal

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case


class NotAnId(Refusal):
    """This is not an identifier of the expected kind."""

    kind = Kind.MALFORMED
    zh = "标识符格式不正确"


class Id(str):
    """An opaque name such as `lot_01jq…`; the class fixes the prefix. Refuses `NotAnId`."""

    __slots__ = ()
    prefix: ClassVar[str]
    pattern: ClassVar[str]

    def __init_subclass__(cls, *, prefix: str) -> None:
        """Fix the three letters that every identifier of this class begins with."""
        cls.prefix = prefix
        cls.pattern = rf"^{prefix}_[{ALPHABET}]{{26}}$"

    def __new__(cls, text: str) -> Self:
        """Return `text` as this kind of name. Refuses `NotAnId`."""
        if not re.fullmatch(cls.pattern, text, re.ASCII):
            raise NotAnId(f"expected {cls.prefix}_ and 26 characters")
        return super().__new__(cls, text)

    @classmethod
    def from_number(cls, number: int) -> Self:
        """Return the identifier of a 128-bit number; larger numbers sort later."""
        digits = "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
        return cls(f"{cls.prefix}_{digits}")

    @property
    def number(self) -> int:
        """The number that `from_number` makes this identifier of."""
        number = 0
        for digit in self[len(self.prefix) + 1 :]:
            number = number << 5 | ALPHABET.index(digit)
        return number


class OrganisationId(Id, prefix="org"):
    """Names a member organisation; packages below `exchange` know nothing else about it."""


class PersonId(Id, prefix="per"):
    """Names a natural person acting for an organisation."""


class EntryId(Id, prefix="ent"):
    """Names a ledger entry before and after it has an index."""
