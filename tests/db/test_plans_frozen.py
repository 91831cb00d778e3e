"""Plans whose deal is frozen and goes on, and parts that time divides: in the database, against rivals, cut short."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from ledger.kernel.errors import Refusal
from settlement.books import service as books
from settlement.escrow import service
from settlement.escrow.model import Outcome, PartState, Payee, PlanState
from tests import killed_books as killed
from tests import make_escrow as escrow
from tests import make_freezes
from tests import make_plans as make
from tests.db.test_plans import by_ann, due, officer, on_trial, pay, plan, resolve, told
from tests.db.test_rivals_of_parts import at_once, freeze, hears, kept

__all__ = ["due", "plan"]  # fixtures

FROZEN_AT = make.TRIAL_UNTIL - 2 * escrow.INSTANT


def lifting(world, order, at=None):
    """What lifts an order that is the last, as the flow does, in one unit."""

    def act(unit):
        cause = make_freezes.regulator(at or world.clock.now())
        lifted = service.lift(unit, cause, order.id, document_sha256="d" * 64)
        service.resume_plan(unit, cause, lifted)

    return act


def lift(world, order):
    with world.units.begin() as unit:
        lifting(world, order)(unit)


def now(world, plan):
    with world.units.read() as unit:
        return service.plan(unit, plan.id)


def tick(plan, at):
    return lambda unit: service.tick_plan(unit, escrow.clock(at), plan.id)


def due_at(world, at):
    with world.units.read() as unit:
        return service.due_plans(unit, at)


class TestWaiting:
    def test_is_released_in_the_unit_that_lifts_the_last_order(self, world, plan, tmp_path):
        order = freeze(world, plan.settlement)
        assert pay(world, plan, 1).parts[0].state is PartState.WAITING
        assert kept(world, plan) == {"escrow": make.FIRST}
        cause = escrow.seller(world.clock.now())
        divide = {"costs": (), "withheld": ()}
        assert hears(world, lambda unit: service.divide_part(unit, cause, plan.id, 1, **divide)) == "wrong-part-state"
        lift(world, order)
        assert now(world, plan).parts[0].state is PartState.RELEASED
        assert kept(world, plan) == {"released": make.FIRST}
        world.check(tmp_path, alone=True)

    def test_is_not_released_while_another_order_stands(self, world, plan):
        order = freeze(world, plan.settlement)
        with world.units.begin() as unit:
            cause = make_freezes.regulator(world.clock.now())
            another = make_freezes.order(make_freezes.SECOND)
            service.freeze(
                unit,
                cause,
                plan.settlement,
                authority=another.authority,
                order_number=another.order_number,
                document_sha256=another.document_sha256,
                reason=another.reason,
            )
        pay(world, plan, 1)
        assert hears(world, lifting(world, order)) == "frozen"  # the flow asks for the last one alone
        assert now(world, plan).parts[0].state is PartState.WAITING

    def test_of_a_payment_and_an_order_at_once_is_released_before_or_waits(self, world, plan, tmp_path):
        def paying(unit):
            fen = make.pay(1).amount_fen
            service.pay_part(unit, officer(world), plan.id, 1, amount_fen=fen, reference="bank-part-1")

        def ordering(unit):
            command = make_freezes.order()
            service.freeze(
                unit,
                make_freezes.regulator(world.clock.now()),
                plan.settlement,
                authority=command.authority,
                order_number=command.order_number,
                document_sha256=command.document_sha256,
                reason=command.reason,
            )

        assert at_once(world, paying, ordering) == ["done", "done"]
        assert now(world, plan).parts[0].state in {PartState.WAITING, PartState.RELEASED}
        world.check(tmp_path, alone=True)

    def test_of_a_payment_and_a_lifting_at_once_is_released_either_way(self, world, plan, tmp_path):
        order = freeze(world, plan.settlement)

        def paying(unit):
            fen = make.pay(1).amount_fen
            service.pay_part(unit, officer(world), plan.id, 1, amount_fen=fen, reference="bank-part-1")

        assert at_once(world, paying, lifting(world, order)) == ["done", "done"]
        assert now(world, plan).parts[0].state is PartState.RELEASED
        assert kept(world, plan) == {"released": make.FIRST}
        world.check(tmp_path, alone=True)


class TestProposal:
    def proposing(self, world, due, **changes):
        def act(unit):
            by = escrow.seller(world.clock.now())
            return service.propose_plan(unit, by, due.id, terms=make.terms(**changes), sharing=make.sharing())

        return act

    @pytest.fixture
    def answered_late(self, world, due):
        """A proposal whose price fell due under an order, which is lifted now: on Tuesday the tenth of March."""
        with world.units.begin() as unit:
            made = self.proposing(world, due)(unit)
        order = freeze(world, due.id)
        world.move(make.PAY_BY)
        assert due_at(world, make.PAY_BY) == []
        lift(world, order)
        return made

    QUIET = datetime(2026, 3, 13, 16, tzinfo=UTC)

    def default(self, world, due):
        return lambda unit: service.declare_default(unit, officer(world), due.id)

    def agreeing(self, world, made):
        return lambda unit: service.agree_plan(unit, by_ann(world), made.id, terms_sha256=service.terms_of(made))

    def test_is_agreed_to_after_the_lifting_and_no_deposit_is_lost(self, world, due, answered_late, tmp_path):
        assert now(world, answered_late).agree_by == self.QUIET
        assert hears(world, self.default(world, due)) == "not-yet-overdue"
        world.move(self.QUIET - escrow.INSTANT)
        assert due_at(world, self.QUIET - escrow.INSTANT) == []
        assert hears(world, self.default(world, due)) == "not-yet-overdue"
        assert hears(world, self.agreeing(world, answered_late)) == "done"
        assert kept(world, answered_late) == {"escrow": make.DEPOSIT}
        world.check(tmp_path, alone=True)

    def test_is_replaced_withdrawn_and_made_anew(self, world, due, answered_late, tmp_path):
        assert hears(world, self.proposing(world, due, interest_bp=400)) == "done"
        assert hears(
            world, lambda unit: service.withdraw_plan(unit, escrow.seller(world.clock.now()), answered_late.id)
        )
        world.move(self.QUIET - escrow.INSTANT)
        with world.units.begin() as unit:
            again = self.proposing(world, due)(unit)
        assert again.agree_by == self.QUIET
        assert hears(world, self.agreeing(world, again)) == "done"
        world.check(tmp_path, alone=True)

    def test_lapses_at_the_later_instant_and_then_the_deposit_may_be_lost(self, world, due, answered_late, tmp_path):
        with world.units.read() as unit:
            assert service.next_plan_due(unit) == self.QUIET
        world.move(self.QUIET)
        assert hears(world, self.agreeing(world, answered_late)) == "too-late"
        assert hears(world, self.proposing(world, due)) == "too-late"
        assert due_at(world, self.QUIET) == [answered_late.id]
        assert hears(world, tick(answered_late, self.QUIET - escrow.INSTANT)) == "not-due"
        assert hears(world, tick(answered_late, self.QUIET)) == "done"
        assert now(world, answered_late).state is PlanState.LAPSED
        assert hears(world, self.default(world, due)) == "done"
        world.check(tmp_path, alone=True)


class TestNothingToFreeze:
    def ordering(self, world, due):
        order = make_freezes.order()

        def act(unit):
            service.freeze(
                unit,
                make_freezes.regulator(world.clock.now()),
                due.id,
                authority=order.authority,
                order_number=order.order_number,
                document_sha256=order.document_sha256,
                reason=order.reason,
            )

        return act

    def test_is_left_of_a_trial_that_was_declined(self, world, due, tmp_path):
        plan = on_trial(world, due)
        assert hears(world, lambda unit: service.decline_trial(unit, by_ann(world), plan.id)) == "done"
        assert hears(world, self.ordering(world, due)) == "nothing-to-freeze"
        with world.units.read() as unit:
            assert service.freezes_of(unit, due.id) == []
        world.check(tmp_path, alone=True)

    def test_outlasts_no_deal_that_goes_on(self, world, due, plan):
        order = freeze(world, due.id)
        with world.units.read() as unit:
            assert service.settlement(unit, due.id).frozen == (order.id,)
            assert service.outlasting(unit, due.deal) == ()
            assert service.outlasting(unit, "lot_nobody_has_paid_for") == ()

    def test_outlasts_a_lot_that_ended_unsold(self, world):
        at = escrow.officer(world.clock.now())
        with world.units.begin() as unit:
            one = service.take_deposit(
                unit,
                at,
                deal=escrow.DEAL,
                seller=escrow.SELLER,
                code="0011",
                payer=escrow.ANN,
                due_fen=escrow.DEPOSIT,
                paid_fen=escrow.DEPOSIT,
                reference="bank-0011",
            )
        order = freeze(world, one.id)
        with world.units.begin() as unit:
            service.release(unit, at, deal=escrow.DEAL)
            assert service.outlasting(unit, escrow.DEAL) == (order.id,)


class TestAnOrderDecidedBehind:
    def test_a_trial_that_it_came_before_is_no_finding(self, world, due, tmp_path):
        early = world.clock.now()
        world.move(early + timedelta(milliseconds=5))
        plan = on_trial(world, due)
        order = make_freezes.order()
        with world.units.begin() as unit:
            made = service.freeze(
                unit,
                make_freezes.regulator(early),
                due.id,
                authority=order.authority,
                order_number=order.order_number,
                document_sha256=order.document_sha256,
                reason=order.reason,
            )
        world.move(FROZEN_AT)
        lift(world, made)
        assert now(world, plan).extended_until == make.EXTENDED_UNTIL
        world.check(tmp_path, alone=True)


class TestTrial:
    def frozen(self, world, due):
        plan = on_trial(world, due)
        world.move(FROZEN_AT)
        return plan, freeze(world, due.id)

    @pytest.mark.parametrize("swept", [False, True])
    def test_goes_on_though_its_hold_was_over(self, world, due, swept, tmp_path):
        plan, order = self.frozen(world, due)
        world.move(make.TRIAL_UNTIL)
        if swept:
            with world.units.begin() as unit:
                assert books.expire(unit) == 1
        assert hears(world, tick(plan, make.TRIAL_UNTIL)) == "frozen"
        lift(world, order)
        after = now(world, plan)
        assert (after.state, after.extended_until) == (PlanState.TRIAL, make.EXTENDED_UNTIL)
        assert due_at(world, make.EXTENDED_UNTIL - escrow.INSTANT) == []
        assert due_at(world, make.EXTENDED_UNTIL) == [plan.id]
        with world.units.read() as unit:
            assert books.next_expiry(unit) == make.EXTENDED_UNTIL
        assert hears(world, lambda unit: service.take_up(unit, by_ann(world), plan.id)) == "done"
        assert kept(world, plan) == {"escrow": make.DEPOSIT}
        world.check(tmp_path, alone=True)

    def test_goes_on_where_its_hold_would_end_too_early(self, world, due, tmp_path):
        plan, order = self.frozen(world, due)
        lift(world, order)
        assert now(world, plan).extended_until == make.EXTENDED_UNTIL
        world.move(make.TRIAL_UNTIL)
        with world.units.begin() as unit:
            assert books.expire(unit) == 0
        assert kept(world, plan) == {"buyer": make.DEPOSIT}
        world.move(make.EXTENDED_UNTIL)
        assert hears(world, tick(plan, make.EXTENDED_UNTIL)) == "done"
        (back,) = told(world, plan)
        assert (back.source, back.amount_fen) == ("bank-0011", escrow.DEPOSIT)
        world.check(tmp_path, alone=True)

    def test_goes_on_as_the_books_say_where_the_clock_does_not(self, world, due, tmp_path):
        """The unit reads the clock before the trial's instant; a sweep comes at it, and is done before it is held."""
        plan, order = self.frozen(world, due)
        with world.units.begin() as unit:
            assert unit.now() < make.TRIAL_UNTIL
            world.move(make.TRIAL_UNTIL)
            with world.units.begin() as other:
                assert books.expire(other) == 1
            lifting(world, order, at=FROZEN_AT)(unit)
        assert now(world, plan).extended_until == make.EXTENDED_UNTIL
        assert kept(world, plan) == {"buyer": make.DEPOSIT}
        world.check(tmp_path, alone=True)

    def test_goes_on_as_often_as_it_is_frozen(self, world, due, tmp_path):
        plan, order = self.frozen(world, due)
        lift(world, order)
        world.move(make.EXTENDED_UNTIL - escrow.INSTANT)
        with world.units.begin() as unit:
            another = make_freezes.order(make_freezes.SECOND)
            cause = make_freezes.regulator(world.clock.now())
            again = service.freeze(
                unit,
                cause,
                due.id,
                authority=another.authority,
                order_number=another.order_number,
                document_sha256=another.document_sha256,
                reason=another.reason,
            )
        lift(world, again)
        assert now(world, plan).extended_until == make.EXTENDED_AGAIN
        assert hears(world, lambda unit: service.decline_trial(unit, by_ann(world), plan.id)) == "done"
        assert kept(world, plan) == {}
        world.check(tmp_path, alone=True)

    def test_that_was_over_before_it_was_frozen_is_declined_all_the_same(self, world, due, tmp_path):
        plan = on_trial(world, due)
        world.move(make.TRIAL_UNTIL)
        order = freeze(world, due.id)
        lift(world, order)
        assert now(world, plan).extended_until is None
        assert due_at(world, make.TRIAL_UNTIL) == [plan.id]
        assert hears(world, tick(plan, make.TRIAL_UNTIL)) == "done"
        assert now(world, plan).state is PlanState.DECLINED
        world.check(tmp_path, alone=True)

    def test_is_too_late_by_the_later_instant(self, world, due):
        plan, order = self.frozen(world, due)
        lift(world, order)
        came = escrow.by(escrow.ANN, at=make.EXTENDED_UNTIL - escrow.INSTANT)
        world.move(make.EXTENDED_UNTIL)
        with pytest.raises(Refusal) as caught, world.units.begin() as unit:
            service.take_up(unit, came, plan.id)
        assert caught.value.code() == "escrow/too-late"
        assert caught.value.facts == {"until": "2026-06-03T16:00:00.000000Z"}

    @pytest.mark.parametrize("nth", range(3))
    def test_is_declined_by_time_or_frozen_at_one_moment(self, world, due, nth, tmp_path):
        plan = on_trial(world, due)
        world.move(make.TRIAL_UNTIL)
        command = make_freezes.order()

        def ordering(unit):
            service.freeze(
                unit,
                make_freezes.regulator(make.TRIAL_UNTIL - escrow.INSTANT),
                plan.settlement,
                authority=command.authority,
                order_number=command.order_number,
                document_sha256=command.document_sha256,
                reason=command.reason,
            )

        said = at_once(world, ordering, tick(plan, make.TRIAL_UNTIL))
        after = now(world, plan)
        assert (said, after.state, kept(world, plan)) in (
            (["done", "nothing-to-freeze"], PlanState.DECLINED, {}),
            (["done", "frozen"], PlanState.TRIAL, {"buyer": make.DEPOSIT}),
        )
        with world.units.read() as unit:
            orders = service.freezes_of(unit, due.id)
        assert len(orders) == (after.state is PlanState.TRIAL)
        for order in orders:
            lift(world, order)
        assert now(world, plan).extended_until == (make.EXTENDED_UNTIL if orders else None)
        world.check(tmp_path, alone=True)

    def test_goes_on_or_is_swept_at_one_moment_and_is_held_either_way(self, world, due, tmp_path):
        plan, order = self.frozen(world, due)
        world.move(make.TRIAL_UNTIL)
        ways = [lifting(world, order), books.expire, books.expire]
        assert at_once(world, *ways) == ["done", "done", "done"]
        assert now(world, plan).extended_until == make.EXTENDED_UNTIL
        with world.units.read() as unit:
            assert books.next_expiry(unit) == make.EXTENDED_UNTIL
        world.check(tmp_path, alone=True)


