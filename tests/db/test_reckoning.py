"""Deadlines of plans and royalties that no calendar reached, counted in a real database once one does."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from exchange.app import flows
from settlement.escrow import service
from settlement.escrow.model import PartState, PeriodState
from settlement.escrow.service import royalties
from settlement.escrow.store import plans as plan_store
from settlement.escrow.store import royalties as royalty_store
from tests import make_calendar, make_plans
from tests import make_royalties as make
from tests.db.test_plans import by_ann, due, officer, on_trial, pay, plan
from tests.db.test_plans_frozen import due_at, now, tick
from tests.db.test_plans_frozen import lift as resumes
from tests.db.test_rivals_of_parts import freeze, hears, lift
from tests.db.test_royalties import Paying
from tests.make_calendar import FIRST_COUNTED, INSTANT, LAST_FOR, LOADED

__all__ = ["due", "plan"]  # fixtures

OPEN_FROM = LAST_FOR[15] + INSTANT


@pytest.fixture
def paying(world):
    return Paying(world)


@pytest.fixture
def released(world, plan):
    """An active plan whose first part was released too late to say until when it is to be divided."""
    world.move(OPEN_FROM)
    return pay(world, plan, 1)


@pytest.fixture
def paid(world, paying):
    """A royalty whose first period was paid as late."""
    royalty = paying.stated()
    world.move(OPEN_FROM)
    return paying.do(paying.pay(royalty))


def royalty(world, id):
    with world.units.read() as unit:
        return royalties.royalty(unit, id)


class TestReckon:
    def test_counts_when_time_divides_a_part(self, monkeypatch, world, released, tmp_path):
        assert (now(world, released), released.acts_at) == (released, None)
        assert flows.reckon(world.units) == 0
        assert flows.reckon(world.units, years=LOADED) == 1
        assert flows.reckon(world.units, years=LOADED) == 0

        known = now(world, released)
        assert (known.parts[0].released_at, known.parts[0].divide_by) == (OPEN_FROM, FIRST_COUNTED)
        assert due_at(world, FIRST_COUNTED - INSTANT) == []
        assert due_at(world, FIRST_COUNTED) == [released.id]
        make_calendar.load(monkeypatch)
        world.move(FIRST_COUNTED)
        assert hears(world, tick(released, FIRST_COUNTED)) == "done"
        assert now(world, released).parts[0].state is PartState.CLOSED
        world.check(tmp_path, alone=True)

    def test_counts_it_of_a_part_that_was_divided_meanwhile_and_time_does_nothing(self, world, released):
        with world.units.begin() as unit:
            cause = make.seller(world.clock.now())
            service.divide_part(unit, cause, released.id, 1, costs=(), withheld=())
        assert flows.reckon(world.units, years=LOADED) == 1
        known = now(world, released)
        assert (known.parts[0].divide_by, known.acts_at) == (FIRST_COUNTED, None)

    def test_counts_it_while_an_order_stands_which_time_waits_for(self, world, released):
        order = freeze(world, released.settlement)
        assert flows.reckon(world.units, years=LOADED) == 1
        assert due_at(world, FIRST_COUNTED) == []
        lift(world, order)
        assert due_at(world, FIRST_COUNTED) == [released.id]

    def test_counts_when_time_divides_a_period(self, monkeypatch, world, paying, paid, tmp_path):
        assert (royalty(world, paid.id), paid.divides_at) == (paid, None)
        assert flows.reckon(world.units) == 0
        assert flows.reckon(world.units, years=LOADED) == 1
        assert flows.reckon(world.units, years=LOADED) == 0

        known = royalty(world, paid.id)
        assert (known.periods[0].paid_at, known.divides_at) == (OPEN_FROM, FIRST_COUNTED)
        make_calendar.load(monkeypatch)
        world.move(FIRST_COUNTED)
        for _ in ("the second period, estimated", "the first, divided"):
            paying.do(lambda unit: royalties.tick(unit, make.clock(FIRST_COUNTED), paid.id))
        assert royalty(world, paid.id).periods[0].state is PeriodState.DIVIDED
        world.check(tmp_path, alone=True)

    def test_counts_until_when_to_pay_what_was_stated(self, monkeypatch, world, paying, tmp_path):
        stated = paying.stated(OPEN_FROM)
        assert (stated.periods[0].owed_at, stated.periods[0].pay_by) == (OPEN_FROM, None)
        assert royalty(world, stated.id) == stated

        def declare(unit):
            royalties.declare_overdue(unit, paying.officer(), stated.id, 1)

        assert hears(world, declare) == "not-yet-overdue"
        assert flows.reckon(world.units) == 0
        assert flows.reckon(world.units, years=LOADED) == 1
        assert flows.reckon(world.units, years=LOADED) == 0

        assert royalty(world, stated.id).periods[0].pay_by == FIRST_COUNTED
        make_calendar.load(monkeypatch)
        world.move(FIRST_COUNTED - INSTANT)
        assert hears(world, declare) == "not-yet-overdue"
        world.move(FIRST_COUNTED)
        assert hears(world, declare) == "done"
        world.check(tmp_path, alone=True)

    def test_counts_when_the_parts_of_what_was_tried_fall_due(self, monkeypatch, world, due, tmp_path):
        tried = on_trial(world, due)
        world.move(make_plans.TRIAL_FROZEN)
        order = freeze(world, due.id)
        world.move(LAST_FOR[5] - timedelta(days=1))
        resumes(world, order)
        world.move(LAST_FOR[5] + INSTANT)
        with world.units.begin() as unit:
            taken = service.take_up(unit, by_ann(world), tried.id)
        assert {one.due_at for one in taken.parts} == {None}
        assert now(world, taken) == taken

        def declare(unit):
            service.declare_plan_default(unit, officer(world), taken.id, 1)

        assert hears(world, declare) == "not-yet-overdue"
        assert flows.reckon(world.units) == 0
        assert flows.reckon(world.units, years=LOADED) == 1
        assert flows.reckon(world.units, years=LOADED) == 0
        assert {one.due_at for one in now(world, taken).parts} == {FIRST_COUNTED}
        make_calendar.load(monkeypatch)
        world.move(FIRST_COUNTED - INSTANT)
        assert hears(world, declare) == "not-yet-overdue"
        world.move(FIRST_COUNTED)
        assert hears(world, declare) == "done"
        world.check(tmp_path, alone=True)

    def test_looks_at_what_is_open_alone(self, world, plan):
        with world.units.begin() as unit:
            assert (plan_store.open_ended(unit), royalty_store.open_ended(unit)) == ([], [])

    def test_asks_for_no_settlement_that_another_holds(self, world, released):
        with world.units.begin() as unit:
            service.deal_of(unit, released.settlement)
            unit.connection.execute(
                sa.text("SELECT 1 FROM settlement WHERE id = :id FOR UPDATE"), {"id": released.settlement}
            )
            assert flows.reckon(world.units, years=LOADED) == 1


class TestRows:
    @pytest.mark.parametrize(
        ("changes", "check"),
        [
            ("released_at = NULL, divide_by = paid_at + interval '1 day'", "divide_by_once_released"),
            ("divide_by = released_at", "divide_by"),
            ("state = 'waiting'", "released"),
        ],
    )
    def test_of_a_part_keep_since_when_it_is_counted(self, admin, released, changes, check):
        with pytest.raises(sa.exc.IntegrityError, match=f"ck_plan_part_{check}"):
            admin.execute(sa.text(f"UPDATE plan_part SET {changes} WHERE number = 1"))

    @pytest.mark.parametrize(
        ("changes", "check"),
        [
            ("paid_at = NULL, divide_by = statement_by", "divide_by_once_paid"),
            ("divide_by = paid_at", "time_to_divide"),
            ("state = 'stated', due_fen = 1", "due"),
            ("owed_at = paid_at", "due"),
            ("state = 'stated', due_fen = 1, owed_at = paid_at, pay_by = paid_at", "pay_by"),
            ("overdue = true", "overdue"),
        ],
    )
    def test_of_a_period_keep_it_too(self, admin, paid, changes, check):
        with pytest.raises(sa.exc.IntegrityError, match=f"ck_royalty_period_{check}"):
            admin.execute(sa.text(f"UPDATE royalty_period SET {changes} WHERE number = 1"))

    def test_of_a_period_that_was_never_paid_have_no_such_instant(self, admin, paid):
        with pytest.raises(sa.exc.IntegrityError, match="ck_royalty_period_paid_at"):
            admin.execute(sa.text("UPDATE royalty_period SET paid_at = ends_at WHERE number = 2"))
