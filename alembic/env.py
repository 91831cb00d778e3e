"""Run migrations on the connection that `exchange.app.migrate` hands over.

Not a package (an `__init__.py` here would hide the library). One migration at a time per database, by an advisory
lock; a
migration that cannot get its table lock in time gives up rather than block the exchange.
"""

import sqlalchemy as sa
from alembic import context

from exchange.app import migrate

LOCK = 0x6D696772_617465  # "migrate"

connection: sa.Connection = context.config.attributes["connection"]
connection.execute(sa.text("SET lock_timeout = '5s'"))
connection.execute(sa.text("SET statement_timeout = '10min'"))
connection.execute(sa.select(sa.func.pg_advisory_lock(LOCK)))
connection.commit()
try:
    context.configure(
        connection=connection,
        target_metadata=migrate.metadata,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
finally:
    connection.rollback()
    connection.execute(sa.select(sa.func.pg_advisory_unlock(LOCK)))
    connection.commit()
