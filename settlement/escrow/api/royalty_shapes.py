"""What a royalty's requests and answers look like.

An answer to a command is kept: how the seller's side shares stands in none. Whoever may know reads it afresh.
"""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StrictInt

from ledger.kernel.web import Instant, Money, Shape

from ..model import (
    MAX_BANDS,
    MAX_NOTICE_DAYS,
    MAX_PERIODS,
    AuditRight,
    Band,
    Every,
    Period,
    PeriodState,
    Royalty,
    RoyaltyState,
    RoyaltyTerms,
    Scale,
    SeenRoyalty,
    Turn,
)
from ..service import royalties as service
from .shapes import Percent, Sha256, SharedShape, SharingShape, basis_points, percentage


class RateShape(Shape):
    """From this much of a period's net sales upward, the royalty is at this rate."""

    from_sales: Money
    rate_percent: Percent


class AuditRightShape(Shape):
    """The seller's right to look into the books: announced so long before, overlooking so much of what it finds."""

    notice_days: Annotated[StrictInt, Field(ge=0, le=MAX_NOTICE_DAYS)]
    tolerance_percent: Percent


class RoyaltyBody(SharingShape):
    """A royalty as the seller proposes it. Every holder of the asset has its share of what is paid."""

    rates: Annotated[list[RateShape], Field(min_length=1, max_length=MAX_BANDS)]
    scale: Annotated[Scale, Field(description="marginal: each band at its rate; flat: all at the highest reached")]
    minimum: Annotated[Money, Field(description="of every period; 0 for none")]
    cap: Annotated[Money | None, Field(description="of all periods together")] = None
    starts_on: Annotated[date, Field(description="today or later in China, on a day from 1 to 28")]
    every: Every
    periods: Annotated[StrictInt, Field(ge=1, le=MAX_PERIODS)]
    audit: AuditRightShape

    def terms(self) -> RoyaltyTerms:
        """Return the noun."""
        return RoyaltyTerms(
            bands=tuple(Band(one.from_sales.fen, basis_points(one.rate_percent)) for one in self.rates),
            scale=self.scale,
            minimum_fen=self.minimum.fen,
            cap_fen=self.cap.fen if self.cap else None,
            starts_on=self.starts_on,
            every=self.every,
            periods=self.periods,
            audit=AuditRight(
                notice_days=self.audit.notice_days, tolerance_bp=basis_points(self.audit.tolerance_percent)
            ),
        )


class StatementBody(Shape):
    """The net sales of a period, and the hash of the statement that shows them."""

    sales: Money
    statement_sha256: Sha256


class FindingsBody(Shape):
    """What an audit has found, and what the seller states it has cost."""

    sales: Money
    cost: Money
    document_sha256: Sha256


class PeriodShape(Shape):
    """A period as it stands. What is null has not come yet."""

    number: int
    ends_at: Instant
    statement_by: Annotated[Instant, Field(description="from this instant on the minimum is due")]
    state: PeriodState
    waits_for: Annotated[list[Turn], Field(description="who acts next, of several whichever does; none: nobody yet")]
    sales: Annotated[Money | None, Field(description="as stated, or as audited")]
    due: Money
    pay_by: Annotated[
        Instant | None,
        Field(
            description="from this instant on it is overdue; null where nothing is due, "
            "and while the working days to pay in cannot be counted yet"
        ),
    ]
    overdue: Annotated[bool, Field(description="whether that instant has passed")]
    declared_overdue: Annotated[bool, Field(description="whether an officer has said so")]
    audit_from: Instant | None
    audited: bool
    audit_costs: Money
    paid: Money
    divide_by: Annotated[
        Instant | None,
        Field(
            description="from this instant on time divides it, stating no costs; "
            "null while it cannot be counted yet, and it waits for the seller"
        ),
    ]

    @classmethod
    def of(cls, one: Period, at: datetime) -> "PeriodShape":
        """Write a period as it stands at `at`."""
        return cls(
            number=one.number,
            ends_at=one.ends_at,
            statement_by=one.statement_by,
            state=one.state,
            waits_for=list(service.turn_of_period(one, at)),
            sales=None if one.sales_fen is None else Money.of(one.sales_fen),
            due=Money.of(one.due_fen),
            pay_by=one.pay_by,
            overdue=one.pay_by is not None and at >= one.pay_by,
            declared_overdue=one.overdue,
            audit_from=one.audit_from,
            audited=one.audited,
            audit_costs=Money.of(one.costs_fen),
            paid=Money.of(one.paid_fen),
            divide_by=one.divide_by,
        )


