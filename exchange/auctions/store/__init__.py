"""Every statement on the auctions wing's tables: `lots` on lots, their bidders and their bids."""

from .lots import (
    admit,
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

__all__ = [
    "admit",
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
    "version",
]
