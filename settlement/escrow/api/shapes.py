"""What escrow's requests and answers look like. Who a bidder is stands in none of them."""

from typing import Annotated

from pydantic import Field, StrictInt, StrictStr

from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.kernel.web import Instant, Money, Shape, described_as, named

from ..model import (
    MAX_ACCOUNT,
    MAX_COSTS,
    MAX_INVENTORS,
    MAX_REFERENCE,
    MAX_WEIGHT,
    Broker,
    Cost,
    CostKind,
    Deposit,
    DepositState,
    OrderedPayout,
    Payee,
    Settlement,
    Sharing,
    State,
    Withholding,
    bidder_account,
)

Sha256 = Annotated[StrictStr, Field(pattern=r"^[0-9a-f]{64}$")]
Percent = Annotated[StrictStr, Field(pattern=r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)$", examples=["50", "62.5"])]


class PaymentShape(Shape):
    """A payment that has arrived, as the officer records it."""

    amount: Money
    payment_reference: Annotated[StrictStr, Field(min_length=1, max_length=MAX_REFERENCE)]


class CostShape(Shape):
    """A cost of bringing the achievement to market, with the SHA-256 of its voucher. The exchange's fee is none."""

    kind: CostKind
    amount: Money
    evidence_sha256: Sha256

    def cost(self) -> Cost:
        """Return the noun."""
        return Cost(kind=self.kind, amount_fen=self.amount.fen, evidence_sha256=self.evidence_sha256)


class ShareShape(Shape):
    """An inventor's weight in the reward."""

    inventor: Annotated[
        StrictInt, Field(ge=1, le=MAX_INVENTORS, description="the place among the asset's inventors, counted from 1")
    ]
    weight: Annotated[StrictInt, Field(ge=1, le=MAX_WEIGHT)]


class BrokerShape(Shape):
    """Who brought the parties together, and its commission on all that is paid."""

    organisation: Annotated[OrganisationId, named(OrganisationId)]
    commission_percent: Percent

    def broker(self) -> Broker:
        """Return the noun."""
        return Broker(organisation=self.organisation, commission_bp=basis_points(self.commission_percent))


class WithholdingShape(Shape):
    """Income tax that the seller withholds from an inventor's reward, as it has computed it."""

    inventor: Annotated[StrictInt, Field(ge=1, le=MAX_INVENTORS, description="as in `shares`")]
    amount: Money


class SharingShape(Shape):
    """The inventors' share of net income, and who brought the parties together; the asset says who owns it."""

    reward_percent: Percent
    shares: Annotated[list[ShareShape], Field(max_length=MAX_INVENTORS)] = Field(default_factory=list)
    broker: BrokerShape | None = None

    @property
    def reward_bp(self) -> int:
        """The inventors' share in basis points."""
        return basis_points(self.reward_percent)

    @property
    def weights(self) -> list[tuple[int, int]]:
        """Each inventor's (place, weight); the names are the asset's."""
        return [(one.inventor, one.weight) for one in self.shares]

    def stated_broker(self) -> Broker | None:
        """Return the noun."""
        return self.broker.broker() if self.broker else None


class InventorShape(Shape):
    """An inventor's weight in the reward, and who it is."""

    inventor: Annotated[int, Field(description="the place among the asset's inventors, counted from 1")]
    name: str
    weight: int


class OwnerShape(Shape):
    """A holder of the right, and its share of what the seller's side keeps."""

    organisation: str
    share_percent: str


class SharedShape(Shape):
    """How the seller's side shares what is paid, as it was proposed; who holds the right, the asset said."""

    reward_percent: str
    shares: list[InventorShape]
    owners: list[OwnerShape]
    broker: BrokerShape | None

    @classmethod
    def of(cls, one: Sharing) -> "SharedShape":
        """Write a sharing."""
        broker = one.broker
        return cls(
            reward_percent=percentage(one.reward_bp),
            shares=[InventorShape(inventor=by.inventor, name=by.name, weight=by.weight) for by in one.inventors],
            owners=[
                OwnerShape(organisation=by.organisation, share_percent=percentage(by.share_bp)) for by in one.owners
            ],
            broker=BrokerShape(organisation=broker.organisation, commission_percent=percentage(broker.commission_bp))
            if broker
            else None,
        )


class DivideBody(Shape):
    """What the seller states when a payment is divided: its costs, and the tax it takes off the inventors' cash."""

    costs: Annotated[list[CostShape], Field(max_length=MAX_COSTS)] = Field(default_factory=list)
    withheld: Annotated[list[WithholdingShape], Field(max_length=MAX_INVENTORS)] = Field(default_factory=list)

    def stated_costs(self) -> tuple[Cost, ...]:
        """Return the nouns."""
        return tuple(one.cost() for one in self.costs)

    def stated_taxes(self) -> tuple[Withholding, ...]:
        """Return the nouns."""
        return tuple(Withholding(inventor=one.inventor, amount_fen=one.amount.fen) for one in self.withheld)


class SettleShape(DivideBody, SharingShape):
    """How the seller divides what is left of the price: its costs, the inventors' share of net income, and whose it is.

    Net income is the price less the exchange's fee, the broker's commission and these costs. What is left then belongs
    to the holders of the asset, by their shares.
    """


class DepositRequest(Shape):
    """Asking where to pay a deposit."""

    source_account: Annotated[
        StrictStr | None,
        Field(
            pattern=rf"^[0-9A-Za-z-]{{5,{MAX_ACCOUNT}}}$",
            description="the bank account it will come from, and would go back to",
        ),
    ] = None


class DepositTicket(Shape):
    """Where to pay a deposit, and what it opens."""

    lot: str
    settlement: str
    code: Annotated[str, Field(description="the code to bid under once the deposit has come")]
    pay_into: Annotated[str, Field(description="the sub-account, to be named in the payment")]
    amount: Money
    state: DepositState

    @classmethod
    def of(cls, settlement: Settlement, deposit: Deposit) -> "DepositTicket":
        """Write a deposit that is asked for."""
        return cls(
            lot=settlement.deal,
            settlement=settlement.id,
            code=deposit.code,
            pay_into=bidder_account(settlement.id, deposit.code),
            amount=Money.of(deposit.amount_fen),
            state=deposit.state,
        )


class PayoutShape(Shape):
    """What the bank is to be told of one transfer out of custody."""

    number: Annotated[int, Field(description="its place in the list, from 1")]
    transfer: str
    subject: str
    payee: Payee
    organisation: str | None
    inventor: Annotated[int | None, Field(description="the place among the asset's inventors, from 1")]
    inventor_name: Annotated[str | None, Field(description="whose that place is")]
    amount: Money
    refund_of: Annotated[str | None, Field(description="the bank's reference of the payment that is given back")]
    account: Annotated[str | None, Field(description="where that payment came from")]
    ordered_at: Instant

    @classmethod
    def of(cls, ordered: OrderedPayout, name: str | None) -> "PayoutShape":
        """Write a payout, to an inventor of this name if to one."""
        one = ordered.payout
        return cls(
            number=ordered.place,
            transfer=one.transfer,
            subject=one.subject,
            payee=one.payee,
            organisation=one.organisation,
            inventor=one.inventor,
            inventor_name=name,
            amount=Money.of(one.amount_fen),
            refund_of=one.source,
            account=one.account,
            ordered_at=ordered.ordered_at,
        )


class PayoutPage(Shape):
    """A page of the list; `next` is the `after` of the one behind it."""

    items: list[PayoutShape]
    next: int | None


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
    state: Annotated[State, described_as("SettlementState")]
    terms: str
    deposit: Annotated[Money, Field(description="what every bidder deposits")]
    deposits: list[DepositShape]
    code: Annotated[str | None, Field(description="the winner's bidder code")]
    price: Money | None
    balance: Annotated[Money | None, Field(description="the price less the winner's deposit")]
    contract: str | None
    effective_at: Annotated[Instant | None, Field(description="of the contract: the days to pay are counted from here")]
    pay_by: Annotated[Instant | None, Field(description="from this instant on the balance is overdue")]
    paid_at: Instant | None
    settle_by: Annotated[Instant | None, Field(description="from this instant on time settles, stating no costs")]
    fee: Money | None
    costs: Annotated[Money | None, Field(description="the seller's own and the commission, beside the fee")]
    net: Money | None
    reward_min_percent: str | None
    reward_percent: str | None
    reward: Money | None
    thawed_at: Annotated[Instant | None, Field(description="when the last order to freeze it was lifted")]
    quiet_until: Annotated[
        Instant | None, Field(description="after the last order was lifted: until then time divides nothing")
    ]
    frozen: Annotated[list[str], Field(description="orders to freeze that stand; while any does, no money leaves")]
    seller_part: Annotated[Money | None, Field(description="of the seller's side, the commission in it")]
    commission: Annotated[
        Money | None, Field(description="the broker's; null, as the next two, if all is the seller's")
    ]
    owners_part: Annotated[Money | None, Field(description="what the holders of the right keep")]
    withheld: Annotated[Money | None, Field(description="tax, out of the inventors' reward")]

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
            effective_at=one.effective_at,
            pay_by=one.pay_by,
            paid_at=one.paid_at,
            settle_by=one.settle_by,
            fee=_money(one.fee_fen),
            costs=_money(one.costs_fen),
            net=_money(one.net_fen),
            reward_min_percent=_percentage(one.reward_min_bp),
            reward_percent=_percentage(one.reward_bp),
            reward=_money(one.reward_fen),
            seller_part=_money(one.seller_fen),
            thawed_at=one.thawed_at,
            quiet_until=one.quiet_until,
            frozen=list(one.frozen),
            commission=_money(one.commission_fen),
            owners_part=_money(one.owners_fen),
            withheld=_money(one.withheld_fen),
        )


def basis_points(percent: str) -> int:
    """Return a percentage in basis points."""
    whole, _, part = percent.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0"))


def percentage(bp: int) -> str:
    """Return basis points as a percentage."""
    return f"{bp // 100}.{bp % 100:02d}"


def _money(fen: Fen | None) -> Money | None:
    return None if fen is None else Money.of(fen)


def _percentage(bp: int | None) -> str | None:
    return None if bp is None else percentage(bp)
