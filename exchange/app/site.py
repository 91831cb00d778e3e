"""Where a running exchange keeps itself: one file that its processes start from, readable by their owner only.

`serve`, `demo` and `replay` write it once the servers stand and the database is migrated; the API, the sequencer,
the ticker and the worker are each started with its path and read nothing else.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from ledger.log import policy
from ledger.log.policy import Policy


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
    home: str  # the site's folder
    broker: str  # Redis, as kombu spells it
    key_file: str  # the log's private keys; empty where they come from the environment
    vkey: str  # the public half of the first of them
    policy: str  # whom a reader of this log believes (C2SP tlog-policy): its keys, and the witnesses that gate it
    authority: str | None = None  # the URL of a time-stamping authority (RFC 3161)
    authority_roots: str | None = None  # the file of certificates that vouch for it
    host: str
    port: int
    parent: int  # the process whose end ends this one's reason to run

    @property
    def queue(self) -> str:
        """The name of this site's task queue, so that two sites can share a broker."""
        return f"mengkeju:{self.database.origin}"

    @property
    def folder(self) -> Path:
        """Where the site keeps what must survive it: its keys, and what they have signed last."""
        return Path(self.home)

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


def policy_of(site: Site) -> Policy:
    """Return the policy by which a site's log publishes. Refuses `NotAPolicy`."""
    return policy.parse(site.policy.encode(errors="surrogateescape"))
