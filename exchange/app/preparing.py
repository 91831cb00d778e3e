"""Making a site ready: its database migrated, its log's key made, its file written."""

import os
import socket
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from ledger.log import keys

from . import migrate
from .servers import Addresses
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
    admin = migrate.create(addresses.database, database) if database else addresses.database
    folder = settings.home / "sites" / (database or "main")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    ready = migrate.migrate(admin, secrets_folder=folder, origin=settings.origin, virtual_from=virtual_from)
    key_file = folder / "log.key"
    signer = keys.load_or_create(key_file, ready.origin)
    return Site(
        database=ready,
        broker=addresses.broker,
        key_file=str(key_file),
        vkey=str(signer.key),
        host=settings.host,
        port=settings.port,
        parent=os.getpid(),
    )


def settle(site: Site) -> tuple[Site, Path]:
    """Choose the port of a site that this process is about to run, and write the file its parts start from."""
    settled = site if site.port else replace(site, port=_free_port(site.host))
    file = Path(site.key_file).with_name("site.json")
    settled.write(file)
    return settled, file


def known(settings: Settings, database: str) -> bool:
    """Whether a site of this name was ever prepared here."""
    return (settings.home / "sites" / database).is_dir()


def discard(settings: Settings, addresses: Addresses, *, database: str) -> None:
    """Undo `prepare` for a database of its own: drop it with its roles, and remove its folder's files."""
    migrate.drop(addresses.database, database)
    folder = settings.home / "sites" / database
    if folder.is_dir():
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


def _free_port(host: str) -> int:
    with socket.create_server((host, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
