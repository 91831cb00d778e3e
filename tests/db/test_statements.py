"""How an account stands and stood, with its holds, and its statement, from a real database."""

import random
from datetime import timedelta

import pytest

from ledger.kernel import clock
from ledger.kernel.errors import Refusal
from settlement.books import rules, service
from settlement.books.model import AccountName
from tests import make_books as make
from tests.make_books import ANN, BANK, BEN, CAP, WORLD, Books, hold, move, post, void
from tests.world import START

HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def books(world):
    books = Books(world)
    yield books
    assert books.prove() == []


class Days:
    """A history by the hour: first 100 is paid in, then 30 and 20 are held, then 10 of the 30 are posted."""

    def __init__(self, world, books):
        self.world, self.books = world, books
        self.first, self.second = hold(ANN, BEN, 30), hold(ANN, BEN, 20)
        books.transfer(move(BANK, ANN, 100))
        self.at(1)
        books.transfer(self.first, self.second)
        self.at(2)
        books.transfer(post(self.first, 10))

    def at(self, hours):
        with self.world.units.begin() as unit:
            clock.move(unit.connection, START + hours * HOUR)

    def standing(self, name, at=None):
        with self.books.units.read() as unit:
            found = service.standing(unit, name, at=at)
        one = found.account
        return one.balance_fen, one.available_fen, [held.amount_fen for held in found.holds]

    def statement(self, name, since, until, **more):
        with self.books.units.read() as unit:
            return service.statement(unit, name, since=START + since * HOUR, until=START + until * HOUR, **more)


@pytest.fixture
def days(world, books):
    return Days(world, books)


class TestStanding:
    def test_is_the_account_with_the_holds_still_open(self, days):
        assert days.standing(ANN) == (90, 70, [20])
        assert days.standing(BEN) == (10, 10, [20])
        assert days.standing(BANK) == (100, 100, [])

    @pytest.mark.parametrize(
        ("at", "stood"),
        [
            (START - HOUR, (0, 0, [])),
            (START, (0, 0, [])),
            (START + timedelta(microseconds=1), (100, 100, [])),
            (START + HOUR, (100, 100, [])),
            (START + HOUR + timedelta(microseconds=1), (100, 50, [30, 20])),
            (START + 2 * HOUR, (100, 50, [30, 20])),
            (START + 2 * HOUR + timedelta(microseconds=1), (90, 70, [20])),
            (START + 9 * HOUR, (90, 70, [20])),
        ],
    )
    def test_at_an_instant_is_of_what_was_recorded_before_it(self, days, at, stood):
        assert days.standing(ANN, at) == stood

    def test_has_no_hold_that_was_voided(self, days, books):
        books.transfer(void(days.second))
        assert days.standing(ANN) == (90, 90, [])

    def test_knows_the_pending_totals_that_the_books_keep(self, days, books):
        with books.units.read() as unit:
            for name in (ANN, BEN, BANK, WORLD):
                assert service.standing(unit, name).account == service.account(unit, name)

    @pytest.mark.parametrize("expired", [False, True], ids=["before anybody came by", "after"])
    @pytest.mark.parametrize(
        ("since_the_end", "stands"),
        [(-INSTANT, (90, 65, [20, 5])), (0 * INSTANT, (90, 70, [20])), (INSTANT, (90, 70, [20]))],
        ids=["just before", "at", "just after"],
    )
    def test_has_a_hold_that_expires_until_just_before_it_does(self, days, books, since_the_end, stands, expired):
        over = START + 4 * HOUR
        books.transfer(hold(ANN, BEN, 5, expires_at=over))
        if expired:
            days.at(5)
            with books.units.begin() as unit:
                assert service.expire(unit) == 1
        else:
            with books.units.begin() as unit:
                clock.move(unit.connection, over + since_the_end)
            assert days.standing(ANN) == stands
        assert days.standing(ANN, over + since_the_end) == stands

    @pytest.mark.parametrize("since_the_end", [-INSTANT, 0 * INSTANT, INSTANT])
    def test_of_several_is_that_of_each_whatever_has_expired_on_them(self, days, books, since_the_end):
        over, names = START + 4 * HOUR, [BANK, BEN, ANN]
        books.transfer(hold(ANN, BEN, 5, expires_at=over), hold(ANN, BEN, 7, expires_at=over + HOUR))
        with books.units.begin() as unit:
            clock.move(unit.connection, over + since_the_end)
        with books.units.read() as unit:
            found = service.standings(unit, [*names, AccountName("stl_x:nobody")])
            assert found == [service.standing(unit, name).account for name in sorted(names)]
            held = {one.name: (one.debits_pending_fen, one.credits_pending_fen) for one in found}
            kept = service.account(unit, ANN).debits_pending_fen
        still = 32 if since_the_end < 0 * INSTANT else 27
        assert held == {BANK: (0, 0), ANN: (still, 0), BEN: (0, still)}
        assert kept == 32  # the totals that are kept wait for somebody to come by
        books.transfer(move(BANK, ANN, 1))
        with books.units.read() as unit:
            assert service.standings(unit, [ANN]) == [service.account(unit, ANN)]

    def test_counts_an_account_that_may_stand_either_way(self, days, books):
        books.transfer(move(WORLD, CAP, 7))
        assert days.standing(WORLD) == (-7, -7, [])

    def test_refuses_an_account_that_is_not_there(self, days):
        with pytest.raises(rules.NoSuchAccount):
            days.standing(AccountName("owner:nobody"))


