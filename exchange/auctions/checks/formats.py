"""What an auditor follows a lot by, for each format."""

from collections.abc import Mapping
from typing import Final

from ..model import Format
from .falling import Falling
from .reverse import Reverse
from .rounds import Rounds
from .standing import Proxy, Standing

STANDINGS: Final[Mapping[Format, type[Standing]]] = {
    Format.ASCENDING: Standing,
    Format.PROXY: Proxy,
    Format.ROUNDS: Rounds,
    Format.DUTCH: Falling,
    Format.REVERSE: Reverse,
}

DECISIONS: Final = {kind.name for one in STANDINGS.values() for kind in (one.accepts, one.refuses)}
"""The kinds of entry that decide a bid, each under some format."""
