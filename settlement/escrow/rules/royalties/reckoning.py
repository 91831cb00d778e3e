"""Until when what was paid for a period is divided by its seller, left open until a calendar reaches that far.

Nothing is refused for a year whose working days nobody has published yet, and no time runs out meanwhile. What was
left open is counted from the same instant once the calendar is there, as if it always had been.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ledger.kernel.calendar import YEARS, YearPlan, known_deadline

from ...model import Period, Royalty
from ..practice import PRACTICES


def divide_by(royalty: Royalty, paid_at: datetime, years: Mapping[int, YearPlan] = YEARS) -> datetime | None:
    """Return until when the seller divides what was paid then; None where no calendar reaches that far."""
    return known_deadline(paid_at, PRACTICES[royalty.practice].settle_within_workdays, years=years)


def reckoned(royalty: Royalty, years: Mapping[int, YearPlan] = YEARS) -> Royalty | None:
    """Return it with the deadlines that were left open, each counted from its own instant; None where none can be.

    What was divided meanwhile has no deadline any more. What was paid before there was any term to divide in has no
    instant, and stays so.
    """
    periods = tuple(_reckoned(royalty, one, years) for one in royalty.periods)
    return None if periods == royalty.periods else replace(royalty, periods=periods)


def _reckoned(royalty: Royalty, one: Period, years: Mapping[int, YearPlan]) -> Period:
    if one.waiting_fen and one.divide_by is None and one.paid_at is not None:
        return replace(one, divide_by=divide_by(royalty, one.paid_at, years))
    return one
