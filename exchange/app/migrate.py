"""Make a database ready: roles, tables, grants and the stamp it is born with.

The administrator's URL is used here and nowhere else. Four roles are made, named after the database: `owner`
(cannot log in, owns everything), `api`, `sequencer` and `auditor`, each with a generated password kept in one file
only its owner can read.
"""

import json
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from exchange.auctions import tables as auctions
from exchange.contracts import tables as contracts
from exchange.members import tables as members
from ledger.kernel import answers, db
from ledger.kernel.db import metadata
from ledger.log import tables as log
from listings.achievements import tables as achievements
from settlement.books import tables as books
from settlement.escrow import tables as escrow
from settlement.subsidies import tables as subsidies

from .site import Database

OWNERS: Final = (answers, log, members, achievements, auctions, contracts, books, escrow, subsidies)
"""Whoever puts tables into the one metadata; importing them is what fills it."""

LOGINS: Final = ("api", "sequencer", "auditor")
__all__ = ["Database", "create", "drop", "metadata", "migrate", "open_existing", "script_folder"]


def create(admin: str, name: str) -> str:
    """Create the empty database `name` unless it exists; return the administrator's URL on it."""
    url = sa.make_url(admin).set(drivername="postgresql+psycopg")
    server = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        known = connection.execute(sa.text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name})
        if not known.scalar():
            connection.execute(sa.text(f"CREATE DATABASE {_quoted(name)}"))
    return url.set(database=name).render_as_string(hide_password=False)


def drop(admin: str, name: str) -> None:
    """Drop the database `name`, if it exists, whoever uses it, and the roles made for it."""
    url = sa.make_url(admin).set(drivername="postgresql+psycopg")
    server = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)"))
        for role in (*LOGINS, "owner"):
            connection.execute(sa.text(f"DROP ROLE IF EXISTS {_quoted(f'{name}_{role}')}"))


def migrate(
    admin: str, *, secrets_folder: Path, origin: str | None = None, virtual_from: datetime | None = None
) -> Database:
    """Bring the database of `admin` to the newest tables and return how its roles log in.

    A new database is stamped with `origin` (its log's name) and, with `virtual_from`, with a clock that starts
    there. Both are for good: a database that exists keeps its stamp.
    """
    url = sa.make_url(admin).set(drivername="postgresql+psycopg")
    assert url.database
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    passwords = _passwords(secrets_folder / f"{url.database}.roles.json")
    with engine.connect() as connection:
        _make_roles(connection, url.database, passwords)
        connection.execute(sa.text(f"SET ROLE {_quoted(f'{url.database}_owner')}"))
        connection.commit()
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(script_folder()))
        command.upgrade(config, "head")
        _stamp(connection, origin or f"mengkeju.local/{url.database}", virtual_from)
    return open_existing(admin, secrets_folder=secrets_folder)


def open_existing(
    admin: str, *, secrets_folder: Path, database: str | None = None, roles_of: str | None = None
) -> Database:
    """Return how to log in to a database that is migrated; `roles_of` names the database its roles were made for."""
    url = sa.make_url(admin).set(drivername="postgresql+psycopg")
    url = url.set(database=database or url.database)
    owner = roles_of or url.database
    passwords = _passwords(secrets_folder / f"{owner}.roles.json")
    logins = {
        role: url.set(username=f"{owner}_{role}", password=passwords[role]).render_as_string(hide_password=False)
        for role in LOGINS
    }
    with sa.create_engine(logins["auditor"], poolclass=sa.NullPool).connect() as connection:
        origin, virtual = db.stamped(connection)
    return Database(**logins, origin=origin, virtual=virtual)


def script_folder() -> Path:
    """Return where the migrations are: beside the packages in a checkout, inside them in an installed wheel."""
    beside = Path(__file__).resolve().parents[2] / "alembic"
    return beside if beside.is_dir() else Path(__file__).resolve().parent / "migrations"


def _passwords(file: Path) -> dict[str, str]:
    """Return each role's password, made once and kept in a file of mode 0600."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = {role: secrets.token_urlsafe(24) for role in LOGINS}
        draft = file.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            json.dump(made, opened)
        try:
            os.link(draft, file)  # the first of two rivals wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    kept: dict[str, str] = json.loads(file.read_text())
    return kept


def _make_roles(connection: sa.Connection, database: str, passwords: dict[str, str]) -> None:
    owner = f"{database}_owner"
    for role in ("owner", *LOGINS):
        name = f"{database}_{role}"
        if not connection.execute(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name}).scalar():
            connection.execute(sa.text(f"CREATE ROLE {_quoted(name)} NOLOGIN"))
        if role != "owner":
            secret = passwords[role].replace("'", "''")
            connection.execute(sa.text(f"ALTER ROLE {_quoted(name)} LOGIN PASSWORD '{secret}'"))
    connection.execute(sa.text(f"GRANT {_quoted(owner)} TO CURRENT_USER"))
    connection.execute(sa.text(f"ALTER SCHEMA public OWNER TO {_quoted(owner)}"))
    connection.execute(sa.text("REVOKE ALL ON SCHEMA public FROM PUBLIC"))
    connection.execute(sa.text(f"REVOKE ALL ON DATABASE {_quoted(database)} FROM PUBLIC"))
    for role in LOGINS:
        connection.execute(sa.text(f"GRANT CONNECT ON DATABASE {_quoted(database)} TO {_quoted(f'{database}_{role}')}"))
        connection.execute(sa.text(f"GRANT USAGE ON SCHEMA public TO {_quoted(f'{database}_{role}')}"))
    connection.commit()


def _stamp(connection: sa.Connection, origin: str, virtual_from: datetime | None) -> None:
    if connection.execute(sa.select(db.stamp.c.origin)).scalar_one_or_none() is None:
        connection.execute(sa.insert(db.stamp).values(origin=origin, time="virtual" if virtual_from else "real"))
        if virtual_from is not None:
            connection.execute(sa.insert(db.clock).values(at=virtual_from))
    connection.commit()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
