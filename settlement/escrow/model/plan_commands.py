"""What may be asked of a payment plan, and what accepting it changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from ledger.kernel.money import Fen
from ledger.log.model import Event
from settlement.books.model import Order

from .division import Cost, Sharing, Withholding
from .plans import Outcome, Plan, PlanTerms
from .settlements import FreezeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Propose:
    """Put other terms in the place of those proposed. Whose the payments are is a fact of the asset and its seller."""

    terms: PlanTerms
    sharing: Sharing


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take the proposal back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agree:
    """Bind the buyer to the terms of this hash. That its settlement adopts the plan is the caller's to bring about."""

    terms_sha256: str


@dataclass(frozen=True, slots=True)
class TakeUp:
    """End the trial by buying: the deposit counts towards the first part."""


@dataclass(frozen=True, slots=True)
class Decline:
    """End the trial by not buying: the deposit goes back."""


@dataclass(frozen=True, slots=True)
class Elapse:
    """Let time act: an unanswered proposal lapses, a silent trial is declined, what was released is divided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Let a plan go on whose deal is frozen no more: what waits is released, proposals and trials get days they need.

    The deal was frozen from `frozen_at` on. `over` says that the books hold a trial's deposit no more.
    """

    frozen_at: datetime
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PayPart:
    """Record that a part has arrived, to the fen. `frozen` are the orders that stand against its deal."""

    part: int
    amount_fen: Fen
    reference: str  # the bank's, of the payment
    frozen: tuple[FreezeId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeRelease:
    """Say, for either side, that a milestone is reached. `evidence_sha256` is of what shows it."""

    part: int
    evidence_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmRelease:
    """Accept a milestone, as another person, of the buyer's: the part is the seller's."""

    part: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """Stop a part from being released, until both sides or an officer end it."""

    part: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve:
    """End a dispute: both sides by offering the same, an officer by a document (a judgment, an award) alone."""

    part: int
    outcome: Outcome
    document_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Divide:
    """Divide a released part, as the seller: its costs, and the tax taken off the inventors' cash."""

    part: int
    costs: tuple[Cost, ...] = ()
    withheld: tuple[Withholding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPlan:
    """Declare, as an officer who has looked at the bank, that a part is overdue and the buyer in default."""

    part: int


PlanCommand: TypeAlias = (
    Propose
    | Withdraw
    | Agree
    | TakeUp
    | Decline
    | Elapse
    | PayPart
    | ProposeRelease
    | ConfirmRelease
    | Dispute
    | Resolve
    | Divide
    | StopPlan
    | Resume
)
PLAN_COMMANDS: tuple[type[PlanCommand], ...] = (
    Propose,
    Withdraw,
    Agree,
    TakeUp,
    Decline,
    Elapse,
    PayPart,
    ProposeRelease,
    ConfirmRelease,
    Dispute,
    Resolve,
    Divide,
    StopPlan,
    Resume,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDecision:
    """What accepting a command changes: the plan, the money, and what to record; an event cites its transfers."""

    plan: Plan
    orders: tuple[Order, ...] = ()
    events: tuple[Event, ...] = ()
