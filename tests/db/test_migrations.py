"""The migrations lead from nothing to exactly the tables the code knows, and back."""

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from exchange.app import migrate
from exchange.auctions import rules
from exchange.auctions.model import Profile, ProfileId
from exchange.members.model import Role
from exchange.members.rules import ROLE_CAPABILITIES


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


def described(connection):
    """Every constraint and index of the public schema as PostgreSQL describes it."""
    constraints = "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    where = " WHERE connamespace = 'public'::regnamespace AND contype <> 'n'"
    indexes = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    rows = [*connection.execute(sa.text(constraints + where)), *connection.execute(sa.text(indexes))]
    return {tuple(row) for row in rows if row[0] != "alembic_version"}


def test_make_the_same_constraints_and_indexes_as_the_tables_say(addresses, settings):
    """What `alembic check` does not compare: every CHECK, by name and by text."""
    migrated = migrate.create(addresses.database, "t_constraints")
    migrate.migrate(migrated, secrets_folder=settings.home, origin="test.example/constraints")
    made = migrate.create(addresses.database, "t_tables")
    with sa.create_engine(made, poolclass=sa.NullPool).begin() as connection:
        migrate.metadata.create_all(connection)
        said = described(connection)
    with sa.create_engine(migrated, poolclass=sa.NullPool).connect() as connection:
        found = described(connection)
    assert found - said == set()
    assert said - found == set()


def test_wait_for_lots_whose_deposits_no_books_hold(addresses, settings):
    url = migrate.create(addresses.database, "t_running")
    migrate.migrate(url, secrets_folder=settings.home, origin="test.example/running")
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        connection.execute(sa.text('SET ROLE "t_running_owner"'))
        connection.commit()
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(migrate.script_folder()))
        command.downgrade(config, "0008")
        columns = "id, seller, excluded, profile, state, start_price_fen, increments, deposit_fen, opens_at, closes_at"
        lot = (
            f"INSERT INTO lot ({columns}, ends_at, due_at) VALUES"
            " ('lot_x', 'org_x', '{}', 'judicial-2016@1', 'announced', 1, '[]', 1, now(), now(), now(), now())"
        )
        bidder = "INSERT INTO lot_bidder (lot, organisation, code, deposit_fen) VALUES ('lot_x', 'org_y', '0001', 1)"
        for statement in (lot, bidder):
            connection.execute(sa.text(statement))
        connection.commit()
        with pytest.raises(RuntimeError, match="1 lots run on deposits that are not in the books"):
            command.upgrade(config, "head")
        connection.execute(sa.text("UPDATE lot SET state = 'unsold', due_at = NULL"))
        connection.commit()
        command.upgrade(config, "head")


def test_keep_the_checkpoint_of_a_log_that_was_signed_before_its_states_were_parted(addresses, settings):
    url = migrate.create(addresses.database, "t_parted")
    migrate.migrate(url, secrets_folder=settings.home, origin="test.example/parted")
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text('SET ROLE "t_parted_owner"'))
        connection.commit()
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(migrate.script_folder()))
        command.downgrade(config, "0010")
        connection.execute(
            sa.text("INSERT INTO head VALUES (true, 7, sha256(''), 'note', '2026-03-02 01:00Z')"),
        )
        connection.commit()
        command.upgrade(config, "head")
        said = "SELECT head.*::text, signed.*::text, published.*::text FROM head, signed, published"
        rows = [tuple(row) for row in connection.execute(sa.text(said))]
        connection.commit()
        root, note = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", b"note".hex()
        state = f't,7,"\\\\x{root}"'
        kept = f'({state},"\\\\x{note}","2026-03-02 01:00:00+00")'
        assert rows == [(f"({state})", kept, kept)]
        command.downgrade(config, "0010")
        back = connection.execute(sa.text("SELECT size, checkpoint FROM head")).one()
        assert (back.size, bytes(back.checkpoint)) == (7, b"note")
        connection.commit()
        command.upgrade(config, "head")
    engine.dispose()


