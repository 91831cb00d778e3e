"""Until when what is due for a period is paid, and what was paid is divided: open until a calendar reaches that far.

Nothing is refused for a year whose working days nobody has published yet, and no time runs out meanwhile. What was
left open is counted from the same instant once the calendar is there, as if it always had been.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ledger.kernel.calendar import YEARS, YearPlan, known_deadline

from ...model import Period, Royalty
from ..practice import PRACTICES


def time_to_pay(royalty: Royalty, owed_at: datetime, years: Mapping[int, YearPlan] = YEARS) -> datetime | None:
    """Return until when is paid what is owed since then; None where no calendar reaches that far."""
    return known_deadline(owed_at, PRACTICES[royalty.practice].royalty_within_workdays, years=years)


def divide_by(royalty: Royalty, paid_at: datetime, years: Mapping[int, YearPlan] = YEARS) -> datetime | None:
    """Return until when the seller divides what was paid then; None where no calendar reaches that far."""
    return known_deadline(paid_at, PRACTICES[royalty.practice].settle_within_workdays, years=years)


def reckoned(royalty: Royalty, years: Mapping[int, YearPlan] = YEARS) -> Royalty | None:
    """Return it with the deadlines that were left open, each counted from its own instant; None where none can be.

    What was paid, or divided, meanwhile has no such deadline any more. What was paid before there was any
    term to divide in has no instant, and stays so.
    """
    periods = tuple(_reckoned(royalty, one, years) for one in royalty.periods)
    return None if periods == royalty.periods else replace(royalty, periods=periods)


def _reckoned(royalty: Royalty, one: Period, years: Mapping[int, YearPlan]) -> Period:
    if one.due_fen and one.pay_by is None and one.owed_at is not None:
        one = replace(one, pay_by=time_to_pay(royalty, one.owed_at, years))
    if one.waiting_fen and one.divide_by is None and one.paid_at is not None:
        one = replace(one, divide_by=divide_by(royalty, one.paid_at, years))
    return one
