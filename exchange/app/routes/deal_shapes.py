"""What a deal on one page looks like."""

from typing import Annotated

from pydantic import Field

from exchange.auctions.model import State
from exchange.contracts.api import ContractShape
from ledger.kernel.web import Instant, Money, Shape
from settlement.books.model import Kind, Transfer
from settlement.escrow.api import SettlementShape
from settlement.subsidies.api import ClaimShape

from ..views import Deal


class TransferShape(Shape):
    """One transfer: what gave and what received, and how both stood after it."""

    at: Instant
    kind: Annotated[Kind, Field(description="a hold sets aside; a post lets it arrive; a void gives it back")]
    debit: Annotated[str, Field(description="the account that gives", examples=["custody:bank"])]
    credit: Annotated[str, Field(description="the account that receives")]
    amount: Money
    debit_after: Annotated[str, Field(description="yuan; what is posted, on the account's own side")]
    credit_after: str

    @classmethod
    def of(cls, transfer: Transfer) -> "TransferShape":
        """Write a transfer."""
        return cls(
            at=transfer.recorded_at,
            kind=transfer.kind,
            debit=transfer.debit,
            credit=transfer.credit,
            amount=Money.of(transfer.amount_fen),
            debit_after=Money.of(transfer.debit_after_fen).amount,
            credit_after=Money.of(transfer.credit_after_fen).amount,
        )


class DealShape(Shape):
    """A deal on one page, as one of its parties, or who may read every deal, sees it."""

    lot: str
    listing: str
    title: str
    seller: str
    state: State
    price: Money | None
    contract: ContractShape | None
    settlement: SettlementShape | None
    money: Annotated[list[TransferShape], Field(description="in the order in which it moved")]
    claims: list[ClaimShape]

    @classmethod
    def of(cls, deal: Deal) -> "DealShape":
        """Write a deal."""
        return cls(
            lot=deal.lot.id,
            listing=deal.listing.id,
            title=deal.listing.terms.title,
            seller=deal.lot.seller,
            state=deal.lot.state,
            price=Money.of(deal.lot.price_fen) if deal.lot.price_fen is not None else None,
            contract=ContractShape.of(deal.contract) if deal.contract else None,
            settlement=SettlementShape.of(deal.settlement) if deal.settlement else None,
            money=[TransferShape.of(one) for one in deal.transfers],
            claims=[ClaimShape.of(one) for one in deal.claims],
        )
