"""The transaction: what is written without waiting for an answer, and how often a command acts."""

from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest
import sqlalchemy as sa

from ledger.kernel import answers, db
from ledger.kernel.answers import KeyReused, Refused, Reply, answer
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.ids import OrganisationId
from ledger.kernel.unit import Units
from tests.world import START


class NotToday(Refusal):
    """Not today."""

    kind = Kind.CONFLICT
    zh = "今天不行"


class NotNow(Refusal):
    """Not now."""

    kind = Kind.UNAVAILABLE
    zh = "现在不行"


INSERT = sa.insert(answer)
UPDATE = sa.update(answer).where(answer.c.key == sa.bindparam("of")).values(body=sa.bindparam("body"))


def row(key, body="first"):
    return {"organisation": "org", "key": key, "fingerprint": "f", "body": body, "at": START}


def kept(unit):
    """What has been written, by key."""
    rows = unit.connection.execute(sa.select(answer.c.key, answer.c.body)).all()
    return {one.key: one.body for one in rows}


@pytest.fixture
def stored(world):
    """What is committed, by key."""

    def look():
        with world.units.read() as unit:
            return kept(unit)

    return look


class TestWrite:
    def test_is_seen_by_the_next_question(self, world):
        with world.units.begin() as unit:
            unit.write(INSERT, row("a"))
            unit.write(INSERT, [row("b"), row("c")])
            assert kept(unit) == {"a": "first", "b": "first", "c": "first"}

    def test_keeps_its_order(self, world, stored):
        with world.units.begin() as unit:
            unit.write(INSERT, row("a"))
            unit.write(UPDATE, {"of": "a", "body": "second"})
            unit.write(UPDATE, {"of": "a", "body": "third"})
        assert stored() == {"a": "third"}

    def test_is_durable_when_it_is_the_last_thing(self, world, stored):
        with world.units.begin() as unit:
            unit.write(INSERT, row("a"))
        assert stored() == {"a": "first"}

    def test_is_forgotten_when_the_unit_fails(self, world, stored):
        with pytest.raises(RuntimeError), world.units.begin() as unit:
            unit.write(INSERT, row("a"))
            kept(unit)
            unit.write(INSERT, row("b"))
            raise RuntimeError
        assert stored() == {}

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_that_fails_fails_the_whole_unit(self, world, stored, place):
        rows = [row("b"), row("c")]
        rows.insert(place, row("a") | {"at": None})
        with pytest.raises((sa.exc.IntegrityError, psycopg.errors.NotNullViolation)), world.units.begin() as unit:
            for one in rows:
                unit.write(INSERT, one)
        assert stored() == {}

    def test_leaves_a_usable_connection_when_it_fails(self, world, stored):
        for _ in range(10):  # more often than the pool has connections
            with pytest.raises((sa.exc.IntegrityError, psycopg.errors.UniqueViolation)), world.units.begin() as unit:
                unit.write(INSERT, row("a"))
                unit.write(INSERT, row("a"))
        with world.units.begin() as unit:
            unit.write(INSERT, row("a"))
        assert stored() == {"a": "first"}

    def test_is_undone_with_its_savepoint(self, world, stored):
        with world.units.begin() as unit:
            unit.write(INSERT, row("before"))
            with pytest.raises(RuntimeError), unit.savepoint():
                unit.write(INSERT, row("sent"))
                kept(unit)
                unit.write(INSERT, row("unsent"))
                raise RuntimeError
            unit.write(INSERT, row("after"))
        assert stored() == {"before": "first", "after": "first"}

    def test_stays_when_its_savepoint_ends_well(self, world, stored):
        with world.units.begin() as unit:
            with unit.savepoint():
                unit.write(INSERT, row("a"))
            with pytest.raises(RuntimeError), unit.savepoint():
                raise RuntimeError
        assert stored() == {"a": "first"}

    def test_is_refused_aloud_in_a_snapshot(self, world):
        with pytest.raises(sa.exc.InternalError, match="read-only"), world.units.read() as unit:
            unit.write(INSERT, row("a"))


class Overtaken(Units):
    """Units in which somebody else acts between a refusal's undoing and its keeping."""

    def __init__(self, units, meanwhile):
        super().__init__(units.engine, units.clock)
        self._opened = 0
        self._meanwhile = meanwhile

    @contextmanager
    def begin(self):
        self._opened += 1
        if self._opened == 2:
            self._meanwhile()
        with super().begin() as unit:
            yield unit


