"""What may be asked of a royalty, and what accepting it changes."""

from dataclasses import dataclass
from typing import TypeAlias

from ledger.kernel.money import Fen
from ledger.log.model import Event
from settlement.books.model import Order

from .division import Cost, Sharing, Withholding
from .royalties import Royalty, RoyaltyTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeRoyalty:
    """Propose what is paid out of sales, and whose it is. It opens the agreement."""

    terms: RoyaltyTerms
    sharing: Sharing


@dataclass(frozen=True, slots=True)
class WithdrawRoyalty:
    """Take a proposal back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreeRoyalty:
    """Bind the buyer to the terms of this hash."""

    terms_sha256: str


@dataclass(frozen=True, slots=True)
class ElapseRoyalty:
    """Let time act: on a proposal, on a period that was not stated, on one that was paid and not divided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSales:
    """State, as the buyer, the net sales of a period that is over, with the hash of the statement."""

    period: int
    sales_fen: Fen
    statement_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAudit:
    """Announce, as the seller, that a period will be audited."""

    period: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAudit:
    """Record, as an officer, what an audit has found; `cost_fen` is what the seller states it has cost."""

    period: int
    sales_fen: Fen
    cost_fen: Fen
    document_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayRoyalty:
    """Record, as an officer, that what is due for a period has arrived."""

    period: int
    amount_fen: Fen
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareOverdue:
    """Declare, as an officer who has looked at the bank, that what is due was not paid in time."""

    period: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DivideRoyalty:
    """Divide, as the seller, what was paid for a period."""

    period: int
    costs: tuple[Cost, ...] = ()
    withheld: tuple[Withholding, ...] = ()


@dataclass(frozen=True, slots=True)
class TerminateRoyalty:
    """Sign, as either party, that no further period begins to count; the second signature ends it."""


@dataclass(frozen=True, slots=True)
class RescindRoyalty:
    """End it with its deal: nothing unpaid is owed any more. A fact established by the caller."""


RoyaltyCommand: TypeAlias = (
    WithdrawRoyalty
    | AgreeRoyalty
    | ElapseRoyalty
    | StateSales
    | CallAudit
    | RecordAudit
    | PayRoyalty
    | DeclareOverdue
    | DivideRoyalty
    | TerminateRoyalty
    | RescindRoyalty
)
ROYALTY_COMMANDS: tuple[type[RoyaltyCommand], ...] = (
    WithdrawRoyalty,
    AgreeRoyalty,
    ElapseRoyalty,
    StateSales,
    CallAudit,
    RecordAudit,
    PayRoyalty,
    DeclareOverdue,
    DivideRoyalty,
    TerminateRoyalty,
    RescindRoyalty,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoyaltyDecision:
    """What accepting a command changes: the royalty, the money, and what to record; an event cites its transfers."""

    royalty: Royalty
    orders: tuple[Order, ...] = ()
    events: tuple[Event, ...] = ()
