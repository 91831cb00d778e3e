"""Until when a part that was released is divided by its seller, left open until a calendar reaches that far.

Nothing is refused for a year whose working days nobody has published yet, and no time runs out meanwhile. What was
left open is counted from the same instant once the calendar is there, as if it always had been.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ledger.kernel.calendar import YEARS, YearPlan, known_deadline

from ...model import Plan, PlanPart
from ..practice import PRACTICES


def divide_by(plan: Plan, released_at: datetime, years: Mapping[int, YearPlan] = YEARS) -> datetime | None:
    """Return until when the seller divides what was released then; None where no calendar reaches that far."""
    return known_deadline(released_at, PRACTICES[plan.practice].settle_within_workdays, years=years)


def reckoned(plan: Plan, years: Mapping[int, YearPlan] = YEARS) -> Plan | None:
    """Return it with the deadlines that were left open, each counted from its own instant; None where none can be.

    Also of what has been divided meanwhile: the record amounts to the same. What was released before there was any
    term to divide in has no instant, and stays so.
    """
    parts = tuple(_reckoned(plan, one, years) for one in plan.parts)
    return None if parts == plan.parts else replace(plan, parts=parts)


def _reckoned(plan: Plan, one: PlanPart, years: Mapping[int, YearPlan]) -> PlanPart:
    if one.released_at is None or one.divide_by is not None:
        return one
    return replace(one, divide_by=divide_by(plan, one.released_at, years))
