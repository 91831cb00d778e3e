"""The nouns of a royalty: what a buyer goes on paying out of its sales, beside the price as an entry fee (入门费).

proposed -> running -> ended                 every period has been divided, or is not owed any more
|    |         +-> closing -> ended          ended by both, or by the seller after a default: what is owed stays owed
|    +-> withdrawn                           the seller thought better of it
+-> lapsed                                   the buyer did not agree, or the deal fell through

Of each period: running -> stated | estimated -> paid -> divided, and audited -> paid -> divided where an audit shows
that more is owed. What was paid time divides where the seller does not, or while the buyer owes what an audit found.
Sales and rates are the parties' own business; what is due for them is public.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from ledger.kernel.calendar import end_of
from ledger.kernel.canonical import Json
from ledger.kernel.ids import Id, OrganisationId
from ledger.kernel.money import Fen

from .division import NOTHING, Sharing, Sums
from .settlements import Settlement, SettlementId
from .terms import Band, Terms

NOTHING_YET: Final = Sums()
MAX_BANDS = 20
MAX_PERIODS = 80  # twenty years of quarters, the term of an invention patent
LAST_FIRST_DAY = 28  # every month has it
MAX_NOTICE_DAYS = 90
_DAY: Final = timedelta(days=1)


class RoyaltyId(Id, prefix="rty"):
    """Names a royalty agreement; also the subject of its entries and the first word of its accounts."""


class RoyaltyState(StrEnum):
    """How far along an agreement is; the comment says who acts next."""

    PROPOSED = "proposed"  # buyer: agrees, or does not
    RUNNING = "running"  # buyer: states and pays; seller: divides
    CLOSING = "closing"  # the same, for the periods that were over when it was ended
    ENDED = "ended"  # nobody: nothing of it is owed any more
    WITHDRAWN = "withdrawn"  # nobody
    LAPSED = "lapsed"  # nobody


class PeriodState(StrEnum):
    """How far along a period is. What was paid for it = what was divided + what waits for it, at every entry."""

    RUNNING = "running"  # buyer: states its sales when it is over
    STATED = "stated"  # buyer: pays what is due on them
    ESTIMATED = "estimated"  # buyer: pays the minimum, for it stated nothing; or states late
    AUDITED = "audited"  # buyer: pays what it should have stated
    PAID = "paid"  # seller: divides it, or has it audited first; then time does
    DIVIDED = "divided"  # nobody: nothing of it is owed, or waits to be divided
    CANCELLED = "cancelled"  # nobody: it was never owed


class Every(StrEnum):
    """How long a period is."""

    QUARTER = "quarter"
    YEAR = "year"

    @property
    def months(self) -> int:
        """The same in months."""
        return 3 if self is Every.QUARTER else 12


class Scale(StrEnum):
    """How the bands of a rate are read."""

    MARGINAL = "marginal"  # each band's part of the sales at its own rate (超额累进)
    FLAT = "flat"  # all sales at the rate of the highest band reached (全额累进)


class Ground(StrEnum):
    """Why an agreement ends before its last period."""

    BOTH = "both"  # both parties signed
    DEFAULT = "default"  # the seller alone, after the buyer's default (民法典 art. 563)
    FELL_THROUGH = "fell-through"  # with the deal it belongs to


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRight:
    """The seller's right to look into the books (查账权): how long before it says so, and what it overlooks.

    `tolerance_bp` is of the audited sales: understated by more than that, the buyer owes the difference and the audit.
    """

    notice_days: int
    tolerance_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoyaltyTerms:
    """What the buyer agrees to: rates on the net sales of each period, and when the periods are."""

    bands: tuple[Band, ...]  # of a period's net sales, from 0 upward
    scale: Scale
    minimum_fen: Fen  # of every period; 0 for none
    cap_fen: Fen | None  # of all periods together
    starts_on: date  # in China
    every: Every
    periods: int
    audit: AuditRight

    def to_json(self) -> dict[str, Json]:
        """Write the terms, for the hash that is agreed to and for the entry that seals them."""
        return {
            "bands": [{"from_fen": str(one.from_fen), "rate_bp": one.rate_bp} for one in self.bands],
            "scale": self.scale.value,
            "minimum_fen": str(self.minimum_fen),
            "cap_fen": None if self.cap_fen is None else str(self.cap_fen),
            "starts_on": self.starts_on.isoformat(),
            "every": self.every.value,
            "periods": self.periods,
            "audit": {"notice_days": self.audit.notice_days, "tolerance_bp": self.audit.tolerance_bp},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A period as it stands. What is None comes with a statement, with what falls due, with a payment, with an audit.

    `due_fen` is what is still to be paid; `costs_fen`, of all that is owed, the audit's cost, which is no royalty.
    """

    number: int  # from 1
    ends_at: datetime  # half-open: at this instant it is over
    statement_by: datetime
    state: PeriodState = PeriodState.RUNNING
    sales_fen: Fen | None = None  # as stated, or as audited later
    audit_from: datetime | None = None  # since the seller has called for one
    audited: bool = False
    due_fen: Fen = NOTHING
    owed_at: datetime | None = None  # since the statement, or the audit, on which it is due; None of an estimate
    pay_by: datetime | None = None  # None too while no calendar reaches that far
    overdue: bool = False  # an officer has said so
    costs_fen: Fen = NOTHING
    payments: int = 0
    paid_fen: Fen = NOTHING
    divided_fen: Fen = NOTHING
    paid_at: datetime | None = None  # the last payment; None too of one before there was any term to divide in
    divide_by: datetime | None = None  # from then on time divides what waits; None too while no calendar reaches it

    @property
    def owed_fen(self) -> Fen:
        """All that was ever owed for it, paid or not, the cost of an audit with it."""
        return Fen(self.paid_fen + self.due_fen)

    @property
    def royalty_fen(self) -> Fen:
        """All that was ever owed as royalty: what the cap limits."""
        return Fen(self.owed_fen - self.costs_fen)

    @property
    def auditing(self) -> bool:
        """Whether an audit has been called for whose findings are not in."""
        return self.audit_from is not None and not self.audited

    @property
    def waiting_fen(self) -> Fen:
        """What was paid and is not divided yet."""
        return Fen(self.paid_fen - self.divided_fen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Royalty:
    """A royalty agreement (提成支付)."""

    id: RoyaltyId
    settlement: SettlementId
    deal: str
    seller: OrganisationId
    buyer: OrganisationId
    reward_min_bp: int
    settled_under: Terms
    practice: str
    terms: RoyaltyTerms
    sharing: Sharing
    state: RoyaltyState = RoyaltyState.PROPOSED
    periods: tuple[Period, ...] = ()
    signed_by: OrganisationId | None = None  # who would end it, until the other agrees
    sums: Sums = NOTHING_YET

    @property
    def agree_by(self) -> datetime:
        """Until when the buyer may agree: the first period must not be over."""
        return ends_at(self.terms, 1)

    @property
    def acts_at(self) -> datetime | None:
        """When time acts on it next, if ever, moving no money: a proposal lapses, a minimum falls due in silence."""
        if self.state is RoyaltyState.PROPOSED:
            return self.agree_by
        return min((one.statement_by for one in self.periods if one.state is PeriodState.RUNNING), default=None)

    @property
    def divides_at(self) -> datetime | None:
        """When time next divides what was paid for one of its periods, if ever; unless an order stops that."""
        return min((one.divide_by for one in self.periods if one.divide_by), default=None)

    @property
    def paid_fen(self) -> Fen:
        """All that was ever paid."""
        return Fen(sum(one.paid_fen for one in self.periods))


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRoyalty:
    """A royalty as its parties see it, beside the settlement whose orders stop what leaves it."""

    royalty: Royalty
    settlement: Settlement


def first_day(terms: RoyaltyTerms, period: int) -> date:
    """Return the first day of a period, counted from 1; of one more than there are, the day after the last."""
    months = terms.starts_on.month - 1 + terms.every.months * (period - 1)
    return date(terms.starts_on.year + months // 12, months % 12 + 1, terms.starts_on.day)


def last_day(terms: RoyaltyTerms) -> date:
    """Return the last day of the last period."""
    return first_day(terms, terms.periods + 1) - _DAY


def ends_at(terms: RoyaltyTerms, period: int) -> datetime:
    """Return the instant a period is over, in UTC."""
    return end_of(first_day(terms, period + 1) - _DAY)