class TestTime:
    @pytest.fixture
    def released(self, world, plan):
        return pay(world, plan, 1)

    def test_divides_what_is_released_at_its_instant(self, world, released, tmp_path):
        at = released.parts[0].divide_by
        assert at == released.acts_at
        assert due_at(world, at - escrow.INSTANT) == []
        assert due_at(world, at) == [released.id]
        with world.units.read() as unit:
            assert service.next_plan_due(unit) == at
        world.move(at)
        assert hears(world, tick(released, at - escrow.INSTANT)) == "not-due"
        assert hears(world, tick(released, at)) == "done"
        assert hears(world, tick(released, at)) == "not-due"
        assert due_at(world, make.THIRD_DUE) == []
        assert kept(world, released) == {}
        assert {one.payee for one in told(world, released)} == {Payee.ORGANISATION, Payee.INVENTOR}
        world.check(tmp_path, alone=True)

    def test_waits_for_an_order_to_be_lifted(self, world, released, tmp_path):
        order, at = freeze(world, released.settlement), released.parts[0].divide_by
        world.move(at)
        assert due_at(world, at) == []
        assert hears(world, tick(released, at)) == "frozen"
        lift(world, order)
        assert at == datetime(2026, 3, 23, 16, tzinfo=UTC)
        quiet = datetime(2026, 3, 27, 16, tzinfo=UTC)  # the third working day after Tuesday the 24th is over
        assert (due_at(world, quiet - escrow.INSTANT), due_at(world, quiet)) == ([], [released.id])
        with world.units.read() as unit:
            assert service.next_plan_due(unit) == quiet
        world.move(quiet)
        assert hears(world, tick(released, quiet - escrow.INSTANT)) == "not-due"
        assert hears(world, tick(released, quiet)) == "done"
        world.check(tmp_path, alone=True)

    def test_leaves_its_days_to_a_seller_that_an_order_kept_from_it(self, world, released, tmp_path):
        order, at = freeze(world, released.settlement), released.parts[0].divide_by
        world.move(at)

        def dividing(unit):
            service.divide_part(unit, escrow.seller(at), released.id, 1, costs=make.divide().costs, withheld=())

        assert hears(world, dividing) == "frozen"
        lift(world, order)
        assert hears(world, dividing) == "done"
        world.check(tmp_path, alone=True)

    def test_divides_or_the_seller_does(self, world, released, tmp_path):
        at = released.parts[0].divide_by
        world.move(at)

        def dividing(unit):
            service.divide_part(unit, escrow.seller(at), released.id, 1, costs=(), withheld=())

        said = at_once(world, dividing, tick(released, at), tick(released, at))
        assert said in (["done", "not-due", "not-due"], ["done", "not-due", "wrong-part-state"])
        assert kept(world, released) == {}
        world.check(tmp_path, alone=True)


