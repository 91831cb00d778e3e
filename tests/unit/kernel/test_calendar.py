"""Working days against the printed notices, counted on paper, and against a slower way of counting."""

from datetime import UTC, date, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ledger.kernel import calendar
from ledger.kernel.calendar import YearNotLoaded
from tests import make_calendar

# Weekdays given away and weekend days claimed back, copied out of the two notices one by one.
WEEKDAYS_OFF = """
    2025-01-01 2025-01-28 2025-01-29 2025-01-30 2025-01-31 2025-02-03 2025-02-04 2025-04-04 2025-05-01 2025-05-02
    2025-05-05 2025-06-02 2025-10-01 2025-10-02 2025-10-03 2025-10-06 2025-10-07 2025-10-08
    2026-01-01 2026-01-02 2026-02-16 2026-02-17 2026-02-18 2026-02-19 2026-02-20 2026-02-23 2026-04-06 2026-05-01
    2026-05-04 2026-05-05 2026-06-19 2026-09-25 2026-10-01 2026-10-02 2026-10-05 2026-10-06 2026-10-07
"""
WEEKEND_WORKED = """
    2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11
    2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10
"""
DAYS = st.dates(date(2025, 1, 1), date(2026, 9, 30))
MICROSECOND = timedelta(microseconds=1)


def on(text: str) -> date:
    return date.fromisoformat(text)


def every_day():
    day = date(2025, 1, 1)
    while day.year < 2027:
        yield day
        day += timedelta(days=1)


class TestIsWorkingDay:
    def test_agrees_with_the_notices_on_every_day_of_both_years(self):
        exceptions = {on(text) for text in (WEEKDAYS_OFF + WEEKEND_WORKED).split()}

        for day in every_day():
            assert calendar.is_working_day(day) == ((day.weekday() < 5) != (day in exceptions)), day

    @pytest.mark.parametrize("year", [2025, 2026])
    def test_gives_each_loaded_year_248_working_days(self, year):
        assert sum(calendar.is_working_day(day) for day in every_day() if day.year == year) == 248

    @pytest.mark.parametrize("text", ["2024-12-31", "2027-01-01"])
    def test_refuses_a_year_that_is_not_loaded(self, text):
        with pytest.raises(YearNotLoaded) as refusal:
            calendar.is_working_day(on(text))

        assert refusal.value.facts == {"year": int(text[:4])}

    def test_takes_another_table(self):
        plan = calendar.YearPlan(year=2027, notice="a test", off=frozenset({on("2027-01-01")}), worked=frozenset())

        assert not calendar.is_working_day(on("2027-01-01"), years={2027: plan})
        assert calendar.is_working_day(on("2027-01-04"), years={2027: plan})


class TestAddWorkingDays:
    @pytest.mark.parametrize(
        ("day", "count", "result"),
        [
            ("2026-03-02", 0, "2026-03-02"),
            ("2026-03-02", 1, "2026-03-03"),
            ("2026-03-02", 4, "2026-03-06"),
            ("2026-03-02", 5, "2026-03-09"),  # over a weekend
            ("2026-03-02", 20, "2026-03-30"),
            ("2026-03-16", 20, "2026-04-14"),  # over Qingming: Monday 6 April is off
            ("2026-02-13", 1, "2026-02-14"),  # a Saturday worked before the Spring Festival
            ("2026-02-14", 1, "2026-02-24"),  # over all nine days of it
            ("2026-02-27", 1, "2026-02-28"),  # the second Saturday
            ("2026-02-15", 0, "2026-02-15"),  # no day asked for: not moved, even from a holiday
            ("2026-09-30", 1, "2026-10-08"),
            ("2025-12-31", 1, "2026-01-04"),  # a Sunday, in the next year
        ],
    )
    def test_counts_as_a_person_with_the_notice_would(self, day, count, result):
        assert calendar.add_working_days(on(day), count) == on(result)

    def test_reaches_the_last_loaded_day_and_refuses_the_next(self):
        assert calendar.add_working_days(on("2026-12-30"), 1) == on("2026-12-31")
        with pytest.raises(YearNotLoaded):
            calendar.add_working_days(on("2026-12-30"), 2)

    def test_never_counts_backwards(self):
        with pytest.raises(AssertionError, match="forwards"):
            calendar.add_working_days(on("2026-03-02"), -1)

    @given(DAYS, st.integers(1, 40))
    def test_ends_on_the_working_day_with_that_many_behind_it(self, day, count):
        last = calendar.add_working_days(day, count)
        passed = [day + timedelta(days=n) for n in range(1, (last - day).days + 1)]

        assert calendar.is_working_day(last)
        assert sum(map(calendar.is_working_day, passed)) == count

    @given(DAYS, st.integers(0, 20), st.integers(0, 20))
    def test_adds_up(self, day, one, other):
        assert calendar.add_working_days(calendar.add_working_days(day, one), other) == calendar.add_working_days(
            day, one + other
        )


