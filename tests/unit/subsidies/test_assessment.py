"""Each condition at the edge on which it turns; amounts by hand; what is true of every assessment."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.kernel.money import MAX_FEN
from settlement.subsidies import rules
from settlement.subsidies.model import Condition, Step
from tests import make_subsidies as make
from tests.make_subsidies import INSTANT, LISTED, REGISTERED, RULE, SIGNED

FIRST = datetime(2025, 12, 31, 16, tzinfo=UTC)  # 2026 begins in China
LAST = datetime(2026, 12, 31, 15, 59, 59, 999_999, tzinfo=UTC)

HOLDS = [
    ("art. 4 (2)", {"signed_at": LISTED}),
    ("art. 4 (2)", {"signed_at": LISTED + INSTANT}),
    ("art. 4 (3)", {"registered_at": SIGNED}),
    ("art. 4 (3)", {"registered_at": SIGNED + INSTANT}),
    ("art. 4 (4)", {"seller_region": "1529", "buyer_region": "1522"}),
    ("art. 4 (4)", {"seller_region": "15", "buyer_region": "150102"}),
    ("art. 4 (5)", {"paid_at": FIRST}),
    ("art. 4 (5)", {"paid_at": LAST}),
    ("art. 4 (6)", {"party_total_fen": 200_000_000}),
    ("art. 4 (6)", {"party_total_fen": 200_000_001}),
]
FAILS = [
    ("art. 4 (1)", {"seller_verified": False}),
    ("art. 4 (1)", {"buyer_verified": False}),
    ("art. 4 (2)", {"signed_at": LISTED - INSTANT}),
    ("art. 4 (2)", {"signed_at": None}),
    ("art. 4 (3)", {"registered_at": SIGNED - INSTANT}),
    ("art. 4 (3)", {"registered_at": None}),
    ("art. 4 (4)", {"seller_region": "outside"}),
    ("art. 4 (4)", {"buyer_region": "outside"}),
    ("art. 4 (4)", {"buyer_region": "1401"}),
    ("art. 4 (4)", {"buyer_region": "115"}),
    ("art. 4 (4)", {"seller_region": ""}),
    ("art. 4 (5)", {"paid_at": FIRST - INSTANT}),
    ("art. 4 (5)", {"paid_at": LAST + INSTANT}),
    ("art. 4 (5)", {"paid_at": None}),
    ("art. 4 (6)", {"party_total_fen": 199_999_999}),
    ("art. 4 (6)", {"party_total_fen": 0}),
    ("art. 5 (1)", {"fiscal_funded": True}),
    ("art. 5 (2)", {"equity_unrealised": True}),
    ("art. 5 (3)", {"related_parties": True}),
    ("art. 5 (4)", {"sanctioned": True}),
]
ORDER = [
    ("art. 4 (1)", "real-name"),
    ("art. 4 (2)", "on-platform"),
    ("art. 4 (3)", "registered"),
    ("art. 4 (4)", "in-region"),
    ("art. 4 (5)", "paid-in-window"),
    ("art. 4 (6)", "total-reached"),
    ("art. 5 (1)", "not-fiscal"),
    ("art. 5 (2)", "not-equity"),
    ("art. 5 (3)", "not-related"),
    ("art. 5 (4)", "not-sanctioned"),
]


def evaluate(received_fen=0, **changes):
    return rules.evaluate(RULE, make.facts(**changes), received_fen)


def line(assessment, clause):
    return next(one for one in assessment.trace if one.clause == clause)


def steps(assessment):
    return [(one.step.value, one.before_fen, one.after_fen) for one in assessment.trace if one.step != "condition"]


class TestConditions:
    @pytest.mark.parametrize(("clause", "changes"), HOLDS)
    def test_just_hold(self, clause, changes):
        assessment = evaluate(**changes)

        assert line(assessment, clause).holds
        assert (assessment.refused_by, assessment.amount_fen) == (None, 3_000_000)

    @pytest.mark.parametrize(("clause", "changes"), FAILS)
    def test_just_fail_and_name_the_clause(self, clause, changes):
        assessment = evaluate(**changes)

        assert not line(assessment, clause).holds
        assert (assessment.refused_by, assessment.amount_fen) == (clause, 0)

    def test_are_each_tried_at_both_sides(self):
        assert {clause for clause, _ in FAILS} == {clause for clause, _ in ORDER}
        assert {one.value for one in Condition} == {name for _, name in ORDER}

    def test_are_all_shown_in_the_order_of_the_rule_whatever_fails(self):
        for changes in ({}, *(changes for _, changes in FAILS)):
            shown = [one for one in evaluate(**changes).trace if one.step is Step.CONDITION]
            assert [(one.clause, one.formula.partition(":")[0]) for one in shown] == ORDER

    def test_refuse_by_the_first_that_fails_and_show_the_others(self):
        assessment = evaluate(sanctioned=True, registered_at=None, related_parties=True)

        assert assessment.refused_by == "art. 4 (3)"
        failing = [one.clause for one in assessment.trace if not one.holds]
        assert failing == ["art. 4 (3)", "art. 5 (3)", "art. 5 (4)"]

    def test_compute_nothing_where_one_fails(self):
        assert steps(evaluate(sanctioned=True)) == []

    def test_say_what_was_looked_at(self):
        told = {one.clause: one.formula for one in evaluate(signed_at=None, registered_at=REGISTERED).trace}

        assert told["art. 4 (1)"] == "real-name: seller verified yes, buyer verified yes"
        assert told["art. 4 (2)"] == "on-platform: listed 2026-03-02T04:00:00.000000Z, signed not yet"
        assert told["art. 4 (3)"] == "registered: signed not yet, registered 2026-04-21T04:00:00.000000Z"
        assert told["art. 4 (4)"] == "in-region: seller of 1501, buyer of 1502, region 15"
        assert told["art. 4 (5)"].endswith("paid 2026-04-11T04:00:00.000000Z, from 2026-01-01 to 2026-12-31 in China")
        assert told["art. 4 (6)"] == "total-reached: total 3000000.00, at least 2000000.00"
        assert told["art. 5 (1)"] == "not-fiscal: fiscal funds, declared: no"
        assert told["art. 5 (4)"] == "not-sanctioned: a party sanctioned: no"

    def test_follow_a_rule_with_fewer_clauses(self):
        lenient = replace(RULE, clauses=RULE.clauses[:1])

        assert rules.evaluate(lenient, make.facts(sanctioned=True, signed_at=None), 0).amount_fen == 3_000_000


WORKED = [  # paid, received before, assessed, all in fen
    (300_000_000, 0, 3_000_000),
    (50, 0, 1),  # half a fen goes up
    (149, 0, 1),
    (150, 0, 2),
    (12_345_650, 0, 123_457),  # 123,456.50
    (12_345_649, 0, 123_456),
    (499_999_949, 0, 4_999_999),
    (499_999_950, 0, 5_000_000),  # reaches the project's cap by rounding, and is not cut
    (500_000_000, 0, 5_000_000),
    (500_000_050, 0, 5_000_000),  # a fen above it
    (MAX_FEN, 0, 5_000_000),
    (300_000_000, 17_000_000, 3_000_000),  # exactly what is left of the year's
    (300_000_000, 17_000_001, 2_999_999),
    (500_000_050, 15_000_001, 4_999_999),  # both bind
    (300_000_000, 19_999_999, 1),
]


class TestAmount:
    @pytest.mark.parametrize(("paid_fen", "received_fen", "amount_fen"), WORKED)
    def test_is_as_worked_out_by_hand(self, paid_fen, received_fen, amount_fen):
        assert evaluate(received_fen, paid_fen=paid_fen).amount_fen == amount_fen

    def test_is_reached_step_by_step(self):
        assert steps(evaluate(16_000_000, paid_fen=612_345_678)) == [
            ("base", 0, 612_345_678),
            ("rate", 612_345_678, 6_123_457),
            ("project-cap", 6_123_457, 5_000_000),
            ("year-cap", 5_000_000, 4_000_000),
        ]

    def test_names_the_clause_and_the_formula_of_each_step(self):
        told = [(one.clause, one.formula) for one in evaluate(16_000_000, paid_fen=612_345_678).trace[10:]]

        assert told == [
            ("art. 6", "the amount actually paid"),
            ("art. 6", "100/10000 of 6123456.78, half up to the fen"),
            ("art. 7 (1)", "at most 50000.00"),
            ("art. 7 (2)", "at most 200000.00 less 160000.00 received"),
        ]

    @pytest.mark.parametrize(
        ("paid_fen", "received_fen", "binding"),
        [
            (300_000_000, 0, []),
            (500_000_000, 15_000_000, []),  # at both caps, and cut by neither
            (500_000_050, 0, ["project-cap"]),
            (300_000_000, 17_000_001, ["year-cap"]),
            (500_000_050, 15_000_001, ["project-cap", "year-cap"]),
        ],
    )
    def test_says_what_bound_it(self, paid_fen, received_fen, binding):
        trace = evaluate(received_fen, paid_fen=paid_fen).trace

        assert [one.step.value for one in trace if one.binding] == binding

    @pytest.mark.parametrize(
        ("paid_fen", "received_fen", "clause"),
        [
            (0, 0, "art. 6"),
            (49, 0, "art. 6"),  # less than half a fen
            (300_000_000, 20_000_000, "art. 7 (2)"),
            (300_000_000, 20_000_001, "art. 7 (2)"),
        ],
    )
    def test_of_nothing_is_refused_by_the_clause_that_left_nothing(self, paid_fen, received_fen, clause):
        assessment = evaluate(received_fen, paid_fen=paid_fen)

        assert (assessment.refused_by, assessment.amount_fen) == (clause, 0)

    @pytest.mark.parametrize(("paid_fen", "received_fen"), [(-1, 0), (MAX_FEN + 1, 0), (1, -1)])
    def test_is_never_asked_of_what_is_no_amount(self, paid_fen, received_fen):
        with pytest.raises(AssertionError):
            evaluate(received_fen, paid_fen=paid_fen)


instants = st.none() | st.datetimes(datetime(2025, 12, 1), datetime(2027, 2, 1), timezones=st.just(UTC))  # noqa: DTZ001
amounts = st.integers(0, 10**6) | st.integers(0, 10**10) | st.just(MAX_FEN)
regions = st.sampled_from(["1501", "1529", "outside", "1401"])
some_facts = st.builds(
    make.facts,
    signed_at=instants,
    registered_at=instants,
    paid_at=instants,
    paid_fen=amounts,
    party_total_fen=amounts,
    seller_verified=st.booleans(),
    seller_region=regions,
    sanctioned=st.booleans(),
)
lawful_facts = st.builds(make.facts, paid_fen=amounts)
received = st.integers(0, 25_000_000)


class TestEvery:
    @given(facts=some_facts | lawful_facts, received_fen=received)
    def test_assessment_is_what_its_trace_adds_up_to(self, facts, received_fen):
        assessment = rules.evaluate(RULE, facts, received_fen)

        assert make.fold(assessment.trace) == assessment.amount_fen

    @given(facts=some_facts | lawful_facts, received_fen=received)
    def test_assessment_keeps_within_every_cap(self, facts, received_fen):
        amount = rules.evaluate(RULE, facts, received_fen).amount_fen

        assert 0 <= amount <= RULE.project_cap_fen
        assert amount + min(received_fen, RULE.year_cap_fen) <= RULE.year_cap_fen
        assert 200 * amount <= 2 * facts.paid_fen + 100  # one per cent, and half a fen at most above it

    @given(facts=some_facts | lawful_facts, received_fen=received)
    def test_assessment_either_refuses_or_amounts_to_something(self, facts, received_fen):
        assessment = rules.evaluate(RULE, facts, received_fen)

        assert (assessment.refused_by is None) == (assessment.amount_fen > 0)
        assert (assessment.refused_by is None) == all(one.holds for one in assessment.trace)

    @given(facts=lawful_facts, more=amounts, received_fen=received)
    def test_assessment_grows_with_what_was_paid(self, facts, more, received_fen):
        richer = replace(facts, paid_fen=min(MAX_FEN, facts.paid_fen + more))

        less, no_less = (rules.evaluate(RULE, one, received_fen).amount_fen for one in (facts, richer))
        assert less <= no_less

    @given(facts=lawful_facts, received_fen=received, more=received)
    def test_assessment_shrinks_with_what_was_received(self, facts, received_fen, more):
        first, later = (rules.evaluate(RULE, facts, total).amount_fen for total in (received_fen, received_fen + more))
        assert later <= first

    @given(facts=some_facts, received_fen=received)
    def test_assessment_is_the_same_again(self, facts, received_fen):
        assert rules.evaluate(RULE, facts, received_fen) == rules.evaluate(RULE, facts, received_fen)


class TestTraceText:
    def test_is_lines_a_person_can_read(self):
        lines = rules.trace_text(evaluate(17_000_001).trace).splitlines()

        assert len(lines) == 15
        assert lines[0] == "  art. 4 (1)  condition    real-name: seller verified yes, buyer verified yes"
        assert lines[11] == "  art. 6      rate         100/10000 of 3000000.00, half up to the fen = 30000.00"
        assert lines[13].endswith("at most 200000.00 less 170000.01 received = 29999.99 (binding)")
        assert lines[14] == "  amount                   29999.99 yuan"

    def test_marks_what_does_not_hold(self):
        lines = rules.trace_text(evaluate(sanctioned=True).trace).splitlines()

        assert [one for one in lines if one.startswith("✗")] == [
            "✗ art. 5 (4)  condition    not-sanctioned: a party sanctioned: yes"
        ]
        assert lines[-1].endswith(" 0.00 yuan")

    def test_of_nothing_is_nothing(self):
        assert rules.trace_text([]) == "  amount                   0.00 yuan"
