"""What was paid for a royalty and not divided, in a real database: time divides it, and waits while an order stands."""

from datetime import UTC, datetime, timedelta

import pytest

from exchange.app import flows
from settlement.books import service as books
from settlement.escrow import service
from settlement.escrow.model import Authority, PeriodState, RoyaltyState
from settlement.escrow.service import royalties
from settlement.escrow.store import payouts
from settlement.escrow.store import royalties as store
from tests import make_escrow, make_freezes
from tests import make_royalties as make
from tests.db.test_escrow import Escrow
from tests.db.test_rivals_of_parts import at_once, freeze, kept, lift
from tests.db.test_royalties import Paying


@pytest.fixture
def paying(world):
    return Paying(world)


@pytest.fixture
def paid(paying, world):
    """A royalty whose first period was stated, and paid on the tenth of July."""
    royalty = paying.stated()
    world.move(make.PAID_AT)
    return paying.do(paying.pay(royalty))


def tick(world, royalty):
    return lambda unit: royalties.tick(unit, make.clock(world.clock.now()), royalty.id)


def divide(paying, royalty):
    return lambda unit: royalties.divide(unit, paying.seller(), royalty.id, 1)


def due(world, at):
    with world.units.read() as unit:
        return royalties.due(unit, at)


def next_due(world):
    with world.units.read() as unit:
        return royalties.next_due(unit)


def audited(paying, world, royalty):
    called = paying.do(lambda unit: royalties.call_audit(unit, paying.seller(), royalty.id, 1))
    world.move(called.periods[0].audit_from)
    found = {"sales_fen": make.FOUND, "cost_fen": make.COST, "document_sha256": "c" * 64}
    return paying.do(lambda unit: royalties.record_audit(unit, paying.officer(), royalty.id, 1, **found))


