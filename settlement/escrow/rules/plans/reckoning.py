"""When a part falls due, and until when its seller divides it: left open until a calendar reaches that far.

Nothing is refused for a year whose working days nobody has published yet, and no time runs out meanwhile. What was
left open is counted from the same instant once the calendar is there, as if it always had been.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ledger.kernel.calendar import YEARS, YearPlan, end_of, known_deadline

from ...model import Plan, PlanPart
from ..practice import PRACTICES


def due_dates(plan: Plan, effective_at: datetime, years: Mapping[int, YearPlan] = YEARS) -> tuple[datetime | None, ...]:
    """Return when each part of a plan in effect since then is overdue; no later part is before the first.

    None of any where no calendar reaches the first one's day.
    """
    within = plan.terms.parts[0].within_workdays
    assert within is not None
    first = known_deadline(effective_at, within, years=years)
    return tuple(first and max(end_of(one.due_on), first) if one.due_on else first for one in plan.terms.parts)


def divide_by(plan: Plan, released_at: datetime, years: Mapping[int, YearPlan] = YEARS) -> datetime | None:
    """Return until when the seller divides what was released then; None where no calendar reaches that far."""
    return known_deadline(released_at, PRACTICES[plan.practice].settle_within_workdays, years=years)


def reckoned(plan: Plan, years: Mapping[int, YearPlan] = YEARS) -> Plan | None:
    """Return it with the deadlines that were left open, each counted from its own instant; None where none can be.

    Also of what has been paid, divided or cancelled meanwhile: the record amounts to the same. What was released before
    there was any term to divide in has no instant, and stays so.
    """
    if plan.effective_at is None:
        return None
    due = due_dates(plan, plan.effective_at, years)
    parts = tuple(_reckoned(plan, *one, years) for one in zip(plan.parts, due, strict=True))
    return None if parts == plan.parts else replace(plan, parts=parts)


def _reckoned(plan: Plan, one: PlanPart, due_at: datetime | None, years: Mapping[int, YearPlan]) -> PlanPart:
    if one.due_at is None:
        one = replace(one, due_at=due_at)
    if one.released_at is not None and one.divide_by is None:
        one = replace(one, divide_by=divide_by(plan, one.released_at, years))
    return one
