"""One way to write an instant, and no doubtful way to read one."""

from datetime import UTC, datetime, timedelta, timezone

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ledger.kernel.instant import NotAnInstant, parse, render

INSTANTS = st.datetimes(timezones=st.just(UTC))


class TestParse:
    @pytest.mark.parametrize(
        ("text", "at"),
        [
            ("2026-03-02T09:00:00+08:00", datetime(2026, 3, 2, 1, tzinfo=UTC)),
            ("2026-03-02T01:00:00Z", datetime(2026, 3, 2, 1, tzinfo=UTC)),
            ("2026-03-02t01:00:00z", datetime(2026, 3, 2, 1, tzinfo=UTC)),
            ("2026-03-02T01:00:00-00:00", datetime(2026, 3, 2, 1, tzinfo=UTC)),
            ("2026-03-02T01:00:00.5Z", datetime(2026, 3, 2, 1, 0, 0, 500_000, tzinfo=UTC)),
            ("2026-03-02T01:00:00.000001Z", datetime(2026, 3, 2, 1, 0, 0, 1, tzinfo=UTC)),
            ("2028-02-29T23:59:59Z", datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC)),
        ],
    )
    def test_reads_rfc_3339_into_utc(self, text, at):
        assert parse(text) == at
        assert parse(text).tzinfo is UTC

    @pytest.mark.parametrize(
        "text",
        [
            *("", "now", "2026-03-02", "2026-03-02T09:00:00", "2026-03-02 09:00:00+08:00", "2026-03-02T09:00+08:00"),
            *("20260302T090000Z", "2026-W10-1T09:00:00Z", "2026-061T09:00:00Z", "2026-03-02T09:00:00,5Z"),
            *("2026-03-02T09:00:00.1234567Z", "2026-03-02T09:00:00.Z", "2026-03-02T09:00:00+0800"),
            *("2026-03-02T09:00:00+08", "2026-03-02T09:00:00+08:00:30", "2026-03-02T09:00:00+24:00"),
            *("2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-03-02T24:00:00Z", "2026-03-02T23:59:60Z"),
            *("0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00", "0000-01-01T00:00:00Z", "1767225600"),
            *(" 2026-03-02T01:00:00Z", "2026-03-02T01:00:00Z\n", "２026-03-02T01:00:00Z"),
        ],
    )
    def test_refuses_what_is_not_one_instant(self, text):
        with pytest.raises(NotAnInstant):
            parse(text)


class TestRender:
    @pytest.mark.parametrize(
        ("at", "text"),
        [
            (datetime(2026, 3, 2, 1, tzinfo=UTC), "2026-03-02T01:00:00.000000Z"),
            (datetime(2026, 3, 2, 9, 0, 0, 1, tzinfo=timezone(timedelta(hours=8))), "2026-03-02T01:00:00.000001Z"),
            (datetime(33, 4, 3, 15, tzinfo=UTC), "0033-04-03T15:00:00.000000Z"),
        ],
    )
    def test_writes_utc_with_six_places(self, at, text):
        assert render(at) == text

    @given(INSTANTS)
    def test_is_read_back_as_the_same_instant(self, at):
        assert parse(render(at)) == at

    @given(INSTANTS, INSTANTS)
    def test_sorts_as_time_does(self, one, other):
        assert (render(one) < render(other)) == (one < other)

    def test_never_guesses_a_zone(self):
        with pytest.raises(AssertionError, match="aware"):
            render(datetime(2026, 3, 2))  # noqa: DTZ001 - the mistake under test
