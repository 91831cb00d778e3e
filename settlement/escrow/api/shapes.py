"""What escrow's requests and answers look like. Who a bidder is stands in none of them."""

from typing import Annotated

from pydantic import Field, StrictInt, StrictStr

from ledger.kernel.money import Fen
from ledger.kernel.web import Instant, Money, Shape

from ..model import MAX_COSTS, MAX_INVENTORS, MAX_REFERENCE, MAX_WEIGHT, Cost, CostKind, DepositState, Settlement, State

Percent = Annotated[StrictStr, Field(pattern=r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)$", examples=["50", "62.5"])]


class PaymentShape(Shape):
    """A payment that has arrived, as the officer records it."""

    amount: Money
    payment_reference: Annotated[StrictStr, Field(min_length=1, max_length=MAX_REFERENCE)]


class CostShape(Shape):
    """A cost of bringing the achievement to market, with the SHA-256 of its voucher. The exchange's fee is none."""

    kind: CostKind
    amount: Money
    evidence_sha256: Annotated[StrictStr, Field(pattern=r"^[0-9a-f]{64}$")]

    def cost(self) -> Cost:
        """Return the noun."""
        return Cost(kind=self.kind, amount_fen=self.amount.fen, evidence_sha256=self.evidence_sha256)


class ShareShape(Shape):
    """An inventor's weight in the reward."""

    inventor: Annotated[
        StrictInt, Field(ge=1, le=MAX_INVENTORS, description="the place among the asset's inventors, counted from 1")
    ]
    weight: Annotated[StrictInt, Field(ge=1, le=MAX_WEIGHT)]


class SettleShape(Shape):
    """How the seller divides what is left of the price: its costs, the inventors' share of net income, and whose it is.

    Net income is the price less the exchange's fee and these costs.
    """

    costs: Annotated[list[CostShape], Field(max_length=MAX_COSTS)] = Field(default_factory=list)
    reward_percent: Percent
    shares: Annotated[list[ShareShape], Field(max_length=MAX_INVENTORS)] = Field(default_factory=list)

    @property
    def reward_bp(self) -> int:
        """The inventors' share in basis points."""
        whole, _, part = self.reward_percent.partition(".")
        return int(whole) * 100 + int(part.ljust(2, "0"))

    @property
    def weights(self) -> list[tuple[int, int]]:
        """Each inventor's (place, weight); the names are the asset's."""
        return [(one.inventor, one.weight) for one in self.shares]

    def stated_costs(self) -> tuple[Cost, ...]:
        """Return the nouns."""
        return tuple(one.cost() for one in self.costs)


class DepositShape(Shape):
    """A deposit under its bidder's code."""

    code: str
    amount: Money
    state: DepositState


class SettlementShape(Shape):
    """The money of a deal as its parties and supervisors see it. What is null has not come yet."""

    id: str
    deal: str
    seller: str
    state: State
    terms: str
    deposit: Annotated[Money, Field(description="what every bidder deposits")]
    deposits: list[DepositShape]
    code: Annotated[str | None, Field(description="the winner's bidder code")]
    price: Money | None
    balance: Annotated[Money | None, Field(description="the price less the winner's deposit")]
    contract: str | None
    pay_by: Annotated[Instant | None, Field(description="from this instant on the balance is overdue")]
    paid_at: Instant | None
    fee: Money | None
    costs: Annotated[Money | None, Field(description="the seller's own, beside the fee")]
    net: Money | None
    reward_min_percent: str | None
    reward_percent: str | None
    reward: Money | None
    seller_part: Money | None
    frozen: Annotated[list[str], Field(description="orders to freeze that stand; while any does, no money leaves")]

    @classmethod
    def of(cls, one: Settlement) -> "SettlementShape":
        """Write a settlement."""
        return cls(
            id=one.id,
            deal=one.deal,
            seller=one.seller,
            state=one.state,
            terms=one.terms.ref,
            deposit=Money.of(one.deposit_fen),
            deposits=[
                DepositShape(code=each.code, amount=Money.of(each.amount_fen), state=each.state)
                for each in one.deposits
            ],
            code=one.code,
            price=_money(one.price_fen),
            balance=_money(one.balance_fen),
            contract=one.contract,
            pay_by=one.pay_by,
            paid_at=one.paid_at,
            fee=_money(one.fee_fen),
            costs=_money(one.costs_fen),
            net=_money(one.net_fen),
            reward_min_percent=_percent(one.reward_min_bp),
            reward_percent=_percent(one.reward_bp),
            reward=_money(one.reward_fen),
            seller_part=_money(one.seller_fen),
            frozen=list(one.frozen),
        )


def _money(fen: Fen | None) -> Money | None:
    return None if fen is None else Money.of(fen)


def _percent(bp: int | None) -> str | None:
    return None if bp is None else f"{bp // 100}.{bp % 100:02d}"