class TestOnce:
    @pytest.fixture
    def cause(self, world):
        return world.cause(world.fresh(OrganisationId))

    @pytest.fixture
    def ask(self, world, cause):
        def ask(act, *, key="k", fingerprint="f", by=cause, units=world.units, again=None):
            return answers.once(units, by, key=key, fingerprint=fingerprint, act=act, again=again)

        return ask

    @staticmethod
    def agree(unit):
        unit.write(INSERT, row("deed"))
        return Reply(status=201, body={"id": "x"}, shown_once={"secret": "s"})

    @staticmethod
    def refuse(unit):
        unit.write(INSERT, row("deed"))
        kept(unit)
        unit.write(INSERT, row("another"))
        raise NotToday("come tomorrow", hour=9)

    def test_acts_once_and_says_the_same_again(self, ask, stored):
        first, second = ask(self.agree), ask(self.agree)
        assert (first.status, first.body, first.replayed, first.shown_once) == (
            201,
            {"id": "x"},
            False,
            {"secret": "s"},
        )
        assert (second.status, second.body, second.replayed, second.shown_once) == (201, {"id": "x"}, True, {})
        assert sorted(stored()) == ["deed", "k"]

    def test_keeps_a_refusal_and_nothing_else(self, ask, stored):
        first, second = ask(self.refuse), ask(self.agree)
        assert isinstance(first, Refused)
        assert isinstance(second, Refused)
        assert first.words == second.words
        assert (first.words["detail"], first.words["facts"]) == ("come tomorrow", {"hour": 9})
        assert list(stored()) == ["k"]

    def test_keeps_nothing_of_a_refusal_that_may_pass(self, ask, stored):
        def act(unit):
            unit.write(INSERT, row("deed"))
            raise NotNow("later")

        with pytest.raises(NotNow):
            ask(act)
        assert stored() == {}
        assert ask(self.agree).status == 201

    def test_tells_organisations_apart(self, ask, world):
        stranger = world.cause(world.fresh(OrganisationId))
        assert not ask(lambda _: Reply(status=200, body={})).replayed
        assert not ask(lambda _: Reply(status=200, body={}), by=stranger).replayed

    @pytest.mark.parametrize("first", ["agree", "refuse"])
    def test_refuses_the_key_for_another_request(self, ask, stored, first):
        ask(getattr(self, first))
        before = stored()
        with pytest.raises(KeyReused):
            ask(self.agree, fingerprint="g")
        assert stored() == before

    def test_says_what_holds_now_when_asked_again(self, ask):
        ask(self.agree)
        again = ask(self.agree, again=lambda _, reply: replace(reply, status=200, body={"now": 1}))
        assert (again.status, again.body, again.replayed) == (200, {"now": 1}, True)

    def test_raises_what_holds_now_without_keeping_it(self, ask, stored):
        def again(_unit, _reply):
            raise NotToday("it was refused in the end")

        ask(self.agree)
        before = stored()
        with pytest.raises(NotToday):
            ask(self.agree, again=again)
        assert stored() == before

    def test_a_refusal_gives_way_to_an_answer_that_was_kept_meanwhile(self, ask, world, stored):
        units = Overtaken(world.units, lambda: ask(self.agree))
        outcome = ask(self.refuse, units=units)
        assert (outcome.status, outcome.replayed) == (201, True)
        assert sorted(stored()) == ["deed", "k"]

    def test_a_refusal_never_answers_another_request(self, ask, world):
        units = Overtaken(world.units, lambda: ask(self.agree, fingerprint="g"))
        with pytest.raises(KeyReused):
            ask(self.refuse, units=units)


class TestEngine:
    def test_waits_for_the_disk_whatever_the_database_says(self, database, addresses):
        name = sa.make_url(database.api).database
        admin = sa.make_url(addresses.database).set(drivername="postgresql+psycopg")
        with sa.create_engine(admin, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool).connect() as connection:
            connection.execute(sa.text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
        show = sa.text("SHOW synchronous_commit")
        plain = sa.create_engine(sa.make_url(database.api).set(drivername="postgresql+psycopg"), poolclass=sa.NullPool)
        with plain.connect() as connection:
            assert connection.execute(show).scalar() == "off"
        ours = db.engine(database.api, connections=1)
        try:
            with ours.connect() as connection:
                assert connection.execute(show).scalar() == "on"
        finally:
            ours.dispose()
