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
WRITTEN = (
    "royalty",
    "royalty_period",
    "payment",
    "payout",
    "transfer",
    "account",
    "outbox",
    "subject_head",
    "disclosures",
)
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
        for table in WRITTEN:
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
        if not cut_off(world, admin, act, point):
            assert rows(world) != before
            return point
        assert rows(world) == before, point
    raise AssertionError("it never came to an end")


def cut_off(world, admin, act, point):
    """Cut a command off when `point` statements were sent; return whether it had not come to its end by then."""
    ended = []
    try:
        with (
            killed.fateful(world.engines[0], point, lambda one: ended.append(strike(admin, one))),
            world.units.begin() as unit,
        ):
            act(unit)
    except sa.exc.DBAPIError:
        assert ended
        return True
    assert not ended
    return False


class Stages:
    """Brings a royalty to where a command is due, and returns the command; one method for each."""

    def __init__(self, paying):
        self.paying, self.world = paying, paying.world

    def proposed(self):
        return self.paying.do(self.paying.propose)

    def paid(self):
        stated = self.paying.stated()
        self.world.move(make.PAID_AT)
        return self.paying.do(self.paying.pay(stated))

    def propose(self):
        return self.paying.propose

    def withdraw(self):
        made = self.proposed()
        return lambda unit: royalties.withdraw(unit, self.paying.seller(), made.id)

    def agree(self):
        made = self.proposed()
        terms = royalties.terms_of(made)
        return lambda unit: royalties.agree(unit, self.paying.buyer(), made.id, terms_sha256=terms)

    def lapse(self):
        made = self.proposed()
        self.world.move(make.OVER)
        return tick(self.world, made)

    def state(self):
        made = self.paying.agreed()
        self.world.move(make.STATED_AT)
        said = {"sales_fen": make.SALES, "statement_sha256": "b" * 64}
        return lambda unit: royalties.state_sales(unit, self.paying.buyer(), made.id, 1, **said)

    def estimate(self):
        made = self.paying.agreed()
        self.world.move(make.STATEMENT_BY)
        return tick(self.world, made)

    def pay(self):
        return self.paying.pay(self.paying.stated())

    def declare_overdue(self):
        stated = self.paying.stated()
        self.world.move(make.PAY_BY)
        return lambda unit: royalties.declare_overdue(unit, self.paying.officer(), stated.id, 1)

    def sign(self):
        stated = self.paying.stated()
        return lambda unit: royalties.terminate(unit, self.paying.buyer(), stated.id)

    def terminate(self):
        stated = self.paying.stated()
        self.paying.do(lambda unit: royalties.terminate(unit, self.paying.buyer(), stated.id))
        return lambda unit: royalties.terminate(unit, self.paying.seller(), stated.id)

    def rescind(self):
        self.paid()
        return lambda unit: royalties.rescind(unit, self.paying.officer(), self.paying.settlement.id)

    def call_audit(self):
        paid = self.paid()
        return lambda unit: royalties.call_audit(unit, self.paying.seller(), paid.id, 1)

    def record_audit(self):
        paid = self.paid()
        called = self.paying.do(lambda unit: royalties.call_audit(unit, self.paying.seller(), paid.id, 1))
        self.world.move(called.periods[0].audit_from)
        found = {"sales_fen": make.FOUND, "cost_fen": make.COST, "document_sha256": "c" * 64}
        return lambda unit: royalties.record_audit(unit, self.paying.officer(), paid.id, 1, **found)

    def divide(self):
        paid, said = self.paid(), make.divide()
        return lambda unit: royalties.divide(
            unit, self.paying.seller(), paid.id, 1, costs=said.costs, withheld=said.withheld
        )

    def divide_what_an_audit_found(self):
        paid = self.paid()
        self.paying.do(self.paying.pay(audited(self.paying, self.world, paid), "bank-audit"))
        return divide(self.paying, paid)

    def divide_by_time(self):
        paid = self.paid()
        self.world.move(make.DIVIDE_BY)
        return tick(self.world, paid)

    def divide_by_time_while_more_is_owed(self):
        owing = audited(self.paying, self.world, self.paid())
        self.world.move(make.DIVIDE_BY)
        return tick(self.world, owing)


STAGES = [name for name in vars(Stages) if name not in {"proposed", "paid"} and not name.startswith("_")]
LEAST = 4
"""The settlement, the royalty, what changes, the commit: at how many places a command can be cut off at least."""


class TestAKill:
    @pytest.mark.parametrize("name", STAGES)
    def test_between_any_two_statements_leaves_all_or_nothing(self, paying, world, admin, tmp_path, name):
        act = getattr(Stages(paying), name)()
        assert cut_off_everywhere(paying, admin, act) >= LEAST
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
