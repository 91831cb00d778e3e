"""The database: one metadata, one way to make an engine, and the two rows every database is born with.

`stamp` says whose log this is and whether its time is real; it is written once, at creation. `clock` has its one
row only in a database stamped `virtual`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Instant = postgresql.TIMESTAMP(timezone=True)
Fen = sa.BigInteger
Json = postgresql.JSONB

STATEMENT_TIMEOUT_MS: Final = 30_000
LOCK_TIMEOUT_MS: Final = 10_000
IDLE_IN_TRANSACTION_TIMEOUT_MS: Final = 60_000

stamp = sa.Table(
    "stamp",
    metadata,
    sa.Column("only", sa.Boolean, primary_key=True, server_default=sa.true()),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("time", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False, server_default=sa.func.now()),
    sa.CheckConstraint('"only"', name="one_row"),
    sa.CheckConstraint("time IN ('real', 'virtual')", name="time"),
)

clock = sa.Table(
    "clock",
    metadata,
    sa.Column("only", sa.Boolean, primary_key=True, server_default=sa.true()),
    sa.Column("at", Instant, nullable=False),
    sa.CheckConstraint('"only"', name="one_row"),
)


def one_of(column: str, *values: StrEnum) -> str:
    """Return the condition that `column` holds one of `values`, for a CHECK."""
    return f"{column} IN ({', '.join(repr(one.value) for one in values)})"


def engine(url: str, *, connections: int = 10) -> sa.Engine:
    """Return an engine on `url` whose sessions give up on a lock or a statement rather than hang.

    A commit is durable when it returns, whatever the server's or the database's own default says.
    """
    options = (
        f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS} "
        f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_TIMEOUT_MS} -c timezone=UTC "
        "-c synchronous_commit=on"
    )
    return sa.create_engine(
        sa.make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=connections,
        max_overflow=0,
        pool_pre_ping=False,
        hide_parameters=True,  # an error that is logged must not repeat what is sealed
        pool_use_lifo=True,  # a connection in use stays warm: its statements are prepared, its plans cached
        connect_args={"options": options},
    )


def stamped(connection: sa.Connection) -> tuple[str, bool]:
    """Return the log's origin, and whether this database runs on a virtual clock."""
    row = connection.execute(sa.select(stamp.c.origin, stamp.c.time)).one()
    return row.origin, row.time == "virtual"


def first_instant(connection: sa.Connection) -> datetime | None:
    """Return the virtual clock's reading, or None where time is real."""
    return connection.execute(_CLOCK).scalar_one_or_none()


_CLOCK = sa.select(clock.c.at)
