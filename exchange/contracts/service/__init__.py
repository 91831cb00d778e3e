"""What may be asked of this wing: the steps of a record pack's life."""

from .packs import (
    LEASE,
    READING_REFUSALS,
    Assembled,
    NoSuchPack,
    NotBuiltYet,
    assemble,
    build,
    claim,
    content,
    due,
    find,
    give_back,
    record,
    request,
    zipped,
)

__all__ = [
    "LEASE",
    "READING_REFUSALS",
    "Assembled",
    "NoSuchPack",
    "NotBuiltYet",
    "assemble",
    "build",
    "claim",
    "content",
    "due",
    "find",
    "give_back",
    "record",
    "request",
    "zipped",
]
