"""One payment divided: to the fen, alike in one piece and in ten, and never but as law and exchange allow."""

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import MAX_FEN, Fen, allot
from settlement.escrow import rules
from settlement.escrow.model import Broker, Owner, Share, Sharing, Sums, Withholding
from settlement.escrow.rules import division
from tests import make_escrow as make

TERMS = rules.SETTLEMENT_2026
MAX_COMMISSION_BP = 1_000


def sharing(*, owners=(10_000,), commission_bp=0, reward_bp=5_000, weights=(3, 1)):
    return Sharing(
        owners=tuple(
            Owner(organisation=OrganisationId.from_number(100 + place), share_bp=bp) for place, bp in enumerate(owners)
        ),
        broker=Broker(organisation=make.AGENT, commission_bp=commission_bp) if commission_bp else None,
        reward_bp=reward_bp,
        inventors=tuple(
            Share(inventor=place, name=f"inventor {place}", weight=weight) for place, weight in enumerate(weights, 1)
        )
        if reward_bp
        else (),
    )


def divide(of, amount_fen, *, before=None, costs=(), withheld=()):
    return division.divide(of, Fen(amount_fen), terms=TERMS, before=before or Sums(), costs=costs, withheld=withheld)


def answer(of, *, reward_min_bp=5_000):
    refusal = make.refused(
        division.require_sharing, of, buyer=make.ANN, reward_min_bp=reward_min_bp, commission_max_bp=MAX_COMMISSION_BP
    )
    return "-" if refusal is None else refusal.code().removeprefix("escrow/")


def parts(divided):
    """Everybody's part of a division: fee, commission, inventors, holders."""
    return (
        divided.fee_fen,
        divided.commission_fen,
        [one.amount_fen for one in divided.cuts],
        list(divided.owner_parts),
    )


