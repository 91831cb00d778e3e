"""What requests and answers about money that nobody expected look like."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, StrictStr, model_validator

from ledger.kernel.web import Instant, Money, Shape, named

from ..model import (
    MAX_NOTE,
    MAX_PARTS,
    MAX_PERIODS,
    MAX_REFERENCE,
    Due,
    Misdirected,
    MisdirectedState,
    PlanId,
    RoyaltyId,
    SettlementId,
    WholeMisdirected,
)


class MisdirectedBody(Shape):
    """A payment that nobody expected, as the officer finds it at the bank."""

    amount: Money
    payment_reference: Annotated[StrictStr, Field(min_length=1, max_length=MAX_REFERENCE)]
    note: Annotated[StrictStr, Field(max_length=MAX_NOTE)] = ""


class DueShape(Shape):
    """What a part is received for: a settlement's balance, a deposit, a part of a plan, or a period of a royalty."""

    settlement: Annotated[SettlementId, named(SettlementId)] | None = None
    code: Annotated[
        StrictStr | None, Field(min_length=1, max_length=40, description="of a deposit that was asked for under it")
    ] = None
    plan: Annotated[PlanId, named(PlanId)] | None = None
    part: Annotated[int, Field(ge=1, le=MAX_PARTS, strict=True)] | None = None
    royalty: Annotated[RoyaltyId, named(RoyaltyId)] | None = None
    period: Annotated[int, Field(ge=1, le=MAX_PERIODS, strict=True)] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        given = {name for name in type(self).model_fields if getattr(self, name) is not None}
        if given not in ({"settlement"}, {"settlement", "code"}, {"plan", "part"}, {"royalty", "period"}):
            raise ValueError("name a settlement, one and a code, a plan and its part, or a royalty and its period")
        return self

    def due(self) -> Due:
        """Return what is named."""
        subject = self.settlement or self.plan or self.royalty
        assert subject is not None
        return Due(subject=subject, number=self.part or self.period or 0, code=self.code)


class AssignBody(Shape):
    """How much is received for what."""

    to: DueShape
    amount: Money


class SendBackBody(Shape):
    """How much is paid back."""

    amount: Money


class MisdirectedShape(Shape):
    """Money that nobody expected, and what is left of it."""

    id: str
    amount: Money
    left: Money
    parts: int
    state: MisdirectedState
    recorded_at: Instant
    deal_with_by: Annotated[
        Instant | None,
        Field(description="from this instant on it is overdue; null until the working days of that year are published"),
    ]
    overdue: bool
    practice: str

    @classmethod
    def of(cls, one: Misdirected, at: datetime) -> Self:
        """Write a payment as it stands at an instant."""
        return cls.model_validate(_shown(one, at))


class WholeMisdirectedShape(MisdirectedShape):
    """The same with the bank's reference, which is sealed on the record, for whoever may read every deal."""

    payment_reference: str

    @classmethod
    def of(cls, one: Misdirected, at: datetime) -> Self:
        """Write all of a payment."""
        return cls.model_validate(_shown(one, at) | {"payment_reference": one.reference})


class GonePartShape(Shape):
    """A part that is gone."""

    number: int
    amount: Money
    at: Instant
    to: Annotated[str | None, Field(description="what it was received for; null of what was sent back")]
    code: Annotated[str | None, Field(description="of a deposit the bidder's, else the number of a part or a period")]


class OneMisdirectedShape(WholeMisdirectedShape):
    """The same with what was written beside it, and where its parts went."""

    note: Annotated[str, Field(description="sealed on the record, too")]
    gone: list[GonePartShape]

    @classmethod
    def whole(cls, one: WholeMisdirected, at: datetime) -> Self:
        """Write a payment with its parts."""
        gone = [
            GonePartShape(
                number=part.number,
                amount=Money.of(part.amount_fen),
                at=part.gone_at,
                to=part.subject,
                code=part.code,
            )
            for part in one.parts
        ]
        reference = {"payment_reference": one.payment.reference}
        return cls.model_validate(_shown(one.payment, at) | reference | {"note": one.note, "gone": gone})


class MisdirectedPage(Shape):
    """Some payments, and the identifier to go on after."""

    items: list[WholeMisdirectedShape]
    next: str | None


def _shown(one: Misdirected, at: datetime) -> dict[str, object]:
    return {
        "id": one.id,
        "amount": Money.of(one.amount_fen),
        "left": Money.of(one.left_fen),
        "parts": one.parts,
        "state": one.state,
        "recorded_at": one.recorded_at,
        "deal_with_by": one.deal_with_by,
        "overdue": one.overdue(at),
        "practice": one.practice,
    }
