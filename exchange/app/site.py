"""Where a running exchange keeps itself: one file that its processes start from, readable by their owner only.

`serve`, `demo` and `replay` write it once the servers stand and the database is migrated; the API, the sequencer,
the ticker and the worker are each started with its path and read nothing else.
"""

import json
import os
import socket
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from ledger.log import keys

from . import migrate
from .migrate import Database
from .servers import Addresses
from .settings import Settings

DATABASE: Final = "mengkeju"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything a process of the exchange needs to start."""

    database: Database
    broker: str  # Redis, as kombu spells it
    key_file: str  # the log's private key
    vkey: str  # its public half
    host: str
    port: int
    parent: int  # the process whose end ends this one's reason to run

    @property
    def queue(self) -> str:
        """The name of this site's task queue, so that two sites can share a broker."""
        return f"mengkeju:{self.database.origin}"

    @property
    def url(self) -> str:
        """The API's address."""
        return f"http://{self.host}:{self.port}"

    def write(self, file: Path) -> None:
        """Write the file for this owner alone, whole or not at all."""
        draft = file.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
            json.dump(asdict(self), opened, indent=1)
        draft.replace(file)

    @classmethod
    def prepare(
        cls,
        settings: Settings,
        addresses: Addresses,
        *,
        database: str | None = None,
        virtual_from: datetime | None = None,
    ) -> tuple[Self, Path]:
        """Migrate the site's database and make its key; return the site and the file its processes start from.

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
        site = cls(
            database=ready,
            broker=addresses.broker,
            key_file=str(key_file),
            vkey=str(signer.key),
            host=settings.host,
            port=settings.port or _free_port(settings.host),
            parent=os.getpid(),
        )
        file = folder / "site.json"
        site.write(file)
        return site, file

    @staticmethod
    def discard(settings: Settings, addresses: Addresses, *, database: str) -> None:
        """Undo `prepare` for a database of its own: drop it with its roles, and remove its folder's files."""
        migrate.drop(addresses.database, database)
        folder = settings.home / "sites" / database
        if folder.is_dir():
            for file in folder.iterdir():
                file.unlink()
            folder.rmdir()

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read what `write` wrote."""
        fields = json.loads(file.read_text())
        return cls(**(fields | {"database": Database(**fields["database"])}))


def _free_port(host: str) -> int:
    with socket.create_server((host, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
