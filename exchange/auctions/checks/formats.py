"""What an auditor follows a lot by, for each format."""

from collections.abc import Mapping
from typing import Final

from ..model import Format
from .falling import Falling
from .reverse import Reverse
from .rounds import Rounds
from .scored import Scored
from .standing import Proxy, Standing
from .uniform import Uniform

STANDINGS: Final[Mapping[Format, type[Standing]]] = {
    Format.ASCENDING: Standing,
    Format.PROXY: Proxy,
    Format.ROUNDS: Rounds,
    Format.DUTCH: Falling,
    Format.SCORED: Scored,
    Format.UNIFORM: Uniform,
    Format.REVERSE: Reverse,
}

DECISIONS: Final = {kind.name for one in STANDINGS.values() for kind in (one.accepts, one.refuses, one.sells)}
"""The kinds of entry that decide a bid or sell a lot, each under some format."""
