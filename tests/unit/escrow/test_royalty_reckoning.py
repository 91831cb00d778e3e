"""Deadlines of a royalty that no calendar reaches: left open, and counted later from the instant that was kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ledger.kernel import instant
from settlement.escrow import checks
from settlement.escrow.model import CallAudit, DeclareOverdue, ElapseRoyalty, PeriodState, RescindRoyalty
from settlement.escrow.rules import royalties as rules
from tests import make_calendar
from tests import make_escrow as escrow
from tests import make_royalties as make
from tests.make_calendar import FIRST_COUNTED, INSTANT, LAST_FOR, LOADED, YEAR_END

OPEN_FROM = LAST_FOR[15] + INSTANT


def with_first(royalty, **changes):
    return replace(royalty, periods=(replace(royalty.periods[0], **changes), *royalty.periods[1:]))


def recorded(decisions, steps):
    return make.record_of(decisions, [make.seller(make.PROPOSED_AT), *(cause for _, cause in steps)])


def paid(at, *more):
    """What is lived when the first period is paid at an instant; and its steps."""
    steps = (*make.STATED, (make.pay(), make.officer(at)), *more)
    return make.lived(*steps), steps


class TestTimeToDivide:
    @pytest.mark.parametrize(("at", "by"), [(LAST_FOR[15], YEAR_END), (OPEN_FROM, None)])
    def test_is_left_open_where_no_calendar_reaches_that_far(self, at, by):
        royalty = paid(at)[0][-1].royalty
        period = royalty.periods[0]
        assert (period.state, period.paid_at, period.divide_by) == (PeriodState.PAID, at, by)
        assert royalty.divides_at == by

    @pytest.mark.parametrize(("at", "days"), [(OPEN_FROM, 0), (OPEN_FROM + timedelta(days=3), 1)])
    def test_is_counted_from_the_payment(self, at, days):
        royalty, by = paid(at, (ElapseRoyalty(), make.clock(at)))[0][-1].royalty, FIRST_COUNTED + timedelta(days=days)
        assert rules.reckoned(royalty) is None
        known = rules.reckoned(royalty, LOADED)
        assert known == with_first(royalty, divide_by=by)
        assert rules.reckoned(known, LOADED) is None
        outcomes = [make.outcome(known, ElapseRoyalty(), make.clock(by + after)) for after in (-INSTANT, by - by)]
        assert outcomes == ["not-due", "running divided"]

    def test_is_counted_from_the_last_of_two_payments(self):
        royalty = make.royalty("paid-again")
        assert royalty.periods[0].paid_at == make.PAID_AGAIN_AT
        left = with_first(royalty, paid_at=OPEN_FROM, divide_by=None)
        assert rules.reckoned(left, LOADED) == with_first(left, divide_by=FIRST_COUNTED)

    def test_is_none_of_what_was_divided_meanwhile(self):
        divided = paid(OPEN_FROM, (make.divide(), make.seller(OPEN_FROM)))[0][-1].royalty
        assert rules.reckoned(divided, LOADED) is None

    @pytest.mark.parametrize("life", make.STAGES)
    def test_is_counted_where_it_is_open_alone(self, life):
        assert rules.reckoned(make.royalty(life), LOADED) is None

    def test_has_no_instant_where_there_was_none_when_it_was_paid(self):
        assert rules.reckoned(with_first(paid(OPEN_FROM)[0][-1].royalty, paid_at=None), LOADED) is None

    def test_is_counted_again_by_an_auditor(self, monkeypatch):
        decisions, steps = paid(OPEN_FROM)
        entries, royalty = recorded(decisions, steps), decisions[-1].royalty
        assert (checks.check(entries), checks.fold_royalty(entries)) == ([], make.amounts_to(royalty))
        make_calendar.load(monkeypatch)
        known = rules.reckoned(royalty, LOADED)
        assert (checks.check(entries), checks.fold_royalty(entries)) == ([], make.amounts_to(known))

    @pytest.mark.parametrize(("after", "late"), [(-INSTANT, False), (timedelta(), True)])
    def test_is_held_against_what_time_did(self, monkeypatch, after, late):
        decisions, steps = paid(OPEN_FROM, (ElapseRoyalty(), make.clock(OPEN_FROM)))
        at = FIRST_COUNTED + after
        tick = (ElapseRoyalty(), make.clock(at))
        lied = rules.decide(with_first(decisions[-1].royalty, divide_by=at), *tick)
        entries = recorded([*decisions, lied], (*steps, tick))
        fault = f"entry {entries[-1]['seq']} (escrow.royalty_divided) was divided by time before the seller's was over"
        assert checks.check(entries) == [fault]  # of an auditor whom no calendar tells of such an instant
        make_calendar.load(monkeypatch)
        assert checks.check(entries) == ([] if late else [fault])


def stated(at, *more):
    """What is lived when the first period is stated at an instant; and its steps."""
    steps = (*make.AGREED, (make.state(), make.buyer(at)), *more)
    return make.lived(*steps), steps


def audited(at, *more, **changes):
    """What is lived when an audit of the first period, which is paid and divided, is recorded at an instant."""
    call = (CallAudit(period=1), make.seller(make.DIVIDED_AT))
    steps = (*make.DIVIDED, call, (make.audit(**changes), make.officer(at)), *more)
    return make.lived(*steps), steps


class TestTimeToPay:
    @pytest.mark.parametrize("life", [stated, audited])
    @pytest.mark.parametrize(("at", "by"), [(LAST_FOR[15], YEAR_END), (OPEN_FROM, None)])
    def test_is_left_open_where_no_calendar_reaches_that_far(self, life, at, by):
        decision = life(at)[0][-1]
        period = decision.royalty.periods[0]
        assert period.due_fen > 0
        assert (period.owed_at, period.pay_by) == (at, by)
        assert decision.events[-1].data["pay_by"] == (by and instant.render(by))

    @pytest.mark.parametrize("life", [stated, audited])
    @pytest.mark.parametrize(("at", "days"), [(OPEN_FROM, 0), (OPEN_FROM + timedelta(days=3), 1)])
    def test_is_counted_from_the_statement_or_the_audit(self, life, at, days):
        royalty, by = life(at)[0][-1].royalty, FIRST_COUNTED + timedelta(days=days)
        assert rules.reckoned(royalty) is None
        known = rules.reckoned(royalty, LOADED)
        assert known == with_first(royalty, pay_by=by)
        assert rules.reckoned(known, LOADED) is None
        overdue = [make.outcome(known, DeclareOverdue(period=1), make.officer(by + one)) for one in (-INSTANT, by - by)]
        assert overdue == ["not-yet-overdue", f"running {royalty.periods[0].state}"]

    @pytest.mark.parametrize("life", [stated, audited])
    def test_makes_nothing_overdue_while_it_is_open(self, life):
        royalty, later = life(OPEN_FROM)[0][-1].royalty, make.officer(OPEN_FROM + timedelta(days=900))
        refusal = escrow.refused(rules.decide, royalty, DeclareOverdue(period=1), later)
        assert (refusal.code(), refusal.facts) == ("escrow/not-yet-overdue", {})

    def test_is_no_more_once_it_is_paid(self):
        royalty = stated(OPEN_FROM, (make.pay(), make.officer(OPEN_FROM)))[0][-1].royalty
        period = royalty.periods[0]
        assert (period.state, period.owed_at, period.pay_by) == (PeriodState.PAID, None, None)
        assert rules.reckoned(royalty, LOADED) == with_first(royalty, divide_by=FIRST_COUNTED)

    def test_is_none_where_nothing_is_due(self):
        decision = stated(OPEN_FROM, (ElapseRoyalty(), make.clock(OPEN_FROM)))[0][-1]
        second = decision.royalty.periods[1]  # an estimate is due at once
        assert (second.owed_at, second.pay_by) == (None, second.statement_by)
        fell = make.lived(*stated(OPEN_FROM)[1], (RescindRoyalty(), make.officer(OPEN_FROM)))[-1].royalty
        assert (fell.periods[0].owed_at, fell.periods[0].pay_by) == (None, None)
        assert rules.reckoned(fell, LOADED) is None

    def test_takes_the_place_of_an_estimate_that_was_overdue(self):
        at = OPEN_FROM
        steps = (*make.ESTIMATED, (DeclareOverdue(period=1), make.officer(make.STATEMENT_BY)))
        late = make.lived(*steps, (make.state(), make.buyer(at)))[-1].royalty.periods[0]
        assert (late.state, late.owed_at, late.pay_by, late.overdue) == (PeriodState.STATED, at, None, False)

    def test_of_what_an_audit_adds_leaves_what_was_overdue_overdue(self):
        call = (CallAudit(period=1), make.seller(make.STATED_AT))
        steps = (*make.STATED, call, (DeclareOverdue(period=1), make.officer(make.PAY_BY)))
        found = make.lived(*steps, (make.audit(), make.officer(OPEN_FROM)))[-1].royalty.periods[0]
        assert (found.state, found.pay_by, found.overdue) == (PeriodState.AUDITED, None, True)


class TestAnAuditor:
    @pytest.mark.parametrize("life", [stated, audited])
    def test_counts_the_time_to_pay_again(self, monkeypatch, life):
        decisions, steps = life(OPEN_FROM)
        entries, royalty = recorded(decisions, steps), decisions[-1].royalty
        assert (checks.check(entries), checks.fold_royalty(entries)) == ([], make.amounts_to(royalty))
        make_calendar.load(monkeypatch)
        known = rules.reckoned(royalty, LOADED)
        assert (checks.check(entries), checks.fold_royalty(entries)) == ([], make.amounts_to(known))

    @pytest.mark.parametrize("life", [stated, audited])
    def test_believes_no_time_left_open_that_could_be_counted(self, life):
        entries = recorded(*life(LAST_FOR[15]))
        entries[-1]["data"]["pay_by"] = None
        assert checks.check(entries) == [
            f"entry {entries[-1]['seq']} ({entries[-1]['kind']}) should ask until {YEAR_END.isoformat()}"
        ]

    @pytest.mark.parametrize("life", [stated, audited])
    def test_believes_no_time_that_no_calendar_reaches(self, monkeypatch, life):
        entries = recorded(*life(OPEN_FROM))
        entries[-1]["data"]["pay_by"] = instant.render(FIRST_COUNTED)
        [finding] = checks.check(entries)
        assert finding.endswith("the working days of 2027 are not loaded")
        make_calendar.load(monkeypatch)
        assert checks.check(entries) == []
        entries[-1]["data"]["pay_by"] = instant.render(FIRST_COUNTED + INSTANT)
        assert checks.check(entries) != []

    @pytest.mark.parametrize("counted", [False, True])
    def test_takes_the_time_to_pay_as_it_was_told_or_is_counted_from_an_audit_that_finds_nothing(
        self, monkeypatch, counted
    ):
        call = (CallAudit(period=1), make.seller(OPEN_FROM))
        decisions, steps = stated(OPEN_FROM, call)
        left = decisions[-1].royalty
        found = (make.audit(sales_fen=make.SALES), make.officer(left.periods[0].audit_from))
        before = rules.reckoned(left, LOADED) if counted else left
        entries = recorded([*decisions, rules.decide(before, *found)], (*steps, found))
        make_calendar.load(monkeypatch)
        assert checks.check(entries) == []
        entries[-1]["data"]["pay_by"] = instant.render(FIRST_COUNTED + INSTANT)
        assert checks.check(entries) == [
            f"entry {entries[-1]['seq']} (escrow.royalty_audited) gives another time to pay"
        ]

    def test_believes_no_time_left_open_again_that_was_told(self, monkeypatch):
        make_calendar.load(monkeypatch)
        call = (CallAudit(period=1), make.seller(OPEN_FROM))
        decisions, steps = stated(OPEN_FROM, call)
        found = (make.audit(sales_fen=make.SALES), make.officer(decisions[-1].royalty.periods[0].audit_from))
        entries = recorded([*decisions, rules.decide(decisions[-1].royalty, *found)], (*steps, found))
        entries[-3]["data"]["pay_by"] = instant.render(FIRST_COUNTED)
        assert checks.check(entries) == [
            f"entry {entries[-1]['seq']} (escrow.royalty_audited) gives another time to pay"
        ]

    @pytest.mark.parametrize(("after", "late"), [(-INSTANT, False), (timedelta(), True)])
    def test_holds_it_against_what_an_officer_declared(self, monkeypatch, after, late):
        decisions, steps = stated(OPEN_FROM)
        at = FIRST_COUNTED + after
        declare = (DeclareOverdue(period=1), make.officer(at))
        lied = rules.decide(with_first(decisions[-1].royalty, pay_by=at), *declare)
        entries = recorded([*decisions, lied], (*steps, declare))
        entries[-1]["data"]["pay_by"] = instant.render(FIRST_COUNTED)
        fault = f"entry {entries[-1]['seq']} (escrow.royalty_overdue) declares what is not yet overdue"
        assert fault in checks.check(entries)  # of an auditor whom no calendar tells of such an instant
        make_calendar.load(monkeypatch)
        assert checks.check(entries) == ([] if late else [fault])
