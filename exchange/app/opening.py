"""Opening a database as one of its roles, with its clock."""

from ledger.kernel import clock, db
from ledger.kernel.unit import Units

from .auth import AppGate


def gate(url: str, *, vkey: str, connections: int) -> AppGate:
    """Return the way into a database as the role that `url` logs in with."""
    engine = db.engine(url, connections=connections)
    time_here = clock.of(engine)
    return AppGate(units=Units(engine, time_here), clock=time_here, vkey=vkey)
