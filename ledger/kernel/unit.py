"""The transaction: one command, one unit, one commit. The only commit in the program is here."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias, TypeVar

import sqlalchemy as sa

from .clock import Clock, real_now
from .ids import Id

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Named = TypeVar("Named", bound=Id)
Rows: TypeAlias = "Mapping[str, object] | Sequence[Mapping[str, object]] | None"


_RANDOM_BITS: Final = 80


def named_at(name: Id) -> datetime:
    """Return the machine's time, to the millisecond, at which `Unit.fresh` made this name."""
    return EPOCH + timedelta(milliseconds=name.number >> _RANDOM_BITS)


class Unit:
    """One open transaction, with the time it began and a source of fresh names."""

    def __init__(self, connection: sa.Connection, clock: Clock) -> None:
        self._connection = connection
        self._unsent: list[tuple[sa.Executable, Rows]] = []
        self._clock = clock
        self._now: datetime | None = None
        self.recorded: list[str] = []  # the entries that stand in the log once this unit has committed

    @property
    def connection(self) -> sa.Connection:
        """The transaction itself, for statements whose answer is needed; it has seen every `write` before them."""
        self.send()
        return self._connection

    def write(self, statement: sa.Executable, rows: Rows = None) -> None:
        """Execute a statement whose answer nobody needs, before the next one whose answer is, or before the commit.

        Waiting for each answer is much of what a short transaction costs; these travel together.
        """
        self._unsent.append((statement, rows))

    def send(self) -> None:
        """Execute what was written, in order and in one round trip."""
        unsent, self._unsent = self._unsent, []
        if not unsent:
            return
        driver = self._connection.connection.driver_connection
        assert driver is not None
        with driver.pipeline() if len(unsent) > 1 else nullcontext():
            for statement, rows in unsent:
                self._connection.execute(statement, rows)

    def now(self) -> datetime:
        """Return the time by the one clock, read once and the same for the whole unit."""
        if self._now is None:
            self._now = self._clock.now(self.connection)
        return self._now

    def real_now(self) -> datetime:
        """Return the machine's time, for expiry and leases."""
        return real_now()

    def fresh(self, kind: type[Named]) -> Named:
        """Return a new name: 48 bits of real milliseconds, then 80 random bits, so that rows lie near their kin."""
        milliseconds = int(real_now().timestamp() * 1000)
        return kind.from_number(milliseconds << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS))

    def random(self, length: int) -> bytes:
        """Return `length` unguessable bytes, for salts, nonces and secrets."""
        return secrets.token_bytes(length)

    def random_below(self, bound: int) -> int:
        """Return an unguessable number below `bound`."""
        return secrets.randbelow(bound)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what happens inside if it raises; the rest of the unit goes on."""
        recorded = len(self.recorded)
        with self.connection.begin_nested():
            try:
                yield
            except BaseException:
                self._unsent.clear()
                del self.recorded[recorded:]
                raise
            self.send()


class Units:
    """Opens units on one engine."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self.engine = engine
        self.clock = clock
        self._autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def begin(self) -> Iterator[Unit]:
        """Open a unit; commit when the block ends, roll everything back when it raises."""
        with self.engine.connect() as connection:
            unit = Unit(connection, self.clock)
            yield unit
            unit.send()
            connection.commit()

    @contextmanager
    def look(self) -> Iterator[Unit]:
        """Open a unit for single statements that write nothing, each seeing what is committed when it runs."""
        with self._autocommit.connect() as connection:
            unit = Unit(connection, self.clock)
            yield unit
            unit.send()

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """Open a read-only snapshot: what it reads is of one moment, and it can write nothing."""
        with self.engine.connect() as connection:
            connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            unit = Unit(connection, self.clock)
            yield unit
            unit.send()  # to be refused aloud
            connection.rollback()
