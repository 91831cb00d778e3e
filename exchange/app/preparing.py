"""Making a site ready: its database migrated, its log's key made, its file written."""

import os
import socket
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from ledger.log import keys

from . import migrate
from .servers import Addresses, CannotStart
from .settings import Settings
from .site import Site

DATABASE: Final = "mengkeju"


def prepare(
    settings: Settings,
    addresses: Addresses,
    *,
    database: str | None = None,
    virtual_from: datetime | None = None,
) -> Site:
    """Migrate the site's database and make its key. Whoever runs the site's processes writes its file.

    `database` names a database of its own on the server, made if need be; otherwise it is the one the given URL
    names, or `mengkeju` on our own server.
    """
    if database is None and settings.database_url is None:
        database = DATABASE
    try:
        admin = migrate.create(addresses.database, database) if database else addresses.database
    except sa.exc.OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise CannotStart(f"MENGKEJU_DATABASE_URL: the database cannot be reached: {reason}") from error
    folder = settings.home / "sites" / (database or "main")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    ready = migrate.migrate(admin, secrets_folder=folder, origin=settings.origin, virtual_from=virtual_from)
    key_file = folder / "log.key"
    ring = keys.load_or_create(key_file, ready.origin)
    return Site(
        database=ready,
        broker=addresses.broker,
        key_file=str(key_file),
        vkey=str(ring[0].key),
        host=settings.host,
        port=settings.port,
        parent=os.getpid(),
    )


def settle(site: Site) -> tuple[Site, Path]:
    """Choose the port of a site that this process is about to run, and write the file its parts start from."""
    settled = replace(site, port=_free_port(site.host, site.port))
    file = Path(site.key_file).with_name("site.json")
    settled.write(file)
    return settled, file


def existing(settings: Settings, addresses: Addresses, *, database: str | None = None) -> Site:
    """Return a site that was prepared before, changing nothing. Raises `CannotStart` when there is no such one.

    With no name it is the one there is, or of several the main one.
    """
    folders = sorted((settings.home / "sites").glob("*/log.key"))
    names = [file.parent.name for file in folders]
    main = "main" if settings.database_url else DATABASE
    wanted = database or (names[0] if len(names) == 1 else main)
    if wanted not in names:
        there = f"there are: {', '.join(names)}; choose one with --database" if names else "run `mengkeju serve` first"
        raise CannotStart(f"there is no exchange named {wanted} under {settings.home}: {there}")
    folder = settings.home / "sites" / wanted
    name = None if wanted == "main" else wanted
    ready = migrate.open_existing(addresses.database, secrets_folder=folder, database=name)
    ring = keys.load(folder / "log.key")
    return Site(
        database=ready,
        broker=addresses.broker,
        key_file=str(folder / "log.key"),
        vkey=str(ring[0].key),
        host=settings.host,
        port=settings.port,
        parent=os.getpid(),
    )


def discard(settings: Settings, addresses: Addresses, *, database: str) -> None:
    """Undo `prepare` for a database of its own: drop it with its roles, and remove its folder's files."""
    migrate.drop(addresses.database, database)
    folder = settings.home / "sites" / database
    if folder.is_dir():
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


def _free_port(host: str, wanted: int) -> int:
    """Return `wanted`, or any free port for 0. Raises `CannotStart` when somebody else listens there."""
    try:
        with socket.create_server((host, wanted)) as probe:
            port: int = probe.getsockname()[1]
            return port
    except OSError as error:
        raise CannotStart(
            f"{host}:{wanted} is taken ({error.strerror}): choose --port, or set MENGKEJU_PORT"
        ) from error
