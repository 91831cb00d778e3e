"""How a lot stands under each format, and which kinds of entry decide its bids."""

from typing import Final

from ..model import Format
from .scored import Scored
from .standing import Proxy, Standing

STANDINGS: Final = {Format.ASCENDING: Standing, Format.PROXY: Proxy, Format.SCORED: Scored}

DECISIONS: Final = {kind.name for one in STANDINGS.values() for kind in (one.accepts, one.refuses)}
"""The kinds of entry that decide a bid, each under some format."""
