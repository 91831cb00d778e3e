"""The nouns of escrow: the settlement of one deal, its deposits, its terms, commands, and what the record says of it.

A deal is known here by the opaque name of what is sold (`deal`) and by codes; who is behind a code is sealed. Every
entry names the transfers it made, so that the money of a deal can be added up again from its entries alone.

    bidding -> awarded -> due -> paid -> settled
        |          |       |
        |          |       +-> forfeited          the buyer did not pay
        |          +-> forfeited | returned       the buyer, or the seller, did not sign
        +-> released                              nothing was sold
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self, TypeAlias, cast

from ledger.kernel.canonical import Json
from ledger.kernel.errors import invariant
from ledger.kernel.ids import Id, OrganisationId
from ledger.kernel.money import WHOLE_BP, Fen
from ledger.log.model import Event, event_kind
from settlement.books.model import Order, TransferId

MAX_COSTS = 50
MAX_INVENTORS = 50
MAX_REFERENCE = 200  # characters


class SettlementId(Id, prefix="stl"):
    """Names a settlement; also the subject of its entries and the first word of its accounts."""


class State(StrEnum):
    """How far along the money of a deal is; the comment says who acts next."""

    BIDDING = "bidding"  # bidders: pay deposits; then the end of bidding
    AWARDED = "awarded"  # seller and buyer: sign the contract
    DUE = "due"  # buyer: pays what is left of the price
    PAID = "paid"  # seller: states its costs, and how the reward is shared
    SETTLED = "settled"  # nobody: everybody has been paid
    RELEASED = "released"  # nobody: nothing was sold, every deposit went back
    RETURNED = "returned"  # nobody: the deal failed through no fault of the buyer, whose deposit went back
    FORFEITED = "forfeited"  # nobody: the buyer defaulted, and its deposit is gone


class DepositState(StrEnum):
    """What has become of a deposit. What came in = refunded + applied + forfeited + held, at every entry."""

    HELD = "held"  # 冻结
    REFUNDED = "refunded"  # 退还
    APPLIED = "applied"  # 抵作价款
    FORFEITED = "forfeited"  # 不予退还


class RefundReason(StrEnum):
    """Why a deposit goes back."""

    OUTBID = "outbid"
    UNSOLD = "unsold"
    SELLER_DEFAULT = "seller-default"


class CostKind(StrEnum):
    """What may be taken off the price before the inventors' share is computed (转化直接成本)."""

    APPRAISAL = "appraisal"  # 评估
    AGENCY = "agency"  # 中介、经纪
    TAX = "tax"  # 税费
    MAINTENANCE = "maintenance"  # 专利申请、维持
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Band:
    """From this much of the price upward, the fee is at this rate, in basis points."""

    from_fen: Fen
    rate_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A published version of the terms of settlement (结算规则版本): dated data, never edited."""

    id: str
    version: int
    effective_from: date  # in China; a settlement opened from this day runs under it
    fee_bands: tuple[Band, ...]  # marginal, from 0 upward: the exchange's fee, out of the price
    pay_within_days: int  # working days from when the contract takes effect
    reward_min_bp: int  # of net income, for the inventors of a state-established institution (转化法 art. 45)

    def __post_init__(self) -> None:
        starts = [band.from_fen for band in self.fee_bands]
        invariant(starts[:1] == [0] and starts == sorted(set(starts)), "fee bands begin at 0 and rise")
        invariant(all(0 <= band.rate_bp <= WHOLE_BP for band in self.fee_bands), "a fee is a share of the price")
        invariant(0 <= self.reward_min_bp <= WHOLE_BP and self.pay_within_days > 0, "terms are in range")

    @property
    def ref(self) -> str:
        """How decisions and entries cite this version: `settlement-2026@1`."""
        return f"{self.id}@{self.version}"

    def to_json(self) -> dict[str, Json]:
        """Write the terms for an entry."""
        bands = [{"from_fen": str(band.from_fen), "rate_bp": band.rate_bp} for band in self.fee_bands]
        return asdict(self) | {"effective_from": self.effective_from.isoformat(), "fee_bands": bands}

    @classmethod
    def from_json(cls, written: Mapping[str, Json]) -> Self:
        """Read what `to_json` wrote; a missing or unknown field is our own mistake."""
        invariant(set(written) == {one.name for one in fields(cls)}, "terms are written with exactly their fields")
        bands = cast("list[dict[str, Any]]", written["fee_bands"])  # Any: as `to_json` wrote them
        values = dict(written) | {
            "effective_from": date.fromisoformat(str(written["effective_from"])),
            "fee_bands": tuple(Band(Fen(int(band["from_fen"])), int(band["rate_bp"])) for band in bands),
        }
        return cls(**cast("dict[str, Any]", values))  # Any: the fields have several types


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """A deposit (保证金) under a bidder's code; `hold` names the transfer that keeps it."""

    code: str
    payer: OrganisationId
    amount_fen: Fen
    hold: TransferId
    state: DepositState = DepositState.HELD


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
    pay_by: datetime | None = None
    paid_at: datetime | None = None
    fee_fen: Fen | None = None
    reward_fen: Fen | None = None
    seller_fen: Fen | None = None

    @property
    def won(self) -> Deposit | None:
        """The winner's deposit."""
        return next((one for one in self.deposits if one.code == self.code), None)

    @property
    def balance_fen(self) -> Fen | None:
        """What the buyer still owes beside its deposit, once the lot is awarded."""
        return None if self.price_fen is None or self.won is None else Fen(self.price_fen - self.won.amount_fen)


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
    """Ask the buyer for the balance: the contract has taken effect."""

    contract: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveBalance:
    """Record that the balance has arrived; the deposit becomes part of the price."""

    amount_fen: Fen
    reference: str


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
    """Take the deposit of a buyer in default: first the fee, the rest to the seller (法释〔2016〕18号 art. 24)."""


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Give the winner's deposit back: the seller did not keep its word."""


