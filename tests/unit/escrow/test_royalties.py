"""What a royalty does with every command in every state, by hand; and whose it is to ask, and when."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ledger.kernel import instant
from ledger.kernel.money import Fen
from settlement.escrow.model import (
    ROYALTY_COMMANDS,
    CallAudit,
    DeclareOverdue,
    ElapseRoyalty,
    Every,
    PeriodState,
    RescindRoyalty,
    RoyaltyState,
    TerminateRoyalty,
    WithdrawRoyalty,
    ends_at,
)
from settlement.escrow.rules import royalties as rules
from tests import make_escrow as escrow
from tests import make_royalties as make

LATE = datetime(2026, 8, 20, 4, tzinfo=UTC)  # every time of the first quarter is over, the second runs
COMMANDS = {
    "withdraw": (WithdrawRoyalty(), make.seller(make.AGREED_AT)),
    "agree": (make.agree(), make.buyer(make.AGREED_AT)),
    "elapse": (ElapseRoyalty(), make.clock(LATE)),
    "state": (make.state(), make.buyer(LATE)),
    "call": (CallAudit(period=1), make.seller(LATE)),
    "audit": (make.audit(), make.officer(LATE)),
    "pay": (make.pay(), make.officer(LATE)),
    "overdue": (DeclareOverdue(period=1), make.officer(LATE)),
    "divide": (make.divide(), make.seller(LATE)),
    "terminate": (TerminateRoyalty(), make.seller(LATE)),
    "rescind": (RescindRoyalty(), make.clock(LATE)),
}
STATE, PERIOD = "wrong-royalty-state", "wrong-period-state"

# What each command leads to: the states of the agreement and of its first period, or the reason it is refused for.
OUTCOMES = {
    "proposed": {
        "withdraw": "withdrawn",
        "agree": "running running",
        "elapse": "lapsed",
        "state": STATE,
        "call": STATE,
        "audit": STATE,
        "pay": STATE,
        "overdue": STATE,
        "divide": STATE,
        "terminate": STATE,
        "rescind": "lapsed",
    },
    "running": {
        "withdraw": STATE,
        "agree": STATE,
        "elapse": "running estimated",
        "state": "running stated",
        "call": PERIOD,
        "audit": PERIOD,
        "pay": PERIOD,
        "overdue": PERIOD,
        "divide": PERIOD,
        "terminate": "running running",
        "rescind": "ended cancelled",
    },
    "stated": {
        "withdraw": STATE,
        "agree": STATE,
        "elapse": "not-due",
        "state": PERIOD,
        "call": "running stated",
        "audit": "no-audit-called",
        "pay": "running paid",
        "overdue": "running stated",
        "divide": PERIOD,
        "terminate": "running stated",
        "rescind": "ended cancelled",
    },
    "estimated": {
        "withdraw": STATE,
        "agree": STATE,
        "elapse": "not-due",
        "state": "running stated",
        "call": "running estimated",
        "audit": "no-audit-called",
        "pay": "wrong-amount",
        "overdue": "running estimated",
        "divide": PERIOD,
        "terminate": "running estimated",
        "rescind": "ended cancelled",
    },
    "paid": {
        "withdraw": STATE,
        "agree": STATE,
        "elapse": "running divided",
        "state": PERIOD,
        "call": "running paid",
        "audit": "no-audit-called",
        "pay": "already-paid",
        "overdue": PERIOD,
        "divide": "running divided",
        "terminate": "running paid",
        "rescind": "closing paid",
    },
    "called": {
        "withdraw": STATE,
        "agree": STATE,
        "elapse": "running divided",
        "state": PERIOD,
        "call": "already-audited",
        "audit": "running audited",
        "pay": "already-paid",
        "overdue": PERIOD,
        "divide": "running divided",
        "terminate": "running paid",
        "rescind": "closing paid",
    },
    "audited": {
        "withdraw": STATE,
        "agree": STATE,
        "elapse": "running audited",
        "state": PERIOD,
        "call": PERIOD,
        "audit": PERIOD,
        "pay": "wrong-amount",
        "overdue": "running audited",
        "divide": PERIOD,
        "terminate": "running audited",
        "rescind": "closing paid",
    },
    "divided": {
        "withdraw": STATE,
        "agree": STATE,
        "elapse": "not-due",
        "state": PERIOD,
        "call": "running divided",
        "audit": "no-audit-called",
        "pay": "already-paid",
        "overdue": PERIOD,
        "divide": PERIOD,
        "terminate": "running divided",
        "rescind": "ended divided",
    },
    "closing": {
        "withdraw": STATE,
        "agree": STATE,
        "elapse": "not-due",
        "state": PERIOD,
        "call": "closing stated",
        "audit": "no-audit-called",
        "pay": "closing paid",
        "overdue": "closing stated",
        "divide": PERIOD,
        "terminate": STATE,
        "rescind": "ended cancelled",
    },
    "closing-paid": {
        "withdraw": STATE,
        "agree": STATE,
        "elapse": "ended divided",
        "state": PERIOD,
        "call": "closing paid",
        "audit": "no-audit-called",
        "pay": "already-paid",
        "overdue": PERIOD,
        "divide": "ended divided",
        "terminate": STATE,
        "rescind": "closing paid",
    },
    "divided-by-time": {
        "withdraw": STATE,
        "agree": STATE,
        "elapse": "not-due",
        "state": PERIOD,
        "call": "running divided",
        "audit": "no-audit-called",
        "pay": "already-paid",
        "overdue": PERIOD,
        "divide": PERIOD,
        "terminate": "running divided",
        "rescind": "ended divided",
    },
    "called-by-time": {
        "withdraw": STATE,
        "agree": STATE,
        "elapse": "not-due",
        "state": PERIOD,
        "call": "already-audited",
        "audit": "running audited",
        "pay": "already-paid",
        "overdue": PERIOD,
        "divide": PERIOD,
        "terminate": "running divided",
        "rescind": "ended divided",
    },
    "audited-by-time": {
        "withdraw": STATE,
        "agree": STATE,
        "elapse": "not-due",
        "state": PERIOD,
        "call": PERIOD,
        "audit": PERIOD,
        "pay": "wrong-amount",
        "overdue": "running audited",
        "divide": PERIOD,
        "terminate": "running audited",
        "rescind": "ended divided",
    },
    "paid-again": {
        "withdraw": STATE,
        "agree": STATE,
        "elapse": "not-due",
        "state": PERIOD,
        "call": "already-audited",
        "audit": "already-audited",
        "pay": "already-paid",
        "overdue": PERIOD,
        "divide": "running divided",
        "terminate": "running paid",
        "rescind": "closing paid",
    },
    "cancelled": dict.fromkeys(COMMANDS, STATE),
    "ended": dict.fromkeys(COMMANDS, STATE),
    "withdrawn": dict.fromkeys(COMMANDS, STATE),
    "lapsed": dict.fromkeys(COMMANDS, STATE),
    "ended-by-time": dict.fromkeys(COMMANDS, STATE),
}


class TestDecide:
    @pytest.mark.parametrize(
        ("life", "name", "expected"),
        [(life, name, expected) for life, row in OUTCOMES.items() for name, expected in row.items()],
    )
    def test_answers_every_command_in_every_state(self, life, name, expected):
        assert make.outcome(make.royalty(life), *COMMANDS[name]) == expected

    def test_is_tried_with_every_command_in_every_state(self):
        assert {type(command) for command, _ in COMMANDS.values()} == set(ROYALTY_COMMANDS)
        assert all(set(row) == set(COMMANDS) for row in OUTCOMES.values())
        lives = {make.royalty(life).state for life in OUTCOMES}
        assert lives == set(RoyaltyState)
        periods = {one.state for life in OUTCOMES for one in make.royalty(life).periods[:1]}
        assert periods == set(PeriodState)

    def test_answers_nothing_about_a_period_that_is_cancelled(self):
        closing = make.royalty("closing")
        for name in ("state", "call", "audit", "pay", "overdue", "divide"):
            command, cause = COMMANDS[name]
            assert make.outcome(closing, replace(command, period=2), cause) == PERIOD

    @pytest.mark.parametrize("period", [0, 3])
    def test_knows_its_periods(self, period):
        assert make.outcome(make.royalty("running"), make.state(period=period), make.buyer(LATE)) == "no-such-period"

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("withdraw", "not-the-seller"),
            ("agree", "not-the-buyer"),
            ("state", "not-the-buyer"),
            ("call", "not-the-seller"),
            ("audit", "not-an-officer"),
            ("pay", "not-an-officer"),
            ("overdue", "not-an-officer"),
            ("divide", "not-the-seller"),
            ("terminate", "not-a-party"),
        ],
    )
    def test_asks_whose_it_is_before_anything_else(self, name, reason):
        for life in OUTCOMES:
            assert make.outcome(make.royalty(life), COMMANDS[name][0], escrow.by(escrow.STRANGER, at=LATE)) == reason

    def test_draws_its_tables(self):
        drawn = rules.diagram()
        assert "    proposed --> running: AgreeRoyalty\n" in drawn
        assert [line for line in drawn.splitlines() if line.endswith("--> [*]")] == [
            "    ended --> [*]",
            "    withdrawn --> [*]",
            "    lapsed --> [*]",
        ]
        assert "    paid --> divided: DivideRoyalty, ElapseRoyalty\n" in rules.period_diagram()
        assert "    audited --> audited: DeclareOverdue, ElapseRoyalty\n" in rules.period_diagram()
        assert rules.period_diagram().rstrip().endswith("    cancelled --> [*]")

    def test_publishes_nothing_the_parties_keep_to_themselves(self):
        for life in make.LIVES:
            for entry in make.entries(life):
                shown = str(entry["data"])
                assert escrow.ANN not in shown
                assert str(make.SALES) not in shown
                assert "rate_bp" not in shown
                assert "甲" not in shown


class TestProposing:
    @pytest.mark.parametrize("state", ["due", "paid", "settled"])
    def test_is_done_beside_a_contract_in_force(self, state):
        assert make.opening(settlement=escrow.settlement(state)).royalty.state is RoyaltyState.PROPOSED

    @pytest.mark.parametrize("state", ["awarded", "bidding", "released", "returned", "forfeited", "defaulted"])
    def test_is_refused_where_there_is_none(self, state):
        refusal = escrow.refused(make.opening, settlement=escrow.settlement(state))
        assert refusal is not None
        assert refusal.code() == "escrow/wrong-state"

    def test_is_the_sellers(self):
        refusal = escrow.refused(make.opening, cause=make.buyer(make.PROPOSED_AT))
        assert refusal is not None
        assert refusal.code() == "escrow/not-the-seller"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"bands": ()}, "rates"),
            ({"bands": (make.Band(Fen(1), 500),)}, "rates"),
            ({"bands": (make.Band(Fen(0), 500), make.Band(Fen(0), 300))}, "rates"),
            ({"bands": (make.Band(Fen(0), 10_001),)}, "rates"),
            ({"bands": (make.Band(Fen(0), -1),)}, "rates"),
            ({"bands": (make.Band(Fen(0), 0),), "minimum_fen": Fen(0)}, "rates"),
            ({"minimum_fen": Fen(-1)}, "minimum"),
            ({"cap_fen": Fen(0)}, "cap"),
            ({"cap_fen": Fen(49_999)}, "cap"),
            ({"starts_on": date(2026, 3, 9)}, "starts_on"),
            ({"starts_on": date(2026, 3, 29)}, "starts_on"),
            ({"periods": 0}, "periods"),
            ({"periods": 81}, "periods"),
            ({"audit": make.AuditRight(notice_days=91, tolerance_bp=0)}, "notice_days"),
            ({"audit": make.AuditRight(notice_days=0, tolerance_bp=10_000)}, "tolerance_percent"),
        ],
    )
    def test_names_the_field_that_cannot_be_used(self, changes, field):
        refusal = escrow.refused(make.opening, make.propose(terms=make.terms(**changes)))
        assert refusal is not None
        assert (refusal.code(), refusal.facts["field"]) == ("escrow/unusable-field", field)

    @pytest.mark.parametrize(
        ("starts_on", "every", "periods", "usable"),
        [
            (date(2199, 9, 28), "quarter", 1, True),
            (date(2199, 10, 1), "quarter", 1, True),  # is over with the year
            (date(2199, 10, 2), "quarter", 1, False),
            (date(2120, 1, 1), "year", 80, True),
            (date(2120, 1, 2), "year", 80, False),
            (date(2197, 1, 1), "year", 3, True),
            (date(2198, 1, 1), "year", 3, False),
            (date(2200, 1, 1), "quarter", 1, False),
            (date(9998, 1, 1), "year", 3, False),
            (date(9999, 12, 1), "quarter", 2, False),
        ],
    )
    def test_is_over_while_there_are_dates(self, starts_on, every, periods, usable):
        terms = make.terms(starts_on=starts_on, every=Every(every), periods=periods)
        refusal = escrow.refused(make.opening, make.propose(terms=terms))
        said = None if refusal is None else (refusal.code(), refusal.facts["field"])
        assert said == (None if usable else ("escrow/unusable-field", "starts_on"))

    def test_may_begin_on_the_very_day(self):
        begun = make.opening(make.propose(terms=make.terms(starts_on=date(2026, 3, 10)))).royalty
        assert begun.agree_by == datetime(2026, 6, 9, 16, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("every", "number", "over"),
        [
            (Every.QUARTER, 1, datetime(2026, 6, 30, 16, tzinfo=UTC)),
            (Every.QUARTER, 2, datetime(2026, 9, 30, 16, tzinfo=UTC)),
            (Every.QUARTER, 4, datetime(2027, 3, 31, 16, tzinfo=UTC)),
            (Every.YEAR, 1, datetime(2027, 3, 31, 16, tzinfo=UTC)),
            (Every.YEAR, 2, datetime(2028, 3, 31, 16, tzinfo=UTC)),
        ],
    )
    def test_counts_periods_in_months_of_china(self, every, number, over):
        assert ends_at(make.terms(every=every), number) == over


class TestAgreeing:
    @pytest.mark.parametrize(
        ("at", "expected"),
        [(make.OVER - escrow.INSTANT, "running running"), (make.OVER, "too-late"), (LATE, "too-late")],
    )
    def test_is_done_before_the_first_period_is_over(self, at, expected):
        assert make.outcome(make.royalty("proposed"), make.agree(), make.buyer(at)) == expected

    @pytest.mark.parametrize(
        ("at", "expected"), [(make.OVER - escrow.INSTANT, "not-due"), (make.OVER, "lapsed"), (LATE, "lapsed")]
    )
    def test_lapses_at_that_very_instant(self, at, expected):
        assert make.outcome(make.royalty("proposed"), ElapseRoyalty(), make.clock(at)) == expected

    @pytest.mark.parametrize(
        "other",
        [
            make.propose(terms=make.terms(minimum_fen=Fen(50_001))),
            make.propose(terms=make.terms(periods=3)),
            make.propose(sharing=make.sharing(reward_bp=5_001)),
        ],
    )
    def test_is_to_these_terms_alone(self, other):
        assert make.outcome(make.opening(other).royalty, make.agree(), make.buyer(make.AGREED_AT)) == "other-terms"


class TestPeriods:
    @pytest.mark.parametrize(
        ("at", "expected"),
        [(make.OVER - escrow.INSTANT, "period-not-over"), (make.OVER, "running stated"), (LATE, "running stated")],
    )
    def test_are_stated_when_they_are_over(self, at, expected):
        assert make.outcome(make.royalty("running"), make.state(), make.buyer(at)) == expected

    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (make.STATEMENT_BY - escrow.INSTANT, "not-due"),
            (make.STATEMENT_BY, "running estimated"),
            (LATE, "running estimated"),
        ],
    )
    def test_are_estimated_thirty_days_later(self, at, expected):
        assert make.outcome(make.royalty("running"), ElapseRoyalty(), make.clock(at)) == expected

    @pytest.mark.parametrize(
        ("at", "expected"),
        [(make.PAY_BY - escrow.INSTANT, "not-yet-overdue"), (make.PAY_BY, "running stated"), (LATE, "running stated")],
    )
    def test_are_overdue_fifteen_working_days_after_the_statement(self, at, expected):
        assert make.royalty("stated").periods[0].pay_by == make.PAY_BY
        assert make.outcome(make.royalty("stated"), DeclareOverdue(period=1), make.officer(at)) == expected

    def test_that_are_estimated_are_overdue_at_once(self):
        overdue = make.outcome(make.royalty("estimated"), DeclareOverdue(period=1), make.officer(make.STATEMENT_BY))
        assert overdue == "running estimated"

    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (make.AUDIT_FROM - escrow.INSTANT, "notice-not-over"),
            (make.AUDIT_FROM, "running audited"),
            (LATE, "running audited"),
        ],
    )
    def test_are_audited_when_the_notice_is_over(self, at, expected):
        assert make.royalty("called").periods[0].audit_from == make.AUDIT_FROM
        assert make.outcome(make.royalty("called"), make.audit(), make.officer(at)) == expected

    @pytest.mark.parametrize("amount_fen", [make.DUE - 1, make.DUE + 1])
    def test_are_paid_exactly(self, amount_fen):
        paid = make.outcome(make.royalty("stated"), make.pay(amount_fen), make.officer(make.PAID_AT))
        assert paid == "wrong-amount"

    def test_may_be_paid_late(self):
        assert make.outcome(make.royalty("stated"), make.pay(), make.officer(LATE)) == "running paid"

    def test_of_which_nothing_is_due_are_done_when_they_are_stated(self):
        first = make.opening(make.propose(terms=make.terms(minimum_fen=Fen(0))))
        agree = make.agree(terms_sha256=rules.terms_sha256(first.royalty))
        running = make.lived((agree, make.buyer(make.AGREED_AT)), first=first)[-1].royalty
        assert make.outcome(running, make.state(sales_fen=Fen(0)), make.buyer(LATE)) == "running divided"

    def test_without_a_minimum_wait_for_their_statement_however_long(self):
        first = make.opening(make.propose(terms=make.terms(minimum_fen=Fen(0))))
        agree = make.agree(terms_sha256=rules.terms_sha256(first.royalty))
        silent = make.lived((agree, make.buyer(make.AGREED_AT)), (ElapseRoyalty(), make.clock(LATE)), first=first)
        royalty = silent[-1].royalty
        assert royalty.periods[0].state is PeriodState.ESTIMATED
        assert make.outcome(royalty, make.pay(0 + 1), make.officer(LATE)) == "nothing-due"
        assert make.outcome(royalty, DeclareOverdue(period=1), make.officer(LATE)) == "nothing-due"
        assert make.outcome(royalty, make.state(), make.buyer(LATE)) == "running stated"

    def test_are_stated_in_a_year_whose_working_days_nobody_knows(self):
        at = datetime(2026, 12, 28, 4, tzinfo=UTC)
        assert make.outcome(make.royalty("running"), make.state(), make.buyer(at)) == "running stated"
        assert make.outcome(make.royalty("running"), ElapseRoyalty(), make.clock(at)) == "running estimated"


class TestTime:
    """What was paid waits fifteen working days for its seller's word."""

    @pytest.mark.parametrize(
        ("life", "at", "expected"),
        [
            ("paid", make.DIVIDE_BY - escrow.INSTANT, "not-due"),
            ("paid", make.DIVIDE_BY, "running divided"),
            ("paid", make.DIVIDE_BY + escrow.INSTANT, "running divided"),
            ("called", make.DIVIDE_BY - escrow.INSTANT, "not-due"),
            ("called", make.DIVIDE_BY, "running divided"),
            ("audited", make.DIVIDE_BY - escrow.INSTANT, "not-due"),
            ("audited", make.DIVIDE_BY, "running audited"),
            ("paid-again", make.DIVIDE_AGAIN_BY - escrow.INSTANT, "not-due"),
            ("paid-again", make.DIVIDE_AGAIN_BY, "running divided"),
            ("closing-paid", make.DIVIDE_BY - escrow.INSTANT, "not-due"),
            ("closing-paid", make.DIVIDE_BY, "ended divided"),
        ],
    )
    def test_divides_from_that_very_instant(self, life, at, expected):
        assert make.outcome(make.royalty(life), ElapseRoyalty(), make.clock(at)) == expected

    @pytest.mark.parametrize("at", [make.DIVIDE_BY - escrow.INSTANT, make.DIVIDE_BY, LATE])
    def test_leaves_it_to_the_seller_until_it_has(self, at):
        assert make.outcome(make.royalty("paid"), make.divide(), make.seller(at)) == "running divided"

    def test_counts_from_the_last_payment(self):
        assert make.royalty("paid").periods[0].divide_by == make.DIVIDE_BY
        assert make.royalty("audited").periods[0].divide_by == make.DIVIDE_BY
        assert make.royalty("paid-again").periods[0].divide_by == make.DIVIDE_AGAIN_BY
        for life in ("stated", "estimated", "divided", "divided-by-time", "audited-by-time", "fell-through"):
            waits = make.royalty(life).periods[0].waiting_fen
            assert (make.royalty(life).periods[0].divide_by is None) == (waits == 0), life

    def test_says_when_it_is_due(self):
        for life, at in (
            ("paid", make.DIVIDE_BY),
            ("running", make.STATEMENT_BY),
            ("proposed", make.OVER),
            ("divided", make.royalty("divided").periods[1].statement_by),
        ):
            early = make.clock(make.AGREED_AT)
            refusal = escrow.refused(rules.decide, make.royalty(life), ElapseRoyalty(), early)
            assert refusal is not None
            assert refusal.facts["due_at"] == instant.render(at)

    def test_has_nothing_to_do_where_all_was_stated(self):
        closing = make.royalty("closing")
        refusal = escrow.refused(rules.decide, closing, ElapseRoyalty(), make.clock(LATE))
        assert refusal is not None
        assert (refusal.code(), refusal.facts) == ("escrow/not-due", {})

    def test_takes_a_payment_no_calendar_reaches_beyond_and_waits_for_the_seller(self):
        at = datetime(2026, 12, 21, 4, tzinfo=UTC)
        paid = make.lived(*make.STATED, (make.pay(), make.officer(at)))[-1].royalty
        assert (paid.periods[0].state, paid.periods[0].divide_by, paid.divides_at) == (PeriodState.PAID, None, None)
        silent = make.lived(*make.STATED, (make.pay(), make.officer(at)), (ElapseRoyalty(), make.clock(at)))[-1]
        assert silent.royalty.periods[1].state is PeriodState.ESTIMATED  # which nothing keeps from its time
        much_later = at + timedelta(days=900)
        assert make.outcome(silent.royalty, ElapseRoyalty(), make.clock(much_later)) == "not-due"
        assert make.outcome(silent.royalty, make.divide(), make.seller(much_later)) == "running divided"

    def test_estimates_before_it_divides_so_that_no_order_stops_an_estimate(self):
        late = make.clock(datetime(2026, 11, 30, 4, tzinfo=UTC))
        first = rules.decide(make.royalty("paid"), ElapseRoyalty(), late)
        assert [one.state for one in first.royalty.periods] == [PeriodState.PAID, PeriodState.ESTIMATED]
        assert not rules.lets_money_go(ElapseRoyalty(), first)
        second = rules.decide(first.royalty, ElapseRoyalty(), late)
        assert [one.state for one in second.royalty.periods] == [PeriodState.DIVIDED, PeriodState.ESTIMATED]
        assert rules.lets_money_go(ElapseRoyalty(), second)
        assert make.outcome(second.royalty, ElapseRoyalty(), late) == "not-due"

    def test_divides_the_longest_due_first(self):
        second = make.royalty("paid").periods[1].ends_at
        both = make.lived(
            *make.STATED,
            (make.state(period=2), make.buyer(second)),
            (make.pay(period=2, reference="bank-2"), make.officer(second)),
            (make.pay(), make.officer(second + timedelta(days=20))),
            (ElapseRoyalty(), make.clock(second + timedelta(days=60))),
        )[-1].royalty
        assert [one.state for one in both.periods] == [PeriodState.PAID, PeriodState.DIVIDED]

    def test_lets_money_go_as_the_seller_does(self):
        for life, (command, cause) in (
            ("paid", COMMANDS["elapse"]),
            ("audited", COMMANDS["elapse"]),
            ("paid", COMMANDS["divide"]),
            ("running", (TerminateRoyalty(), make.seller(LATE))),
        ):
            assert rules.lets_money_go(command, rules.decide(make.royalty(life), command, cause))
        for life, name in (("proposed", "elapse"), ("running", "elapse"), ("stated", "pay"), ("called", "audit")):
            command, cause = COMMANDS[name]
            assert not rules.lets_money_go(command, rules.decide(make.royalty(life), command, cause))


