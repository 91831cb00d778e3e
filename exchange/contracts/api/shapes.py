"""What requests about contracts and their answers look like."""

from typing import Annotated, Literal

from pydantic import Field, StrictStr

from ledger.kernel.money import Fen
from ledger.kernel.web import Instant, Money, Shape, described_as

from ..model import (
    MAX_PART_NAME,
    MAX_PARTS,
    Contract,
    ContractType,
    Fault,
    Part,
    PartKind,
    State,
)

_SHA256 = r"^[0-9a-f]{64}$"
Stage = Annotated[State, described_as("ContractStage")]
Actor = Literal["seller", "buyer", "officer"]


class PartShape(Shape):
    """A priced part of a contract; only `technology` counts as 技术交易额."""

    kind: PartKind
    name: Annotated[StrictStr, Field(min_length=1, max_length=MAX_PART_NAME)]
    amount: Money

    def part(self) -> Part:
        """Return the noun."""
        return Part(kind=self.kind, name=self.name, amount_fen=Fen(self.amount.fen))

    @classmethod
    def of(cls, part: Part) -> "PartShape":
        """Write a part for an answer."""
        return cls(kind=part.kind, name=part.name, amount=Money.of(part.amount_fen))


class ContractTerms(Shape):
    """The terms as the seller sets them out: the parts add up to the price of the sale."""

    type: Annotated[ContractType, Field(description="民法典 art. 843")]
    parts: Annotated[list[PartShape], Field(min_length=1, max_length=MAX_PARTS)]
    document_sha256: Annotated[StrictStr, Field(pattern=_SHA256, description="of the contract as a document, in hex")]

    def nouns(self) -> tuple[Part, ...]:
        """Return the parts."""
        return tuple(part.part() for part in self.parts)


class ContractSignature(Shape):
    """A signature: the hash of the terms that are signed, as the contract shows it."""

    terms_sha256: Annotated[StrictStr, Field(pattern=_SHA256)]


class Signatures(Shape):
    """When each party's signature arrived; null where there is none."""

    seller: Instant | None
    buyer: Instant | None


class ContractState(Shape):
    """Where a command has brought a contract. Nothing confidential is in it."""

    id: str
    state: Stage
    total: Annotated[Money | None, Field(description="成交额; null until the terms are written")]
    technical: Annotated[Money | None, Field(description="技术交易额: the total less what is not paid for technology")]
    terms_sha256: Annotated[str | None, Field(description="what to sign; it changes whenever the terms do")]
    signed_at: Signatures
    write_by: Annotated[
        Instant | None,
        Field(
            description="terms that arrive at this instant are too late; null, as the next, where a freeze was lifted"
            " and the working days of that year are not published: until they are, no time runs out"
        ),
    ]
    sign_by: Annotated[
        Instant | None,
        Field(description="a signature that arrives at this instant is too late; terms written late move it on"),
    ]
    effective_at: Instant | None
    register_by: Annotated[Instant | None, Field(description="when the office's period for registering ends")]
    number: Annotated[
        str | None, Field(description="登记编号: year, place, office, serial", examples=["2026150201000001"])
    ]
    fault: Annotated[Fault | None, Field(description="through whom it came to nothing")]
    awaits: Annotated[list[Actor], Field(description="who acts next on the contract itself")]
    stayed_at: Annotated[Instant | None, Field(description="since when it stands still, its deal being frozen")]

    @classmethod
    def of(cls, contract: Contract) -> "ContractState":
        """Write how far along a contract is."""
        return cls.model_validate(_state(contract))


class ContractShape(ContractState):
    """A contract as its parties, and those who may read every deal, see it."""

    lot: str
    listing: str
    seller: str
    buyer: str
    rules: str
    region: str
    price: Money
    type: ContractType | None
    parts: list[PartShape]
    document_sha256: str | None
    awarded_at: Instant
    registered_at: Instant | None

    @classmethod
    def of(cls, contract: Contract) -> "ContractShape":
        """Write a whole contract."""
        return cls.model_validate(
            _state(contract)
            | {
                "lot": contract.lot,
                "listing": contract.listing,
                "seller": contract.seller,
                "buyer": contract.buyer,
                "rules": contract.rules.ref,
                "region": contract.region,
                "price": Money.of(contract.price_fen),
                "type": contract.type,
                "parts": [PartShape.of(part) for part in contract.parts],
                "document_sha256": contract.document_sha256,
                "awarded_at": contract.awarded_at,
                "registered_at": contract.registered_at,
            }
        )


class ContractPage(Shape):
    """Some contracts, and the identifier to go on after."""

    items: list[ContractShape]
    next: str | None


def _state(contract: Contract) -> dict[str, object]:
    by_seller, by_buyer = contract.signed_at
    written = contract.terms_sha256 is not None
    return {
        "id": contract.id,
        "state": contract.state,
        "total": Money.of(contract.total_fen) if written else None,
        "technical": Money.of(contract.technical_fen) if written else None,
        "terms_sha256": contract.terms_sha256,
        "signed_at": Signatures(seller=by_seller, buyer=by_buyer),
        "write_by": contract.write_by,
        "sign_by": contract.sign_by,
        "effective_at": contract.effective_at,
        "register_by": contract.register_by,
        "number": contract.number,
        "fault": contract.fault,
        "stayed_at": contract.stayed_at,
        "awaits": list(contract.awaited),
    }
