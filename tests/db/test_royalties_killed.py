"""Royalty commands cut off between any two statements: no half command, no fen lost, and the repeat does all of it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from ledger.log import service as log
from settlement.books import service as books
from settlement.escrow.service import royalties
from settlement.escrow.store import payouts
from settlement.escrow.store import royalties as store
from tests import killed_books as killed
from tests import make_royalties as make
from tests.db.test_royalties import Paying
from tests.db.test_royalties_by_time import audited, divide, tick

LAST = 60  # more than any command has statements
COUNTED = ("royalty", "royalty_period", "payment", "payout", "transfer", "account", "outbox", "disclosure")
"""Whatever a command writes: nothing of it is ever there without the rest."""


@pytest.fixture
def paying(world):
    return Paying(world)


@pytest.fixture
def admin(admin):
    return admin.execution_options(isolation_level="AUTOCOMMIT")


def strike(admin, connection):
    pid = connection.connection.driver_connection.info.backend_pid
    admin.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})


def rows(world):
    """Every row of every table that royalties write, and what the books keep, as text."""
    with world.units.read() as unit:
        assert books.prove(unit) == []
        found = {}
        for table in COUNTED:
            query = sa.text(f'SELECT md5(string_agg(one::text, chr(10) ORDER BY one::text)) FROM "{table}" AS one')
            found[table] = unit.connection.execute(query).scalar_one()
        return found | {"waiting": log.waiting(unit)}


def cut_off_everywhere(paying, admin, act):
    """Cut a command off before its first statement, before its second, and so on, its commit the last; then let it be.

    Returns how many statements there were to come between.
    """
    world = paying.world
    before = rows(world)
    for point in range(LAST):
        ended = []
        try:
            with killed.fateful(world.engines[0], point, lambda one: ended.append(strike(admin, one))):
                with world.units.begin() as unit:
                    act(unit)
        except sa.exc.DBAPIError:
            assert ended
            assert rows(world) == before, point
            continue
        assert not ended
        assert rows(world) != before
        return point
    raise AssertionError("it never came to an end")


def stage(paying, name):
    """Bring a royalty to where a command is due, and return it with the command."""
    world = paying.world
    if name == "propose":
        return lambda unit: paying.propose(unit)
    if name in {"withdraw", "agree", "lapse"}:
        made = paying.do(paying.propose)
        if name == "lapse":
            world.move(make.OVER)
        terms = royalties.terms_of(made)
        return {
            "withdraw": lambda unit: royalties.withdraw(unit, paying.seller(), made.id),
            "agree": lambda unit: royalties.agree(unit, paying.buyer(), made.id, terms_sha256=terms),
            "lapse": tick(world, made),
        }[name]
    if name in {"state", "estimate"}:
        made = paying.agreed()
        world.move(make.STATED_AT if name == "state" else make.STATEMENT_BY)
        said = {"sales_fen": make.SALES, "statement_sha256": "b" * 64}
        by_buyer = lambda unit: royalties.state_sales(unit, paying.buyer(), made.id, 1, **said)  # noqa: E731
        return by_buyer if name == "state" else tick(world, made)
    return later_stage(paying, name, paying.stated())


def later_stage(paying, name, stated):
    """The same of what comes after the statement."""
    world = paying.world
    if name == "pay":
        return paying.pay(stated)
    if name == "overdue":
        world.move(make.PAY_BY)
        return lambda unit: royalties.declare_overdue(unit, paying.officer(), stated.id, 1)
    if name in {"sign", "terminate"}:
        act = lambda unit: royalties.terminate(unit, paying.buyer(), stated.id)  # noqa: E731
        if name == "terminate":
            paying.do(act)
            return lambda unit: royalties.terminate(unit, paying.seller(), stated.id)
        return act
    world.move(make.PAID_AT)
    paid = paying.do(paying.pay(stated))
    call = lambda unit: royalties.call_audit(unit, paying.seller(), paid.id, 1)  # noqa: E731
    if name == "call":
        return call
    if name == "audit":
        called = paying.do(call)
        world.move(called.periods[0].audit_from)
        found = {"sales_fen": make.FOUND, "cost_fen": make.COST, "document_sha256": "c" * 64}
        return lambda unit: royalties.record_audit(unit, paying.officer(), paid.id, 1, **found)
    if name == "rescind":
        return lambda unit: royalties.rescind(unit, paying.officer(), paying.settlement.id)
    if name == "divide":
        costs, withheld = make.divide().costs, make.divide().withheld
        return lambda unit: royalties.divide(unit, paying.seller(), paid.id, 1, costs=costs, withheld=withheld)
    if name == "divide what an audit found":
        paying.do(paying.pay(audited(paying, world, paid), "bank-audit"))
        return divide(paying, paid)
    world.move(make.DIVIDE_BY)
    return tick(world, paid)


NAMES = {
    "propose": 3,
    "withdraw": 4,
    "agree": 4,
    "lapse": 4,
    "state": 4,
    "estimate": 4,
    "pay": 6,
    "overdue": 4,
    "sign": 4,
    "terminate": 4,
    "call": 4,
    "audit": 4,
    "rescind": 4,
    "divide": 6,
    "divide what an audit found": 6,
    "divide by time": 6,
}
"""Each command of a royalty, and how many places there are at least at which it can be cut off."""


class TestAKill:
    @pytest.mark.parametrize("name", NAMES)
    def test_between_any_two_statements_leaves_all_or_nothing(self, paying, world, admin, tmp_path, name):
        act = stage(paying, name)
        assert cut_off_everywhere(paying, admin, act) >= NAMES[name]
        world.check(tmp_path, alone=True)

    def test_of_a_division_by_time_pays_everybody_once_when_the_clock_ticks_again(self, paying, world, admin, tmp_path):
        paid = paying.do(paying.pay(paying.stated()))
        world.move(paid.periods[0].divide_by)
        act = tick(world, paid)
        cut_off_everywhere(paying, admin, act)
        assert paying.answer(act) == "not-due"
        with world.units.read() as unit:
            told = [one.payout.amount_fen for one in payouts.of_subject(unit, paid.id)]
            left = [one.amount_fen for one in books.transfers_of(unit, paid.id) if one.credit == "custody:ordered"]
            assert store.load(unit, paid.id).sums.amount_fen == make.DUE
        assert sorted(told) == sorted(left) == [114_074, 688_009, 1_100_814, 1_651_223, 2_064_028]
        world.move(paid.periods[0].divide_by + timedelta(days=1))
        world.check(tmp_path, alone=True)
