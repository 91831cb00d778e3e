"""What a field must look like, whoever wrote it."""

import re

from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.money import MAX_FEN

from ..model import MAX_ACCOUNT, MAX_REFERENCE, PartReference


class UnusableField(Refusal):
    """A field cannot be used as written."""

    kind = Kind.MALFORMED
    zh = "字段内容不可用"


def require_reference(text: str) -> None:
    """Refuse a bank reference that could be mistaken for another: with blanks around it, none at all, or one of ours.

    Ours name the parts of money that nobody expected, and are `PartReference`s where they are made.
    """
    if not 0 < len(text) <= MAX_REFERENCE or text != text.strip() or not text.isprintable():
        raise UnusableField(
            f"write the bank's reference in 1 to {MAX_REFERENCE} printable characters, no blanks around it",
            field="payment_reference",
        )
    if PartReference.looks_like(text) and not isinstance(text, PartReference):
        raise UnusableField(
            "this names a part of money that nobody expected: assign it instead", field="payment_reference"
        )


def require_account(text: str) -> None:
    """Refuse what cannot be the number of a bank account: digits, letters and hyphens, at least five of them."""
    if not re.fullmatch(rf"[0-9A-Za-z-]{{5,{MAX_ACCOUNT}}}", text, re.ASCII):
        raise UnusableField(
            f"write the bank account in 5 to {MAX_ACCOUNT} digits, letters and hyphens", field="source_account"
        )


def require_amount(amount_fen: int, field: str) -> None:
    """Refuse an amount that is nothing, or more than the exchange handles."""
    if not 0 < amount_fen <= MAX_FEN:
        raise UnusableField("write an amount above nothing that this exchange handles", field=field)


def require_sha256(text: str, field: str) -> None:
    """Refuse what is no SHA-256 in lower-case hex."""
    if not re.fullmatch(r"[0-9a-f]{64}", text, re.ASCII):
        raise UnusableField("write a SHA-256 as 64 lower-case hex digits", field=field)
