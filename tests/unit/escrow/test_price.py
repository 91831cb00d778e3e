"""The price: asked for in time, taken exactly, divided to the fen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ledger.kernel import instant
from ledger.kernel.calendar import YearNotLoaded
from settlement.escrow import rules
from settlement.escrow.model import CostKind, DeclareDefault, DepositState, State
from tests import make_calendar
from tests import make_escrow as make
from tests.unit.escrow.test_deposits import brief

PAID = make.settlement("paid")
FREE = replace(PAID, reward_min_bp=0)  # a seller whom art. 45 does not bind


def settled(settlement=PAID, **changes):
    return rules.decide(settlement, make.settle(**changes), make.seller())


class TestRequire:
    @pytest.mark.parametrize(
        ("effective_at", "pay_by"),
        [
            (make.NOON, make.PAY_BY),
            (datetime(2026, 3, 2, 16, tzinfo=UTC) - make.INSTANT, make.PAY_BY),
            (datetime(2026, 3, 2, 16, tzinfo=UTC), make.PAY_BY + timedelta(days=1)),  # Tuesday has begun in China
            (
                datetime(2026, 2, 13, 4, tzinfo=UTC),
                datetime(2026, 2, 27, 16, tzinfo=UTC),
            ),  # the Spring Festival between
        ],
    )
    def test_gives_five_working_days(self, effective_at, pay_by):
        command = make.require(effective_at=effective_at)
        decision = rules.decide(make.settlement("awarded"), command, make.by(make.ANN, at=effective_at))

        assert decision.settlement.pay_by == pay_by
        assert decision.settlement.contract == make.CONTRACT
        assert decision.orders == ()
        assert decision.events[0].data["balance_fen"] == str(make.BALANCE)

    @pytest.mark.parametrize(
        ("at", "pay_by"),
        [(make_calendar.LAST_FOR[5], make_calendar.YEAR_END), (make_calendar.LAST_FOR[5] + make.INSTANT, None)],
    )
    def test_leaves_the_time_to_pay_open_where_no_calendar_reaches_that_far(self, at, pay_by):
        due = rules.decide(make.settlement("awarded"), make.require(effective_at=at), make.by(make.ANN, at=at))

        told = due.events[0].data["pay_by"]
        assert (due.settlement.state, due.settlement.pay_by) == (State.DUE, pay_by)
        assert told == (pay_by and instant.render(pay_by))
        assert due.settlement.effective_at == at

    def test_declares_no_default_and_takes_the_money_while_it_is_open(self):
        at = make_calendar.LAST_FOR[5] + make.INSTANT
        due = rules.decide(
            make.settlement("awarded"), make.require(effective_at=at), make.by(make.ANN, at=at)
        ).settlement
        later = at + timedelta(days=900)

        assert make.outcome(due, DeclareDefault(), make.officer(later)) == "not-yet-overdue"
        assert make.outcome(due, make.balance(), make.officer(at)) == "paid"

    @pytest.mark.parametrize("apart", [make.INSTANT, timedelta(hours=1), timedelta(days=1)])
    def test_counts_from_the_later_signature_when_the_earlier_was_decided_last(self, apart):
        decision = rules.decide(
            make.settlement("awarded"), make.require(effective_at=make.NOON), make.by(make.ANN, at=make.NOON - apart)
        )

        assert decision.settlement.pay_by == make.PAY_BY


class TestReckoned:
    @pytest.mark.parametrize(("after", "days"), [(make.INSTANT, 0), (timedelta(days=4), 1)])
    def test_has_every_deadline_from_its_own_instant(self, after, days):
        late = make_calendar.FIRST_COUNTED + timedelta(days=days)
        due = left_open("due", effective_at=make_calendar.LAST_FOR[5] + after, pay_by=None)
        paid = left_open("paid", paid_at=make_calendar.LAST_FOR[15] + after, settle_by=None)

        assert rules.reckoned(due, make_calendar.LOADED) == replace(due, pay_by=late)
        assert rules.reckoned(paid, make_calendar.LOADED) == replace(paid, settle_by=late)
        assert rules.reckoned(due) is rules.reckoned(paid) is None

    def test_is_none_where_nothing_is_open(self):
        for life in make.LIVES:
            assert rules.reckoned(make.settlement(life), make_calendar.LOADED) is None

    def test_leaves_a_price_alone_that_was_paid_before_there_was_a_term(self):
        assert rules.reckoned(left_open("paid", settle_by=None), make_calendar.LOADED) is None


def left_open(life, **changes):
    return replace(make.settlement(life), **changes)


class TestTimeToPay:
    def test_is_what_a_plan_has_to_be_agreed_in_and_refused_while_it_is_open(self):
        due = make.settlement("due")

        assert rules.with_time_to_pay(due) == due
        assert rules.with_time_to_pay(replace(due, pay_by=None)) == due
        assert rules.with_time_to_pay(make.settlement("awarded")) == make.settlement("awarded")
        with pytest.raises(YearNotLoaded):
            rules.with_time_to_pay(replace(due, pay_by=None, effective_at=make_calendar.LAST_FOR[5] + make.INSTANT))


class TestReceiveBalance:
    def test_makes_the_deposit_part_of_the_price(self):
        *_, decision = make.lived(*make.LIVES["paid"])
        settlement = decision.settlement

        assert brief(decision.orders) == [
            ("post", "stl:bidder:0011", "stl:escrow", make.DEPOSIT),
            ("move", "custody:bank", "stl:bidder:0011", make.BALANCE),
            ("move", "stl:bidder:0011", "stl:escrow", make.BALANCE),
        ]
        assert settlement.won.state is DepositState.APPLIED
        assert settlement.paid_at is not None
        assert {name: decision.events[0].data[name] for name in ("amount_fen", "applied_fen", "price_fen")} == {
            "amount_fen": "19000033",
            "applied_fen": "1000000",
            "price_fen": "20000033",
        }
        assert decision.events[0].sealed["payer"] == make.ANN
        assert decision.events[0].sealed["reference"] == "bank-balance"

    @pytest.mark.parametrize("amount_fen", [make.BALANCE - 1, make.BALANCE + 1, make.PRICE, 0, -make.BALANCE])
    def test_takes_exactly_what_is_due(self, amount_fen):
        command = make.balance(amount_fen=amount_fen)
        refusal = make.refused(rules.decide, make.settlement("due"), command, make.officer())

        assert isinstance(refusal, rules.WrongAmount)
        assert refusal.facts == {"expected_fen": make.BALANCE}
        assert "return the payment at the bank" in refusal.detail

    @pytest.mark.parametrize("life", ["paid", "settled"])
    def test_is_not_paid_twice(self, life):
        refusal = make.refused(rules.decide, make.settlement(life), make.balance(reference="new"), make.officer())

        assert isinstance(refusal, rules.AlreadyPaid)
        assert "return the payment at the bank" in refusal.detail

    @pytest.mark.parametrize("at", [make.PAY_BY - make.INSTANT, make.PAY_BY, make.PAY_BY + timedelta(days=9)])
    def test_is_received_late_unless_the_default_was_declared(self, at):
        assert make.outcome(make.settlement("due"), make.balance(), make.officer(at)) == "paid"
        assert make.outcome(make.settlement("defaulted"), make.balance(), make.officer(at)) == "wrong-state"

    @pytest.mark.parametrize("reference", ["", " r", "r" * 201])
    def test_needs_a_reference(self, reference):
        assert make.outcome(make.settlement("due"), make.balance(reference=reference)) == "unusable-field"


class TestSettle:
    def test_pays_the_inventors_their_half(self):
        decision = settled()
        after = decision.settlement

        assert (after.state, after.fee_fen, after.costs_fen) == (State.SETTLED, make.FEE, make.COSTS)
        assert (after.reward_fen, after.seller_fen) == (make.REWARD, make.SELLERS)
        assert brief(decision.orders) == [
            ("move", "stl:escrow", "exchange:fees", make.FEE),
            ("move", "stl:escrow", "stl:reward", make.REWARD),
            ("move", "stl:escrow", "stl:seller", make.SELLERS),
            ("move", "stl:seller", "custody:ordered", make.SELLERS),
            ("move", "stl:reward", "stl:inventor:1", 7_125_013),
            ("move", "stl:inventor:1", "custody:ordered", 7_125_013),
            ("move", "stl:reward", "stl:inventor:2", 2_375_004),
            ("move", "stl:inventor:2", "custody:ordered", 2_375_004),
        ]

    def test_publishes_sums_and_seals_whose_they_are(self):
        (event,) = settled().events

        assert {name: value for name, value in event.data.items() if name != "transfers"} == {
            "price_fen": "20000033",
            "fee_fen": "300000",
            "costs_fen": "700000",
            "net_fen": "19000033",
            "reward_bp": 5_000,
            "reward_fen": "9500017",
            "seller_fen": "10200016",
        }
        assert len(event.data["transfers"]) == 4
        assert event.sealed["costs"] == [
            {"kind": "appraisal", "amount_fen": "400000", "evidence_sha256": "a" * 64},
            {"kind": "tax", "amount_fen": "300000", "evidence_sha256": "a" * 64},
        ]
        assert event.sealed["split"] == [
            {"inventor": 1, "name": "甲", "weight": 3, "amount_fen": "7125013"},
            {"inventor": 2, "name": "乙", "weight": 1, "amount_fen": "2375004"},
        ]
        assert len(event.sealed["payouts"]) == 4
        assert event.sealed["by"]["organisation"] == make.SELLER

    def test_ranks_the_inventors_as_the_asset_does_whatever_the_order_given(self):
        shares = (make.share(5, 1, "戊"), make.share(2, 1, "乙"))
        decision = settled(shares=shares)

        assert [one["inventor"] for one in decision.events[0].sealed["split"]] == [2, 5]
        assert [one["amount_fen"] for one in decision.events[0].sealed["split"]] == ["4750009", "4750008"]
        assert decision == settled(shares=shares[::-1])

    def test_leaves_out_what_is_nothing(self):
        costs = (make.cost(make.PRICE - make.FEE),)  # the whole of what the fee leaves
        decision = settled(costs=costs)

        assert (decision.settlement.reward_fen, decision.settlement.seller_fen) == (0, make.PRICE - make.FEE)
        assert [credit for _, _, credit, _ in brief(decision.orders)] == [
            "exchange:fees",
            "stl:seller",
            "custody:ordered",
        ]
        assert [one["amount_fen"] for one in decision.events[0].sealed["split"]] == ["0", "0"]

    def test_gives_a_share_that_comes_to_nothing_no_transfer(self):
        decision = settled(costs=(make.cost(make.PRICE - make.FEE - 1),))

        assert decision.settlement.reward_fen == 1
        assert brief(decision.orders)[-2:] == [
            ("move", "stl:reward", "stl:inventor:1", 1),
            ("move", "stl:inventor:1", "custody:ordered", 1),
        ]

    @pytest.mark.parametrize(("more_fen", "expected"), [(0, "settled"), (1, "costs-exceed-price")])
    def test_takes_no_more_off_the_price_than_there_is(self, more_fen, expected):
        command = make.settle(costs=(make.cost(make.PRICE - make.FEE - 1), make.cost(1 + more_fen)))

        assert make.outcome(PAID, command) == expected

    def test_says_what_is_left_of_the_price(self):
        refusal = make.refused(rules.decide, PAID, make.settle(costs=(make.cost(make.PRICE),)), make.seller())

        assert refusal.facts == {"left_fen": make.PRICE - make.FEE}

    @pytest.mark.parametrize(
        ("reward_bp", "bound", "free"),
        [
            (-1, "unusable-field", "unusable-field"),
            (1, "reward-too-small", "settled"),
            (4_999, "reward-too-small", "settled"),
            (5_000, "settled", "settled"),
            (5_001, "settled", "settled"),
            (10_000, "settled", "settled"),
            (10_001, "unusable-field", "unusable-field"),
        ],
    )
    def test_gives_the_inventors_at_least_what_the_law_does_art_45(self, reward_bp, bound, free):
        assert make.outcome(PAID, make.settle(reward_bp=reward_bp)) == bound
        assert make.outcome(FREE, make.settle(reward_bp=reward_bp)) == free

    def test_says_what_the_law_gives_them(self):
        refusal = make.refused(rules.decide, PAID, make.settle(reward_bp=4_999), make.seller())

        assert isinstance(refusal, rules.RewardTooSmall)
        assert refusal.facts == {"smallest_percent": "50"}

    def test_lets_a_seller_who_owes_no_reward_keep_it_all(self):
        decision = settled(FREE, reward_bp=0, shares=())

        assert (decision.settlement.reward_fen, decision.settlement.seller_fen) == (0, make.PRICE - make.FEE)
        assert make.outcome(PAID, make.settle(reward_bp=0, shares=())) == "reward-too-small"

    @pytest.mark.parametrize(
        ("reward_bp", "shares", "expected"),
        [
            (5_000, (), "shares-missing"),
            (1, (), "shares-missing"),
            (0, (make.share(),), "bad-shares"),
            (5_000, (make.share(1), make.share(1)), "bad-shares"),
            (5_000, (make.share(0),), "bad-shares"),
            (5_000, (make.share(-1),), "bad-shares"),
            (5_000, (make.share(50),), "settled"),
            (5_000, (make.share(51),), "bad-shares"),
            (5_000, (make.share(1, 0), make.share(2)), "bad-shares"),
            (5_000, (make.share(1, -1), make.share(2, 2)), "bad-shares"),
            (5_000, (make.share(1, 1_000_000),), "settled"),
            (5_000, (make.share(1, 1_000_001),), "bad-shares"),
            (5_000, (make.share(1, 1, ""),), "unusable-field"),
            (5_000, (make.share(1, 1, " "),), "unusable-field"),
            (5_000, tuple(make.share(place, place) for place in range(1, 51)), "settled"),
        ],
    )
    def test_needs_to_know_how_the_reward_is_shared(self, reward_bp, shares, expected):
        assert make.outcome(FREE, make.settle(reward_bp=reward_bp, shares=shares)) == expected

    @pytest.mark.parametrize(
        "costs",
        [
            (make.cost(0),),
            (make.cost(-1),),
            (make.cost(10**15 + 1),),
            (replace(make.cost(), evidence_sha256="A" * 64),),
            (replace(make.cost(), evidence_sha256="a" * 63),),
            (replace(make.cost(), evidence_sha256="a" * 64 + "\n"),),
            (make.cost(1),) * 51,
        ],
    )
    def test_refuses_costs_it_cannot_use(self, costs):
        refusal = make.refused(rules.decide, PAID, make.settle(costs=costs), make.seller())

        assert isinstance(refusal, rules.UnusableField)
        assert refusal.facts == {"field": "costs"}

    def test_takes_fifty_costs_of_every_kind(self):
        costs = tuple(make.cost(number + 1, list(CostKind)[number % 5]) for number in range(50))

        assert settled(costs=costs).settlement.costs_fen == 1_275

    @given(
        price_fen=st.integers(make.DEPOSIT + 1, 10**15),
        off_bp=st.integers(0, 10_000),
        reward_bp=st.integers(1, 10_000),
        weights=st.lists(st.integers(1, 1_000_000), min_size=1, max_size=8),
    )
    def test_divides_every_price_exactly(self, price_fen, off_bp, reward_bp, weights):
        paid = replace(FREE, price_fen=price_fen)
        cost_fen = (price_fen - rules.fee(paid.terms, price_fen)) * off_bp // 10_000
        shares = tuple(make.share(place, weight) for place, weight in enumerate(weights, 1))
        decision = settled(paid, costs=(make.cost(cost_fen),) if cost_fen else (), reward_bp=reward_bp, shares=shares)
        after = decision.settlement

        assert after.fee_fen + after.reward_fen + after.seller_fen == price_fen
        net_fen = price_fen - after.fee_fen - cost_fen
        assert net_fen * reward_bp <= after.reward_fen * 10_000 < net_fen * reward_bp + 10_000
        assert after.seller_fen >= cost_fen
        parts = [int(one["amount_fen"]) for one in decision.events[0].sealed["split"]]
        assert sum(parts) == after.reward_fen
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part * sum(weights) - after.reward_fen * weight) < sum(weights)
        out_fen = sum(one.amount_fen for one in decision.orders if one.credit in {"custody:ordered", "exchange:fees"})
        assert out_fen == price_fen
