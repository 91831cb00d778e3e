"""The words of a line have one form each, and instants come to exact seconds."""

import base64
from datetime import UTC, datetime, timedelta, timezone

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ledger.log import lines


class TestDecimal:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("0", 0),
            ("1", 1),
            ("10", 10),
            ("9223372036854775806", 2**63 - 2),
            ("9223372036854775807", 2**63 - 1),
            ("9223372036854775808", None),
            ("9999999999999999999", None),
            ("10000000000000000000", None),
            ("9" * 10_000, None),  # int() itself would refuse so many digits
            ("", None),
            ("00", None),
            ("01", None),
            ("-0", None),
            ("-1", None),
            ("+1", None),
            (" 1", None),
            ("1 ", None),
            ("1\n", None),
            ("1_0", None),
            ("0x1", None),
            ("1e3", None),
            ("1.0", None),
            ("１", None),  # full width
            ("٣", None),  # Arabic
            ("३", None),  # Devanagari
            ("²", None),
            ("一", None),
            ("\ud800", None),
        ],
    )
    def test_reads_one_form(self, text, number):
        assert lines.decimal(text) == number

    @given(number=st.integers(0, 2**63 - 1))
    def test_reads_every_number_as_it_is_written(self, number):
        assert lines.decimal(str(number)) == number

    @given(text=st.text("0123456789+- _", max_size=25))
    def test_reads_nothing_that_it_would_not_write(self, text):
        assert lines.decimal(text) in {None, int(text) if str(text).isdigit() and str(int(text)) == text else None}


class TestBase64:
    @given(content=st.binary(max_size=100))
    def test_is_read_back(self, content):
        assert lines.decode_base64(lines.encode_base64(content)) == content

    @pytest.mark.parametrize(
        "text",
        [
            "A", "AA", "AAA", "AA=", "AAA==", "A===", "====", "=", "AA==AA==", "AAAA=", "AAAA====", "AAB=", "AB==",
            "AA-_", "AA AA", " AAAA", "AAAA\n", "AA\nAA", "AAA\x00", "AAAé", "ＡＡＡＡ", "\ud800AAA",
        ],
    )  # fmt: skip
    def test_refuses_every_other_form(self, text):
        with pytest.raises(ValueError):  # noqa: PT011 - of many makers
            lines.decode_base64(text)

    @given(content=st.binary(min_size=1, max_size=40), data=st.data())
    def test_has_no_second_spelling(self, content, data):
        text = base64.b64encode(content).decode()
        at = data.draw(st.integers(0, len(text) - 1))
        changed = text[:at] + data.draw(st.characters(codec="ascii")) + text[at + 1 :]
        try:
            assert (lines.decode_base64(changed) == content) == (changed == text)
        except ValueError:
            assert changed != text


class TestSeconds:
    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (datetime(1970, 1, 1, tzinfo=UTC), 0),
            (datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), 1),
            (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), -1),
            (datetime(2026, 3, 2, 1, 0, 0, 999_999, tzinfo=UTC), 1772413200),
            (datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=8))), 1772413200),
            (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), 253402300799),  # as a float, a second more
        ],
    )
    def test_are_whole_and_never_ahead(self, at, expected):
        assert lines.seconds(at) == expected

    def test_are_not_those_of_an_unknown_zone(self):
        with pytest.raises(TypeError):
            lines.seconds(datetime(2026, 3, 2, 1))  # noqa: DTZ001 - that is the point

    @given(seconds=st.integers(0, 253402300799))
    def test_are_read_back(self, seconds):
        instant = lines.instant_of(seconds)

        assert instant is not None
        assert lines.seconds(instant) == seconds

    @pytest.mark.parametrize("seconds", [253402300800, 2**55, 2**63 - 1, 2**64 - 1])
    def test_beyond_the_calendar_are_no_instant(self, seconds):
        assert lines.instant_of(seconds) is None
