"""Yuan in, fen inside, yuan out: nothing is lost and nothing doubtful is read."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ledger.kernel import money
from ledger.kernel.money import MAX_FEN, NotAnAmount, format_yuan, parse_yuan


class TestParseYuan:
    @pytest.mark.parametrize(
        ("text", "fen"),
        [
            ("0", 0),
            ("0.01", 1),
            ("0.1", 10),
            ("0.10", 10),
            ("1", 100),
            ("1234.5", 123_450),
            ("1234.56", 123_456),
            ("10000000000000", 10**15),
            ("10000000000000.00", 10**15),
            ("9999999999999.99", 10**15 - 1),
        ],
    )
    def test_reads_at_most_two_decimal_places(self, text, fen):
        assert parse_yuan(text) == fen

    @pytest.mark.parametrize(
        "text",
        [
            *("", " ", ".", "1.", ".5", "-1", "+1", "01", "00", "1.234", "1,000", "1_000", "1 000", " 1", "1\n"),
            *("1e3", "0x10", "NaN", "Infinity", "１２", "٣", "1.0.0", "¥1", "10000000000000.01", "99999999999999"),
            "1" * 5_000,
        ],
    )
    def test_refuses_what_a_person_might_read_otherwise(self, text):
        with pytest.raises(NotAnAmount):
            parse_yuan(text)

    @pytest.mark.parametrize(
        "text",
        ["10000000000000.01", "10000000000001", "99999999999999", "100000000000000", "9" * 16, "9" * 5_000 + ".5"],
    )
    def test_says_that_an_amount_is_too_large(self, text):
        with pytest.raises(NotAnAmount) as refused:
            parse_yuan(text)

        assert refused.value.facts == {"largest_fen": MAX_FEN}
        assert "larger" in refused.value.detail

    @given(st.text(alphabet="0123456789.,+-eE ", max_size=20))
    def test_reads_or_refuses_and_nothing_else(self, text):
        try:
            fen = parse_yuan(text)
        except NotAnAmount:
            return
        assert 0 <= fen <= MAX_FEN


class TestFormatYuan:
    @pytest.mark.parametrize(
        ("fen", "text"),
        [(0, "0.00"), (1, "0.01"), (-1, "-0.01"), (99, "0.99"), (100, "1.00"), (-123_450, "-1234.50")],
    )
    def test_always_writes_two_places(self, fen, text):
        assert format_yuan(fen) == text

    @given(st.integers(0, MAX_FEN))
    def test_is_read_back_as_the_same_amount(self, fen):
        assert parse_yuan(format_yuan(fen)) == fen


class TestAllot:
    @pytest.mark.parametrize(
        ("total", "weights", "parts"),
        [
            (15, (80, 8, 12), (13, 1, 1)),
            (15, (1, 1, 0), (8, 7, 0)),
            (1, (1, 1, 1), (1, 0, 0)),
            (0, (3, 1), (0, 0)),
            (100, (1,), (100,)),
            (7, (0, 1), (0, 7)),
            (1, (0, 1, 1), (0, 1, 0)),
        ],
    )
    def test_gives_what_is_left_to_the_first(self, total, weights, parts):
        assert money.allot(total, weights) == parts

    @given(st.integers(0, 10**15), st.lists(st.integers(0, 10**6), min_size=1).filter(any))
    def test_loses_nothing_and_favours_nobody_by_more_than_a_fen(self, total, weights):
        parts = money.allot(total, weights)
        assert sum(parts) == total
        assert all(
            abs(part * sum(weights) - total * one) < 2 * sum(weights) for part, one in zip(parts, weights, strict=True)
        )

    @pytest.mark.parametrize(("total", "weights"), [(-1, (1,)), (1, ()), (1, (0, 0)), (1, (2, -1))])
    def test_splits_nothing_that_cannot_be_split(self, total, weights):
        with pytest.raises((AssertionError, ValueError)):
            money.allot(total, weights)


class TestShare:
    @pytest.mark.parametrize(
        ("amount", "rate", "expected"),
        [(10_000, 1, 1), (4_999, 1, 0), (5_000, 1, 1), (14_999, 1, 1), (15_000, 1, 2), (3, 5_000, 2), (0, 7, 0)],
    )
    def test_rounds_half_up_once(self, amount, rate, expected):
        assert money.share(amount, rate) == expected
