"""What the subsidies wing's requests and answers look like."""

from datetime import date
from typing import Annotated

from pydantic import Field, StrictBool, StrictStr

from ledger.kernel.ids import ALPHABET
from ledger.kernel.web import Instant, Money, Shape, named

from ..model import (
    MAX_REFERENCE,
    Claim,
    ClaimState,
    Condition,
    DealFacts,
    ProgrammeId,
    ProgrammeView,
    Rule,
    Step,
    TraceLine,
)

CONTRACT = rf"^ctr_[{ALPHABET}]{{26}}$"
"""The form of a contract's name; which contracts there are, a wing above knows."""


class ProgrammeBody(Shape):
    """A budget to be opened, and the payment that brought it into custody."""

    rule: Annotated[StrictStr, Field(max_length=100, examples=["mkj-platform-2026@1"])]
    budget: Money
    payment_reference: Annotated[StrictStr, Field(min_length=1, max_length=MAX_REFERENCE)]


class ClauseShape(Shape):
    """A clause of a rule, as the rule numbers it, and what it asks."""

    number: str
    condition: Condition


class RuleShape(Shape):
    """A published version of a subsidy's rule, with its numbers."""

    ref: str
    title: str
    source: str
    illustrative: Annotated[bool, Field(description="true: an illustration, and no law")]
    from_day: Annotated[date, Field(description="in China, included: when the money must have arrived")]
    to_day: date
    region: Annotated[str, Field(description="what the codes of the region's places begin with")]
    clauses: list[ClauseShape]
    rate_bp: Annotated[int, Field(description="of the amount actually paid, in basis points")]
    rate_clause: str
    project_cap: Money
    project_cap_clause: str
    year_cap: Annotated[Money, Field(description="of a party, in a year")]
    year_cap_clause: str
    total_least: Annotated[Money, Field(description="what a party must have sold on the platform within the interval")]

    @classmethod
    def of(cls, rule: Rule) -> "RuleShape":
        """Write a rule for an answer."""
        return cls(
            ref=rule.ref,
            title=rule.title,
            source=rule.source,
            illustrative=rule.illustrative,
            from_day=rule.from_day,
            to_day=rule.to_day,
            region=rule.region,
            clauses=[ClauseShape(number=one.number, condition=one.condition) for one in rule.clauses],
            rate_bp=rule.rate_bp,
            rate_clause=rule.rate_clause,
            project_cap=Money.of(rule.project_cap_fen),
            project_cap_clause=rule.project_cap_clause,
            year_cap=Money.of(rule.year_cap_fen),
            year_cap_clause=rule.year_cap_clause,
            total_least=Money.of(rule.total_least_fen),
        )


class ProgrammeShape(Shape):
    """A programme as anyone may see it."""

    id: str
    keeper: str
    rule: RuleShape
    budget: Money
    left: Annotated[Money, Field(description="what may still be paid out of the budget")]
    opened_at: Instant

    @classmethod
    def of(cls, view: ProgrammeView) -> "ProgrammeShape":
        """Write a programme for an answer."""
        programme = view.programme
        return cls(
            id=programme.id,
            keeper=programme.keeper,
            rule=RuleShape.of(programme.rule),
            budget=Money.of(programme.budget_fen),
            left=Money.of(view.left_fen),
            opened_at=programme.opened_at,
        )


class ProgrammePage(Shape):
    """Some programmes, and the identifier to go on after."""

    items: list[ProgrammeShape]
    next: str | None


class ClaimBody(Shape):
    """A claim for the subsidy of one's own contract, and what only the claimant can say of it."""

    programme: Annotated[ProgrammeId, named(ProgrammeId)]
    contract: Annotated[StrictStr, Field(pattern=CONTRACT)]
    fiscal_funded: Annotated[
        StrictBool, Field(description="whether fiscal funds pay for it, or government procures it")
    ]
    related_parties: Annotated[StrictBool, Field(description="whether seller and buyer are related")]


class FactsShape(Shape):
    """What was known of the deal when it was claimed for."""

    listed_at: Instant
    signed_at: Instant | None
    registered_at: Instant | None
    paid_at: Instant | None
    paid: Money
    party_total: Money
    seller_verified: bool
    buyer_verified: bool
    seller_region: str
    buyer_region: str
    equity_unrealised: bool
    sanctioned: bool
    fiscal_funded: bool
    related_parties: bool

    @classmethod
    def of(cls, facts: DealFacts) -> "FactsShape":
        """Write facts for an answer."""
        return cls(
            listed_at=facts.listed_at,
            signed_at=facts.signed_at,
            registered_at=facts.registered_at,
            paid_at=facts.paid_at,
            paid=Money.of(facts.paid_fen),
            party_total=Money.of(facts.party_total_fen),
            seller_verified=facts.seller_verified,
            buyer_verified=facts.buyer_verified,
            seller_region=facts.seller_region,
            buyer_region=facts.buyer_region,
            equity_unrealised=facts.equity_unrealised,
            sanctioned=facts.sanctioned,
            fiscal_funded=facts.fiscal_funded,
            related_parties=facts.related_parties,
        )


class TraceShape(Shape):
    """One step of the calculation: where the amount stood before it and after."""

    clause: str
    step: Step
    formula: str
    before: Money
    after: Money
    holds: Annotated[bool, Field(description="false: this clause refuses the claim, if none before it does")]
    binding: Annotated[bool, Field(description="true: this cap has cut the amount")]

    @classmethod
    def of(cls, line: TraceLine) -> "TraceShape":
        """Write a step for an answer."""
        return cls(
            clause=line.clause,
            step=line.step,
            formula=line.formula,
            before=Money.of(line.before_fen),
            after=Money.of(line.after_fen),
            holds=line.holds,
            binding=line.binding,
        )


class ClaimShape(Shape):
    """A claim with its whole calculation: what is refused names the clause, and can be contested."""

    id: str
    programme: str
    contract: str
    claimant: str
    state: ClaimState
    amount: Annotated[Money, Field(description="as assessed; nothing when refused")]
    refused_by: Annotated[str | None, Field(description="the number of the clause that refuses")]
    facts: FactsShape
    trace: list[TraceShape]
    claimed_at: Instant
    paid: Annotated[Money | None, Field(description="may be less than assessed: see `paying`")]
    paying: Annotated[list[TraceShape], Field(description="how what is paid follows from what was assessed")]

    @classmethod
    def of(cls, claim: Claim) -> "ClaimShape":
        """Write a claim for an answer."""
        return cls(
            id=claim.id,
            programme=claim.programme,
            contract=claim.deal,
            claimant=claim.claimant,
            state=claim.state,
            amount=Money.of(claim.assessment.amount_fen),
            refused_by=claim.assessment.refused_by,
            facts=FactsShape.of(claim.facts),
            trace=[TraceShape.of(line) for line in claim.assessment.trace],
            claimed_at=claim.claimed_at,
            paid=Money.of(claim.paid_fen) if claim.paid_fen is not None else None,
            paying=[TraceShape.of(line) for line in claim.paying],
        )


class ClaimPage(Shape):
    """Some claims, and the identifier to go on after."""

    items: list[ClaimShape]
    next: str | None
