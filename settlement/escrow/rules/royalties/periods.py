"""What becomes of a period: stated, estimated, audited, paid, divided."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ledger.kernel import instant
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.money import MAX_FEN, Fen
from settlement.books.model import written

from ...model import (
    AUDIT_CALLED,
    ROYALTY_AUDITED,
    ROYALTY_ESTIMATED,
    ROYALTY_OVERDUE,
    ROYALTY_PAID,
    SALES_STATED,
    PayRoyalty,
    Period,
    PeriodState,
    RecordAudit,
    Royalty,
    RoyaltyDecision,
    StateSales,
)
from ..deposits import RETURN_IT, NotYetOverdue, WrongAmount
from ..fields import UnusableField, require_reference, require_sha256
from . import orders
from .reckoning import divide_by, time_to_pay
from .terms import room_fen, royalty_on, understated

NOTHING: Final = Fen(0)


class PeriodNotOver(Refusal):
    """The period is not over."""

    kind = Kind.CONFLICT
    zh = "本期尚未结束"


class NothingDue(Refusal):
    """Nothing is due for this period."""

    kind = Kind.CONFLICT
    zh = "本期没有应付款项"


class NoAuditCalled(Refusal):
    """No audit of this period has been called for."""

    kind = Kind.CONFLICT
    zh = "未就本期提出查账"


class AlreadyAudited(Refusal):
    """An audit of this period has been called for already."""

    kind = Kind.CONFLICT
    zh = "本期此前已经提出查账"


class NoticeNotOver(Refusal):
    """The buyer still has time to prepare for the audit."""

    kind = Kind.CONFLICT
    zh = "查账通知期尚未届满"


def state_sales(royalty: Royalty, period: Period, command: StateSales, cause: Cause) -> RoyaltyDecision:
    """Take the buyer's statement; one that is late takes the place of the estimate, as long as that is not paid.

    Refuses `PeriodNotOver`, `UnusableField`. Where nothing is due on it, the period is done; where the working days to
    pay in cannot be counted yet, `pay_by` is left open.
    """
    if cause.at < period.ends_at:
        raise PeriodNotOver("state the sales of a whole period", ends_at=instant.render(period.ends_at))
    _require_sales(command.sales_fen)
    require_sha256(command.statement_sha256, "statement_sha256")
    due_fen = royalty_on(royalty, period, command.sales_fen)
    pay_by = time_to_pay(royalty, cause.at) if due_fen else None
    after = replace(
        period,
        state=PeriodState.STATED if due_fen else PeriodState.DIVIDED,
        sales_fen=command.sales_fen,
        due_fen=due_fen,
        owed_at=cause.at if due_fen else None,
        pay_by=pay_by,
        overdue=False,
    )
    event = SALES_STATED(
        royalty.id,
        rule=royalty.practice,
        period=period.number,
        due_fen=due_fen,
        pay_by=_rendered(pay_by),
        statement_sha256=command.statement_sha256,
        sales_fen=command.sales_fen,
        by=cause.actor.named,
    )
    return RoyaltyDecision(royalty=with_period(royalty, after), events=(event,))


def unstated(royalty: Royalty, at: datetime) -> Period | None:
    """Return the first period of which nothing was stated in time."""
    silent = (one for one in royalty.periods if one.state is PeriodState.RUNNING and one.statement_by <= at)
    return next(silent, None)


def estimate(royalty: Royalty, period: Period) -> RoyaltyDecision:
    """Let the minimum fall due for a period of which nothing was stated in time.

    It is due at once: who states nothing is given no further time to pay. Where there is no minimum the statement is
    still owed; where the cap has been reached nothing is.
    """
    due_fen = royalty_on(royalty, period, 0)
    done = room_fen(royalty, period) == 0
    after = replace(
        period,
        state=PeriodState.DIVIDED if done else PeriodState.ESTIMATED,
        due_fen=due_fen,
        pay_by=period.statement_by if due_fen else None,
    )
    event = ROYALTY_ESTIMATED(
        royalty.id, rule=royalty.practice, period=period.number, due_fen=due_fen, pay_by=_rendered(after.pay_by)
    )
    return RoyaltyDecision(royalty=with_period(royalty, after), events=(event,))


def call_audit(royalty: Royalty, period: Period, cause: Cause) -> RoyaltyDecision:
    """Announce an audit, for after the days of notice; once for a period. Refuses `AlreadyAudited`."""
    if period.audit_from is not None:
        raise AlreadyAudited("a period is audited once", audit_from=instant.render(period.audit_from))
    after = replace(period, audit_from=cause.at + timedelta(days=royalty.terms.audit.notice_days))
    event = AUDIT_CALLED(
        royalty.id,
        rule=royalty.practice,
        period=period.number,
        audit_from=_rendered(after.audit_from),
        by=cause.actor.named,
    )
    return RoyaltyDecision(royalty=with_period(royalty, after), events=(event,))


def record_audit(royalty: Royalty, period: Period, command: RecordAudit, cause: Cause) -> RoyaltyDecision:
    """Record what an audit has found. Understated beyond the tolerance, the buyer owes the difference and the audit.

    What was overstated is not given back. Refuses `NoAuditCalled`, `AlreadyAudited`, `NoticeNotOver`, `UnusableField`.
    `pay_by` is left open as of a statement. Not checked: that the findings are true; the record keeps the document's
    hash.
    """
    _require_audit(period, command, cause)
    stated_fen = period.sales_fen or NOTHING
    short = understated(royalty.terms, stated_fen=stated_fen, found_fen=command.sales_fen)
    after = replace(period, audited=True, sales_fen=period.sales_fen if period.sales_fen is not None else NOTHING)
    if short:
        after = replace(after, sales_fen=command.sales_fen)
        more_fen = max(royalty_on(royalty, period, command.sales_fen) - period.royalty_fen, 0) + command.cost_fen
        after = _owing(royalty, after, Fen(more_fen), command.cost_fen, cause)
    elif period.state is PeriodState.ESTIMATED and not period.due_fen:
        after = replace(after, state=PeriodState.DIVIDED)
    event = ROYALTY_AUDITED(
        royalty.id,
        rule=royalty.practice,
        period=period.number,
        understated=short,
        due_fen=after.due_fen,
        costs_fen=after.costs_fen,
        pay_by=_rendered(after.pay_by),
        document_sha256=command.document_sha256,
        sales_fen=command.sales_fen,
        by=cause.actor.named,
    )
    return RoyaltyDecision(royalty=with_period(royalty, after), events=(event,))


def pay(royalty: Royalty, period: Period, command: PayRoyalty, cause: Cause) -> RoyaltyDecision:
    """Record that what is due has arrived: exactly, before its time or after. Refuses as its fields, `WrongAmount`.

    Nothing can be paid before it is stated or estimated: nobody knows how much. Refuses `NothingDue`, too, of an
    estimate without a minimum. The seller's time to divide all that waits begins now.
    """
    require_reference(command.reference)
    if not period.due_fen:
        raise NothingDue(f"state the sales first: {RETURN_IT}")
    if command.amount_fen != period.due_fen:
        raise WrongAmount(f"exactly what is due is taken: {RETURN_IT}", expected_fen=period.due_fen)
    made = orders.pay(royalty.id, period)
    event = ROYALTY_PAID(
        royalty.id,
        rule=royalty.practice,
        period=period.number,
        amount_fen=period.due_fen,
        transfers=written(made),
        payer=royalty.buyer,
        reference=command.reference,
        by=cause.actor.named,
    )
    after = replace(
        period,
        state=PeriodState.PAID,
        due_fen=NOTHING,
        owed_at=None,
        pay_by=None,
        overdue=False,
        payments=period.payments + 1,
        paid_fen=Fen(period.paid_fen + period.due_fen),
        paid_at=cause.at,
        divide_by=divide_by(royalty, cause.at),
    )
    return RoyaltyDecision(royalty=with_period(royalty, after), orders=made, events=(event,))


def declare_overdue(royalty: Royalty, period: Period, cause: Cause) -> RoyaltyDecision:
    """Say, after a look at the bank, that it was not paid in time.

    Refuses `NothingDue`, `NotYetOverdue`, the latter also while that time is open.
    """
    if not period.due_fen:
        raise NothingDue("nothing is due that could be overdue")
    if period.pay_by is None:
        raise NotYetOverdue("the working days the buyer may pay in cannot be counted yet")
    if cause.at < period.pay_by:
        raise NotYetOverdue("the buyer may pay until then", pay_by=instant.render(period.pay_by))
    event = ROYALTY_OVERDUE(
        royalty.id,
        rule=royalty.practice,
        period=period.number,
        due_fen=period.due_fen,
        pay_by=_rendered(period.pay_by),
        by=cause.actor.named,
    )
    return RoyaltyDecision(royalty=with_period(royalty, replace(period, overdue=True)), events=(event,))


def with_period(royalty: Royalty, after: Period) -> Royalty:
    """Return the royalty with one of its periods as it stands now."""
    periods = tuple(after if one.number == after.number else one for one in royalty.periods)
    return replace(royalty, periods=periods)


def _owing(royalty: Royalty, period: Period, more_fen: Fen, cost_fen: Fen, cause: Cause) -> Period:
    """Return a period for which so much more is owed; one for which that is nothing stays as it is."""
    if not more_fen:
        done = period.state is PeriodState.ESTIMATED and not period.due_fen
        return replace(period, state=PeriodState.DIVIDED) if done else period
    return replace(
        period,
        state=PeriodState.AUDITED,
        due_fen=Fen(period.due_fen + more_fen),
        costs_fen=cost_fen,
        owed_at=cause.at,
        pay_by=time_to_pay(royalty, cause.at),
    )


def _require_audit(period: Period, command: RecordAudit, cause: Cause) -> None:
    if period.audit_from is None:
        raise NoAuditCalled("the seller announces an audit first")
    if period.audited:
        raise AlreadyAudited("a period is audited once", audit_from=instant.render(period.audit_from))
    if cause.at < period.audit_from:
        raise NoticeNotOver("the days of notice are not over", audit_from=instant.render(period.audit_from))
    _require_sales(command.sales_fen)
    if not 0 <= command.cost_fen <= MAX_FEN:
        raise UnusableField("write what the audit has cost, or nothing", field="cost")
    require_sha256(command.document_sha256, "document_sha256")


def _require_sales(sales_fen: int) -> None:
    if not 0 <= sales_fen <= MAX_FEN:
        raise UnusableField("write net sales this exchange handles", field="sales")


def _rendered(at: datetime | None) -> str | None:
    return None if at is None else instant.render(at)
