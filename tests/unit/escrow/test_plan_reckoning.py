"""Deadlines of a plan that no calendar reaches: left open, and counted later from the instant that was kept."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ledger.kernel import instant
from ledger.kernel.calendar import end_of, local_date
from settlement.escrow import checks, rules
from settlement.escrow.model import Elapse, PartState, PlanState, StopPlan, TakeUp
from tests import make_calendar, make_freezes
from tests import make_escrow as escrow
from tests import make_plans as make
from tests.make_auctions import Record
from tests.make_calendar import FIRST_COUNTED, INSTANT, LAST_FOR, LOADED, YEAR_END

OPEN_FROM = LAST_FOR[15] + INSTANT


def released(at):
    """A plan whose first part is paid, and the seller's, from `at` on."""
    return make.lived(make.AGREES, (make.pay(1), at))


def recorded(decisions):
    record = Record()
    for decision, cause in decisions:
        record.write(decision.events, cause.at)
    return record.entries


class TestTimeToDivide:
    @pytest.mark.parametrize(("at", "by"), [(LAST_FOR[15], YEAR_END), (OPEN_FROM, None)])
    def test_is_left_open_where_no_calendar_reaches_that_far(self, at, by):
        plan = released(at)[-1][0].plan
        assert (plan.parts[0].released_at, plan.parts[0].divide_by, plan.acts_at) == (at, by, by)

    @pytest.mark.parametrize(("at", "days"), [(OPEN_FROM, 0), (OPEN_FROM + timedelta(days=3), 1)])
    def test_is_counted_from_the_release(self, at, days):
        plan, by = released(at)[-1][0].plan, FIRST_COUNTED + timedelta(days=days)
        assert rules.reckoned_plan(plan) is None
        known = rules.reckoned_plan(plan, LOADED)
        assert known == replace(plan, parts=(replace(plan.parts[0], divide_by=by), *plan.parts[1:]))
        assert known.acts_at == by
        assert rules.reckoned_plan(known, LOADED) is None
        outcomes = [make.outcome(known, Elapse(), escrow.clock(by + after)) for after in (-INSTANT, by - by)]
        assert outcomes == ["not-due", "active"]

    def test_is_counted_from_the_lifting_of_an_order(self):
        waits = make.lived(make.AGREES, make.pay(1, frozen=(make_freezes.FIRST,)), (make.resume(), OPEN_FROM))
        part = waits[-1][0].plan.parts[0]
        assert (part.paid_at, part.released_at, part.divide_by) == (make.PAID, OPEN_FROM, None)
        assert rules.reckoned_plan(waits[-1][0].plan, LOADED).parts[0].divide_by == FIRST_COUNTED

    def test_is_counted_of_what_has_been_divided_meanwhile(self):
        divided = make.lived(make.AGREES, (make.pay(1), OPEN_FROM), (make.divide(), OPEN_FROM))[-1][0].plan
        assert (divided.parts[0].state, divided.parts[0].divide_by) == (PartState.CLOSED, None)
        assert rules.reckoned_plan(divided, LOADED).parts[0].divide_by == FIRST_COUNTED

    @pytest.mark.parametrize("life", make.LIVES)
    def test_is_counted_where_it_is_open_alone(self, life):
        assert rules.reckoned_plan(make.plan(life), LOADED) is None

    def test_has_no_instant_where_there_was_none_when_it_was_released(self):
        plan = released(OPEN_FROM)[-1][0].plan
        old = replace(plan, parts=(replace(plan.parts[0], released_at=None), *plan.parts[1:]))
        assert rules.reckoned_plan(old, LOADED) is None

    def test_is_counted_again_by_an_auditor(self, monkeypatch):
        decisions = released(OPEN_FROM)
        plan, entries = decisions[-1][0].plan, recorded(decisions)
        assert (checks.check(entries), make.told_of(checks.fold_plan(entries))) == ([], make.row_of(plan))
        make_calendar.load(monkeypatch)
        known = rules.reckoned_plan(plan, LOADED)
        assert (checks.check(entries), make.told_of(checks.fold_plan(entries))) == ([], make.row_of(known))

    @pytest.mark.parametrize(("after", "late"), [(-INSTANT, False), (timedelta(), True)])
    def test_is_held_against_what_time_did(self, monkeypatch, after, late):
        decisions, at = released(OPEN_FROM), FIRST_COUNTED + after
        known = rules.reckoned_plan(decisions[-1][0].plan, LOADED)
        lied = replace(known, parts=(replace(known.parts[0], divide_by=at), *known.parts[1:]))
        cause = escrow.clock(at)
        entries = recorded([*decisions, (rules.decide_plan(lied, Elapse(), cause), cause)])
        place = entries[-1]["seq"]
        fault = f"entry {place} (escrow.part_divided) was divided by time before the seller's was over"
        assert checks.check(entries) == [fault]  # of an auditor whom no calendar tells of such an instant
        make_calendar.load(monkeypatch)
        assert checks.check(entries) == ([] if late else [fault])


