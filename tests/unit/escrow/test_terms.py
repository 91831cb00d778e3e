"""The published numbers, restated by hand; the fee and the reward to the fen."""

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from ledger.kernel.money import MAX_FEN
from settlement.escrow import rules
from settlement.escrow.model import Band, Terms
from tests import make_escrow as make

TERMS = rules.SETTLEMENT_2026
MILLION, TEN_MILLION = 100_000_000, 1_000_000_000  # yuan, in fen
prices = st.one_of(
    st.integers(0, MAX_FEN),
    st.integers(MILLION - 200, MILLION + 200),
    st.integers(TEN_MILLION - 200, TEN_MILLION + 200),
    st.integers(0, 1_000),
)


class TestSettlement2026:
    def test_says_what_was_published(self):
        assert TERMS.ref == "settlement-2026@1"
        assert TERMS.effective_from == date(2026, 1, 1)
        assert TERMS.fee_bands == (Band(0, 150), Band(100_000_000, 100), Band(1_000_000_000, 50))
        assert TERMS.pay_within_days == 5  # 32号令 art. 28
        assert TERMS.reward_min_bp == 5_000  # 转化法 art. 45
        assert rules.TERMS == {"settlement-2026@1": TERMS}

    def test_cannot_be_edited(self):
        with pytest.raises(FrozenInstanceError):
            TERMS.reward_min_bp = 1
        with pytest.raises(TypeError):
            rules.TERMS["settlement-2026@1"] = TERMS

    def test_survives_being_written(self):
        assert Terms.from_json(TERMS.to_json()) == TERMS
        assert TERMS.to_json()["fee_bands"][1] == {"from_fen": "100000000", "rate_bp": 100}
        with pytest.raises(AssertionError, match="exactly their fields"):
            Terms.from_json(TERMS.to_json() | {"surprise": 1})

    @pytest.mark.parametrize(
        "changes",
        [
            {"fee_bands": ()},
            {"fee_bands": (Band(1, 100),)},
            {"fee_bands": (Band(0, 100), Band(0, 50))},
            {"fee_bands": (Band(0, 10_001),)},
            {"fee_bands": (Band(0, -1),)},
            {"reward_min_bp": 10_001},
            {"reward_min_bp": -1},
            {"pay_within_days": 0},
        ],
    )
    def test_hold_numbers_that_make_sense(self, changes):
        with pytest.raises(AssertionError):
            replace(TERMS, **changes)


class TestInForce:
    @pytest.mark.parametrize(
        "at", [datetime(2025, 12, 31, 16, tzinfo=UTC), make.NOON, datetime(2099, 1, 1, tzinfo=UTC)]
    )
    def test_begins_with_the_day_in_china(self, at):
        assert rules.in_force(at) is TERMS

    def test_refuses_the_instant_before(self):
        refusal = make.refused(rules.in_force, datetime(2025, 12, 31, 16, tzinfo=UTC) - make.INSTANT)

        assert isinstance(refusal, rules.NoTermsInForce)
        assert refusal.facts == {"effective_from": "2026-01-01"}


class TestFee:
    @pytest.mark.parametrize(
        ("price_fen", "fee_fen"),
        [
            (0, 0),
            (1, 0),
            (33, 0),  # 0.495
            (34, 1),  # 0.51
            (100, 2),  # 1.5, half up
            (99, 1),
            (300, 5),  # 4.5, half up
            (299, 4),
            (10_000, 150),
            (MILLION - 1, 1_500_000),  # 1,499,999.985
            (MILLION, 1_500_000),
            (MILLION + 49, 1_500_000),
            (MILLION + 50, 1_500_001),  # the next band begins: half a fen more
            (MILLION + 100, 1_500_001),
            (TEN_MILLION, 10_500_000),
            (TEN_MILLION + 99, 10_500_000),
            (TEN_MILLION + 100, 10_500_001),
            (2 * TEN_MILLION, 15_500_000),
            (make.PRICE, make.FEE),
        ],
    )
    def test_is_marginal_and_rounded_once_half_up(self, price_fen, fee_fen):
        assert rules.fee(TERMS, price_fen) == fee_fen

    def test_is_rounded_once_though_two_bands_have_halves(self):
        terms = replace(TERMS, fee_bands=(Band(0, 5_000), Band(1, 5_000)))

        assert rules.fee(terms, 2) == 1  # a half, and a half

    @given(price_fen=prices, more_fen=st.integers(0, 10**6))
    def test_never_falls_as_the_price_rises_nor_outgrows_it(self, price_fen, more_fen):
        assert 0 <= rules.fee(TERMS, price_fen) <= rules.fee(TERMS, price_fen + more_fen)
        assert rules.fee(TERMS, price_fen + more_fen) <= rules.fee(TERMS, price_fen) + more_fen

    @given(price_fen=prices)
    @example(price_fen=MILLION + 50)
    def test_is_what_decimals_make_of_the_schedule(self, price_fen):
        exact = Decimal(min(price_fen, MILLION)) * Decimal("0.015")
        exact += Decimal(max(min(price_fen, TEN_MILLION) - MILLION, 0)) * Decimal("0.010")
        exact += Decimal(max(price_fen - TEN_MILLION, 0)) * Decimal("0.005")

        assert rules.fee(TERMS, price_fen) == exact.to_integral_value(ROUND_HALF_UP)


class TestReward:
    @pytest.mark.parametrize(
        ("net_fen", "reward_bp", "reward_fen"),
        [
            (0, 5_000, 0),
            (1, 0, 0),
            (1, 1, 1),
            (1, 5_000, 1),
            (2, 5_000, 1),
            (3, 5_000, 2),
            (10_000, 5_001, 5_001),
            (9_999, 5_001, 5_001),  # 5,000.4999
            (7, 10_000, 7),
            (make.NET, 5_000, make.REWARD),
        ],
    )
    def test_is_rounded_up(self, net_fen, reward_bp, reward_fen):
        assert rules.reward(net_fen, reward_bp) == reward_fen

    @given(net_fen=prices, reward_bp=st.integers(0, 10_000))
    def test_is_never_below_the_share_by_any_part_of_a_fen_art_45(self, net_fen, reward_bp):
        reward_fen = rules.reward(net_fen, reward_bp)

        assert reward_fen * 10_000 >= net_fen * reward_bp
        assert (reward_fen - 1) * 10_000 < net_fen * reward_bp or reward_fen == 0
        assert reward_fen <= net_fen

    @given(net_fen=prices)
    def test_at_the_least_share_is_half_or_more_exactly(self, net_fen):
        assert net_fen <= 2 * rules.reward(net_fen, TERMS.reward_min_bp) <= net_fen + 1
