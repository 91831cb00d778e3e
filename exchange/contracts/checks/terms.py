"""The terms that both parties sign, read from opened values: what is wrong with the parts, and the hash of it all."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ledger.audit.reading import Reader
from ledger.kernel import canonical
from listings.achievements.model import fits

from ..model import MAX_PART_NAME, MAX_PARTS, PartKind

_FIELDS: Final = {"kind", "name", "amount_fen"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a signature is over, apart from the parts."""

    contract: str
    lot: str
    seller: str
    buyer: str
    price_fen: int
    type: str
    document_sha256: str


def faults(opened: Reader, total_fen: int, technical_fen: int) -> Iterator[str]:
    """Yield what is wrong with opened parts, and where they are not worth what was published."""
    parts = opened.each("parts")
    if not 1 <= len(parts) <= MAX_PARTS:
        yield f"has {len(parts)} parts"
    if any(part.written.keys() != _FIELDS for part in parts):
        yield "has a part with other fields than a part has"
    amounts = [(PartKind(part.text("kind")), part.fen("amount_fen")) for part in parts]
    if any(amount <= 0 for _, amount in amounts):
        yield "has a part that is worth nothing"
    if not all(fits(part.text("name"), MAX_PART_NAME) for part in parts):
        yield "has a part whose name cannot be used"
    whole = sum(amount for _, amount in amounts)
    if whole != total_fen:
        yield f"has parts worth {whole} fen"
    technical = sum(amount for kind, amount in amounts if kind is PartKind.TECHNOLOGY)
    if technical != technical_fen:
        yield f"has technical parts worth {technical} fen"


def hashed(terms: Terms, opened: Reader) -> str:
    """Return the hash of the terms with the opened parts, laid out as `Contract.terms_sha256` lays them out."""
    parts = [
        {"kind": part.text("kind"), "name": part.text("name"), "amount_fen": part.text("amount_fen")}
        for part in opened.each("parts")
    ]
    return canonical.fingerprint(
        [
            "mengkeju/contract-terms/v1",
            terms.contract,
            terms.lot,
            terms.seller,
            terms.buyer,
            str(terms.price_fen),
            terms.type,
            parts,
            terms.document_sha256,
        ]
    )
