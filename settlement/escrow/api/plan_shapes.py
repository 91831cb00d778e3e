"""What a payment plan's requests and answers look like.

An answer to a command is kept: neither what is disputed nor how the seller's side shares stands in any. Whoever may
know reads them afresh.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, TypeAlias

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
    SeenPlan,
    Turn,
)
from .shapes import Percent, Sha256, SharedShape, SharingShape, basis_points, percentage

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
    waits_for: Annotated[list[Turn], Field(description="who acts next, of several whichever does; none: nobody")]
    due_at: Annotated[
        Instant | None,
        Field(
            description="from this instant on the part is overdue; null until the plan takes effect, "
            "and while the working days of the first part cannot be counted yet"
        ),
    ]
    overdue: Annotated[bool, Field(description="whether that instant has passed and nothing has come")]
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


class OfferShape(Shape):
    """How one side would end a dispute; the other ends it by offering the same."""

    organisation: str
    outcome: Outcome


class WholePartShape(PlanPartShape):
    """A part with what its parties say of it in a dispute."""

    disputed_reason: Annotated[str | None, Field(description="what is disputed, while it is")]
    offer: Annotated[OfferShape | None, Field(description="the last one, while the dispute goes on")]


class AgreedPartShape(Shape):
    """One part of the price, as it was proposed."""

    amount: Money
    within_workdays: int | None
    due_on: date | None
    milestone: str | None


class AgreedTermsShape(Shape):
    """What was proposed, in the shape in which it was: what the buyer agrees to, whatever has come of it since."""

    parts: list[AgreedPartShape]
    interest_percent: str
    security_sha256: str | None
    trial_until: Instant | None

    @classmethod
    def of(cls, terms: PlanTerms) -> "AgreedTermsShape":
        """Write terms."""
        return cls(
            parts=[
                AgreedPartShape(
                    amount=Money.of(one.amount_fen),
                    within_workdays=one.within_workdays,
                    due_on=one.due_on,
                    milestone=one.milestone,
                )
                for one in terms.parts
            ],
            interest_percent=percentage(terms.interest_bp),
            security_sha256=terms.security_sha256,
            trial_until=terms.trial_until,
        )


class PlanShape(Shape):
    """A payment plan as an answer tells it. To read it is to see more."""

    id: str
    settlement: str
    state: PlanState
    waits_for: Annotated[list[Turn], Field(description="who acts next, on the plan or on any part; none: nobody")]
    practice: str
    price: Money
    deposit: Annotated[Money, Field(description="counts towards the first part")]
    agree_by: Annotated[
        Instant,
        Field(description="until when the buyer may agree: later than it has to pay where an order had frozen it"),
    ]
    terms_sha256: Annotated[
        str,
        Field(
            description="what the buyer agrees to: SHA-256, in hex, of the RFC 8785 bytes of "
            '["mengkeju/plan/v1", settlement, price, practice, {interest_bp, parts: [{amount_fen, due_on, '
            "milestone_sha256, within_workdays}], security_sha256, trial_until}, [milestone of each part]]: this "
            "answer's settlement and practice, all else as `terms` has it, amounts as strings in fen, interest as a "
            "number of hundredths of a percent; how the seller's side shares is no part of it"
        ),
    ]
    interest_percent: str
    security_sha256: str | None
    trial_until: Annotated[
        Instant | None,
        Field(description="until then the buyer may decline: longer than `terms` say where an order had frozen it"),
    ]
    effective_at: Instant | None
    parts: Sequence[PlanPartShape]
    paid: Annotated[Money, Field(description="of the price, without interest, less what went back")]
    fee: Money
    reward: Money

    @classmethod
    def of(cls, one: Plan, at: datetime) -> "PlanShape":
        """Write a plan as it stands at `at`."""
        rows = (_part(*row, at) for row in _rows(one))
        return cls.model_validate(_shown(one) | {"parts": [PlanPartShape.model_validate(row) for row in rows]})


class WholePlanShape(PlanShape):
    """A payment plan as its parties and supervisors see it, and what stops it."""

    parts: Sequence[WholePartShape]
    terms: AgreedTermsShape
    sharing: Annotated[
        SharedShape | None,
        Field(description="to the seller and supervisors; null to the buyer, who does not agree to it"),
    ]
    frozen: Annotated[
        list[str], Field(description="orders to freeze that stand; while any does, no money leaves and no trial ends")
    ]
    quiet_until: Annotated[
        Instant | None, Field(description="after the last order was lifted: until then time divides nothing")
    ]

    @classmethod
    def seen(cls, found: SeenPlan, at: datetime) -> "WholePlanShape":
        """Write what somebody may see of a plan as it stands at `at`."""
        one = found.plan
        return cls.model_validate(
            _shown(one)
            | {
                "parts": [WholePartShape.model_validate(_part(*row, at) | _dispute(row[2])) for row in _rows(one)],
                "terms": AgreedTermsShape.of(one.terms),
                "sharing": SharedShape.of(found.sharing) if found.sharing else None,
                "frozen": list(found.settlement.frozen),
                "quiet_until": found.settlement.quiet_until,
            }
        )


Row: TypeAlias = tuple[Plan, PartTerms, PlanPart | None, Fen | None, int]


def _rows(one: Plan) -> list[Row]:
    standing = one.parts or (None,) * len(one.terms.parts)
    due = one.due_fen or (None,) * len(one.terms.parts)
    rows = enumerate(zip(one.terms.parts, standing, due, strict=True), 1)
    return [(one, *row, number) for number, row in rows]


def _part(
    plan: Plan, terms: PartTerms, part: PlanPart | None, due_fen: Fen | None, number: int, at: datetime
) -> dict[str, object]:
    late = part is not None and part.due_at is not None and at >= part.due_at
    return {
        "number": number,
        "amount": Money.of(terms.amount_fen),
        "within_workdays": terms.within_workdays,
        "due_on": terms.due_on,
        "milestone": terms.milestone,
        "state": part.state if part else None,
        "waits_for": list(service.turn_of_part(plan, part)) if part else [],
        "due_at": part.due_at if part else None,
        "overdue": late and part is not None and part.state is PartState.OPEN,
        "interest": Money.of(part.interest_fen) if part else None,
        "due": None if due_fen is None else Money.of(due_fen),
        "paid_at": part.paid_at if part else None,
        "divide_by": part.divide_by if part else None,
    }


def _dispute(part: PlanPart | None) -> dict[str, object]:
    offer = part.offer if part else None
    return {
        "disputed_reason": part.disputed_reason if part else None,
        "offer": OfferShape(organisation=offer.organisation, outcome=offer.outcome) if offer else None,
    }


def _shown(one: Plan) -> dict[str, object]:
    return {
        "id": one.id,
        "settlement": one.settlement,
        "state": one.state,
        "waits_for": list(service.turn_of(one)),
        "practice": one.practice,
        "price": Money.of(one.price_fen),
        "deposit": Money.of(one.deposit_fen),
        "agree_by": one.agree_by,
        "terms_sha256": service.terms_of(one),
        "interest_percent": percentage(one.terms.interest_bp),
        "security_sha256": one.terms.security_sha256,
        "trial_until": one.trial_until,
        "effective_at": one.effective_at,
        "paid": Money.of(one.paid_fen),
        "fee": Money.of(one.sums.fee_fen),
        "reward": Money.of(one.sums.reward_fen),
    }
