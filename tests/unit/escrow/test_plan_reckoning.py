"""Deadlines of a plan that no calendar reaches: left open, and counted later from the instant that was kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from settlement.escrow import checks, rules
from settlement.escrow.model import Elapse, PartState
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
