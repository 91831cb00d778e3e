"""Ends that come between any two statements: no half transfer, no fen lost, and the repeat hears the first answer."""

import itertools
import threading
import time

import hypothesis.strategies as st
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings

from settlement.books import service
from settlement.books.model import AccountName
from tests import killed_books as killed
from tests import make_books as make
from tests.make_books import ANN, BANK, BEN, CAI, Books

LAST = 12  # more than there are statements
numbers = itertools.count(1)


@pytest.fixture
def books(world):
    books = Books(world)
    yield books
    assert books.prove() == []


@pytest.fixture
def admin(admin):
    return admin.execution_options(isolation_level="AUTOCOMMIT")


@pytest.fixture(scope="module")
def nursery():
    nursery = killed.Nursery()
    yield nursery
    nursery.close()


def stands(books, number):
    """Hold what is left against what was asked: all of it or nothing; return what is there of it."""
    with books.units.read() as unit:
        made = service.transfers_of(unit, f"deal {number}")
        found = service.accounts(unit, [BANK, ANN, BEN, CAI])
    assert len(made) in {0, 4}
    assert found[BANK].balance_fen == sum(found[name].balance_fen for name in (ANN, BEN, CAI))
    assert all(one.debits_pending_fen == one.credits_pending_fen == 0 for one in found.values())
    assert books.prove() == []
    return made


def repeated(books, number, first):
    """Ask again, twice: who was first is who is heard ever after."""
    again = killed.act(books.units, number)
    assert [one.id for one in again] == [one.id for one in killed.orders(number)]
    assert first in ([], again)
    assert killed.act(books.units, number) == stands(books, number) == again


def strike(admin, connection):
    pid = connection.connection.driver_connection.info.backend_pid
    admin.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})


class TestAKill:
    @given(point=st.integers(0, LAST))
    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_of_the_connection_leaves_all_or_nothing(self, books, admin, point):
        number, ended = next(numbers), []
        engine = books.units.engine
        try:
            with killed.fateful(engine, point, lambda one: ended.append(strike(admin, one))):
                killed.act(books.units, number)
        except sa.exc.DBAPIError:
            assert ended
        repeated(books, number, stands(books, number))

    @given(point=st.integers(-1, LAST))
    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_of_the_process_leaves_all_or_nothing(self, world, books, nursery, point):
        number = next(numbers)
        assert nursery.run(world.database.api, number, point) in {-9, 0}
        repeated(books, number, stands(books, number))

    def test_meets_every_statement(self, world, books, nursery):
        """That the points are where they are thought to be: nothing before the commit, all of it after."""
        ends = []
        for point in range(LAST):
            number = next(numbers)
            code = nursery.run(world.database.api, number, point)
            ends.append((code, len(stands(books, number))))
        assert ends == [*[(-9, 0)] * ends.count((-9, 0)), *[(0, 4)] * ends.count((0, 4))]
        assert ends.count((-9, 0)) >= 5  # the clock, the account, the transfers, the look, the commit
        number = next(numbers)
        assert (nursery.run(world.database.api, number, -1), len(stands(books, number))) == (-9, 4)

    @given(wait=st.floats(0, 0.01))
    @settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_in_the_middle_of_the_function_leaves_all_or_nothing(self, books, admin, wait):
        """While it runs, or while it waits for a lock that is let go as the end comes."""
        number, pids = next(numbers), []

        def act():
            with killed.fateful(books.units.engine, 0, pids.append):
                try:
                    killed.act(books.units, number)
                except sa.exc.DBAPIError:
                    return

        one = threading.Thread(target=act)
        one.start()
        while one.is_alive() and not pids:
            time.sleep(0.0001)
        time.sleep(wait)
        admin.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
            )
        )
        one.join()
        repeated(books, number, stands(books, number))

    def test_of_one_that_waits_frees_nobody_and_makes_nothing(self, books, admin):
        books.pay_in(ANN, 10)
        ended = []

        def cut_off():
            with pytest.raises(sa.exc.DBAPIError) as caught:
                killed.act(books.units, 0)
            ended.append(caught.value)

        with books.units.begin() as unit:
            service.transfer(unit, [make.move(ANN, CAI, 10)], reference="first", rule=make.RULE)
            late = threading.Thread(target=cut_off)
            late.start()
            while not (waiting := admin.execute(WAITING).scalars().all()):
                time.sleep(0.01)
            admin.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": waiting[0]})
            late.join()
        assert ended
        assert stands(books, 0) == []
        assert books.standing(AccountName("owner:cai")) == (10, 10)
        repeated(books, 0, [])


WAITING = sa.text(
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    " AND pid <> pg_backend_pid()"
)
