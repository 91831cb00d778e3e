"""Parts of a price and royalties, asked for twice at once from connections of their own, or while an order stands."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest

from ledger.kernel.errors import Refusal
from settlement.books import service as books
from settlement.escrow import service
from settlement.escrow.model import Authority, Outcome, PartState, PlanState
from settlement.escrow.service import royalties
from tests import make_escrow as escrow
from tests import make_freezes, make_royalties
from tests import make_plans as make
from tests.db.test_plans import by_ann, due, officer, on_trial, pay, plan
from tests.db.test_royalties import Paying

__all__ = ["due", "plan"]  # fixtures


def hears(world, act):
    """What a command is answered in a unit of its own."""
    try:
        with world.units.begin() as unit:
            act(unit)
    except Refusal as refusal:
        return refusal.code().removeprefix("escrow/")
    return "done"


def at_once(world, *acts):
    """What each is answered, all begun at one moment, in the order of words."""
    barrier = Barrier(len(acts))

    def one(act):
        barrier.wait()
        return hears(world, act)

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(one, acts))


def freeze(world, settlement):
    with world.units.begin() as unit:
        return service.freeze(
            unit,
            make_freezes.regulator(world.clock.now()),
            settlement,
            authority=Authority.COURT,
            order_number="(2026)内01财保1号",
            document_sha256="c" * 64,
            reason="财产保全",
        )


def lift(world, order):
    with world.units.begin() as unit:
        service.lift(unit, make_freezes.regulator(world.clock.now()), order.id, document_sha256="d" * 64)


def kept(world, plan):
    """What stands on the accounts of a plan."""
    with world.units.read() as unit:
        assert books.prove(unit) == []
        found = books.accounts(unit, books.names_under(unit, [plan.id])).values()
        return {one.name.partition(":")[2]: int(one.balance_fen) for one in found if one.balance_fen}


@pytest.fixture
def asked(world, plan):
    """A plan whose milestone the seller says is reached; its money is there."""
    pay(world, plan, 1)
    pay(world, plan, 2)
    with world.units.begin() as unit:
        return service.propose_release(unit, escrow.seller(world.clock.now()), plan.id, 2, evidence_sha256="e" * 64)


def confirm(world, plan):
    return lambda unit: service.confirm_release(unit, make.person(make.ZOE, world.clock.now()), plan.id, 2)


def dispute(world, plan):
    return lambda unit: service.dispute_part(unit, by_ann(world), plan.id, 2, reason="未达到约定指标")


def judge(world, plan, outcome=Outcome.RETURNED):
    return lambda unit: service.resolve_dispute(
        unit, officer(world), plan.id, 2, outcome=outcome, document_sha256="f" * 64
    )


def divide(world, plan, part=1):
    by = escrow.seller(world.clock.now())
    return lambda unit: service.divide_part(unit, by, plan.id, part, costs=(), withheld=())


class TestAtOnce:
    def test_a_milestone_is_released_once(self, world, asked, tmp_path):
        said = at_once(world, *[confirm(world, asked)] * 4)

        assert said == ["done"] + ["wrong-part-state"] * 3
        assert kept(world, asked) == {"released": make.FIRST + make.SECOND + make.SECOND_INTEREST}
        world.check(tmp_path, alone=True)

    def test_a_milestone_is_released_or_disputed(self, world, asked, tmp_path):
        said = at_once(world, confirm(world, asked), dispute(world, asked))
        whole = make.SECOND + make.SECOND_INTEREST

        assert said == ["done", "wrong-part-state"]
        assert kept(world, asked) in (
            {"released": make.FIRST + whole},
            {"released": make.FIRST, "escrow": whole},
        )
        world.check(tmp_path, alone=True)

    def test_a_dispute_ends_once_whichever_way(self, world, asked, tmp_path):
        assert hears(world, dispute(world, asked)) == "done"
        ways = [judge(world, asked, outcome) for outcome in (Outcome.RETURNED, Outcome.RELEASED)]

        assert at_once(world, *ways, *ways) == ["done"] + ["wrong-part-state"] * 3
        assert sum(kept(world, asked).values()) in {make.FIRST, make.FIRST + make.SECOND + make.SECOND_INTEREST}
        world.check(tmp_path, alone=True)

    def test_a_part_is_divided_once(self, world, asked, tmp_path):
        said = at_once(world, *[divide(world, asked)] * 3)

        assert said == ["done", "wrong-part-state", "wrong-part-state"]
        assert kept(world, asked) == {"escrow": make.SECOND + make.SECOND_INTEREST}
        world.check(tmp_path, alone=True)

    def test_a_royalty_is_divided_once(self, world):
        paying = Paying(world)
        royalty = paying.stated()
        paying.do(paying.pay(royalty))
        ways = [lambda unit: royalties.divide(unit, paying.seller(), royalty.id, 1)] * 3

        assert at_once(world, *ways) == ["done", "wrong-period-state", "wrong-period-state"]
        with world.units.read() as unit:
            assert books.prove(unit) == []

    def test_a_trial_is_taken_up_or_declined(self, world, due):
        plan = on_trial(world, due)
        ways = [
            lambda unit: service.take_up(unit, by_ann(world), plan.id),
            lambda unit: service.decline_trial(unit, by_ann(world), plan.id),
        ]

        assert at_once(world, *ways) == ["done", "wrong-plan-state"]
        assert sum(kept(world, plan).values()) in {0, make.DEPOSIT}

    def test_money_goes_on_before_an_order_or_not_at_all(self, world, asked):
        def order(unit):
            service.freeze(
                unit,
                make_freezes.regulator(world.clock.now()),
                asked.settlement,
                authority=Authority.REGULATOR,
                order_number="监字〔2026〕1号",
                document_sha256="c" * 64,
                reason="调查",
            )

        said = at_once(world, confirm(world, asked), order)
        whole = make.SECOND + make.SECOND_INTEREST

        assert said in (["done", "done"], ["done", "frozen"])
        assert kept(world, asked).get("escrow", 0) == (whole if "frozen" in said else 0)


class TestFrozen:
    """While an order stands, money comes in, and stays where it is."""

    def test_neither_releases_nor_divides_nor_returns_a_part(self, world, asked, tmp_path):
        order = freeze(world, asked.settlement)
        before = kept(world, asked)

        assert hears(world, confirm(world, asked)) == "frozen"
        assert hears(world, divide(world, asked)) == "frozen"
        assert hears(world, dispute(world, asked)) == "done"  # moves nothing
        assert hears(world, judge(world, asked)) == "frozen"
        assert kept(world, asked) == before
        lift(world, order)
        assert hears(world, judge(world, asked)) == "done"
        assert hears(world, divide(world, asked)) == "done"
        assert kept(world, asked) == {}
        world.check(tmp_path, alone=True)

    def test_takes_what_is_paid(self, world, plan):
        freeze(world, plan.settlement)
        paid = pay(world, plan, 2)

        assert paid.parts[1].state is PartState.FUNDED
        assert kept(world, plan) == {"escrow": make.DEPOSIT + make.SECOND + make.SECOND_INTEREST}

    def test_declares_no_default(self, world, plan):
        order = freeze(world, plan.settlement)
        world.move(make.THIRD_DUE)

        def stop(unit):
            service.declare_plan_default(unit, officer(world), plan.id, 1)

        assert hears(world, stop) == "frozen"
        assert kept(world, plan) == {"escrow": make.DEPOSIT}
        lift(world, order)
        assert hears(world, stop) == "not-yet-overdue"
        quiet = datetime(2026, 12, 4, 16, tzinfo=UTC)  # lifted on Tuesday the first: the third working day is over
        world.move(quiet - escrow.INSTANT)
        assert hears(world, stop) == "not-yet-overdue"
        world.move(quiet)
        assert hears(world, stop) == "done"

    def test_refunds_no_trial_by_word_or_by_silence(self, world, due):
        plan = on_trial(world, due)
        order = freeze(world, due.id)

        assert hears(world, lambda unit: service.decline_trial(unit, by_ann(world), plan.id)) == "frozen"
        assert hears(world, lambda unit: service.take_up(unit, by_ann(world), plan.id)) == "frozen"
        with world.units.read() as unit:
            assert service.due_plans(unit, make.TRIAL_UNTIL) == []
        assert kept(world, plan) == {"buyer": make.DEPOSIT}
        lift(world, order)
        with world.units.read() as unit:
            assert service.due_plans(unit, make.TRIAL_UNTIL) == [plan.id]

    def test_agrees_to_no_plan(self, world, due):
        by = escrow.seller(world.clock.now())
        with world.units.begin() as unit:
            made = service.propose_plan(unit, by, due.id, terms=make.terms(), sharing=make.sharing())
        freeze(world, due.id)
        terms = service.terms_of(made)

        assert (
            hears(world, lambda unit: service.agree_plan(unit, by_ann(world), made.id, terms_sha256=terms)) == "frozen"
        )
        with world.units.read() as unit:
            assert service.plan_of(unit, due.id).state is PlanState.PROPOSED

    def test_takes_a_royalty_and_does_not_divide_it(self, world):
        paying = Paying(world)
        royalty = paying.stated()
        order = freeze(world, paying.settlement.id)

        def divide(unit):
            royalties.divide(unit, paying.seller(), royalty.id, 1)

        assert paying.answer(paying.pay(royalty)) == "done"
        assert paying.answer(divide) == "frozen"
        assert kept(world, royalty) == {"escrow": make_royalties.DUE}
        lift(world, order)
        assert paying.answer(divide) == "done"
        assert kept(world, royalty) == {}
