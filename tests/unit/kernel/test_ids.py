"""An identifier says what it names, and a wrong one never gets in."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ledger.kernel.ids import ALPHABET, EntryId, Id, NotAnId, OrganisationId, PersonId

BODY = "01jq8z4m6x0c9v2k7t5n3h1b8w"
NUMBERS = st.integers(0, 2**128 - 1)


class TestId:
    def test_keeps_its_text(self):
        assert OrganisationId(f"org_{BODY}") == f"org_{BODY}"

    @pytest.mark.parametrize(
        "text",
        [
            *("", "org_", BODY, f"per_{BODY}", f"ORG_{BODY}", f"org-{BODY}", f"org_{BODY.upper()}"),
            *(f"org_{BODY[:-1]}", f"org_{BODY}0", f" org_{BODY}", f"org_{BODY}\n"),
            *(f"org_{BODY[:-1]}{letter}" for letter in "ilou!é０"),
        ],
    )
    def test_refuses_any_other_text(self, text):
        with pytest.raises(NotAnId):
            OrganisationId(text)

    def test_refuses_the_identifier_of_another_kind(self):
        with pytest.raises(NotAnId):
            PersonId(OrganisationId(f"org_{BODY}"))

    def test_lets_a_new_kind_fix_its_own_prefix(self):
        class ThingId(Id, prefix="thg"):
            """Names a thing."""

        assert ThingId(f"thg_{BODY}").prefix == "thg"
        assert OrganisationId.prefix == "org"


class TestFromNumber:
    @pytest.mark.parametrize(
        ("number", "text"),
        [
            (0, "ent_" + "0" * 26),
            (31, "ent_" + "0" * 25 + "z"),
            (32, "ent_" + "0" * 24 + "10"),
            (2**128 - 1, "ent_7" + "z" * 25),
        ],
    )
    def test_writes_base_32(self, number, text):
        assert EntryId.from_number(number) == text

    @given(NUMBERS)
    def test_loses_nothing(self, number):
        text = EntryId.from_number(number).removeprefix("ent_")

        assert sum(ALPHABET.index(digit) << 5 * place for place, digit in enumerate(reversed(text))) == number

    @given(NUMBERS, NUMBERS)
    def test_sorts_as_the_numbers_do(self, one, other):
        assert (EntryId.from_number(one) < EntryId.from_number(other)) == (one < other)
