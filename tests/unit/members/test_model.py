"""Credit codes proved, token texts read strictly, nouns that keep themselves valid."""

import hashlib
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from exchange.members import model
from exchange.members.model import Bearer, CreditCode, NotACreditCode, TokenNotValid, UnusableField, credit_check
from tests import make_members as make

MICROSECOND = timedelta(microseconds=1)
DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CHARACTERS = st.text(alphabet=DIGITS, min_size=9, max_size=9)
BODIES = st.builds(
    "{}{:06d}{}".format, st.text(alphabet=DIGITS, min_size=2, max_size=2), st.integers(0, 999_999), CHARACTERS
)


def accepted(text: str) -> bool:
    try:
        CreditCode(text)
    except NotACreditCode:
        return False
    return True


class TestCreditCode:
    @pytest.mark.parametrize(
        "text",
        [
            "91350100M000100Y43",  # the example of the standard
            *("914403001922038216", "9144030071526726XG", "91330100799655058B", "91110000802100433B"),  # in use
        ],
    )
    def test_takes_the_codes_that_licences_carry(self, text):
        assert CreditCode(text) == text

    @pytest.mark.parametrize(
        "text",
        [
            *("", "91350100M000100Y4", "91350100M000100Y430", "91350100M000100Y44", "91350100m000100y43"),
            *(" 91350100M000100Y43", "91350100M000100Y43\n", "9135010OM000100Y43", "9I350100M000100Y43"),
            *("９1350100M000100Y43", "91A50100M000100Y43"),
        ],
    )
    def test_refuses_any_other_text(self, text):
        assert not accepted(text)

    @given(BODIES)
    def test_catches_every_wrong_character(self, body):
        """31 is prime and no weight 3^n is a multiple of it: a single wrong character always moves the sum."""
        code = body + credit_check(body)
        for place in range(18):
            for digit in DIGITS:
                wrong = code[:place] + digit + code[place + 1 :]
                assert not accepted(wrong) or wrong == code, wrong

    @given(BODIES)
    def test_takes_the_code_it_completes(self, body):
        assert CreditCode(body + credit_check(body)) == body + credit_check(body)


class TestBearer:
    SECRET = "Az09-_" + "x" * 37

    def test_is_read_back_from_its_text(self):
        bearer = Bearer(id=make.BEARER.id, secret=self.SECRET)

        assert bearer.text == "mkj_" + "0" * 25 + "1_" + self.SECRET
        assert Bearer.parse(bearer.text) == bearer

    @pytest.mark.parametrize(
        "text",
        [
            *("", "mkj_", make.BEARER.text[:-1], make.BEARER.text + "s", make.BEARER.text + "\n"),
            *(make.BEARER.text.upper(), make.BEARER.text.replace("mkj", "tok"), " " + make.BEARER.text),
            *(make.BEARER.text[:-1] + "=", make.BEARER.text[:-1] + "字", make.BEARER.text.replace("1_", "i_")),
        ],
    )
    def test_refuses_any_other_text(self, text):
        with pytest.raises(TokenNotValid):
            Bearer.parse(text)

    def test_never_shows_its_secret_by_accident(self):
        assert make.BEARER.secret not in repr(make.BEARER)

    def test_is_stored_as_a_hash_bound_to_its_identifier(self):
        content = f"mengkeju/token/v1\n{make.BEARER.id}\n{make.BEARER.secret}"
        other = Bearer(id=model.TokenId.from_number(2), secret=make.BEARER.secret)

        assert make.BEARER.secret_hash == hashlib.sha256(content.encode()).hexdigest()
        assert other.secret_hash != make.BEARER.secret_hash

    def test_opens_its_own_token_alone(self):
        assert make.BEARER.opens(make.token())
        assert not Bearer(id=make.BEARER.id, secret="t" * 43).opens(make.token())
        assert not make.BEARER.opens(make.token(id=model.TokenId.from_number(2)))


class TestToken:
    @pytest.mark.parametrize(
        ("at", "live"), [(make.EXPIRY - MICROSECOND, True), (make.EXPIRY, False), (make.EXPIRY + MICROSECOND, False)]
    )
    def test_lives_until_it_expires(self, at, live):
        assert make.token().is_live(at) is live

    def test_is_dead_at_once_when_revoked(self):
        assert not make.token(revoked_at=make.NOON).is_live(make.NOON - MICROSECOND)


class TestOrganisation:
    @pytest.mark.parametrize(
        ("changes", "usable"),
        [
            ({"name": "字" * 200}, True),
            ({"name": "字" * 201}, False),
            ({"name": ""}, False),
            ({"name": "a\nb"}, False),
            ({"roles": frozenset()}, False),
        ],
    )
    def test_keeps_itself_valid(self, changes, usable):
        try:
            make.organisation(**changes)
        except UnusableField:
            assert not usable
        else:
            assert usable

    @pytest.mark.parametrize("command", [model.Reject, model.Suspend])
    @pytest.mark.parametrize("reasons", [(), ("",), ("字" * 501,), ("理由",) * 21])
    def test_is_judged_for_reasons(self, command, reasons):
        with pytest.raises(UnusableField):
            command(reasons=reasons)
