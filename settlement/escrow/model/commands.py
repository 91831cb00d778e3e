"""What may be asked of a settlement, and what accepting it changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.log.model import Event
from settlement.books.model import Order

from .division import Broker, Cost, Owner, Share, Withholding
from .payouts import Payout
from .settlements import Settlement

MAX_ACCOUNT = 64  # characters
MAX_REFERENCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDeposit:
    """Ask where to pay a deposit. That the payer may bid for the deal is a fact established by the caller.

    `account` is the bank account it will be paid from, if the payer says so: a refund goes back there.
    """

    code: str
    payer: OrganisationId
    due_fen: Fen
    account: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeDeposit:
    """Record that a deposit has arrived, and hold it. `due_fen` is what is asked, `paid_fen` what came."""

    code: str
    payer: OrganisationId
    due_fen: Fen
    paid_fen: Fen
    reference: str  # the bank's, of the payment


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """Keep the winner's deposit, and give the others back. A fact established by the caller."""

    code: str
    buyer: OrganisationId
    price_fen: Fen
    reward_required: bool  # whether the law sets the inventors' least share for this seller


@dataclass(frozen=True, slots=True)
class Release:
    """Give every deposit back: nothing was sold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Require:
    """Ask the buyer for the balance: the contract has taken effect. A fact established by the caller."""

    contract: str
    effective_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveBalance:
    """Record that the balance has arrived; the deposit becomes part of the price."""

    amount_fen: Fen
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopt:
    """Leave the price to a payment plan that both have agreed to; the winner's deposit goes with it.

    A fact established by the caller. Under a `trial` the deposit stays the buyer's own until it takes up.
    """

    plan: str
    trial: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """Pay everybody: the fee, the broker, the inventors less their tax, the holders of the right.

    Whose the right is, is a fact established by the caller; nobody named means the seller's alone.
    """

    costs: tuple[Cost, ...]
    reward_bp: int  # of net income, in basis points
    shares: tuple[Share, ...]
    owners: tuple[Owner, ...] = ()  # in the asset's order, the seller among them
    broker: Broker | None = None
    withheld: tuple[Withholding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleByTime:
    """Pay everybody once the seller has let its time pass: no costs, the least reward, to all inventors alike.

    Who the owners and the inventors are is a fact established by the caller.
    """

    owners: tuple[Owner, ...]
    inventors: tuple[str, ...]  # all of the asset's, by name, in its own order


@dataclass(frozen=True, slots=True)
class Forfeit:
    """Take the deposit of a buyer that did not sign: first the fee, the rest to the seller (法释〔2016〕18号 art. 24).

    A fact established by the caller.
    """


@dataclass(frozen=True, slots=True)
class DeclareDefault:
    """Take the deposit of a buyer that did not pay, as `Forfeit` does. An officer looks at the bank first."""


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Give the winner's deposit back: the seller did not keep its word."""


Command: TypeAlias = (
    RequestDeposit
    | TakeDeposit
    | Award
    | Release
    | Require
    | ReceiveBalance
    | Settle
    | SettleByTime
    | Forfeit
    | DeclareDefault
    | GiveBack
    | Adopt
)
COMMANDS: tuple[type[Command], ...] = (
    RequestDeposit,
    TakeDeposit,
    Award,
    Release,
    Require,
    ReceiveBalance,
    Settle,
    SettleByTime,
    Forfeit,
    DeclareDefault,
    GiveBack,
    Adopt,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What accepting a command changes: the settlement, the money, what the bank is told, and what to record.

    An event cites its transfers.
    """

    settlement: Settlement
    orders: tuple[Order, ...] = ()
    payouts: tuple[Payout, ...] = ()
    events: tuple[Event, ...] = ()
