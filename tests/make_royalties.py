"""Build royalties by living them; a test overrides only what it is about.

The usual agreement: beside the usual settlement, which is paid, the buyer pays 5 % of each of two quarters' net sales
up to a million yuan and 3 % above, at least 500.00; two holders own the asset, a broker has 2 %, two inventors half.
Of the first quarter the buyer states 1,234,567.89: 57,037.04 are due.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from ledger.kernel.cause import TIME, Cause
from ledger.kernel.errors import Refusal
from ledger.kernel.money import Fen
from settlement.escrow import checks
from settlement.escrow.model import (
    AgreeRoyalty,
    AuditRight,
    Band,
    Broker,
    CallAudit,
    DeclareOverdue,
    DivideRoyalty,
    ElapseRoyalty,
    Every,
    Owner,
    PayRoyalty,
    ProposeRoyalty,
    RecordAudit,
    RescindRoyalty,
    Royalty,
    RoyaltyCommand,
    RoyaltyDecision,
    RoyaltyId,
    RoyaltyTerms,
    Scale,
    Settlement,
    Sharing,
    StateSales,
    TerminateRoyalty,
    WithdrawRoyalty,
    Withholding,
)
from settlement.escrow.rules import royalties as rules
from tests import make_escrow as make
from tests.make_auctions import Record

ID = RoyaltyId.from_number(5)
COOWNER = make.OrganisationId.from_number(21)
BROKER = make.OrganisationId.from_number(22)

PROPOSED_AT = datetime(2026, 3, 10, 4, tzinfo=UTC)
AGREED_AT = datetime(2026, 3, 11, 4, tzinfo=UTC)
OVER = datetime(2026, 6, 30, 16, tzinfo=UTC)  # the first quarter, in China
STATED_AT = datetime(2026, 7, 1, 4, tzinfo=UTC)  # Wednesday
PAY_BY = datetime(2026, 7, 22, 16, tzinfo=UTC)  # the fifteenth working day is over
PAID_AT = datetime(2026, 7, 10, 4, tzinfo=UTC)
CALLED_AT = datetime(2026, 7, 13, 4, tzinfo=UTC)
DIVIDED_AT = datetime(2026, 7, 15, 4, tzinfo=UTC)
AUDIT_FROM = datetime(2026, 7, 23, 4, tzinfo=UTC)
AUDITED_AT = datetime(2026, 7, 24, 4, tzinfo=UTC)  # Friday
AUDIT_PAY_BY = datetime(2026, 8, 14, 16, tzinfo=UTC)
DIVIDE_BY = datetime(2026, 7, 31, 16, tzinfo=UTC)  # the fifteenth working day after the payment is over
PAID_AGAIN_AT = datetime(2026, 8, 3, 4, tzinfo=UTC)  # Monday
DIVIDE_AGAIN_BY = datetime(2026, 8, 24, 16, tzinfo=UTC)
STATEMENT_BY = datetime(2026, 7, 30, 16, tzinfo=UTC)  # thirty days after the quarter

SALES = Fen(123_456_789)
DUE = Fen(5_703_704)  # 5 % of a million is 5,000,000; 3 % of the rest 703,703.67
MINIMUM = Fen(50_000)
FOUND = Fen(150_000_000)
EXTRA = Fen(796_296)  # 6,500,000 less what was stated
COST = Fen(100_000)


def terms(**changes: Any) -> RoyaltyTerms:
    usual = RoyaltyTerms(
        bands=(Band(Fen(0), 500), Band(Fen(100_000_000), 300)),
        scale=Scale.MARGINAL,
        minimum_fen=MINIMUM,
        cap_fen=None,
        starts_on=date(2026, 4, 1),
        every=Every.QUARTER,
        periods=2,
        audit=AuditRight(notice_days=10, tolerance_bp=500),
    )
    return replace(usual, **changes)


def sharing(**changes: Any) -> Sharing:
    usual = Sharing(
        owners=(Owner(organisation=make.SELLER, share_bp=6_000), Owner(organisation=COOWNER, share_bp=4_000)),
        broker=Broker(organisation=BROKER, commission_bp=200),
        reward_bp=5_000,
        inventors=(make.share(1, 3), make.share(2, 1, "乙")),
    )
    return replace(usual, **changes)


def propose(**changes: Any) -> ProposeRoyalty:
    return replace(ProposeRoyalty(terms=terms(), sharing=sharing()), **changes)


def opening(
    command: ProposeRoyalty | None = None, cause: Cause | None = None, *, settlement: Settlement | None = None
) -> RoyaltyDecision:
    return rules.open_royalty(
        ID, settlement or make.settlement("paid"), command or propose(), cause or make.seller(PROPOSED_AT)
    )


def agree(**changes: Any) -> AgreeRoyalty:
    return replace(AgreeRoyalty(terms_sha256=rules.terms_sha256(opening().royalty)), **changes)


def state(**changes: Any) -> StateSales:
    return replace(StateSales(period=1, sales_fen=SALES, statement_sha256="b" * 64), **changes)


def pay(amount_fen: int = DUE, **changes: Any) -> PayRoyalty:
    return replace(PayRoyalty(period=1, amount_fen=Fen(amount_fen), reference="bank-royalty"), **changes)


def audit(**changes: Any) -> RecordAudit:
    return replace(RecordAudit(period=1, sales_fen=FOUND, cost_fen=COST, document_sha256="c" * 64), **changes)


def divide(**changes: Any) -> DivideRoyalty:
    usual = DivideRoyalty(
        period=1, costs=(make.cost(300_000),), withheld=(Withholding(inventor=1, amount_fen=Fen(1_000)),)
    )
    return replace(usual, **changes)


def officer(at: datetime) -> Cause:
    return make.officer(at)


def seller(at: datetime) -> Cause:
    return make.seller(at)


def buyer(at: datetime) -> Cause:
    return make.by(make.ANN, at=at)


def clock(at: datetime) -> Cause:
    return Cause(actor=TIME, at=at, request_id="tick")


Step = tuple[RoyaltyCommand, Cause]

AGREED: tuple[Step, ...] = ((agree(), buyer(AGREED_AT)),)
STATED: tuple[Step, ...] = (*AGREED, (state(), buyer(STATED_AT)))
ESTIMATED: tuple[Step, ...] = (*AGREED, (ElapseRoyalty(), clock(STATEMENT_BY)))
PAID: tuple[Step, ...] = (*STATED, (pay(), officer(PAID_AT)))
CALLED: tuple[Step, ...] = (*PAID, (CallAudit(period=1), seller(CALLED_AT)))
AUDITED: tuple[Step, ...] = (*CALLED, (audit(), officer(AUDITED_AT)))
DIVIDED: tuple[Step, ...] = (*PAID, (divide(), seller(DIVIDED_AT)))
AUDITED_BY_TIME: tuple[Step, ...] = (*AUDITED, (ElapseRoyalty(), clock(DIVIDE_BY)))
PAID_AGAIN: tuple[Step, ...] = (*AUDITED_BY_TIME, (pay(EXTRA + COST, reference="bank-audit"), officer(PAID_AGAIN_AT)))
CALLED_BY_TIME: tuple[Step, ...] = (*CALLED, (ElapseRoyalty(), clock(DIVIDE_BY)))
CLOSING_PAID: tuple[Step, ...] = (
    *PAID,
    (TerminateRoyalty(), seller(DIVIDED_AT)),
    (TerminateRoyalty(), buyer(DIVIDED_AT)),
)

LIVES: dict[str, tuple[Step, ...]] = {
    "proposed": (),
    "running": AGREED,
    "stated": STATED,
    "estimated": ESTIMATED,
    "paid": PAID,
    "called": CALLED,
    "audited": AUDITED,
    "divided": DIVIDED,
    "cancelled": (  # the first period
        *AGREED,
        (TerminateRoyalty(), seller(AGREED_AT)),
        (TerminateRoyalty(), buyer(AGREED_AT)),
    ),
    "closing": (*STATED, (TerminateRoyalty(), seller(PAID_AT)), (TerminateRoyalty(), buyer(PAID_AT))),
    "ended": (
        *STATED,
        (TerminateRoyalty(), seller(STATED_AT)),
        (TerminateRoyalty(), buyer(STATED_AT)),
        (pay(), officer(PAID_AT)),
        (divide(), seller(DIVIDED_AT)),
    ),
    "withdrawn": ((WithdrawRoyalty(), seller(AGREED_AT)),),
    "lapsed": ((ElapseRoyalty(), clock(OVER)),),
    "defaulted": (
        *STATED,
        (DeclareOverdue(period=1), officer(PAY_BY)),
        (TerminateRoyalty(), seller(PAY_BY)),
    ),
    "fell-through": (*AUDITED, (RescindRoyalty(), officer(AUDIT_PAY_BY))),
    "twice": (
        *AUDITED,
        (pay(EXTRA + COST, reference="bank-audit"), officer(AUDITED_AT)),
        (divide(), seller(AUDITED_AT)),
    ),
    "divided-by-time": (*PAID, (ElapseRoyalty(), clock(DIVIDE_BY))),
    "audited-after-time": (
        *CALLED_BY_TIME,
        (audit(), officer(PAID_AGAIN_AT)),
        (pay(EXTRA + COST, reference="bank-audit"), officer(PAID_AGAIN_AT)),
        (divide(), seller(PAID_AGAIN_AT)),
    ),
    "audited-by-time": AUDITED_BY_TIME,
    "twice-by-time": (*PAID_AGAIN, (ElapseRoyalty(), clock(DIVIDE_AGAIN_BY))),
    "closing-paid": CLOSING_PAID,
    "ended-by-time": (*CLOSING_PAID, (ElapseRoyalty(), clock(DIVIDE_BY))),
}
"""How a royalty comes to each state, or its first period does."""

STAGES: dict[str, tuple[Step, ...]] = LIVES | {"called-by-time": CALLED_BY_TIME, "paid-again": PAID_AGAIN}
"""The same, and where some of them stood on their way."""


def lived(*steps: Step, first: RoyaltyDecision | None = None) -> list[RoyaltyDecision]:
    decisions = [first or opening()]
    for command, cause in steps:
        decisions.append(rules.decide(decisions[-1].royalty, command, cause))
    return decisions


def royalty(life: str, **changes: Any) -> Royalty:
    return replace(lived(*STAGES[life])[-1].royalty, **changes)


def entries(life: str, *, opened: bool = True) -> list[dict[str, Any]]:
    """What a life leaves in the record."""
    return record_of(lived(*LIVES[life]), [seller(PROPOSED_AT), *(cause for _, cause in LIVES[life])], opened=opened)


def record_of(
    decisions: Sequence[RoyaltyDecision], asked: Sequence[Cause], *, opened: bool = True
) -> list[dict[str, Any]]:
    record = Record(opened=opened)
    for decision, cause in zip(decisions, asked, strict=True):
        record.write(decision.events, cause.at)
    return record.entries


def outcome(royalty: Royalty, command: RoyaltyCommand, cause: Cause) -> str:
    """The states of the agreement and of its first period that a command leads to, or why it is refused."""
    try:
        after = rules.decide(royalty, command, cause).royalty
    except Refusal as refusal:
        return refusal.code().removeprefix("escrow/")
    return f"{after.state} {after.periods[0].state}" if after.periods else str(after.state)


def amounts_to(one: Royalty) -> checks.RoyaltyFold:
    """What the royalty's entries, all opened, should amount to."""
    return checks.RoyaltyFold(
        rule=one.practice,
        settlement=one.settlement,
        deal=one.deal,
        seller=one.seller,
        reward_min_bp=one.reward_min_bp,
        settled_under=one.settled_under.ref,
        starts_on=one.terms.starts_on,
        every=one.terms.every,
        count=one.terms.periods,
        state=one.state,
        periods=[
            checks.PeriodFold(**{name: getattr(each, name) for name in each.__dataclass_fields__})
            for each in one.periods
        ],
        divided_fen=one.sums.amount_fen,
        fee_fen=one.sums.fee_fen,
        costs_fen=one.sums.costs_fen,
        commission_fen=one.sums.commission_fen,
        reward_fen=one.sums.reward_fen,
    )
