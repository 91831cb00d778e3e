"""Working days (工作日) by the government calendar of each year, as dated data.

A working day is a weekday the State Council has not given away, or a weekend day it has claimed back. A year whose
notice is not loaded is refused, never guessed. Periods count as the Civil Code counts them (民法典 art. 201, 203): the
first day is not counted, the last one ends at 24:00. Local time is the fixed offset +08:00: China has kept no other
since 1991, and reading a time-zone file would be IO.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from types import MappingProxyType
from typing import Final

from .errors import Kind, Refusal, invariant

CHINA = timezone(timedelta(hours=8), "+08:00")
_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
_SATURDAY = 5


class YearNotLoaded(Refusal):
    """The government calendar of this year is not loaded yet.

    Nothing is wrong with the command: the State Council publishes a year's notice in the November before.
    """

    kind = Kind.UNAVAILABLE
    zh = "该年度的政府工作日历尚未载入"


@dataclass(frozen=True, slots=True, kw_only=True)
class YearPlan:
    """What one year's notice (节假日安排) says: the days off, and the weekend days that are worked instead."""

    year: int
    notice: str
    off: frozenset[date]
    worked: frozenset[date]


def _plan(year: int, notice: str, off: str, worked: str) -> YearPlan:
    """Read a notice as it is printed: `1.28-2.4` is a span with both its ends, `10.11` a day."""
    return YearPlan(year=year, notice=notice, off=_days(year, off), worked=_days(year, worked))


def _days(year: int, spans: str) -> frozenset[date]:
    days: set[date] = set()
    for span in spans.split():
        first, _, last = span.partition("-")
        day, end = _day(year, first), _day(year, last or first)
        while day <= end:
            days.add(day)
            day += _DAY
    return frozenset(days)


def _day(year: int, text: str) -> date:
    month, _, day = text.partition(".")
    return date(year, int(month), int(day))


YEARS: Mapping[int, YearPlan] = MappingProxyType(
    {
        plan.year: plan
        for plan in (
            _plan(
                2025,
                "国务院办公厅关于2025年部分节假日安排的通知 (2024-11-12)",
                off="1.1 1.28-2.4 4.4-4.6 5.1-5.5 5.31-6.2 10.1-10.8",
                worked="1.26 2.8 4.27 9.28 10.11",
            ),
            _plan(
                2026,
                "国务院办公厅关于2026年部分节假日安排的通知 (2025-11-04)",
                off="1.1-1.3 2.15-2.23 4.4-4.6 5.1-5.5 6.19-6.21 9.25-9.27 10.1-10.7",
                worked="1.4 2.14 2.28 5.9 9.20 10.10",
            ),
        )
    }
)
"""The loaded years. Every function below takes another table by keyword, for the day these become rows."""

ALWAYS_LOADED: Final = 2026
"""Every release has had the years up to this one. A deadline in a later one may have been left open by some of them."""


def local_date(at: datetime) -> date:
    """Return the day it is in China at the instant `at`."""
    invariant(at.tzinfo is not None, "an instant is aware")
    return at.astimezone(CHINA).date()


def end_of(day: date) -> datetime:
    """Return the instant `day` ends in China (24:00 local), in UTC: the first instant that is no longer that day."""
    return datetime.combine(day + _DAY, time(), tzinfo=CHINA).astimezone(UTC)


def is_working_day(day: date, *, years: Mapping[int, YearPlan] = YEARS) -> bool:
    """Whether `day` is a working day in China. Refuses `YearNotLoaded`."""
    plan = years.get(day.year)
    if plan is None:
        raise YearNotLoaded(f"the working days of {day.year} are not loaded", year=day.year)
    if day in plan.worked:
        return True
    return day.weekday() < _SATURDAY and day not in plan.off


def add_working_days(day: date, count: int, *, years: Mapping[int, YearPlan] = YEARS) -> date:
    """Return the `count`-th working day after `day`, itself not counted; 0 returns `day`. Refuses `YearNotLoaded`."""
    invariant(count >= 0, "working days are counted forwards")
    while count:
        day += _DAY
        count -= is_working_day(day, years=years)
    return day


def working_days_between(day: date, last: date, *, years: Mapping[int, YearPlan] = YEARS) -> int:
    """Count the working days after `day` up to and including `last`, 0 if it is not later. Refuses `YearNotLoaded`."""
    count = 0
    while day < last:
        day += _DAY
        count += is_working_day(day, years=years)
    return count


def deadline(at: datetime, count: int, *, years: Mapping[int, YearPlan] = YEARS) -> datetime:
    """Return the instant the `count`-th working day after the day of `at` ends, in UTC. Refuses `YearNotLoaded`.

    The period is half-open: an act at the returned instant is too late, one microsecond before it is in time.
    """
    return end_of(add_working_days(local_date(at), count, years=years))


def known_deadline(at: datetime, count: int, *, years: Mapping[int, YearPlan] = YEARS) -> datetime | None:
    """Return `deadline`, or None where no loaded calendar reaches that far: for what nobody could foresee.

    Whoever leaves a deadline open has it reckoned, from the same instant, once the calendar is loaded.
    """
    try:
        return deadline(at, count, years=years)
    except YearNotLoaded:
        return None


def may_be_open(due: datetime | None, since: datetime) -> bool:
    """Whether a release may have left this deadline open; None is one that no calendar loaded here reaches.

    `since` is the instant it is counted from: whatever ran then had the calendar of that year, since the notice comes
    out in the November before. So only what reaches into a later one may have been left open.
    """
    return due is None or local_date(due - _INSTANT).year > max(ALWAYS_LOADED, local_date(since).year)
