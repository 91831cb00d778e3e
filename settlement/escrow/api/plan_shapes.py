"""What a payment plan's requests and answers look like. How the seller's side shares it stands in none of them."""

from datetime import date
from typing import Annotated

from pydantic import Field, StrictInt, StrictStr

from ledger.kernel.money import Fen
from ledger.kernel.web import Instant, Money, Shape

from .. import service
from ..model import (
    MAX_PARTS,
    MAX_TEXT,
    Outcome,
    PartState,
    PartTerms,
    Plan,
    PlanPart,
    PlanState,
    PlanTerms,
)
from .shapes import Percent, Sha256, SharingShape, basis_points, percentage

Text = Annotated[StrictStr, Field(min_length=1, max_length=MAX_TEXT)]


class PartTermsShape(Shape):
    """One part of the price. The first falls due within working days of taking effect, each later one on a day."""

    amount: Money
    within_workdays: Annotated[StrictInt | None, Field(ge=1, le=366)] = None
    due_on: date | None = None
    milestone: Annotated[Text | None, Field(description="what must be accepted before the part is the seller's")] = None

    def terms(self) -> PartTerms:
        """Return the noun."""
        return PartTerms(
            amount_fen=self.amount.fen,
            within_workdays=self.within_workdays,
            due_on=self.due_on,
            milestone=self.milestone,
        )


class PlanBody(SharingShape):
    """A payment plan as the seller proposes it: the parts add up to the price."""

    parts: Annotated[list[PartTermsShape], Field(min_length=1, max_length=MAX_PARTS)]
    interest_percent: Annotated[Percent, Field(description="a year, on every part but the first")] = "0"
    security_sha256: Annotated[Sha256 | None, Field(description="of the guarantee for what is paid later")] = None
    trial_until: Annotated[Instant | None, Field(description="先用后付: until then the buyer may decline")] = None

    def terms(self) -> PlanTerms:
        """Return the noun."""
        return PlanTerms(
            parts=tuple(one.terms() for one in self.parts),
            interest_bp=basis_points(self.interest_percent),
            security_sha256=self.security_sha256,
            trial_until=self.trial_until,
        )


class PlanSignature(Shape):
    """The hash of the terms one agrees to."""

    terms_sha256: Sha256


class ReleaseBody(Shape):
    """What shows that a milestone is reached."""

    evidence_sha256: Sha256


class DisputeBody(Shape):
    """What is disputed."""

    reason: Text


class OutcomeBody(Shape):
    """How one side would end a dispute."""

    outcome: Outcome


class JudgmentBody(OutcomeBody):
    """How a document ends a dispute."""

    document_sha256: Sha256


class PlanPartShape(Shape):
    """A part as it stands; what is null comes with the plan's taking effect, or with the payment."""

    number: int
    amount: Money
    within_workdays: int | None
    due_on: date | None
    milestone: str | None
    state: Annotated[
        PartState | None,
        Field(
            description="null until the plan takes effect; `waiting`: it arrived while the deal was frozen, "
            "and is released when the last order is lifted"
        ),
    ]
    due_at: Annotated[
        Instant | None,
        Field(
            description="from this instant on the part is overdue; null until the plan takes effect, "
            "and while the working days of the first part cannot be counted yet"
        ),
    ]
    interest: Money | None
    due: Annotated[Money | None, Field(description="what the bank must bring: with interest, less the deposit")]
    paid_at: Instant | None
    divide_by: Annotated[
        Instant | None,
        Field(
            description="of what is released: from this instant on time divides it, stating no costs; "
            "null while it cannot be counted yet, and it waits for the seller"
        ),
    ]

    @classmethod
    def of(cls, number: int, terms: PartTerms, part: PlanPart | None, due_fen: Fen | None) -> "PlanPartShape":
        """Write a part."""
        return cls(
            number=number,
            amount=Money.of(terms.amount_fen),
            within_workdays=terms.within_workdays,
            due_on=terms.due_on,
            milestone=terms.milestone,
            state=part.state if part else None,
            due_at=part.due_at if part else None,
            interest=Money.of(part.interest_fen) if part else None,
            due=None if due_fen is None else Money.of(due_fen),
            paid_at=part.paid_at if part else None,
            divide_by=part.divide_by if part else None,
        )


class PlanShape(Shape):
    """A payment plan as its parties and supervisors see it."""

    id: str
    settlement: str
    state: PlanState
    practice: str
    price: Money
    deposit: Annotated[Money, Field(description="counts towards the first part")]
    agree_by: Annotated[
        Instant,
        Field(description="until when the buyer may agree: later than it has to pay where an order had frozen it"),
    ]
    terms_sha256: Annotated[str, Field(description="what the buyer agrees to")]
    interest_percent: str
    security_sha256: str | None
    trial_until: Annotated[Instant | None, Field(description="as it was agreed")]
    extended_until: Annotated[
        Instant | None, Field(description="the trial lasts until then instead, because an order had frozen it")
    ]
    effective_at: Instant | None
    parts: list[PlanPartShape]
    paid: Annotated[Money, Field(description="of the price, without interest, less what went back")]
    fee: Money
    reward: Money

    @classmethod
    def of(cls, one: Plan) -> "PlanShape":
        """Write a plan."""
        standing = one.parts or (None,) * len(one.terms.parts)
        due = one.due_fen or (None,) * len(one.terms.parts)
        rows = zip(one.terms.parts, standing, due, strict=True)
        return cls(
            id=one.id,
            settlement=one.settlement,
            state=one.state,
            practice=one.practice,
            price=Money.of(one.price_fen),
            deposit=Money.of(one.deposit_fen),
            agree_by=one.agree_by,
            terms_sha256=service.terms_of(one),
            interest_percent=percentage(one.terms.interest_bp),
            security_sha256=one.terms.security_sha256,
            trial_until=one.terms.trial_until,
            extended_until=one.extended_until,
            effective_at=one.effective_at,
            parts=[PlanPartShape.of(number, *row) for number, row in enumerate(rows, 1)],
            paid=Money.of(one.paid_fen),
            fee=Money.of(one.sums.fee_fen),
            reward=Money.of(one.sums.reward_fen),
        )
