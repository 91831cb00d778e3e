"""The end of the loaded calendar, and a calendar of the year after it that no government has published.

2026 ends on a Thursday. In the made-up 2027 the first three days are off, as in most years, and nothing else is: its
first working day is Monday the 4th.
"""

from datetime import UTC, date, datetime, timedelta

from ledger.kernel import calendar

INSTANT = timedelta(microseconds=1)
YEAR_END = datetime(2026, 12, 31, 16, tzinfo=UTC)  # the last instant that can be reckoned
FIRST_COUNTED = datetime(2027, 1, 4, 16, tzinfo=UTC)  # the end of the first working day that was not loaded
LAST_FOR = {
    days: datetime(2026, 12, day, 16, tzinfo=UTC) - INSTANT for days, day in ((3, 28), (5, 24), (10, 17), (15, 10))
}
"""By how many working days are counted: the last instant from which they can be. The next one is a day too late."""

MADE_UP = calendar.YearPlan(
    year=2027, notice="for tests alone", off=frozenset(date(2027, 1, day) for day in (1, 2, 3)), worked=frozenset()
)
LOADED = {**calendar.YEARS, 2027: MADE_UP}


def load(monkeypatch) -> None:
    """Have every count that names no calendar use the made-up one too, as in a release that has it."""
    for count in (calendar.deadline, calendar.known_deadline):
        monkeypatch.setitem(count.__kwdefaults__, "years", LOADED)