class TestPayouts:
    def test_of_a_default_name_the_payment_of_every_part_but_the_first(self, world, due):
        first, second, third = make.terms().parts
        parts = (replace(first, milestone="样机验收"), second, replace(third, milestone="量产验收"))
        with world.units.begin() as unit:
            at = escrow.seller(world.clock.now())
            made = service.propose_plan(unit, at, due.id, terms=make.terms(parts=parts), sharing=make.sharing())
        with world.units.begin() as unit:
            plan = service.agree_plan(unit, by_ann(world), made.id, terms_sha256=service.terms_of(made))
        pay(world, plan, 1)
        pay(world, plan, 3)
        world.move(make.SECOND_DUE)
        with world.units.begin() as unit:
            service.declare_plan_default(unit, officer(world), plan.id, 2)
        assert {(one.source, one.organisation, one.amount_fen) for one in told(world, plan)} == {
            (None, escrow.ANN, make.FIRST),  # the deposit and a payment
            ("bank-part-3", escrow.ANN, make.THIRD + make.THIRD_INTEREST),
        }

    def test_of_parts_that_go_back_one_by_one_each_name_their_own(self, world, plan):
        pay(world, plan, 1)
        pay(world, plan, 2)
        pay(world, plan, 3)
        resolve(world, plan, 2, Outcome.RETURNED)
        assert [one.source for one in told(world, plan)] == ["bank-part-2"]


