"""The nouns of a settlement: its states, its deposits, itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from ledger.kernel.calendar import known_deadline
from ledger.kernel.ids import Id, OrganisationId
from ledger.kernel.money import Fen
from settlement.books.model import TransferId

from .terms import Terms

RESUMED_WORKDAYS: Final = (
    3  # that everybody has, at least, when a deal is frozen no more: as a contract has to be answered
)


class SettlementId(Id, prefix="stl"):
    """Names a settlement; also the subject of its entries and the first word of its accounts."""


class FreezeId(Id, prefix="frz"):
    """Names an order to freeze a deal's money."""


class State(StrEnum):
    """How far along the money of a deal is; the comment says who acts next."""

    BIDDING = "bidding"  # bidders: pay deposits; then the end of bidding
    AWARDED = "awarded"  # seller and buyer: sign the contract
    DUE = "due"  # buyer: pays what is left of the price
    PAID = "paid"  # seller: states its costs, and how the reward is shared
    SETTLED = "settled"  # nobody: everybody has been paid
    PLANNED = "planned"  # nobody: a payment plan keeps the money now
    RELEASED = "released"  # nobody: nothing was sold, every deposit went back
    RETURNED = "returned"  # nobody: the deal failed through no fault of the buyer, whose deposit went back
    FORFEITED = "forfeited"  # nobody: the buyer defaulted, and its deposit is gone


class DepositState(StrEnum):
    """What has become of a deposit. What came in = refunded + applied + forfeited + held, at every entry."""

    REQUESTED = "requested"  # 待缴: nothing has come in yet
    HELD = "held"  # 冻结
    REFUNDED = "refunded"  # 退还
    APPLIED = "applied"  # 抵作价款
    FORFEITED = "forfeited"  # 不予退还
    LAPSED = "lapsed"  # 未缴: bidding ended before it came


class RefundReason(StrEnum):
    """Why a deposit goes back."""

    OUTBID = "outbid"
    UNSOLD = "unsold"
    SELLER_DEFAULT = "seller-default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """A deposit (保证金) under a bidder's code; `hold` names the transfer that keeps it, once it has come.

    `reference` is the bank's, of the payment; `account` the one it comes from, if the payer said so, and goes back to.
    """

    code: str
    payer: OrganisationId
    amount_fen: Fen
    hold: TransferId
    state: DepositState = DepositState.HELD
    reference: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The money of one deal (结算). What is None comes with the award, with the contract, with the payment."""

    id: SettlementId
    deal: str
    seller: OrganisationId
    terms: Terms
    state: State
    deposits: tuple[Deposit, ...] = ()
    buyer: OrganisationId | None = None
    code: str | None = None  # the winner's
    price_fen: Fen | None = None
    reward_min_bp: int | None = None  # what this seller owes its inventors at least
    contract: str | None = None
    effective_at: datetime | None = None  # of the contract: from then the days to pay are counted
    pay_by: datetime | None = None  # None too where no calendar reaches that far
    paid_at: datetime | None = None
    settle_by: datetime | None = None  # from then on time settles; None too where no calendar reaches that far
    fee_fen: Fen | None = None
    costs_fen: Fen | None = None  # the seller's own and the broker's commission, beside the fee
    reward_bp: int | None = None
    reward_fen: Fen | None = None
    frozen: tuple[FreezeId, ...] = ()  # orders that stand, in the order they were recorded
    thawed_at: datetime | None = None  # the last order that stood was lifted
    seller_fen: Fen | None = None  # the seller's side's: what neither the exchange nor the inventors receive
    commission_fen: Fen | None = None  # of it the broker's; these three where there is more to share than that
    owners_fen: Fen | None = None  # and what the holders of the right keep
    withheld_fen: Fen | None = None  # tax, out of the inventors' reward

    @property
    def deposit_fen(self) -> Fen:
        """What every bidder deposits: the same, fixed with the first deposit."""
        return self.deposits[0].amount_fen

    @property
    def quiet_until(self) -> datetime | None:
        """Until when no time runs out for who could not act while orders stood: they have the days of an answer for it.

        Time divides nothing, a plan may be proposed and agreed to, no default is declared.

        None of a deal that was never frozen, and where no calendar reaches that far.
        """
        return None if self.thawed_at is None else known_deadline(self.thawed_at, RESUMED_WORKDAYS)

    @property
    def won(self) -> Deposit | None:
        """The winner's deposit."""
        return next((one for one in self.deposits if one.code == self.code), None)

    @property
    def balance_fen(self) -> Fen | None:
        """What the buyer still owes beside its deposit, once the lot is awarded."""
        return None if self.price_fen is None or self.won is None else Fen(self.price_fen - self.won.amount_fen)

    @property
    def net_fen(self) -> Fen | None:
        """Net income (净收入): the price less the exchange's fee and the seller's own costs, once it is settled."""
        if self.price_fen is None or self.fee_fen is None or self.costs_fen is None:
            return None
        return Fen(self.price_fen - self.fee_fen - self.costs_fen)
