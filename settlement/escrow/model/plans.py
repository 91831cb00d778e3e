"""The nouns of a payment plan: how the price of one settlement is paid when it is not paid in one piece.

proposed -> active -> closed                     parts are paid, released, divided
|  |       +-> defaulted -> broken           the buyer stopped paying; what was released is still divided
|  +-> trial -> active                       先用后付: the buyer takes up
|        |  an order that froze it and is lifted lets it go on, for longer if need be
|        +-> declined                        or does not, by word or by silence
+-> withdrawn | lapsed                       the seller thought better of it, or the buyer did not agree
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from ledger.kernel import instant
from ledger.kernel.canonical import Json
from ledger.kernel.ids import Id, OrganisationId, PersonId
from ledger.kernel.money import Fen

from .division import NOTHING, Sharing, Sums
from .settlements import Settlement, SettlementId
from .terms import Terms

NONE_YET: Final = Sums()
MAX_PARTS = 24
MAX_TEXT = 2_000  # characters of a milestone, or of what is disputed about it


class PlanId(Id, prefix="pln"):
    """Names a payment plan; also the subject of its entries and the first word of its accounts."""


class PlanState(StrEnum):
    """How far along a plan is; the comment says who acts next."""

    PROPOSED = "proposed"  # buyer: agrees, or does not
    TRIAL = "trial"  # buyer: takes up, or declines
    ACTIVE = "active"  # buyer: pays and accepts; seller: divides
    DEFAULTED = "defaulted"  # seller: divides what was released; both: end what is disputed
    CLOSED = "closed"  # nobody: every part has gone where it belongs
    BROKEN = "broken"  # nobody: so has, after a default, whatever had been paid
    DECLINED = "declined"  # nobody: the deposit went back
    WITHDRAWN = "withdrawn"  # nobody
    LAPSED = "lapsed"  # nobody


class PartState(StrEnum):
    """How far along a part is. What was paid = funded + waiting + released + closed + returned, at every entry."""

    OPEN = "open"  # buyer: pays it
    FUNDED = "funded"  # either side: proposes to release it
    CONFIRMING = "confirming"  # a second person, of the buyer's: confirms
    DISPUTED = "disputed"  # both sides, or an officer with a document: end it
    WAITING = "waiting"  # nobody: it came while the deal was frozen; released when the last order is lifted
    RELEASED = "released"  # seller: divides it; from `divide_by` on time does
    CLOSED = "closed"  # nobody: divided
    RETURNED = "returned"  # nobody: it went back to the buyer
    CANCELLED = "cancelled"  # nobody: it was never paid


class Turn(StrEnum):
    """Whose turn it is."""

    BUYER = "buyer"
    SELLER = "seller"
    OFFICER = "officer"  # with a document


class Outcome(StrEnum):
    """How a dispute ends."""

    RELEASED = "released"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartTerms:
    """One part of the price: how much, by when, and what must be accepted before it is the seller's.

    `due_on` is None of the first part alone: it falls due `within_workdays` of the plan's taking effect.
    """

    amount_fen: Fen
    within_workdays: int | None = None
    due_on: date | None = None
    milestone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTerms:
    """What the buyer agrees to. `interest_bp` is a year's, on every part but the first."""

    parts: tuple[PartTerms, ...]
    interest_bp: int = 0
    security_sha256: str | None = None  # of the guarantee (担保) for what is paid later
    trial_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """How one side would end a dispute; the other ends it by offering the same."""

    organisation: OrganisationId
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPart:
    """A part as it stands. What is None comes with the plan's taking effect, with the payment, with a dispute."""

    number: int  # from 1
    terms: PartTerms
    state: PartState = PartState.OPEN
    due_at: datetime | None = None  # half-open: at this instant it is overdue; None too while that cannot be counted
    interest_fen: Fen = NOTHING
    paid_at: datetime | None = None
    proposed_by: PersonId | None = None
    disputed_reason: str | None = None  # while it is; None too of what was disputed before it was kept
    offer: Offer | None = None
    released_at: datetime | None = None  # None too of what was released before there was any term to divide in
    divide_by: datetime | None = None  # from then on time divides it; None too while no calendar reaches that far

    @property
    def paid_fen(self) -> Fen:
        """What of the price this part has brought, and the seller's side keeps or may yet."""
        gone = self.paid_at is None or self.state is PartState.RETURNED
        return NOTHING if gone else self.terms.amount_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A payment plan (付款计划)."""

    id: PlanId
    settlement: SettlementId
    deal: str
    seller: OrganisationId
    buyer: OrganisationId
    price_fen: Fen
    deposit_fen: Fen  # the winner's: it counts towards the first part
    reward_min_bp: int
    settled_under: Terms
    practice: str
    agree_by: datetime  # later than the price is due, where an order had frozen the deal
    terms: PlanTerms
    sharing: Sharing
    state: PlanState = PlanState.PROPOSED
    extended_until: datetime | None = None  # of a trial that was frozen: instead of what the terms say
    effective_at: datetime | None = None
    parts: tuple[PlanPart, ...] = ()
    sums: Sums = NONE_YET

    @property
    def due_fen(self) -> tuple[Fen, ...]:
        """What the bank must bring for each part: with its interest, the first less the deposit."""
        return tuple(
            Fen(one.terms.amount_fen + one.interest_fen - (self.deposit_fen if one.number == 1 else 0))
            for one in self.parts
        )

    @property
    def paid_fen(self) -> Fen:
        """What of the price has been paid by the parts, less what went back."""
        return Fen(sum(one.paid_fen for one in self.parts))

    @property
    def trial_until(self) -> datetime | None:
        """Until when the buyer may take up or decline; None of a plan without a trial."""
        return self.extended_until or self.terms.trial_until

    @property
    def acts_at(self) -> datetime | None:
        """When time acts on it next, if ever."""
        released = [one.divide_by for one in self.parts if one.state is PartState.RELEASED and one.divide_by]
        acts = {PlanState.PROPOSED: self.agree_by, PlanState.TRIAL: self.trial_until}
        return acts.get(self.state) or min(released, default=None)

    def published(self) -> dict[str, Json]:
        """Write the terms as an entry publishes them: of what must be accepted, the hash."""
        return {
            "parts": [_published(one) for one in self.terms.parts],
            "interest_bp": self.terms.interest_bp,
            "security_sha256": self.terms.security_sha256,
            "trial_until": None if self.terms.trial_until is None else instant.render(self.terms.trial_until),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPlan:
    """A plan as somebody sees it, beside the settlement whose orders stop it; `sharing` for whom it concerns alone."""

    plan: Plan
    settlement: Settlement
    sharing: Sharing | None


def _published(one: PartTerms) -> Json:
    return {
        "amount_fen": str(one.amount_fen),
        "within_workdays": one.within_workdays,
        "due_on": None if one.due_on is None else one.due_on.isoformat(),
        "milestone_sha256": None if one.milestone is None else hashlib.sha256(one.milestone.encode()).hexdigest(),
    }
