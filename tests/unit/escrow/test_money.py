"""The auditor's own arithmetic: accounts by nothing but transfers, and the published numbers in fractions."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ledger.audit.reading import Reader
from ledger.kernel.money import allot
from settlement.books.model import written
from settlement.escrow import rules
from settlement.escrow.checks import money, numbers
from settlement.escrow.checks.money import Accounts, Moved
from settlement.escrow.checks.opened import Identities, costs_of, sharing_of
from tests import make_escrow as make

BIDDER, ESCROW = f"{make.ID}:bidder:0011", f"{make.ID}:escrow"
TERMS = Reader(rules.SETTLEMENT_2026.to_json())
whole = st.integers(0, 10**15)


def a(kind, debit, credit, fen, id="t1"):
    return Moved(id, kind, debit, credit, fen)


def taken(*transfers):
    accounts = Accounts(make.ID)
    return accounts, list(accounts.take(transfers))


ARRIVAL = a("move", "custody:bank", BIDDER, 5, "t0")


class TestAccounts:
    def test_add_up_what_arrives_and_leaves(self):
        accounts, faults = taken(ARRIVAL, a("move", BIDDER, ESCROW, 2))

        assert faults == []
        assert accounts.standing() == {BIDDER: 3, ESCROW: 2}

    @pytest.mark.parametrize(
        ("then", "standing", "held_fen"),
        [
            ([], {BIDDER: 5}, 5),
            ([a("post", BIDDER, ESCROW, 5, "t2")], {ESCROW: 5}, 0),
            ([a("void", BIDDER, ESCROW, 5, "t2")], {BIDDER: 5}, 0),
        ],
    )
    def test_keep_what_is_held_until_it_is_resolved(self, then, standing, held_fen):
        accounts, faults = taken(ARRIVAL, a("hold", BIDDER, ESCROW, 5), *then)

        assert faults == []
        assert accounts.standing() == standing
        assert accounts.held_fen == held_fen

    @pytest.mark.parametrize(
        ("transfers", "fault"),
        [
            ([a("move", BIDDER, ESCROW, 6)], f"overdraws {BIDDER}"),
            ([a("hold", BIDDER, ESCROW, 6)], f"overdraws {BIDDER}"),
            ([a("hold", BIDDER, ESCROW, 5), a("move", BIDDER, ESCROW, 1, "t2")], f"overdraws {BIDDER}"),
            ([a("hold", BIDDER, ESCROW, 3), a("hold", BIDDER, ESCROW, 3, "t2")], f"overdraws {BIDDER}"),
            ([a("post", BIDDER, ESCROW, 5)], "resolves 5 fen"),
            ([a("void", BIDDER, ESCROW, 5)], "resolves 5 fen"),
            ([a("hold", BIDDER, ESCROW, 5), a("post", BIDDER, ESCROW, 4, "t2")], "resolves 4 fen"),
            ([a("hold", BIDDER, ESCROW, 5), a("void", BIDDER, ESCROW, 6, "t2")], "resolves 6 fen"),
            ([a("hold", BIDDER, ESCROW, 5), a("post", BIDDER, f"{make.ID}:seller", 5, "t2")], "resolves 5 fen"),
            ([a("move", BIDDER, ESCROW, 1, "t0")], "makes t0 a second time"),
            ([a("move", BIDDER, ESCROW, 0)], "moves 0 fen"),
            ([a("move", BIDDER, ESCROW, -1)], "moves -1 fen"),
            ([a("move", BIDDER, "custody:elsewhere", 1)], "moves money of custody:elsewhere"),
            ([a("move", "prg_x:budget", BIDDER, 1)], "moves money of prg_x:budget"),
        ],
    )
    def test_say_what_is_wrong(self, transfers, fault):
        _, faults = taken(ARRIVAL, *transfers)

        assert any(one.startswith(fault) for one in faults), faults

    def test_go_on_after_a_fault(self):
        accounts, faults = taken(ARRIVAL, a("move", BIDDER, ESCROW, 6), a("move", ESCROW, "custody:ordered", 6, "t2"))

        assert faults == [f"overdraws {BIDDER}"]
        assert accounts.standing() == {BIDDER: -1}


class TestExpected:
    @pytest.mark.parametrize("life", make.LIVES)
    def test_transfers_are_the_rules_own_though_made_apart(self, life):
        for decision in make.lived(*make.LIVES[life]):
            after = decision.settlement
            made = money.moved([Reader(one) for one in written(decision.orders)])
            for event in decision.events:
                told = money.moved([Reader(one) for one in event.data.get("transfers", [])])
                assert all(one in made for one in told)
            if after.state == "settled" and after.owners_fen is None:
                due = money.dividing(
                    make.ID, fee_fen=make.FEE, reward_fen=make.REWARD, seller_fen=make.SELLERS, kept_fen=make.SELLERS
                ) + money.sharing(make.ID, [(1, 7_125_013), (2, 2_375_004)], {})
                assert made == due

    def test_transfers_of_a_shared_price_are_the_rules_own_though_made_apart(self):
        *_, decision = make.lived(*make.LIVES["divided"])
        made = money.moved([Reader(one) for one in written(decision.orders)])

        assert made == [
            *money.dividing(make.ID, fee_fen=300_000, reward_fen=9_250_016, seller_fen=10_450_017, kept_fen=6_965_011),
            *money.sharing(make.ID, [(1, 6_937_512), (2, 2_312_504)], {1: 1_000_001, 2: 300}),
            *money.passing_on(make.ID, 500_001, {1: 2_985_005}),
            *money.taxing(make.ID, {1: 1_000_001, 2: 300}),
        ]

    def test_transfers_leave_out_what_is_nothing(self):
        assert money.dividing(make.ID, fee_fen=0, reward_fen=0, seller_fen=0, kept_fen=0) == []
        assert money.sharing(make.ID, [(1, 0), (2, 0)], {}) == []
        assert len(money.sharing(make.ID, [(1, 5)], {1: 5})) == 1
        assert money.passing_on(make.ID, 0, {}) == []
        assert money.taxing(make.ID, {}) == []
        assert len(money.forfeiting(make.ID, "0011", [("fee", 0), ("seller", 1)])) == 3
        assert len(money.forfeiting(make.ID, "0011", [("fee", 1), ("seller", 0)])) == 2

    def test_transfers_of_a_lost_deposit_follow_the_order_in_which_it_is_shared(self):
        made = money.forfeiting(make.ID, "0011", [("seller", 1), ("fee", 1)])

        assert [one.credit for one in made[1:]] == [f"{make.ID}:seller", "custody:ordered", "exchange:fees"]


class TestNumbers:
    @given(price_fen=whole)
    def test_of_the_fee_agree_with_the_rules(self, price_fen):
        assert numbers.fee(TERMS, price_fen) == rules.fee(rules.SETTLEMENT_2026, price_fen)

    @given(net_fen=whole, reward_bp=st.integers(0, 10_000))
    def test_of_the_reward_agree_with_the_rules(self, net_fen, reward_bp):
        assert numbers.reward(net_fen, reward_bp) == rules.reward(net_fen, reward_bp)

    @given(total_fen=whole, weights=st.lists(st.integers(1, 10**6), min_size=1, max_size=50))
    def test_of_a_split_agree_with_the_kernel(self, total_fen, weights):
        assert tuple(numbers.split(total_fen, weights)) == allot(total_fen, weights)

    @pytest.mark.parametrize(
        ("total_fen", "weights", "parts"),
        [(15, [80, 8, 12], [13, 1, 1]), (0, [1, 1], [0, 0]), (1, [1, 1], [1, 0]), (2, [1, 1, 1], [1, 1, 0])],
    )
    def test_of_a_split_give_the_first_what_is_left_over(self, total_fen, weights, parts):
        assert numbers.split(total_fen, weights) == parts


class TestIdentities:
    def test_know_nothing_that_is_not_opened(self):
        who = Identities()

        assert list(who.newcomer("0011", Reader({}))) == []
        assert list(who.known("0011", Reader({"payer": make.ANN}), "payer")) == []
        assert list(who.known("0011", Reader({"buyer": make.BEN}), "buyer")) == [
            "puts a second organisation behind code 0011"
        ]

    def test_notice_a_payer_behind_two_codes(self):
        who = Identities()
        assert list(who.newcomer("0011", Reader({"payer": make.ANN}))) == []

        assert list(who.newcomer("0012", Reader({"payer": make.ANN}))) == [
            "holds a second deposit of the payer behind 0012"
        ]

    @pytest.mark.parametrize(("first", "second"), [("r", "r"), ("r", "")])
    def test_notice_a_payment_that_is_recorded_again_or_is_none(self, first, second):
        who = Identities()
        assert list(who.fresh_reference(Reader({"reference": first}))) == []

        assert list(who.fresh_reference(Reader({"reference": second}))) == [
            "records a payment that was recorded before"
        ]


def cost(**changes):
    return {"kind": "tax", "amount_fen": "5", "evidence_sha256": "a" * 64} | changes


def part(inventor=1, weight=1, amount_fen="5", name="甲"):
    return {"inventor": inventor, "name": name, "weight": weight, "amount_fen": amount_fen}


class TestCostsOf:
    @pytest.mark.parametrize(
        ("costs", "stated_fen", "faults"),
        [
            ([], 0, []),
            ([cost()], 5, []),
            ([cost(), cost(kind="other")], 10, []),
            ([], 1, ["has costs of 0 fen and states 1"]),
            ([cost()], 4, ["has costs of 5 fen and states 4"]),
            ([cost(kind="bribe")], 5, ["states a cost that is none"]),
            ([cost(amount_fen="0")], 0, ["states a cost that is none"]),
            ([cost(evidence_sha256="")], 5, ["states a cost that is none"]),
        ],
    )
    def test_must_be_what_was_taken_off(self, costs, stated_fen, faults):
        assert list(costs_of(Reader({"costs": costs}), stated_fen)) == faults

    def test_are_not_missed_while_sealed(self):
        assert list(costs_of(Reader({}), 7)) == []


class TestSharingOf:
    @pytest.mark.parametrize(
        ("split", "reward_fen", "reward_bp", "finds"),
        [
            ([], 0, 0, False),
            ([part()], 5, 5_000, False),
            ([part(amount_fen="3"), part(2, 1, "2")], 5, 5_000, False),
            ([part(amount_fen="0")], 0, 5_000, False),  # a share of no net income
            ([part(amount_fen="2"), part(2, 1, "3")], 5, 5_000, True),
            ([part(2, 1, "3"), part(1, 1, "2")], 5, 5_000, True),
            ([part(), part()], 10, 5_000, True),
            ([part(weight=-1)], 5, 5_000, True),
            ([part(name="")], 5, 5_000, True),
            ([], 5, 5_000, True),
            ([], 0, 5_000, True),
            ([part(amount_fen="0")], 0, 0, True),
        ],
    )
    def test_must_be_exact_in_order_and_by_weight(self, split, reward_fen, reward_bp, finds):
        parts, faults = sharing_of(Reader({"split": split}), reward_fen, reward_bp)

        assert bool(faults) is finds
        assert parts == [(one["inventor"], int(one["amount_fen"])) for one in split]

    def test_is_not_missed_while_sealed(self):
        assert sharing_of(Reader({}), 5, 5_000) == ([], [])