class TestStatement:
    def test_begins_with_the_opening_and_ends_with_the_close(self, days):
        found = days.statement(ANN, 1, 3)
        assert found.opening.account.balance_fen == 100
        assert [(one.change_fen, one.balance_fen, one.counterpart, one.gives) for one in found.lines] == [
            (0, 100, BEN, True),
            (0, 100, BEN, True),
            (-10, 90, BEN, True),
        ]
        assert (found.closing.account.balance_fen, found.closing.account.available_fen) == (90, 70)

    def test_shows_an_asset_on_its_own_side(self, days):
        (line,) = days.statement(BANK, 0, 1).lines
        assert (line.change_fen, line.balance_fen, line.gives) == (100, 100, True)

    def test_takes_its_beginning_in_and_leaves_its_end_out(self, days):
        assert [len(days.statement(ANN, *one).lines) for one in [(0, 1), (0, 2), (1, 2), (2, 3)]] == [1, 3, 2, 1]

    def test_goes_on_where_another_ends(self, days):
        first, second = days.statement(ANN, 0, 2), days.statement(ANN, 2, 3)
        assert first.closing == second.opening
        assert days.statement(ANN, 0, 3).lines == first.lines + second.lines

    @pytest.mark.parametrize(("since", "until"), [(1, 1), (2, 1)])
    def test_refuses_an_interval_that_is_none(self, days, since, until):
        with pytest.raises(service.NotAnInterval):
            days.statement(ANN, since, until)

    def test_refuses_more_lines_than_asked_for(self, days):
        assert len(days.statement(ANN, 0, 3, at_most=4).lines) == 4
        with pytest.raises(service.TooManyLines):
            days.statement(ANN, 0, 3, at_most=3)
        assert len(days.statement(ANN, 0, 3, at_most=None).lines) == 4

    def test_adds_up_over_any_history_and_any_instant(self, world, books):
        chance, open_holds, days = random.Random(5), [], Days(world, books)
        for hour in range(3, 30):
            days.at(hour)
            for _ in range(chance.randrange(3)):
                one = chance.choice([move, hold])(*chance.sample([ANN, BEN], 2), chance.randint(1, 60))
                if open_holds and chance.random() < 0.4:
                    one = chance.choice([post, void])(open_holds.pop())
                try:
                    books.transfer(one)
                except Refusal:
                    continue
                if one.kind == "hold":
                    open_holds.append(one)
        for since in range(0, 30, 3):
            for until in range(since + 1, 31, 4):
                for name in (ANN, BEN, BANK):
                    self.adds_up(days.statement(name, since, until))

    def adds_up(self, found):
        opened, closed = found.opening.account.balance_fen, found.closing.account.balance_fen
        running = opened
        for line in found.lines:
            running += line.change_fen
            assert line.balance_fen == running
        assert running == closed
        held = {one.id for one in found.opening.holds}
        for line in found.lines:
            held ^= {line.transfer.hold or line.transfer.id} if line.transfer.kind != "move" else set()
        assert held == {one.id for one in found.closing.holds}


class TestNames:
    def test_are_in_order_behind_a_name_as_many_as_asked_for(self, books):
        with books.units.read() as unit:
            names = service.names_after(unit, "", 100)
            assert names == sorted(one.name for one in make.ACCOUNTS)
            assert service.names_after(unit, names[1], 2) == names[2:4]
            assert service.names_after(unit, names[-1], 2) == []

    def test_under_words_are_those_that_begin_with_one_of_them(self, books):
        with books.units.read() as unit:
            assert service.names_under(unit, ["owner", "custody", "own"]) == [BANK, ANN, BEN, make.CAI]
            assert service.names_under(unit, []) == []
