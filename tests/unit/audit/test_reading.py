"""Deadlines as an auditor reads them: told, left open, or counted with a calendar that others did not have."""

import pytest

from ledger.audit.reading import Reader, UnreadableError, due_by, tells, text_of
from ledger.kernel.calendar import YearNotLoaded
from tests import make_calendar
from tests.make_calendar import FIRST_COUNTED, INSTANT, LAST_FOR, YEAR_END


class TestInstantOrNone:
    def test_reads_an_instant_and_null_and_nothing_else(self):
        reader = Reader({"at": "2026-12-31T16:00:00.000000Z", "open": None, "wrong": "soon", "number": 5})

        assert (reader.instant_or_none("at"), reader.instant_or_none("open")) == (YEAR_END, None)
        for name in ("wrong", "number", "missing"):
            with pytest.raises(UnreadableError):
                reader.instant_or_none(name)


class TestTells:
    @pytest.mark.parametrize(
        ("told", "due", "right"),
        [
            (YEAR_END, YEAR_END, True),
            (YEAR_END - INSTANT, YEAR_END, False),
            (YEAR_END + INSTANT, YEAR_END, False),
            (None, YEAR_END, False),  # it could be counted then
            (None, FIRST_COUNTED, True),  # it may not have been
            (None, None, True),
            (FIRST_COUNTED, FIRST_COUNTED, True),
            (FIRST_COUNTED, None, False),  # nobody's guess is believed
        ],
    )
    def test_is_what_is_counted_or_what_may_have_been_open(self, told, due, right):
        assert tells(told, due, LAST_FOR[3] + INSTANT) is right

    @pytest.mark.parametrize(
        ("since", "right"),
        [(YEAR_END - INSTANT, True), (YEAR_END, False), (YEAR_END + INSTANT, False)],
        ids=["just before the turn of the year", "at it", "just after it"],
    )
    def test_leaves_nothing_open_that_is_over_in_the_year_it_is_counted_from(self, since, right):
        assert tells(None, FIRST_COUNTED, since) is right
        assert tells(FIRST_COUNTED, FIRST_COUNTED, since)

    def test_is_written_for_a_finding(self):
        assert text_of(YEAR_END) == "2026-12-31T16:00:00+00:00"
        assert text_of(None) == "a time that no loaded calendar reaches"


class TestDueBy:
    def test_counts_what_was_told_with_a_loaded_calendar_alone(self):
        assert due_by(YEAR_END, LAST_FOR[5], 5) == due_by(None, LAST_FOR[5], 5) == YEAR_END
        assert due_by(None, LAST_FOR[5] + INSTANT, 5) is None
        with pytest.raises(YearNotLoaded):
            due_by(FIRST_COUNTED, LAST_FOR[5] + INSTANT, 5)

    def test_counts_what_was_left_open_once_it_can(self, monkeypatch):
        make_calendar.load(monkeypatch)

        assert due_by(None, LAST_FOR[5] + INSTANT, 5) == FIRST_COUNTED
