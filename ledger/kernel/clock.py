"""What time it is: the only read of the clock.

A database stamped `virtual` keeps its time in one row, moved through the API; every other reads the machine's
clock. Token expiry, leases on work and signatures' own times stay real everywhere (`real_now`).
"""

from datetime import UTC, datetime
from typing import Protocol

import sqlalchemy as sa

from . import db
from .errors import Kind, Refusal
from .instant import LAST_YEAR


class Clock(Protocol):
    """Something that knows the time."""

    def now(self, connection: sa.Connection | None = None) -> datetime:
        """Return the current instant, aware and UTC; a virtual clock reads it inside `connection`'s transaction."""
        ...

    def arrival(self, real: datetime, connection: sa.Connection | None = None) -> datetime:
        """Return this clock's instant of what reached the platform at the machine's instant `real`."""
        ...


class NotVirtual(Refusal):
    """Time here is real and cannot be moved."""

    kind = Kind.CONFLICT
    zh = "本库使用真实时间，不能拨动"


class Backwards(Refusal):
    """The clock only moves forward."""

    kind = Kind.CONFLICT
    zh = "时钟只能向前拨"


def real_now() -> datetime:
    """Return the machine's time, for what stays real in a virtual database."""
    return datetime.now(UTC)


class TooFar(Refusal):
    """The clock does not go that far."""

    kind = Kind.MALFORMED
    zh = "时钟不能拨到如此之远"


class SystemClock:
    """The machine's clock."""

    def now(self, connection: sa.Connection | None = None) -> datetime:  # noqa: ARG002 - the protocol's shape
        """Return the machine's time."""
        return real_now()

    def arrival(self, real: datetime, connection: sa.Connection | None = None) -> datetime:  # noqa: ARG002 - as above
        """Return `real`: however long a request then waits for its turn, this is when it came."""
        return real


class VirtualClock:
    """The one row of a database stamped `virtual`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    def now(self, connection: sa.Connection | None = None) -> datetime:
        """Return the row's instant."""
        if connection is not None:
            return self._read(connection)
        with self._engine.connect() as own:
            return self._read(own)

    def arrival(self, real: datetime, connection: sa.Connection | None = None) -> datetime:  # noqa: ARG002 - as above
        """Return the row's instant: nothing takes virtual time."""
        return self.now(connection)

    @staticmethod
    def _read(connection: sa.Connection) -> datetime:
        at = db.first_instant(connection)
        assert at is not None, "a virtual database has a clock row"
        return at


def of(engine: sa.Engine) -> Clock:
    """Return the clock that the database's stamp calls for."""
    with engine.connect() as connection:
        _, virtual = db.stamped(connection)
    return VirtualClock(engine) if virtual else SystemClock()


def move(connection: sa.Connection, to: datetime) -> None:
    """Set the virtual clock to `to`. Refuses `TooFar`, `NotVirtual`, `Backwards`.

    Running what falls due is the caller's work. There is no way back, and beyond `LAST_YEAR` whatever counts days from
    now would sooner or later come to no date at all.
    """
    if to.astimezone(UTC).year > LAST_YEAR:
        raise TooFar(f"move it to an instant before the end of {LAST_YEAR}, in UTC")
    if connection.execute(_FORWARD, {"to": to}).rowcount:
        return
    at = db.first_instant(connection)
    if at is None:
        raise NotVirtual("this database was created with real time")
    raise Backwards("the clock cannot go back", now=at.isoformat())


_FORWARD = sa.update(db.clock).where(db.clock.c.at <= sa.bindparam("to")).values(at=sa.bindparam("to"))
