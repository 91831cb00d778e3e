"""Everything that can change a listing's state is in this table; nothing else may.

The officer's part ends when a listing is published, the clock's when its disclosure ends, the deal's when it is awarded
or released; a deal that falls through after the award releases it too. Only a draft and what was returned may be
rewritten freely; a disclosed listing that is revised stays disclosed and starts its period anew.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from ..model import (
    Accept,
    Award,
    Command,
    Listing,
    Publish,
    Release,
    Reserve,
    Return,
    Revise,
    State,
    Submit,
    Tick,
    Withdraw,
)

TRANSITIONS: Mapping[tuple[State, type[Command]], State] = MappingProxyType(
    {
        (State.DRAFT, Revise): State.DRAFT,
        (State.DRAFT, Submit): State.SUBMITTED,
        (State.DRAFT, Withdraw): State.WITHDRAWN,
        (State.SUBMITTED, Accept): State.ACCEPTED,
        (State.SUBMITTED, Return): State.RETURNED,
        (State.SUBMITTED, Withdraw): State.WITHDRAWN,
        (State.RETURNED, Revise): State.RETURNED,
        (State.RETURNED, Submit): State.SUBMITTED,
        (State.RETURNED, Withdraw): State.WITHDRAWN,
        (State.ACCEPTED, Publish): State.DISCLOSED,
        (State.ACCEPTED, Withdraw): State.WITHDRAWN,
        (State.DISCLOSED, Revise): State.DISCLOSED,
        (State.DISCLOSED, Tick): State.OPEN,
        (State.DISCLOSED, Withdraw): State.WITHDRAWN,
        (State.OPEN, Reserve): State.RESERVED,
        (State.OPEN, Withdraw): State.WITHDRAWN,
        (State.RESERVED, Release): State.OPEN,
        (State.RESERVED, Award): State.AWARDED,
        (State.AWARDED, Release): State.OPEN,
    }
)
FINAL = frozenset({State.WITHDRAWN})
"""Nothing leaves this. An award stands unless its deal falls through."""


def due_at(listing: Listing) -> datetime | None:
    """Return when time next acts on the listing, if ever; stored so that a worker can find it."""
    return listing.disclosure_ends_at if (listing.state, Tick) in TRANSITIONS else None


def diagram() -> str:
    """Return the states and commands as a Mermaid state diagram, drawn from `TRANSITIONS`."""
    arrows = [f"    {source} --> {target}: {verb(command)}" for (source, command), target in TRANSITIONS.items()]
    final = [f"    {state} --> [*]" for state in State if state in FINAL]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {State.DRAFT}", *arrows, *final, ""])


def verb(command: Command | type[Command]) -> str:
    """Return the command's name in lower case."""
    kind = command if isinstance(command, type) else type(command)
    return kind.__name__.lower()