class TestTime:
    def test_divides_what_its_seller_has_not(self, paying, world, paid, tmp_path):
        assert (paid.periods[0].divide_by, paid.divides_at) == (make.DIVIDE_BY, make.DIVIDE_BY)
        assert next_due(world) == make.DIVIDE_BY
        assert due(world, make.DIVIDE_BY - make_escrow.INSTANT) == []
        assert due(world, make.DIVIDE_BY) == [paid.id]
        world.move(make.DIVIDE_BY - make_escrow.INSTANT)
        assert paying.answer(tick(world, paid)) == "not-due"
        world.move(make.DIVIDE_BY)
        divided = paying.do(tick(world, paid))

        assert (divided.periods[0].state, divided.periods[0].divide_by) == (PeriodState.DIVIDED, None)
        assert (divided.sums.amount_fen, divided.sums.costs_fen) == (make.DUE, 0)
        assert kept(world, divided) == {}
        assert paying.answer(tick(world, paid)) == "not-due"
        assert paying.answer(divide(paying, paid)) == "wrong-period-state"
        assert due(world, make.DIVIDE_BY) == []
        assert next_due(world) == divided.periods[1].statement_by
        world.check(tmp_path, alone=True)

    def test_tells_the_bank_whom_to_pay(self, paying, world, paid):
        world.move(make.DIVIDE_BY)
        paying.do(tick(world, paid))
        with world.units.read() as unit:
            told = [one.payout for one in payouts.of_subject(unit, paid.id)]
            left = [one for one in books.transfers_of(unit, paid.id) if one.credit == "custody:ordered"]
        assert {one.transfer: one.amount_fen for one in told} == {one.id: one.amount_fen for one in left}
        assert sorted(one.amount_fen for one in told) == [114_074, 688_009, 1_100_814, 1_651_223, 2_064_028]

    def test_ends_an_agreement_with_its_last_division(self, paying, world, paid, tmp_path):
        for by in (paying.seller(), paying.buyer()):
            paying.do(lambda unit, by=by: royalties.terminate(unit, by, paid.id))
        world.move(make.DIVIDE_BY)
        assert paying.do(tick(world, paid)).state is RoyaltyState.ENDED
        assert (next_due(world), paying.answer(tick(world, paid))) == (None, "wrong-royalty-state")
        world.check(tmp_path, alone=True)

    def test_divides_twice_what_an_audit_has_paid_again(self, paying, world, paid, tmp_path):
        owing = audited(paying, world, paid)
        assert owing.periods[0].divide_by == make.DIVIDE_BY
        world.move(make.DIVIDE_BY)
        once = paying.do(tick(world, paid))
        assert (once.periods[0].state, kept(world, once)) == (PeriodState.AUDITED, {})
        assert next_due(world) == once.periods[1].statement_by  # not at once again
        world.move(make.PAID_AGAIN_AT)
        again = paying.do(paying.pay(once, "bank-audit"))
        assert again.periods[0].divide_by == make.DIVIDE_AGAIN_BY
        world.move(make.DIVIDE_AGAIN_BY)
        twice = paying.do(tick(world, paid))

        assert (twice.periods[0].state, kept(world, twice)) == (PeriodState.DIVIDED, {})
        assert twice.sums.amount_fen == make.DUE + make.EXTRA
        world.check(tmp_path, alone=True)

    def test_waits_for_no_audit_that_was_called(self, paying, world, paid, tmp_path):
        paying.do(lambda unit: royalties.call_audit(unit, paying.seller(), paid.id, 1))
        world.move(make.DIVIDE_BY)
        divided = paying.do(tick(world, paid))
        found = {"sales_fen": make.FOUND, "cost_fen": make.COST, "document_sha256": "c" * 64}
        owing = paying.do(lambda unit: royalties.record_audit(unit, paying.officer(), paid.id, 1, **found))
        assert (divided.periods[0].state, owing.periods[0].state) == (PeriodState.DIVIDED, PeriodState.AUDITED)
        paying.do(paying.pay(owing, "bank-audit"))
        paying.do(divide(paying, paid))
        assert kept(world, paid) == {}
        world.check(tmp_path, alone=True)

    def test_does_nothing_where_no_calendar_reaches(self, paying, world, tmp_path):
        royalty = paying.stated()
        world.move(datetime(2026, 12, 21, 4, tzinfo=UTC))
        paid = paying.do(paying.pay(royalty))
        assert (paid.periods[0].state, paid.periods[0].divide_by) == (PeriodState.PAID, None)
        paying.do(tick(world, paid))  # estimates the second period
        far = world.clock.now() + timedelta(days=2_000)
        assert (due(world, far), next_due(world)) == ([], None)
        paying.do(divide(paying, paid))
        world.check(tmp_path, alone=True)

    def test_and_the_seller_divide_it_once(self, paying, world, paid, tmp_path):
        world.move(make.DIVIDE_BY)
        said = at_once(world, tick(world, paid), divide(paying, paid), tick(world, paid), divide(paying, paid))
        assert said.count("done") == 1
        assert set(said) <= {"done", "not-due", "wrong-period-state"}
        assert kept(world, paid) == {}
        world.check(tmp_path, alone=True)

    def test_is_read_from_the_row_as_it_was_written(self, paying, world, paid):
        with world.units.read() as unit:
            assert store.load(unit, paid.id).periods[0].divide_by == make.DIVIDE_BY