class TestAKill:
    """The connection ends between any two statements: nothing of the command is left, or all of it."""

    def walk(self, world, admin, act, standing):
        """Let the end come at every point, the commit among them, until the command has been done; return how many."""
        before, strikes, done = standing(), 0, False
        admin = admin.execution_options(isolation_level="AUTOCOMMIT")
        while not done:
            ended = []

            def strike(connection, ended=ended):
                pid = connection.connection.driver_connection.info.backend_pid
                ended.append(admin.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid}))

            try:
                with killed.fateful(world.units.engine, strikes, strike), world.units.begin() as unit:
                    act(unit)
                done = True
            except sa.exc.DBAPIError:
                assert ended
                strikes += 1
            assert (standing() != before) is done
        return strikes

    def standing(self, world, plan):
        def found():
            with world.units.read() as unit:
                assert books.prove(unit) == []
                made = [one.id for one in books.transfers_of(unit, plan.id)]
                orders = [one.state for one in service.freezes_of(unit, plan.settlement)]
                return service.plan(unit, plan.id), made, orders

        return found

    def test_while_a_part_comes_that_waits(self, world, plan, admin, tmp_path):
        freeze(world, plan.settlement)

        def paying(unit):
            fen = make.pay(1).amount_fen
            service.pay_part(unit, officer(world), plan.id, 1, amount_fen=fen, reference="bank-part-1")

        assert self.walk(world, admin, paying, self.standing(world, plan)) >= 6
        world.check(tmp_path, alone=True)

    def test_while_an_order_is_lifted_and_a_part_released(self, world, plan, admin, tmp_path):
        order = freeze(world, plan.settlement)
        pay(world, plan, 1)
        assert self.walk(world, admin, lifting(world, order), self.standing(world, plan)) >= 8
        assert now(world, plan).parts[0].state is PartState.RELEASED
        world.check(tmp_path, alone=True)

    @pytest.mark.parametrize("at", [FROZEN_AT, make.TRIAL_UNTIL])
    def test_while_an_order_is_lifted_and_a_trial_goes_on(self, world, due, admin, at, tmp_path):
        plan = on_trial(world, due)
        world.move(FROZEN_AT)
        order = freeze(world, due.id)
        world.move(at)
        assert self.walk(world, admin, lifting(world, order), self.standing(world, plan)) >= 8
        assert kept(world, plan) == {"buyer": make.DEPOSIT}
        world.check(tmp_path, alone=True)

    def test_while_time_divides(self, world, plan, admin, tmp_path):
        at = pay(world, plan, 1).parts[0].divide_by
        world.move(at)
        assert self.walk(world, admin, tick(plan, at), self.standing(world, plan)) >= 6
        assert kept(world, plan) == {}
        world.check(tmp_path, alone=True)

    def test_while_a_default_gives_parts_back(self, world, plan, admin, tmp_path):
        pay(world, plan, 1)
        pay(world, plan, 2)
        world.move(make.THIRD_DUE)

        def stop(unit):
            service.declare_plan_default(unit, officer(world), plan.id, 3)

        assert self.walk(world, admin, stop, self.standing(world, plan)) >= 6
        assert [one.source for one in told(world, plan)] == ["bank-part-2"]
        world.check(tmp_path, alone=True)