Command: TypeAlias = TakeDeposit | Award | Release | Require | ReceiveBalance | Settle | Forfeit | GiveBack
COMMANDS: tuple[type[Command], ...] = (
    TakeDeposit,
    Award,
    Release,
    Require,
    ReceiveBalance,
    Settle,
    Forfeit,
    GiveBack,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What accepting a command changes: the settlement, the money, and what to record; an event cites its transfers."""

    settlement: Settlement
    orders: tuple[Order, ...] = ()
    events: tuple[Event, ...] = ()


# What the record says. `transfers` is what the books made of it: [{id, kind, debit, credit, amount_fen}, …].
# How the reward is shared among people, and which costs a seller had, are nobody else's business: only sums are public.
_TOOK = "code amount_fen transfers"
SETTLEMENT_OPENED = event_kind("escrow.opened", public="deal seller terms deposit_fen")
DEPOSIT_HELD = event_kind("escrow.deposit_held", public=_TOOK, sealed="payer reference by")
DEPOSIT_REFUNDED = event_kind("escrow.deposit_refunded", public=f"{_TOOK} reason", sealed="payer")
AWARDED = event_kind("escrow.awarded", public="code price_fen balance_fen reward_min_bp", sealed="buyer")
BALANCE_DUE = event_kind("escrow.balance_due", public="contract balance_fen effective_at pay_by")
BALANCE_PAID = event_kind(
    "escrow.balance_paid", public="amount_fen applied_fen price_fen transfers", sealed="payer reference by"
)
SETTLED = event_kind(
    "escrow.settled",
    public="price_fen fee_fen costs_fen net_fen reward_bp reward_fen seller_fen transfers",
    sealed="costs split payouts by",
)
DEPOSIT_FORFEITED = event_kind(
    "escrow.deposit_forfeited", public="code amount_fen fee_fen seller_fen transfers", sealed="payer by"
)
RELEASED = event_kind("escrow.released", public="refunded")
RETURNED = event_kind("escrow.returned", public="code")

KINDS = (
    SETTLEMENT_OPENED,
    DEPOSIT_HELD,
    DEPOSIT_REFUNDED,
    AWARDED,
    BALANCE_DUE,
    BALANCE_PAID,
    SETTLED,
    DEPOSIT_FORFEITED,
    RELEASED,
    RETURNED,
)
"""Everything that can happen to the money of a deal on the record."""
