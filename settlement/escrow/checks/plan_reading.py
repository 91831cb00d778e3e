"""What a fold of a plan reads, and what it amounts to."""

from dataclasses import dataclass, field
from datetime import date, datetime

from ledger.audit.reading import Reader

from ..model import PartState, PlanState


@dataclass(slots=True, kw_only=True)
class Part:
    """A part, as far as the entries have come."""

    number: int
    amount_fen: int
    within_workdays: int | None
    due_on: date | None
    milestone: str | None  # its hash
    state: PartState = PartState.OPEN
    due_at: datetime | None = None
    interest_fen: int = 0
    paid_at: datetime | None = None
    divide_by: datetime | None = None

    @property
    def whole_fen(self) -> int:
        """What stands in escrow once it is paid."""
        return self.amount_fen + self.interest_fen


@dataclass(slots=True, kw_only=True)
class PlanFold:
    """What the entries amount to; each field should equal the plan's of the same meaning."""

    rule: str
    settlement: str
    deal: str
    seller: str
    price_fen: int
    deposit_fen: int
    reward_min_bp: int
    settled_under: str
    agree_by: datetime
    terms_sha256: str
    reward_bp: int
    commission_bp: int
    state: PlanState = PlanState.PROPOSED
    parts: list[Part] = field(default_factory=list)
    interest_bp: int = 0
    trial_until: datetime | None = None  # later than agreed, where an order had frozen the trial
    extended_until: datetime | None = None
    effective_at: datetime | None = None
    defaulted: bool = False
    deposit_lost: bool = False
    divided_fen: int = 0
    fee_fen: int = 0
    costs_fen: int = 0
    commission_fen: int = 0
    reward_fen: int = 0


def read_parts(terms: Reader) -> list[Part]:
    """Read the parts of published terms."""
    return [
        Part(
            number=number,
            amount_fen=one.fen("amount_fen"),
            within_workdays=None if one.written.get("within_workdays") is None else one.number("within_workdays"),
            due_on=None if one.text_or_none("due_on") is None else date.fromisoformat(one.text("due_on")),
            milestone=one.text_or_none("milestone_sha256"),
        )
        for number, one in enumerate(terms.each("parts"), 1)
    ]
