"""Where a running exchange keeps itself: one file that its processes start from, readable by their owner only.

`serve`, `demo` and `replay` write it once the servers stand and the database is migrated; the API, the sequencer,
the ticker and the worker are each started with its path and read nothing else.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A migrated database: the URL each role logs in with, and what it is stamped."""

    api: str
    sequencer: str
    auditor: str
    origin: str
    virtual: bool


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
    def read(cls, file: Path) -> Self:
        """Read what `write` wrote."""
        fields = json.loads(file.read_text())
        return cls(**(fields | {"database": Database(**fields["database"])}))
