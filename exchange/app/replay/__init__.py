"""Replaying old auction logs: whether this engine can run what really happened, and comes to the same prices.

`logs` reads the files, `drive` sends them through the HTTP API over `wire`, `compare` holds the outcome against the
files, `command` is the command and the fresh virtual exchange it runs in. docs/decisions/0007 says why it goes through
the front door.
"""

from .command import replay

__all__ = ["replay"]