class TestFrozen:
    """A court keeps the money where it is; nothing keeps the buyer from owing."""

    def test_waits_until_it_is_lifted_and_for_the_days_of_an_answer(self, paying, world, paid, tmp_path):
        order, quiet = freeze(world, paying.settlement.id), datetime(2026, 8, 13, 16, tzinfo=UTC)
        world.move(make.DIVIDE_BY + timedelta(days=9))  # a Monday in August
        lift(world, order)
        assert (due(world, quiet - make_escrow.INSTANT), due(world, quiet)) == ([], [paid.id])
        assert next_due(world) == quiet
        world.move(quiet - make_escrow.INSTANT)
        assert paying.answer(tick(world, paid)) == "not-due"
        world.move(quiet)
        assert flows.tick_due(world.units) == 1
        assert kept(world, paid) == {}
        world.check(tmp_path, alone=True)

    def test_lets_the_seller_divide_what_it_was_kept_from(self, paying, world, paid, tmp_path):
        order = freeze(world, paying.settlement.id)
        world.move(make.DIVIDE_BY + timedelta(days=9))
        assert paying.answer(divide(paying, paid)) == "frozen"
        lift(world, order)
        paying.do(divide(paying, paid))
        assert kept(world, paid) == {}
        world.check(tmp_path, alone=True)

    def test_waits_and_has_nothing_to_do_before_it_is_lifted(self, paying, world, paid, tmp_path):
        order = freeze(world, paying.settlement.id)
        world.move(make.DIVIDE_BY)
        assert due(world, make.DIVIDE_BY) == []
        assert next_due(world) == paid.periods[1].statement_by
        assert paying.answer(tick(world, paid)) == "frozen"
        assert flows.tick_due(world.units) == 0
        assert kept(world, paid) == {"escrow": make.DUE}
        lift(world, order)
        assert flows.tick_due(world.units) == 0
        world.check(tmp_path, alone=True)

    def test_is_not_due_before_the_last_order_is_lifted(self, paying, world, paid):
        order = freeze(world, paying.settlement.id)
        with world.units.begin() as unit:
            other = make_other(world, unit, paying.settlement.id)
        world.move(make.DIVIDE_BY)
        lift(world, order)
        assert due(world, make.DIVIDE_BY) == []
        lift(world, other)
        with world.units.read() as unit:
            quiet = service.settlement(unit, paying.settlement.id).quiet_until
        assert (due(world, quiet - make_escrow.INSTANT), due(world, quiet)) == ([], [paid.id])

    def test_still_estimates_what_is_not_stated_and_then_has_nothing_to_do(self, paying, world, paid, tmp_path):
        freeze(world, paying.settlement.id)
        silent = paid.periods[1].statement_by
        world.move(silent)
        assert due(world, silent) == [paid.id]
        assert flows.tick_due(world.units) == 1
        with world.units.read() as unit:
            after = store.load(unit, paid.id)
        assert [one.state for one in after.periods] == [PeriodState.PAID, PeriodState.ESTIMATED]
        assert (due(world, silent), next_due(world)) == ([], None)
        assert paying.answer(tick(world, paid)) == "frozen"
        assert flows.tick_due(world.units) == 0
        world.check(tmp_path, alone=True)

    def test_lets_the_clock_pass_without_a_stop(self, paying, world, paid):
        freeze(world, paying.settlement.id)
        flows.move_clock(world.units, make.DIVIDE_BY + timedelta(days=20))
        with world.units.read() as unit:
            assert store.load(unit, paid.id).periods[0].state is PeriodState.PAID

    def test_by_an_order_that_came_first_wins_over_time(self, paying, world, paid):
        world.move(make.DIVIDE_BY)
        said = at_once(world, tick(world, paid), lambda unit: make_other(world, unit, paying.settlement.id))
        assert said in (["done", "done"], ["done", "frozen"])
        assert kept(world, paid) == ({"escrow": make.DUE} if "frozen" in said else {})


class TestTheClock:
    def test_stops_where_something_is_divided(self, paying, world, paid, tmp_path):
        """Everything that time does to a royalty, in its order, by moving the clock once."""
        escrow = Escrow(world)
        escrow.do(escrow.settle(paying.settlement.id))
        stops = flows.move_clock(world.units, paid.periods[1].statement_by + timedelta(days=1))
        assert stops == 2
        with world.units.read() as unit:
            after = store.load(unit, paid.id)
        assert [one.state for one in after.periods] == [PeriodState.DIVIDED, PeriodState.ESTIMATED]
        with world.units.read() as unit:
            assert max(one.recorded_at for one in books.transfers_of(unit, paid.id)) == make.DIVIDE_BY
        world.check(tmp_path, alone=True)


def make_other(world, unit, settlement):
    """A second order, of the regulator's."""
    return service.freeze(
        unit,
        make_freezes.regulator(world.clock.now()),
        settlement,
        authority=Authority.REGULATOR,
        order_number="监字〔2026〕7号",
        document_sha256="e" * 64,
        reason="调查",
    )
