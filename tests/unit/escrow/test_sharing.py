"""The end of a price with everybody who may have a part in it, and the end that time brings about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ledger.kernel.cause import TIME
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from settlement.escrow import checks, rules
from settlement.escrow.model import Broker, Forfeit, Payee, Settle, State
from tests import make_escrow as make
from tests.unit.escrow.test_deposits import brief

PAID = make.settlement("paid")
FREE = replace(PAID, reward_min_bp=0)


def divided(settlement=PAID, **changes):
    return rules.decide(settlement, make.divide(**changes), make.seller())


def paid_to(decision):
    """What the bank is told, briefly: who, and how much."""
    named = {make.SELLER: "seller", make.COLLEGE: "college", make.AGENT: "agent", make.ANN: "ann", make.BEN: "ben"}
    return [
        (named.get(one.organisation, one.inventor or one.payee.value), int(one.amount_fen)) for one in decision.payouts
    ]


class TestSettle:
    def test_pays_the_broker_the_holders_the_inventors_and_their_tax(self):
        decision = divided()

        assert brief(decision.orders) == [
            ("move", "stl:escrow", "exchange:fees", 300_000),
            ("move", "stl:escrow", "stl:reward", 9_250_016),
            ("move", "stl:escrow", "stl:seller", 10_450_017),
            ("move", "stl:seller", "custody:ordered", 6_965_011),
            ("move", "stl:reward", "stl:inventor:1", 6_937_512),
            ("move", "stl:inventor:1", "custody:ordered", 5_937_511),
            ("move", "stl:reward", "stl:inventor:2", 2_312_504),
            ("move", "stl:inventor:2", "custody:ordered", 2_312_204),
            ("move", "stl:seller", "stl:broker", 500_001),
            ("move", "stl:broker", "custody:ordered", 500_001),
            ("move", "stl:seller", "stl:owner:1", 2_985_005),
            ("move", "stl:owner:1", "custody:ordered", 2_985_005),
            ("move", "stl:inventor:1", "stl:tax", 1_000_001),
            ("move", "stl:inventor:2", "stl:tax", 300),
            ("move", "stl:tax", "custody:ordered", 1_000_301),
        ]

    def test_tells_the_bank_of_every_transfer_that_leaves(self):
        decision = divided()
        leaving = {one.id: one.amount_fen for one in decision.orders if one.credit == "custody:ordered"}

        assert {one.transfer: one.amount_fen for one in decision.payouts} == leaving
        assert paid_to(decision) == [
            ("college", 2_985_005),
            ("seller", 6_965_011),
            (1, 5_937_511),
            (2, 2_312_204),
            ("agent", 500_001),
            ("tax", 1_000_301),
        ]
        assert {one.subject for one in decision.payouts} == {make.ID}

    def test_counts_the_commission_as_a_cost_and_in_the_sellers_part(self):
        after = divided().settlement

        assert (after.costs_fen, after.net_fen) == (make.COSTS + 500_001, make.NET - 500_001)
        assert (after.commission_fen, after.owners_fen, after.withheld_fen) == (500_001, 9_950_016, 1_000_301)
        assert after.commission_fen + after.owners_fen == after.seller_fen

    def test_publishes_the_sums_and_seals_whose_they_are(self):
        told, more = divided().events

        assert told.data["costs_fen"] == "1200001"
        assert len(told.data["transfers"]) == 4
        assert {name: value for name, value in more.data.items() if name != "transfers"} == {
            "commission_fen": "500001",
            "owners_fen": "9950016",
            "withheld_fen": "1000301",
        }
        assert len(more.data["transfers"]) == 4
        assert more.sealed["broker"] == {"organisation": make.AGENT, "commission_bp": 250}
        assert more.sealed["owners"] == [
            {"organisation": make.COLLEGE, "share_bp": 3_000, "amount_fen": "2985005"},
            {"organisation": make.SELLER, "share_bp": 7_000, "amount_fen": "6965011"},
        ]
        assert more.sealed["withholdings"] == [
            {"inventor": 1, "amount_fen": "1000001"},
            {"inventor": 2, "amount_fen": "300"},
        ]
        assert len(more.sealed["payouts"]) == 3
        public = str([event.data for event in (told, more)])
        assert not any(name in public for name in (make.AGENT, make.COLLEGE, "1000001"))

    @pytest.mark.parametrize(
        "changes",
        [
            {"owners": (), "broker": None, "withheld": ()},
            {"owners": make.owners(), "broker": None, "withheld": make.withheld(0, 0)},
        ],
    )
    def test_tells_one_sum_where_all_of_it_is_the_sellers(self, changes):
        decision = divided(**changes)

        assert decision == rules.decide(PAID, make.settle(), make.seller())
        assert len(decision.events) == 1
        assert decision.settlement.owners_fen is None

    @pytest.mark.parametrize(
        "changes",
        [
            {"owners": (), "withheld": ()},
            {"owners": (), "broker": None},
            {"broker": None, "withheld": ()},
        ],
    )
    def test_tells_more_where_one_other_has_a_part(self, changes):
        assert [event.kind for event in divided(**changes).events] == ["escrow.settled", "escrow.shared"]

    def test_moves_nothing_for_whoever_gets_nothing(self):
        decision = divided(costs=(), broker=None, reward_bp=10_000, withheld=make.withheld(14_775_025))

        assert decision.settlement.owners_fen == 0
        assert [one.credit[31:] or one.credit for one in decision.orders if ":inventor" in one.credit + one.debit] == [
            "inventor:1",
            "inventor:2",
            "custody:ordered",
            "tax",
        ]
        assert paid_to(decision) == [(2, 4_925_008), ("tax", 14_775_025)]

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"broker": Broker(organisation=make.AGENT, commission_bp=1_000)}, "settled"),
            ({"broker": Broker(organisation=make.AGENT, commission_bp=1_001)}, "commission-too-large"),
            ({"broker": Broker(organisation=make.AGENT, commission_bp=0)}, "commission-too-large"),
            ({"broker": Broker(organisation=make.SELLER, commission_bp=1)}, "bad-broker"),
            ({"broker": Broker(organisation=make.COLLEGE, commission_bp=1)}, "bad-broker"),
            ({"broker": Broker(organisation=make.ANN, commission_bp=1)}, "bad-broker"),
            ({"owners": make.owners(3_000, 7_001)}, "bad-owners"),
            ({"withheld": make.withheld(6_937_512)}, "settled"),
            ({"withheld": make.withheld(6_937_513)}, "withheld-too-much"),
            ({"withheld": make.withheld(0, 0, 1)}, "bad-shares"),
        ],
    )
    def test_refuses_what_cannot_be_shared_so(self, changes, expected):
        assert make.outcome(PAID, make.divide(**changes)) == expected

    def test_asks_for_its_reasons_in_order(self):
        worst = make.divide(
            owners=make.owners(1, 2),
            broker=Broker(organisation=make.ANN, commission_bp=1_001),
            reward_bp=4_999,
            costs=(make.cost(make.PRICE),),
            withheld=make.withheld(make.PRICE),
        )
        assert make.outcome(PAID, worst) == "bad-owners"
        worst = replace(worst, owners=make.owners(3_000, 7_000))
        assert make.outcome(PAID, worst) == "bad-broker"
        worst = replace(worst, broker=replace(worst.broker, organisation=make.BEN))
        assert make.outcome(PAID, worst) == "commission-too-large"
        worst = replace(worst, broker=None)
        assert make.outcome(PAID, worst) == "reward-too-small"
        worst = replace(worst, reward_bp=5_000)
        assert make.outcome(PAID, worst) == "costs-exceed-price"
        worst = replace(worst, costs=())
        assert make.outcome(PAID, worst) == "withheld-too-much"


class TestSettleByTime:
    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (make.SETTLE_BY - make.INSTANT, "not-due"),
            (make.SETTLE_BY, "settled"),
            (make.SETTLE_BY + timedelta(days=99), "settled"),
        ],
    )
    def test_waits_until_the_sellers_time_is_over(self, at, expected):
        assert PAID.settle_by == make.SETTLE_BY
        assert make.outcome(PAID, make.overdue(), make.clock(at)) == expected
        assert make.outcome(PAID, make.settle(), make.seller(at)) == "settled"  # until time has acted

    def test_takes_no_costs_and_gives_all_inventors_alike_the_least_reward(self):
        decision = rules.decide(PAID, make.overdue(), make.clock(make.SETTLE_BY))
        after = decision.settlement

        assert (after.state, after.costs_fen, after.reward_bp, after.commission_fen) == (State.SETTLED, 0, 5_000, 0)
        assert after.reward_fen == 9_850_017
        assert [one["amount_fen"] for one in decision.events[0].sealed["split"]] == ["3283339"] * 3
        assert decision.events[0].sealed["by"] == {"organisation": TIME.organisation, "person": None}
        assert paid_to(decision) == [
            ("college", 2_955_005),
            ("seller", 6_895_011),
            (1, 3_283_339),
            (2, 3_283_339),
            (3, 3_283_339),
        ]

    def test_gives_no_reward_where_the_law_asks_for_none(self):
        decision = rules.decide(FREE, make.overdue(owners=make.owners()), make.clock(make.SETTLE_BY))

        assert (decision.settlement.reward_fen, decision.settlement.owners_fen) == (0, None)
        assert paid_to(decision) == [("seller", make.PRICE - make.FEE)]

    def test_never_comes_where_no_calendar_reaches_that_far(self):
        late = datetime(2026, 12, 20, tzinfo=UTC)
        due = replace(make.settlement("due"), pay_by=late)
        paid = rules.decide(due, make.balance(), make.officer(late)).settlement

        assert (paid.state, paid.settle_by) == (State.PAID, None)
        assert make.outcome(paid, make.overdue(), make.clock(late + timedelta(days=900))) == "not-due"

    @pytest.mark.parametrize(
        ("paid_at", "settle_by"),
        [
            (make.NOON, make.SETTLE_BY),
            (datetime(2026, 3, 2, 16, tzinfo=UTC) - make.INSTANT, make.SETTLE_BY),
            (datetime(2026, 3, 2, 16, tzinfo=UTC), make.SETTLE_BY + timedelta(days=1)),
        ],
    )
    def test_counts_fifteen_working_days_from_the_payment(self, paid_at, settle_by):
        paid = rules.decide(make.settlement("due"), make.balance(), make.officer(paid_at)).settlement

        assert paid.settle_by == settle_by


class TestForfeit:
    @pytest.mark.parametrize(
        ("order", "parts", "credits"),
        [
            (("fee", "seller"), (300_000, 700_000), ["exchange:fees", "stl:seller", "custody:ordered"]),
            (("seller", "fee"), (0, 1_000_000), ["stl:seller", "custody:ordered"]),
        ],
    )
    def test_serves_everybody_in_the_published_order(self, monkeypatch, order, parts, credits):
        practice = replace(rules.PRACTICES["escrow-2026@1"], version=2, forfeit_order=order)
        monkeypatch.setattr("settlement.escrow.rules.practice.PRACTICES", {practice.ref: practice})
        decision = rules.decide(make.settlement("awarded"), Forfeit(), make.clock())

        assert (decision.settlement.fee_fen, decision.settlement.seller_fen) == parts
        assert [credit for _, _, credit, _ in brief(decision.orders)][1:] == credits
        assert paid_to(decision) == [("seller", parts[1])]

    def test_tells_the_bank_nothing_where_the_fee_takes_it_all(self):
        dear = replace(make.settlement("awarded"), price_fen=Fen(10**12))
        decision = rules.decide(dear, Forfeit(), make.clock())

        assert (decision.settlement.seller_fen, decision.payouts) == (0, ())


class TestPayouts:
    @pytest.mark.parametrize("life", make.LIVES)
    def test_name_a_payee_for_each_transfer_that_leaves_custody(self, life):
        for decision in make.lived(*make.LIVES[life]):
            leaving = {one.id: one.amount_fen for one in decision.orders if one.credit == "custody:ordered"}

            assert {one.transfer: one.amount_fen for one in decision.payouts} == leaving
            assert len(decision.payouts) == len(leaving)

    def test_send_a_refund_back_the_way_it_came(self):
        *_, released = make.lived(make.request(make.BEN), make.deposit(make.BEN), make.LIVES["released"][-1])

        assert [(one.organisation, one.source, one.account) for one in released.payouts] == [
            (make.ANN, "bank-0b", None),
            (make.BEN, "bank-0c", "6222-0211"),
        ]
        assert {one.payee for one in released.payouts} == {Payee.ORGANISATION}


taxed = st.builds(
    lambda price_fen, off_bp, reward_bp, weights, owners, commission_bp, tax_bp: (
        price_fen,
        off_bp,
        Settle(
            costs=(),
            reward_bp=reward_bp,
            shares=tuple(make.share(place, weight) for place, weight in enumerate(weights, 1)) if reward_bp else (),
            owners=make.owners(*owners),
            broker=Broker(organisation=make.AGENT, commission_bp=commission_bp) if commission_bp else None,
        ),
        tax_bp,
    ),
    st.integers(make.DEPOSIT + 1, 10**15),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.lists(st.integers(1, 99), min_size=1, max_size=4),
    st.sampled_from([(10_000,), (3_000, 7_000), (1, 9_998, 1), (2_500, 2_500, 5_000)]),
    st.integers(0, 1_000),
    st.integers(0, 10_000),
)


@given(given=taxed, opened=st.booleans())
def test_every_price_leaves_to_the_fen_and_an_auditor_agrees(given, opened):
    price_fen, off_bp, command, tax_bp = given
    lived = make.lived(make.award(price_fen=price_fen, reward_required=False), make.require())
    pay = make.balance(amount_fen=Fen(price_fen - make.DEPOSIT))
    lived.append(rules.decide(lived[-1].settlement, pay, make.officer()))
    paid = lived[-1].settlement
    first = rules.decide(paid, command, make.seller()).settlement
    cost_fen = (first.net_fen or 0) * off_bp // 10_000
    command = replace(command, costs=(make.cost(cost_fen),) if cost_fen else ())
    split = rules.decide(paid, command, make.seller()).events[0].sealed["split"]
    command = replace(command, withheld=make.withheld(*(int(one["amount_fen"]) * tax_bp // 10_000 for one in split)))
    lived.append(rules.decide(paid, command, make.seller()))

    purse = make.Purse()
    for decision in lived:
        purse.take(decision)
    assert purse.own() == {}
    assert purse.posted["custody:ordered"] + purse.posted["exchange:fees"] == price_fen
    assert sum(one.amount_fen for one in lived[-1].payouts) == purse.posted["custody:ordered"]
    entries = make.record_of(lived, [make.officer()] * len(lived), opened=opened)
    assert checks.check(entries) == []
    assert checks.fold(entries) == make.amounts_to(lived[-1].settlement)
    assert OrganisationId(make.AGENT) not in str([entry["data"] for entry in entries])
