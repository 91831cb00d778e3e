"""Every statement on the auctions wing's tables."""

from .lots import (
    admit,
    bidder_of,
    bidders,
    bids_of,
    defaulters,
    due,
    find_bid,
    fresh_code,
    insert,
    load,
    load_many,
    lots_of,
    next_due,
    page,
    save,
    save_bids,
    version,
)
from .ranked import score

__all__ = [
    "admit",
    "bidder_of",
    "bidders",
    "bids_of",
    "defaulters",
    "due",
    "find_bid",
    "fresh_code",
    "insert",
    "load",
    "load_many",
    "lots_of",
    "next_due",
    "page",
    "save",
    "save_bids",
    "score",
    "version",
]
