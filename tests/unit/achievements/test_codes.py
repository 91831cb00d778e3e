"""Check digits proved, codes of the field at their edges, texts that may stand in a listing."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from listings.achievements.model import (
    ApplicationNumber,
    Industry,
    NotAnApplicationNumber,
    NotAnIndustry,
    Region,
    application_check,
    fits,
)

BODIES = st.builds("{}{}{:07d}".format, st.integers(2003, 2099), st.sampled_from("12389"), st.integers(0, 9_999_999))


def numbers(body: str) -> str:
    return f"{body}.{application_check(body)}"


def accepted(text: str) -> bool:
    try:
        ApplicationNumber(text)
    except NotAnApplicationNumber:
        return False
    return True


class TestApplicationNumber:
    @pytest.mark.parametrize(
        "text",
        [
            *("201710117081.7", "2017101170817", "ZL201710117081.7", "ZL 201710117081.7", "zl201710117081.7"),
            *("CN201710117081.7", "CN2017101170817"),
        ],
    )
    def test_reads_every_written_form_into_one(self, text):
        assert ApplicationNumber(text) == "201710117081.7"

    def test_weighs_the_digits_as_the_standard_does(self):
        """2*2+0*3+1*4+7*5+1*6+0*7+1*8+1*9+7*2+0*3+8*4+1*5 = 117 = 10*11 + 7."""
        assert application_check("201710117081") == "7"

    def test_writes_ten_as_x(self):
        assert application_check("200310000008") == "X"
        assert ApplicationNumber("200310000008.x") == "200310000008.X"

    @pytest.mark.parametrize(
        "text",
        [
            *("", "201710117081", "201710117081.8", "201710117081.", "20171011708.7", "2017101170811.7"),
            *("US201710117081.7", "ZL-201710117081.7", " 201710117081.7", "201710117081.7\n", "201710117081..7"),
            *("２０１７10117081.7", "201710117081.７", numbers("200210000001"), numbers("201740117081")),
        ],
    )
    def test_refuses_any_other_text(self, text):
        assert not accepted(text)

    @given(BODIES)
    def test_catches_every_wrong_digit(self, body):
        """For each of thirteen places and each other digit; a weight never divides 11, so none can slip through."""
        number = numbers(body)
        for place in [*range(12), 13]:
            for digit in "0123456789" + "X" * (place == 13):
                wrong = number[:place] + digit + number[place + 1 :]
                assert accepted(wrong) == (wrong == number), wrong

    @given(BODIES)
    def test_catches_every_swap_of_neighbours(self, body):
        number = numbers(body)
        for place in range(11):
            swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
            assert accepted(swapped) == (swapped == number), swapped


class TestIndustry:
    @pytest.mark.parametrize(
        ("code", "section"),
        [
            *(("A", "A"), ("T", "T"), ("01", "A"), ("05", "A"), ("06", "B"), ("12", "B"), ("120", "B")),
            *(("1200", "B"), ("13", "C"), ("43", "C"), ("3240", "C"), ("44", "D"), ("66", "J"), ("69", "J")),
            *(("70", "K"), ("7010", "K"), ("71", "L"), ("83", "P"), ("84", "Q"), ("96", "S"), ("97", "T")),
        ],
    )
    def test_knows_its_section(self, code, section):
        assert Industry(code).section == section

    @pytest.mark.parametrize("text", ["", "U", "a", "AA", "0", "1", "00", "98", "99", "0011", "01111", "A01", "０１"])
    def test_refuses_what_the_standard_does_not_have(self, text):
        with pytest.raises(NotAnIndustry):
            Industry(text)


def test_the_regions_are_the_twelve_leagues_and_cities_and_outside():
    codes = "1501 1502 1503 1504 1505 1506 1507 1508 1509 1522 1525 1529 outside"

    assert [region.value for region in Region] == codes.split()


class TestFits:
    @pytest.mark.parametrize(
        "text",
        ["a", "稀土", "ᠮᠣᠩᠭᠣᠯ\u202fᠤ᠋ᠨ", "ᠠ\u180eᠠ", "\u200d字", "10 % <b>", "字" * 10, "全　角", "👩\u200d🔬"],
    )
    def test_takes_what_people_write(self, text):
        assert fits(text, 10)

    @pytest.mark.parametrize(
        "text",
        ["", " ", "\u3000", "字" * 11, "a\x00", "a\x1b[2J", "a\tb", "a\nb", "\ud800", "a\u202eb", "a\u2028b", "a\x85b"],
    )
    def test_takes_nothing_that_hides_or_breaks_it(self, text):
        assert not fits(text, 10)

    def test_takes_line_feeds_where_lines_are_meant(self):
        assert fits("one\ntwo", 10, lines=True)
        assert not fits("one\r\ntwo", 10, lines=True)
