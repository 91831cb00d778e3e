"""Opening a database as one of its roles, with its clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.kernel import clock, db
from ledger.kernel.clock import SystemClock
from ledger.kernel.unit import Units
from ledger.log import keys
from ledger.log.signers import Secret

from .auth import AppGate
from .settings import Settings
from .site import Site
from .skew import Gauge


def units(url: str, *, connections: int) -> Units:
    """Return what opens units on a database, by its own clock, as the role that `url` logs in with."""
    engine = db.engine(url, connections=connections)
    return Units(engine, clock.of(engine))


def ring(site: Site) -> tuple[Secret, ...]:
    """Return the keys that the site's log is signed with, from their file or from the environment."""
    if site.key_file:
        return keys.load(Path(site.key_file))
    return keys.parse_ring(Settings.from_environment().log_key or "")


@contextmanager
def visit(url: str) -> Iterator[Units]:
    """Yield what opens units on a database, one at a time, and close its connection when the block ends."""
    opened = units(url, connections=1)
    try:
        yield opened
    finally:
        opened.engine.dispose()


def gate(url: str, site: Site, *, connections: int) -> AppGate:
    """Return the way into a database as the role that `url` logs in with."""
    opened = units(url, connections=connections)
    return AppGate(units=opened, clock=opened.clock, vkey=site.vkey, policy=site.policy, authority=site.authority)


def gauge(url: str, opened: Units) -> Gauge | None:
    """Return what measures this host's clock against the database server's, on a connection of its own, and go on.

    None on a virtual clock, which is one for all.
    """
    if not isinstance(opened.clock, SystemClock):
        return None
    made = Gauge(db.engine(url, connections=1))
    made.watch()
    return made
