"""What a deal on one page looks like."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from exchange.auctions.api.shapes import Stage
from exchange.contracts.api import ContractShape
from ledger.kernel.web import Instant, Money, Shape
from settlement.books.model import Kind, Transfer
from settlement.escrow.api import InvoiceShape, PartyFreezeShape, PlanShape, RoyaltyShape, SettlementShape
from settlement.escrow.model import DepositState, MisdirectedId
from settlement.subsidies.api import ClaimShape

from ..views import Deal, Standing, purpose_of


class TransferShape(Shape):
    """One transfer: what gave and what received, and how both stood after it."""

    transfer: Annotated[str, Field(description="its name, as an entry of the ledger has it")]
    at: Instant
    kind: Annotated[Kind, Field(description="a hold sets aside; a post lets it arrive; a void gives it back")]
    purpose: Annotated[str, Field(description="what it is for, in words")]
    debit: Annotated[str, Field(description="the account that gives", examples=["custody:bank"])]
    credit: Annotated[str, Field(description="the account that receives")]
    amount: Money
    debit_after: Annotated[Money | None, Field(description="what is posted; null of an account that deals share")]
    credit_after: Money | None

    @classmethod
    def of(cls, transfer: Transfer) -> "TransferShape":
        """Write a transfer."""
        return cls(
            transfer=transfer.id,
            at=transfer.recorded_at,
            kind=transfer.kind,
            purpose=purpose_of(transfer),
            debit=transfer.debit,
            credit=transfer.credit,
            amount=Money.of(transfer.amount_fen),
            debit_after=_own(transfer, transfer.debit, transfer.debit_after_fen),
            credit_after=_own(transfer, transfer.credit, transfer.credit_after_fen),
        )


class StandingShape(Shape):
    """One's own part in a lot."""

    lot: str
    code: Annotated[str, Field(description="the code one bids under")]
    deposit: Money
    deposit_state: DepositState

    @classmethod
    def of(cls, standing: Standing) -> "StandingShape":
        """Write a bidder's own part."""
        deposit = standing.deposit
        return cls(
            lot=standing.lot, code=standing.code, deposit=Money.of(deposit.amount_fen), deposit_state=deposit.state
        )


class PartyShape(Shape):
    """Who the other party is: parties to a contract know each other."""

    id: str
    name: str
    credit_code: str


class DealShape(Shape):
    """A deal on one page, as one of its parties, or who may read every deal, sees it."""

    lot: str
    listing: str
    title: str
    seller: str
    state: Stage
    price: Money | None
    contract: ContractShape | None
    settlement: SettlementShape | None
    money: Annotated[list[TransferShape], Field(description="in the order in which it moved")]
    claims: list[ClaimShape]
    plan: Annotated[PlanShape | None, Field(description="how the price is paid, if not in one piece")]
    freezes: Annotated[list[PartyFreezeShape], Field(description="orders of courts and regulators, standing or lifted")]
    royalty: Annotated[RoyaltyShape | None, Field(description="what is paid out of sales beside it")]
    invoices: list[InvoiceShape]
    parties: Annotated[list[PartyShape], Field(description="seller and buyer, once there is a contract")]

    @classmethod
    def of(cls, deal: Deal, at: datetime) -> "DealShape":
        """Write a deal as it stands at `at`."""
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
            plan=PlanShape.of(deal.plan, at) if deal.plan else None,
            freezes=[PartyFreezeShape.seen(one, whole=deal.orders_whole) for one in deal.freezes],
            royalty=RoyaltyShape.of(deal.royalty, at) if deal.royalty else None,
            invoices=[InvoiceShape.of(one) for one in deal.invoices],
            parties=[PartyShape(id=one.id, name=one.name, credit_code=one.credit_code) for one in deal.parties],
        )


def _own(transfer: Transfer, account: str, after_fen: int) -> Money | None:
    """Write a balance if it is the deal's own; what all deals together come to is not one deal's business."""
    own = account.startswith((f"{transfer.reference}:", "pln_"))  # a settlement's last transfer is to its plan
    several = account.startswith(f"{MisdirectedId.prefix}_")  # a payment nobody expected may be for several deals
    return Money.of(after_fen) if own and not several else None