class TestTerminating:
    def test_needs_both(self):
        once = make.lived(*make.STATED, (TerminateRoyalty(), make.buyer(make.PAID_AT)))[-1].royalty
        assert make.outcome(once, TerminateRoyalty(), make.buyer(LATE)) == "already-signed"
        assert make.outcome(once, TerminateRoyalty(), make.seller(LATE)) == "closing stated"

    def test_cancels_what_is_not_over(self):
        life = (*make.AGREED, (TerminateRoyalty(), make.buyer(LATE)), (TerminateRoyalty(), make.seller(LATE)))
        after = make.lived(*life)[-1].royalty
        assert [one.state for one in after.periods] == [PeriodState.RUNNING, PeriodState.CANCELLED]

    def test_needs_the_seller_alone_after_a_default(self):
        default = make.lived(*make.STATED, (DeclareOverdue(period=1), make.officer(make.PAY_BY)))[-1].royalty
        assert make.outcome(default, TerminateRoyalty(), make.seller(make.PAY_BY)) == "closing stated"
        assert make.outcome(default, TerminateRoyalty(), make.buyer(make.PAY_BY)) == "running stated"

    def test_needs_both_again_once_that_is_paid(self):
        paid = make.lived(
            *make.STATED, (DeclareOverdue(period=1), make.officer(make.PAY_BY)), (make.pay(), make.officer(make.PAY_BY))
        )[-1].royalty
        assert make.outcome(paid, TerminateRoyalty(), make.seller(LATE)) == "running paid"

    def test_waits_for_an_audit_that_was_called(self):
        called = make.lived(
            *make.DIVIDED,
            (CallAudit(period=1), make.seller(make.DIVIDED_AT)),
            (TerminateRoyalty(), make.buyer(LATE)),
            (TerminateRoyalty(), make.seller(LATE)),
        )[-1].royalty
        assert called.state is RoyaltyState.CLOSING
        found = make.audit(sales_fen=make.SALES)
        assert make.outcome(called, found, make.officer(LATE + timedelta(days=1))) == "ended divided"