TRIED_UNTIL = datetime(2026, 12, 25, 16, tzinfo=UTC)  # the third working day after the order was lifted is over
THIRD_ON = date(2027, 1, 20)
LATE = LAST_FOR[5] + INSTANT  # from then on nobody can say when the first part falls due


def taken_up(at, *more, third_on=THIRD_ON):
    """A plan whose trial was frozen, let go in December, and taken up at an instant; and what was decided."""
    one, two, three = make.terms().parts
    parts = (one, two, replace(three, due_on=third_on))
    proposed = make.propose(parts=parts, trial_until=make.TRIAL_UNTIL)
    lifted = (replace(make.resume(make.TRIAL_FROZEN), over=True), datetime(2026, 12, 22, 4, tzinfo=UTC))
    return make.lived(proposed, make.AGREES, lifted, (TakeUp(), at), *more)


class TestTimeToPay:
    @pytest.mark.parametrize(
        ("at", "due"), [(LAST_FOR[5], (YEAR_END, YEAR_END, end_of(THIRD_ON))), (LATE, (None, None, None))]
    )
    def test_of_what_was_tried_is_left_open_where_no_calendar_reaches_that_far(self, at, due):
        decision, _ = taken_up(at)[-1]
        plan = decision.plan
        assert (plan.state, plan.effective_at, plan.trial_until) == (PlanState.ACTIVE, at, TRIED_UNTIL)
        assert tuple(one.due_at for one in plan.parts) == due
        told = [one["due_at"] for one in decision.events[-1].data["schedule"]]
        assert told == [one and instant.render(one) for one in due]

    @pytest.mark.parametrize("at", [LAST_FOR[5], LATE])
    def test_is_no_matter_to_the_interest(self, at):
        days = (THIRD_ON - local_date(at)).days
        assert [one.interest_fen for one in taken_up(at)[-1][0].plan.parts] == [0, 0, 600 * days]

    @pytest.mark.parametrize(("at", "days"), [(LATE, 0), (LATE + timedelta(hours=23), 0)])
    def test_is_counted_from_the_taking_effect(self, at, days):
        plan, first = taken_up(at)[-1][0].plan, FIRST_COUNTED + timedelta(days=days)
        assert rules.reckoned_plan(plan) is None
        known = rules.reckoned_plan(plan, LOADED)
        assert [one.due_at for one in known.parts] == [first, first, end_of(THIRD_ON)]
        assert replace(known, parts=plan.parts) == plan
        assert [replace(one, due_at=None) for one in known.parts] == list(plan.parts)
        assert rules.reckoned_plan(known, LOADED) is None

    def test_of_a_later_part_is_never_before_the_first(self):
        plan = taken_up(LATE, third_on=date(2027, 1, 3))[-1][0].plan
        assert {one.due_at for one in rules.reckoned_plan(plan, LOADED).parts} == {FIRST_COUNTED}

    @pytest.mark.parametrize("part", [1, 2, 3])
    def test_lets_nobody_declare_a_default_while_it_is_open(self, part):
        plan, later = taken_up(LATE)[-1][0].plan, escrow.officer(end_of(THIRD_ON) + timedelta(days=900))
        refusal = escrow.refused(rules.decide_plan, plan, StopPlan(part=part), later)
        assert (refusal.code(), refusal.facts) == ("escrow/not-yet-overdue", {})
        known = rules.reckoned_plan(plan, LOADED)
        at = known.parts[part - 1].due_at
        outcomes = [
            make.outcome(known, StopPlan(part=part), escrow.officer(at + after)) for after in (-INSTANT, at - at)
        ]
        assert outcomes == ["not-yet-overdue", "broken"]

    def test_keeps_nobody_from_paying(self):
        plan = taken_up(LATE, make.pay(1), make.divide())[-1][0].plan
        assert (plan.parts[0].state, plan.parts[0].due_at) == (PartState.CLOSED, None)
        assert rules.reckoned_plan(plan, LOADED).parts[0].due_at == FIRST_COUNTED

    def test_is_counted_again_by_an_auditor(self, monkeypatch):
        decisions = taken_up(LATE)
        plan, entries = decisions[-1][0].plan, recorded(decisions)
        assert (checks.check(entries), make.told_of(checks.fold_plan(entries))) == ([], make.row_of(plan))
        make_calendar.load(monkeypatch)
        known = rules.reckoned_plan(plan, LOADED)
        assert (checks.check(entries), make.told_of(checks.fold_plan(entries))) == ([], make.row_of(known))

    @pytest.mark.parametrize("part", [1, 2, 3])
    def test_is_not_believed_to_be_open_where_it_could_be_counted(self, part):
        decisions = taken_up(LAST_FOR[5])
        plan, entries = decisions[-1][0].plan, recorded(decisions)
        entries[-1]["data"]["schedule"][part - 1]["due_at"] = None
        fault = f"should ask until {instant.render(plan.parts[part - 1].due_at)}"
        assert checks.check(entries) == [f"entry {entries[-1]['seq']} (escrow.plan_agreed) {fault}"]

    @pytest.mark.parametrize("part", [2, 3])
    def test_is_not_believed_of_a_later_part_while_that_of_the_first_is_open(self, part):
        entries = recorded(taken_up(LATE))
        entries[-1]["data"]["schedule"][part - 1]["due_at"] = instant.render(end_of(THIRD_ON))
        assert checks.check(entries) == [
            f"entry {entries[-1]['seq']} (escrow.plan_agreed) should ask until a time that no loaded calendar reaches"
        ]

    def test_is_not_believed_where_no_calendar_reaches(self, monkeypatch):
        decisions = taken_up(LATE)
        entries, known = recorded(decisions), rules.reckoned_plan(decisions[-1][0].plan, LOADED)
        for row, part in zip(entries[-1]["data"]["schedule"], known.parts, strict=True):
            row["due_at"] = instant.render(part.due_at)
        assert checks.check(entries)[0].endswith("the working days of 2027 are not loaded")
        make_calendar.load(monkeypatch)
        assert checks.check(entries) == []

    @pytest.mark.parametrize(("after", "late"), [(-INSTANT, False), (timedelta(), True)])
    def test_is_held_against_what_an_officer_declared(self, monkeypatch, after, late):
        decisions, cause = taken_up(LATE), escrow.officer(FIRST_COUNTED + after)
        known = rules.reckoned_plan(decisions[-1][0].plan, LOADED)
        lied = replace(known, parts=(replace(known.parts[0], due_at=cause.at), *known.parts[1:]))
        entries = recorded([*decisions, (rules.decide_plan(lied, StopPlan(part=1), cause), cause)])
        place = next(one["seq"] for one in entries if one["kind"] == "escrow.plan_defaulted")
        fault = f"entry {place} (escrow.plan_defaulted) declares what is not yet overdue"
        assert checks.check(entries) == [fault]  # of an auditor whom no calendar tells of such an instant
        make_calendar.load(monkeypatch)
        assert checks.check(entries) == ([] if late else [fault])
