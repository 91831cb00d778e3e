"""How a lot stands under each format, and which kinds of entry decide its bids."""

from typing import Final

from ..model import Format
from .scored import Scored
from .standing import Proxy, Standing
from .uniform import Uniform

STANDINGS: Final = {Format.ASCENDING: Standing, Format.PROXY: Proxy, Format.SCORED: Scored, Format.UNIFORM: Uniform}

DECISIONS: Final = {kind.name for one in STANDINGS.values() for kind in (one.accepts, one.refuses, one.sells)}
"""The kinds of entry that decide a bid or sell a lot, each under some format."""
