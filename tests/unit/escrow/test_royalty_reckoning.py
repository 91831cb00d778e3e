"""Deadlines of a royalty that no calendar reaches: left open, and counted later from the instant that was kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from settlement.escrow import checks
from settlement.escrow.model import ElapseRoyalty, PeriodState
from settlement.escrow.rules import royalties as rules
from tests import make_calendar
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