class RoyaltyShape(Shape):
    """A royalty agreement as an answer tells it. To read it is to see more."""

    id: str
    settlement: str
    state: RoyaltyState
    waits_for: Annotated[list[Turn], Field(description="who acts next, on the whole or on any period; none: nobody")]
    practice: str
    agree_by: Instant
    terms_sha256: Annotated[
        str,
        Field(
            description="what the buyer agrees to: SHA-256, in hex, of the RFC 8785 bytes of "
            '["mengkeju/royalty/v1", settlement, practice, {audit: {notice_days, tolerance_bp}, '
            "bands: [{from_fen, rate_bp}], cap_fen, every, minimum_fen, periods, scale, starts_on}, "
            "{broker: {commission_bp, organisation}, inventors: [{inventor, name, weight}], "
            "owners: [{organisation, share_bp}], reward_bp}]: bands are this answer's `rates` and periods its "
            "`count`, the last member is its `sharing` as one reads it; amounts as strings in fen, percentages as "
            "numbers of hundredths of a percent"
        ),
    ]
    rates: list[RateShape]
    scale: Scale
    minimum: Money
    cap: Money | None
    starts_on: date
    every: Every
    audit: AuditRightShape
    periods: Annotated[list[PeriodShape], Field(description="none until it is agreed to")]
    count: Annotated[int, Field(description="how many periods are agreed on")]
    signed_to_end: Annotated[bool, Field(description="whether one party has signed its end")]
    paid: Money
    fee: Money
    reward: Money

    @classmethod
    def of(cls, one: Royalty, at: datetime) -> "RoyaltyShape":
        """Write a royalty as it stands at `at`."""
        return cls.model_validate(_shown(one, at))


class WholeRoyaltyShape(RoyaltyShape):
    """A royalty agreement as its parties and supervisors see it, and what stops it."""

    sharing: Annotated[SharedShape, Field(description="to both parties: the hash that is agreed to covers it")]
    frozen: Annotated[list[str], Field(description="orders to freeze that stand; while any does, nothing is divided")]
    quiet_until: Annotated[
        Instant | None, Field(description="after the last order was lifted: until then time divides nothing")
    ]

    @classmethod
    def seen(cls, found: SeenRoyalty, at: datetime) -> "WholeRoyaltyShape":
        """Write all of a royalty as it stands at `at`."""
        return cls.model_validate(
            _shown(found.royalty, at)
            | {
                "sharing": SharedShape.of(found.royalty.sharing),
                "frozen": list(found.settlement.frozen),
                "quiet_until": found.settlement.quiet_until,
            }
        )


def _shown(one: Royalty, at: datetime) -> dict[str, object]:
    terms = one.terms
    return {
        "id": one.id,
        "settlement": one.settlement,
        "state": one.state,
        "waits_for": list(service.turn_of(one, at)),
        "practice": one.practice,
        "agree_by": one.agree_by,
        "terms_sha256": service.terms_of(one),
        "rates": [
            RateShape(from_sales=Money.of(each.from_fen), rate_percent=percentage(each.rate_bp)) for each in terms.bands
        ],
        "scale": terms.scale,
        "minimum": Money.of(terms.minimum_fen),
        "cap": None if terms.cap_fen is None else Money.of(terms.cap_fen),
        "starts_on": terms.starts_on,
        "every": terms.every,
        "audit": AuditRightShape(
            notice_days=terms.audit.notice_days, tolerance_percent=percentage(terms.audit.tolerance_bp)
        ),
        "periods": [PeriodShape.of(each, at) for each in one.periods],
        "count": terms.periods,
        "signed_to_end": one.signed_by is not None,
        "paid": Money.of(one.paid_fen),
        "fee": Money.of(one.sums.fee_fen),
        "reward": Money.of(one.sums.reward_fen),
    }
