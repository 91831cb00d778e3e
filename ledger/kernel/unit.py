"""The transaction: one command, one unit, one commit. The only commit in the program is here."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa

from .clock import Clock, real_now
from .ids import Id

Named = TypeVar("Named", bound=Id)


class Unit:
    """One open transaction, with the time it began and a source of fresh names."""

    def __init__(self, connection: sa.Connection, clock: Clock) -> None:
        self.connection = connection
        self._clock = clock
        self._now: datetime | None = None

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
        return kind.from_number(milliseconds << 80 | secrets.randbits(80))

    def random(self, length: int) -> bytes:
        """Return `length` unguessable bytes, for salts, nonces and secrets."""
        return secrets.token_bytes(length)

    def random_below(self, bound: int) -> int:
        """Return an unguessable number below `bound`."""
        return secrets.randbelow(bound)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what happens inside if it raises; the rest of the unit goes on."""
        with self.connection.begin_nested():
            yield


class Units:
    """Opens units on one engine."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self.engine = engine
        self.clock = clock
        self._autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def begin(self) -> Iterator[Unit]:
        """Open a unit; commit when the block ends, roll everything back when it raises."""
        with self.engine.begin() as connection:
            yield Unit(connection, self.clock)

    @contextmanager
    def look(self) -> Iterator[Unit]:
        """Open a unit for single statements that write nothing, each seeing what is committed when it runs."""
        with self._autocommit.connect() as connection:
            yield Unit(connection, self.clock)

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """Open a read-only snapshot: what it reads is of one moment, and it can write nothing."""
        with self.engine.connect() as connection:
            connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            yield Unit(connection, self.clock)
            connection.rollback()