class TestWorkingDaysBetween:
    @pytest.mark.parametrize(
        ("day", "last", "count"),
        [
            ("2026-03-02", "2026-03-02", 0),
            ("2026-03-02", "2026-03-01", 0),
            ("2026-03-02", "2026-03-03", 1),
            ("2026-02-14", "2026-02-23", 0),
            ("2026-02-13", "2026-02-28", 6),
        ],
    )
    def test_leaves_out_the_first_day_and_counts_the_last(self, day, last, count):
        assert calendar.working_days_between(on(day), on(last)) == count

    @given(DAYS, st.integers(0, 40))
    def test_undoes_the_addition(self, day, count):
        assert calendar.working_days_between(day, calendar.add_working_days(day, count)) == count


class TestDeadline:
    @pytest.mark.parametrize(
        ("at", "count", "ends_at"),
        [
            (datetime(2026, 3, 2, 1, tzinfo=UTC), 20, datetime(2026, 3, 30, 16, tzinfo=UTC)),
            (datetime(2026, 3, 2, 1, tzinfo=UTC), 1, datetime(2026, 3, 3, 16, tzinfo=UTC)),
            (datetime(2026, 3, 2, 1, tzinfo=UTC), 0, datetime(2026, 3, 2, 16, tzinfo=UTC)),
        ],
    )
    def test_is_local_midnight_in_utc(self, at, count, ends_at):
        assert calendar.deadline(at, count) == ends_at

    @pytest.mark.parametrize(
        ("at", "first_day"),
        [
            (datetime(2026, 3, 2, 16, tzinfo=UTC) - MICROSECOND, "2026-03-02"),
            (datetime(2026, 3, 2, 16, tzinfo=UTC), "2026-03-03"),
            (datetime(2026, 3, 2, 16, tzinfo=UTC) + MICROSECOND, "2026-03-03"),
        ],
    )
    def test_counts_from_the_local_day_of_the_act(self, at, first_day):
        assert calendar.local_date(at) == on(first_day)
        assert calendar.deadline(at, 1) == calendar.end_of(on(first_day) + timedelta(days=1))

    def test_never_guesses_a_zone(self):
        with pytest.raises(AssertionError, match="aware"):
            calendar.deadline(datetime(2026, 3, 2), 1)  # noqa: DTZ001 - the mistake under test


class TestKnownDeadline:
    @pytest.mark.parametrize("count", make_calendar.LAST_FOR)
    def test_is_the_deadline_up_to_the_last_instant_from_which_it_is_known(self, count):
        last = make_calendar.LAST_FOR[count]

        assert calendar.known_deadline(last, count) == calendar.deadline(last, count) == make_calendar.YEAR_END
        assert calendar.known_deadline(last + MICROSECOND, count) is None
        with pytest.raises(YearNotLoaded):
            calendar.deadline(last + MICROSECOND, count)

    @pytest.mark.parametrize("count", make_calendar.LAST_FOR)
    def test_is_known_with_another_calendar(self, count):
        at = make_calendar.LAST_FOR[count] + MICROSECOND

        assert calendar.known_deadline(at, count, years=make_calendar.LOADED) == make_calendar.FIRST_COUNTED

    def test_never_guesses_a_zone(self):
        with pytest.raises(AssertionError, match="aware"):
            calendar.known_deadline(datetime(2026, 12, 31), 1)  # noqa: DTZ001 - the mistake under test


class TestMayBeOpen:
    @pytest.mark.parametrize(
        ("due", "may"),
        [
            (make_calendar.YEAR_END - timedelta(days=1), False),
            (make_calendar.YEAR_END, False),  # the end of the last day of a year that every release has had
            (make_calendar.YEAR_END + MICROSECOND, True),
            (make_calendar.FIRST_COUNTED, True),
            (None, True),
        ],
    )
    def test_is_so_beyond_the_years_that_every_release_has_had(self, due, may):
        assert calendar.may_be_open(due, make_calendar.YEAR_END - timedelta(days=3)) is may

    @pytest.mark.parametrize("year", [2026, 2027, 2028])
    @pytest.mark.parametrize(
        ("days", "since", "may"),
        [
            (1, -MICROSECOND, True),
            (1, timedelta(0), False),  # the first instant of a year: its notice came out before
            (1, MICROSECOND, False),
            (0, -MICROSECOND, False),
            (0, timedelta(0), False),
            (367, timedelta(0), True),
        ],
    )
    def test_is_so_across_the_turn_of_a_year_alone(self, year, days, since, may):
        turn = datetime(year, 12, 31, 16, tzinfo=UTC)

        assert calendar.may_be_open(turn + timedelta(days=days), turn + since) is may

    def test_goes_no_further_than_what_is_loaded(self):
        assert calendar.ALWAYS_LOADED in calendar.YEARS
