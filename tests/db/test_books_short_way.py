"""Plain moves and holds go short ways, alone or as a list, and come out as the long way would have made them."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from settlement.books.model import MOST, AccountName, Ends
from settlement.books.store import engine as store
from tests.make_books import ANN, BANK, BEN, CAP, WORLD, Books, hold, move
from tests.world import START

NOBODY = AccountName("owner:nobody")
GIVEN = "ARRAY (SELECT one FROM jsonb_populate_recordset(NULL::book_order, CAST(:given AS jsonb)) AS one)"
SHORT = sa.text(f"SELECT * FROM made_plainly({GIVEN}, :ids, :names, :at, true) ORDER BY place")
ALONE = sa.text(
    "SELECT * FROM made_singly(jsonb_populate_record(NULL::book_order, CAST(:given AS jsonb) -> 0), :at, true)"
    " WHERE outcome IS NOT NULL"
)
LONG = sa.text(f"SELECT * FROM made_thoroughly({GIVEN}, :names, :at, true) ORDER BY place")
ROWS = sa.text("SELECT row_to_json(one)::jsonb - 'place' FROM transfer AS one WHERE reference = 'same' ORDER BY place")
TOTALS = sa.text("SELECT * FROM account ORDER BY name")
PAIRS = [(BANK, ANN), (ANN, BEN), (BANK, BEN), (BEN, ANN), (ANN, BANK), (WORLD, CAP), (CAP, WORLD)]

plain = st.tuples(
    st.sampled_from([move, hold]), st.sampled_from(PAIRS), st.integers(1, 60) | st.just(MOST), st.booleans()
)


@pytest.fixture
def books(world):
    books = Books(world)
    books.transfer(move(BANK, ANN, 100), move(BANK, BEN, 50), move(WORLD, CAP, 50))
    return books


def made(admin, statement, orders, at):
    """Make orders on a way, and take it back: the answers, the transfers, the accounts."""
    known = {
        "given": store.written(orders, reference="same", rule="same@1"),
        "ids": [one.id for one in orders],
        "names": [one.debit for one in orders] + [one.credit for one in orders],
        "at": at,
    }
    if statement is not SHORT:
        del known["ids"]
    if statement is ALONE:
        del known["names"]
    try:
        return [admin.execute(one, values).all() for one, values in ((statement, known), (ROWS, {}), (TOTALS, {}))]
    finally:
        admin.rollback()


def orders_of(drawn):
    return [
        replace(one(*pair, fen), linked=linked and place < len(drawn), note=f"no. {place}")
        for place, (one, pair, fen, linked) in enumerate(drawn, start=1)
    ]


class TestTheShortWay:
    @given(drawn=st.lists(plain, min_size=1, max_size=9), later=st.sampled_from([-1, 0, 1]))
    @example(
        drawn=[(move, (ANN, BEN), 100, True), (move, (BEN, ANN), 150, True), (hold, (ANN, BEN), 150, False)], later=0
    )
    @example(drawn=[(move, (ANN, BEN), 100, False), (move, (ANN, BEN), 1, False)], later=0)
    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_writes_what_the_long_way_writes_or_nothing(self, admin, books, drawn, later):
        orders, at = orders_of(drawn), START + timedelta(hours=later)
        answers, rows, accounts = made(admin, SHORT, orders, at)
        foretold = made(admin, LONG, orders, at)
        if all(one.outcome == "ok" for one in foretold[0]):
            assert [answers, rows, accounts] == foretold
        else:
            assert (answers, rows, accounts) == ([], [], admin.execute(TOTALS).all())
            admin.rollback()

    @pytest.mark.parametrize(
        "orders",
        [
            [move(ANN, BEN, 101)],
            [move(ANN, NOBODY, 1)],
            [move(NOBODY, ANN, 1)],
            [move(ANN, CAP, 1)],
            [one := move(ANN, BEN, 1), one],
        ],
        ids=["overdrawn", "to nobody", "from nobody", "across books", "twice in a list"],
    )
    def test_leaves_to_the_long_way_what_is_to_be_explained(self, admin, books, orders):
        assert made(admin, SHORT, orders, START)[:2] == [[], []]

    @given(drawn=plain, later=st.sampled_from([-1, 0, 1]))
    @example(drawn=(move, (ANN, BEN), 100, False), later=0)
    @example(drawn=(move, (ANN, BEN), 101, False), later=0)
    @example(drawn=(hold, (BEN, ANN), 50, False), later=-1)
    @example(drawn=(move, (BANK, ANN), MOST - 150, False), later=0)
    @example(drawn=(move, (BANK, ANN), MOST - 149, False), later=0)
    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_writes_of_one_what_both_others_write_or_nothing(self, admin, books, drawn, later):
        orders, at = orders_of([drawn]), START + timedelta(hours=later)
        found = made(admin, ALONE, orders, at)
        assert found == made(admin, SHORT, orders, at)
        foretold = made(admin, LONG, orders, at)
        assert (found == foretold) == (foretold[0][0].outcome == "ok")

    @pytest.mark.parametrize(
        "order",
        [
            move(ANN, BEN, 0),
            move(ANN, ANN, 1),
            move(ANN, NOBODY, 1),
            move(NOBODY, ANN, 1),
            move(ANN, CAP, 1),
            move(ANN, BEN, 1, clip=Ends.DEBIT),
            hold(ANN, BEN, 1, closes=Ends.DEBIT),
            hold(ANN, BEN, 1, expires_at=START + timedelta(hours=1)),
        ],
        ids=["nothing", "to itself", "to nobody", "from nobody", "across books", "clipped", "closing", "expiring"],
    )
    def test_makes_alone_nothing_that_is_not_plain(self, admin, books, order):
        found = made(admin, ALONE, [order], START)
        assert found == [[], [], admin.execute(TOTALS).all()]
        admin.rollback()

    @pytest.mark.parametrize("burning", [True, False])
    def test_makes_alone_nothing_that_was_made_or_refused_before(self, books, burning):
        once = move(ANN, BEN, 100)
        assert books.hears(once) == ["ok"]
        assert books.hears(once) == ["exists"]
        never = move(ANN, BEN, 1)
        assert books.hears(never) == [f"overdrawn {ANN}"]
        books.transfer(move(BANK, ANN, 1))
        assert books.hears(never) == ["already-failed"]

    def test_is_the_way_a_plain_list_goes(self, admin, books):
        """Were they never taken, every other test would still pass."""
        assert [one.outcome for one in made(admin, ALONE, [move(ANN, BEN, 100)], START)[0]] == ["ok"]
        answers, rows, _ = made(admin, SHORT, [move(ANN, BEN, 100), hold(BEN, ANN, 150)], START)
        assert [one.outcome for one in answers] == ["ok", "ok"]
        assert len(rows) == 2