@pytest.mark.parametrize(("announced", "left"), [("now()", [("judicial-2016@1", "active", None, None)]), ("NULL", [])])
def test_leave_an_exchange_that_has_announced_lots_able_to_trade(addresses, settings, announced, left):
    """`judicial-2016@1` is in force there with nobody who proposed it; a new exchange has to ask two people."""
    name = f"t_rules_{len(left)}"
    url = migrate.create(addresses.database, name)
    migrate.migrate(url, secrets_folder=settings.home, origin="test.example/rules")
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(f'SET ROLE "{name}_owner"'))
        connection.commit()
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(migrate.script_folder()))
        command.downgrade(config, "0027")
        columns = "id, seller, excluded, profile, state, start_price_fen, increments, deposit_fen, opens_at, closes_at"
        connection.execute(
            sa.text(
                f"INSERT INTO lot ({columns}, ends_at, announced_at) VALUES ('lot_x', 'org_x', '{{}}',"
                f" 'judicial-2016@1', 'withdrawn', 1, '[]', 1, now(), now(), now(), {announced})"
            )
        )
        connection.commit()
        command.upgrade(config, "head")
        said = "SELECT ref, state, proposed_at, activated_at FROM auction_profile"
        assert [tuple(row) for row in connection.execute(sa.text(said))] == left
        connection.commit()
    engine.dispose()
    login = migrate.open_existing(url, secrets_folder=settings.home).api
    with sa.create_engine(login, poolclass=sa.NullPool).connect() as api:
        numbers = list(api.execute(sa.text("SELECT id, numbers FROM auction_profile")))
    for name, written in numbers:
        assert ProfileId(name)
        assert Profile.from_json(written) == rules.JUDICIAL_2016


def test_let_officers_who_might_do_everything_put_rules_into_force(addresses, settings):
    url = migrate.create(addresses.database, "t_officers")
    migrate.migrate(url, secrets_folder=settings.home, origin="test.example/officers")
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    whole = sorted(ROLE_CAPABILITIES[Role.OPERATOR] - {"profiles.manage"})
    tokens = {
        "tok_whole": ("org_o", whole, None),
        "tok_narrow": ("org_o", ["members.manage"], None),
        "tok_dead": ("org_o", whole, "2026-03-02T00:00:00Z"),
        "tok_other": ("org_u", whole, None),
    }
    with engine.connect() as connection:
        connection.execute(sa.text('SET ROLE "t_officers_owner"'))
        connection.commit()
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(migrate.script_folder()))
        command.downgrade(config, "0027")
        for organisation, role in (("org_o", "operator"), ("org_u", "university")):
            written = {"id": organisation, "role": [role], "code": organisation.rjust(18, "9"), "person": f"per_{role}"}
            connection.execute(
                sa.text(
                    "INSERT INTO organisation (id, name, credit_code, roles, region, state, reasons)"
                    " VALUES (:id, 'x', :code, :role, '1501', 'verified', '[]')"
                ),
                written,
            )
            connection.execute(sa.text("INSERT INTO person VALUES (:person, :id, 'x', 'active')"), written)
        for token, (organisation, scopes, revoked) in tokens.items():
            connection.execute(
                sa.text(
                    "INSERT INTO token"
                    " (id, organisation, person, scopes, secret_hash, created_at, expires_at, revoked_at)"
                    " SELECT :id, :of, person.id, :scopes, repeat('0', 64), now(), now() + interval '1 day',"
                    " CAST(:revoked AS timestamptz) FROM person WHERE organisation = :of"
                ),
                {"id": token, "of": organisation, "scopes": scopes, "revoked": revoked},
            )
        connection.commit()
        command.upgrade(config, "head")
        said = "SELECT id FROM token WHERE 'profiles.manage' = ANY (scopes)"
        assert list(connection.execute(sa.text(said)).scalars()) == ["tok_whole"]
        connection.commit()
    engine.dispose()
