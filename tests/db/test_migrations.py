"""The migrations lead from nothing to exactly the tables the code knows, and back."""

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from exchange.app import migrate


def test_reach_the_tables_and_can_be_undone(addresses, settings):
    url = migrate.create(addresses.database, "t_migrations")
    migrate.migrate(url, secrets_folder=settings.home, origin="test.example/migrations")
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            connection.execute(sa.text('SET ROLE "t_migrations_owner"'))
            connection.commit()
            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", str(migrate.script_folder()))
            command.check(config)
            command.downgrade(config, "base")
            left = connection.execute(sa.text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).scalar()
            assert left == 1  # alembic's own
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def test_a_second_run_changes_nothing_and_keeps_the_stamp(addresses, settings):
    url = migrate.create(addresses.database, "t_twice")
    first = migrate.migrate(url, secrets_folder=settings.home, origin="test.example/first")
    second = migrate.migrate(url, secrets_folder=settings.home, origin="test.example/second")
    assert second == first
    assert second.origin == "test.example/first"
