"""Every statement on the achievements wing's tables.

Locks are taken on listings first, in id order, then on assets, in id order; a lot that holds a listing is locked
before either. What hangs on a row (documents, holders, inventors, burdens) is read after its lock.
"""

from .assets import NoSuchAsset, insert_asset, load_asset, save_asset
from .listings import NoSuchListing, due, insert, kin, load, load_listings, next_due, page, reserved_of, save, version

__all__ = [
    "NoSuchAsset",
    "NoSuchListing",
    "due",
    "insert",
    "insert_asset",
    "kin",
    "load",
    "load_asset",
    "load_listings",
    "next_due",
    "page",
    "reserved_of",
    "save",
    "save_asset",
    "version",
]
