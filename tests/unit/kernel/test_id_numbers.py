"""An identifier and its number."""

from hypothesis import given
from hypothesis import strategies as st

from ledger.kernel.ids import EntryId


class TestNumber:
    @given(st.integers(0, 2**128 - 1))
    def test_is_what_the_identifier_was_made_of(self, number):
        assert EntryId.from_number(number).number == number
