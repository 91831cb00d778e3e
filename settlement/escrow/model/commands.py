"""What may be asked of a settlement, and what accepting it changes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.log.model import Event
from settlement.books.model import Order

from .settlements import Settlement

MAX_COSTS = 50
MAX_INVENTORS = 50
MAX_REFERENCE = 200  # characters
MAX_WEIGHT = 1_000_000


class CostKind(StrEnum):
    """What may be taken off the price before the inventors' share is computed (转化直接成本)."""

    APPRAISAL = "appraisal"  # 评估
    AGENCY = "agency"  # 中介、经纪
    TAX = "tax"  # 税费
    MAINTENANCE = "maintenance"  # 专利申请、维持
    OTHER = "other"


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
class Cost:
    """A cost of bringing the achievement to market, with the hash of its voucher."""

    kind: CostKind
    amount_fen: Fen
    evidence_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """An inventor's weight in the reward. The name stays sealed; `inventor` counts from 1 in the asset's own order."""

    inventor: int
    name: str
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """Pay everybody: the fee, the inventors, the seller."""

    costs: tuple[Cost, ...]
    reward_bp: int  # of net income, in basis points
    shares: tuple[Share, ...]


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
    TakeDeposit | Award | Release | Require | ReceiveBalance | Settle | Forfeit | DeclareDefault | GiveBack | Adopt
)
COMMANDS: tuple[type[Command], ...] = (
    TakeDeposit,
    Award,
    Release,
    Require,
    ReceiveBalance,
    Settle,
    Forfeit,
    DeclareDefault,
    GiveBack,
    Adopt,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What accepting a command changes: the settlement, the money, and what to record; an event cites its transfers."""

    settlement: Settlement
    orders: tuple[Order, ...] = ()
    events: tuple[Event, ...] = ()