class TestRequireSharing:
    @pytest.mark.parametrize(
        ("of", "expected"),
        [
            (sharing(), "-"),
            (sharing(owners=(1, 9_999)), "-"),
            (sharing(owners=(200,) * 50), "-"),
            (sharing(owners=(10_000 // 51,) * 50 + (200,)), "bad-owners"),
            (sharing(owners=()), "bad-owners"),
            (sharing(owners=(9_999,)), "bad-owners"),
            (sharing(owners=(10_001,)), "bad-owners"),
            (sharing(owners=(0, 10_000)), "bad-owners"),
            (sharing(owners=(-1, 10_001)), "bad-owners"),
            (sharing(commission_bp=1), "-"),
            (sharing(commission_bp=MAX_COMMISSION_BP), "-"),
            (sharing(commission_bp=MAX_COMMISSION_BP + 1), "commission-too-large"),
            (sharing(commission_bp=-1), "commission-too-large"),
            (sharing(reward_bp=4_999), "reward-too-small"),
            (sharing(reward_bp=10_000), "-"),
            (sharing(reward_bp=10_001), "unusable-field"),
            (sharing(reward_bp=-1), "unusable-field"),
            (sharing(weights=()), "shares-missing"),
            (sharing(weights=(0,)), "bad-shares"),
            (sharing(weights=(1_000_001,)), "bad-shares"),
            (sharing(weights=(1,) * 50), "-"),
            (sharing(weights=(1,) * 51), "bad-shares"),
        ],
    )
    def test_allows_only_what_can_be_carried_out(self, of, expected):
        assert answer(of) == expected

    def test_names_each_holder_once(self):
        whole = sharing(owners=(5_000, 5_000))
        twice = replace(whole, owners=(whole.owners[0], whole.owners[0]))

        assert answer(twice) == "bad-owners"

    def test_takes_no_holder_for_its_own_broker(self):
        whole = sharing(owners=(5_000, 5_000))
        own = Broker(organisation=whole.owners[1].organisation, commission_bp=1)

        assert answer(replace(whole, broker=own)) == "bad-broker"

    def test_binds_a_seller_whom_art_45_does_not_bind_to_no_least_reward(self):
        assert answer(sharing(reward_bp=0), reward_min_bp=0) == "-"
        assert answer(sharing(reward_bp=0)) == "reward-too-small"

    def test_refuses_inventors_where_there_is_no_reward(self):
        assert answer(replace(sharing(reward_bp=0), inventors=(make.share(),)), reward_min_bp=0) == "bad-shares"

    def test_needs_the_inventors_names(self):
        assert answer(replace(sharing(), inventors=(make.share(name=" "),))) == "unusable-field"

    def test_refuses_for_the_first_reason_that_applies(self):
        worst = replace(sharing(owners=(1,), commission_bp=9_999, reward_bp=1), inventors=())
        assert answer(replace(worst, reward_bp=-1)) == "unusable-field"
        assert answer(worst) == "shares-missing"
        worst = replace(worst, inventors=(make.share(0),))
        assert answer(worst) == "bad-shares"
        worst = replace(worst, inventors=(make.share(),))
        assert answer(worst) == "bad-owners"
        worst = replace(worst, owners=sharing().owners)
        assert answer(replace(worst, broker=replace(worst.broker, organisation=worst.owners[0].organisation))) == (
            "bad-broker"
        )
        assert answer(replace(worst, broker=replace(worst.broker, organisation=make.ANN))) == "bad-broker"
        assert answer(worst) == "commission-too-large"
        assert answer(replace(worst, broker=None)) == "reward-too-small"

    def test_says_how_large_and_how_small(self):
        for of, facts in (
            (sharing(commission_bp=2_000), {"largest_percent": "10"}),
            (sharing(reward_bp=1), {"smallest_percent": "50"}),
        ):
            refusal = make.refused(
                division.require_sharing, of, buyer=make.ANN, reward_min_bp=5_000, commission_max_bp=MAX_COMMISSION_BP
            )
            assert refusal.facts == facts


class TestDivide:
    @pytest.mark.parametrize(
        ("of", "amount_fen", "costs", "expected"),
        [
            # 1.5 % is nothing of 15 fen; all to the inventors, by 80, 8, 12
            (sharing(reward_bp=10_000, weights=(80, 8, 12)), 15, (), (0, 0, [13, 1, 1], [0])),
            # and all to the holders, by a half, a half less a hundredth, the rest
            (sharing(reward_bp=0, owners=(5_000, 4_999, 1)), 15, (), (0, 0, [], [8, 7, 0])),
            (sharing(reward_bp=0, owners=(80 * 100, 800, 1_200)), 15, (), (0, 0, [], [13, 1, 1])),
            (sharing(), 1, (), (0, 0, [1, 0], [0])),
            (sharing(), 10_000, (), (150, 0, [3_694, 1_231], [4_925])),
            (sharing(commission_bp=1_000), 10_000, (), (150, 1_000, [3_319, 1_106], [4_425])),
            (sharing(), 10_000, (make.cost(9_850),), (150, 0, [0, 0], [9_850])),
            (sharing(owners=(3_333, 3_333, 3_334)), 10_000, (), (150, 0, [3_694, 1_231], [1_642, 1_642, 1_641])),
        ],
    )
    def test_gives_everybody_what_the_table_says(self, of, amount_fen, costs, expected):
        assert parts(divide(of, amount_fen, costs=costs)) == expected

    def test_ranks_inventors_as_the_asset_does_whatever_the_order_given(self):
        of = sharing(reward_bp=10_000, weights=(1, 1, 1))

        assert divide(of, 100) == divide(replace(of, inventors=of.inventors[::-1]), 100)
        assert [one.inventor for one in divide(of, 100).cuts] == [1, 2, 3]

    @pytest.mark.parametrize(("more_fen", "refused"), [(0, False), (1, True)])
    def test_takes_off_no_more_than_fee_and_commission_leave(self, more_fen, refused):
        of = sharing(commission_bp=1_000)
        refusal = make.refused(divide, of, 10_000, costs=(make.cost(8_850 + more_fen),))

        assert (refusal is not None) is refused
        if refusal:
            assert isinstance(refusal, rules.CostsExceedPrice)
            assert refusal.facts == {"left_fen": 8_850}

    @pytest.mark.parametrize(
        ("withheld", "expected"),
        [
            ((), "-"),
            ((Withholding(inventor=1, amount_fen=Fen(3_694)),), "-"),
            ((Withholding(inventor=1, amount_fen=Fen(3_695)),), "withheld-too-much"),
            ((Withholding(inventor=1, amount_fen=Fen(-1)),), "withheld-too-much"),
            ((Withholding(inventor=1, amount_fen=Fen(0)),), "-"),
            ((Withholding(inventor=3, amount_fen=Fen(1)),), "bad-shares"),
            ((Withholding(inventor=1, amount_fen=Fen(1)),) * 2, "bad-shares"),
        ],
    )
    def test_withholds_no_more_than_an_inventor_receives(self, withheld, expected):
        refusal = make.refused(divide, sharing(), 10_000, withheld=withheld)

        assert (refusal.code().removeprefix("escrow/") if refusal else "-") == expected

    def test_says_what_reaches_an_inventor(self):
        divided = divide(sharing(), 10_000, withheld=(Withholding(inventor=2, amount_fen=Fen(31)),))

        assert [(one.paid_fen, one.withheld_fen) for one in divided.cuts] == [(3_694, 0), (1_200, 31)]

    def test_keeps_the_rate_of_a_band_that_an_earlier_payment_has_filled(self):
        first = divide(sharing(), 100_000_000)
        second = divide(sharing(), 100_000_000, before=first.after)

        assert (first.fee_fen, second.fee_fen) == (1_500_000, 1_000_000)


amounts = st.integers(1, 10**12)
sharings = st.builds(
    lambda owners, commission_bp, reward_bp, weights: sharing(
        owners=tuple(allot(10_000 - len(owners), owners)[place] + 1 for place in range(len(owners))),
        commission_bp=commission_bp,
        reward_bp=reward_bp,
        weights=tuple(weights),
    ),
    st.lists(st.integers(1, 1_000), min_size=1, max_size=6),
    st.integers(0, MAX_COMMISSION_BP),
    st.integers(0, 10_000),
    st.lists(st.integers(1, 1_000), min_size=1, max_size=6),
)


class TestDivisions:
    @given(of=sharings, amount_fen=st.integers(1, MAX_FEN), off_bp=st.integers(0, 10_000))
    def test_make_and_lose_no_fen(self, of, amount_fen, off_bp):
        left_fen = divide(of, amount_fen).owners_fen + divide(of, amount_fen).reward_fen
        cost_fen = left_fen * off_bp // 10_000
        divided = divide(of, amount_fen, costs=(make.cost(cost_fen),) if cost_fen else ())

        paid_fen = divided.fee_fen + divided.commission_fen + divided.reward_fen + divided.owners_fen
        assert paid_fen == amount_fen
        assert sum(one.amount_fen for one in divided.cuts) == (divided.reward_fen if of.inventors else 0)
        assert divided.net_fen == amount_fen - divided.fee_fen - divided.commission_fen - cost_fen
        assert min(divided.owner_parts) >= 0
        assert divided.owners_fen >= cost_fen

    @given(of=sharings, amount_fen=st.integers(1, MAX_FEN))
    def test_round_as_the_law_and_the_exchange_say(self, of, amount_fen):
        divided = divide(of, amount_fen)
        rate_bp = of.broker.commission_bp if of.broker else 0

        assert divided.commission_fen == floor(Fraction(amount_fen * rate_bp, 10_000) + Fraction(1, 2))
        assert divided.reward_fen == ceil(Fraction(divided.net_fen * of.reward_bp, 10_000))
        for one, part in zip(of.owners, divided.owner_parts, strict=True):
            # the first ones get a fen more until none is left: also who was due a whole number
            assert -1 < part - Fraction(divided.owners_fen * one.share_bp, 10_000) <= 1

    @given(of=sharings, payments=st.lists(amounts, min_size=2, max_size=10))
    def test_cost_and_yield_the_same_in_many_payments_as_in_one(self, of, payments):
        before, sums = Sums(), [0, 0, 0, 0]
        for amount_fen in payments:
            divided = divide(of, amount_fen, before=before)
            told = (divided.fee_fen, divided.commission_fen, divided.reward_fen, divided.owners_fen)
            assert min(told) >= 0
            assert sum(told) == amount_fen
            sums = [one + other for one, other in zip(sums, told, strict=True)]
            before = divided.after
        whole = divide(of, sum(payments))

        assert sums == [whole.fee_fen, whole.commission_fen, whole.reward_fen, whole.owners_fen]
        assert before == whole.after


class TestAFewFen:
    """Payments so small that fee and commission, each rounded, come to more than there is."""

    def test_give_the_fee_first_and_the_commission_its_rest_with_the_next(self):
        of = sharing(commission_bp=150)  # as the fee is: of 34 fen each is 0.51
        first = divide(of, 33)
        second = divide(of, 1, before=first.after)
        third = divide(of, 1, before=second.after)
        told = [(one.fee_fen, one.commission_fen, one.net_fen) for one in (first, second, third)]
        assert told == [(0, 0, 33), (1, 0, 0), (0, 1, 0)]

    @given(
        amounts=st.lists(st.integers(1, 40), min_size=1, max_size=40),
        commission_bp=st.sampled_from([1, 150, 200, 999, 1_000]),
        reward_bp=st.sampled_from([0, 5_000, 10_000]),
    )
    def test_are_never_too_few_to_divide_and_lose_nothing(self, amounts, commission_bp, reward_bp):
        of, before = sharing(commission_bp=commission_bp, reward_bp=reward_bp), Sums()
        for amount_fen in amounts:
            divided = divide(of, amount_fen, before=before)
            before = divided.after
            given_away = divided.fee_fen + divided.commission_fen + divided.reward_fen + divided.owners_fen
            assert given_away == amount_fen
            assert min(divided.fee_fen, divided.commission_fen, divided.reward_fen, divided.owners_fen) >= 0
        exact = floor(Fraction(sum(amounts) * commission_bp, 10_000) + Fraction(1, 2))
        assert exact - 1 <= before.commission_fen <= exact
