"""Which sealed values a seller's pack opens: what the seller wrote itself, who bought, and nothing of anybody else.

The buyer is opened wherever the sale rests on it: in the result, in the winning bid and in the deposit behind its code.
Were it opened in the result alone, another organisation could be put there and nothing would contradict it.

Never: who the other bidders are, what any bidder paid as its deposit and by which reference, which of a member's people
acted for it, the inventors' names and the holders of burdens (个人信息保护法 art. 6: no more than the purpose needs).
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from exchange.auctions.model import (
    BID_ACCEPTED,
    BID_PARKED,
    BID_REFUSED,
    DEPOSIT_CONFIRMED,
    LOT_ANNOUNCED,
    LOT_SOLD,
    LOT_WITHDRAWN,
)
from ledger.log.model import Disclosure
from listings.achievements.model import (
    ASSET_REGISTERED,
    LISTING_DISCLOSED,
    LISTING_RELEASED,
    LISTING_RESERVED,
    LISTING_RETURNED,
    LISTING_REVISED,
    LISTING_SUBMITTED,
    LISTING_WITHDRAWN,
)

from .reading import Line, Record

_PAPERS = frozenset({"document_names", "approval_number", "approval_body", "floor_fen", "by"})

OPENED: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        LOT_ANNOUNCED.name: frozenset(
            {"reserve_fen", "excluded", "by"}
        ),  # the seller's own, and who it said is related
        LOT_WITHDRAWN.name: frozenset({"by"}),
        DEPOSIT_CONFIRMED.name: frozenset({"bidder"}),  # of the buyer's code alone
        BID_ACCEPTED.name: frozenset({"bidder"}),  # of the winning bid alone
        BID_PARKED.name: frozenset({"amount_fen"}),  # public since its decision; opened, it proves nobody changed it
        LOT_SOLD.name: frozenset({"buyer"}),
        LISTING_SUBMITTED.name: _PAPERS | {"title", "abstract"},
        LISTING_RETURNED.name: frozenset({"reasons"}),
        LISTING_DISCLOSED.name: _PAPERS,
        LISTING_REVISED.name: _PAPERS,
        LISTING_RESERVED.name: frozenset({"by"}),
        LISTING_RELEASED.name: frozenset({"by"}),
        LISTING_WITHDRAWN.name: frozenset({"reason", "by"}),
        ASSET_REGISTERED.name: frozenset({"title"}),
    }
)
"""By kind of entry. `by` only where the seller acted; of a listing or an asset only where it is the seller's own."""


def entitled(record: Record, offered: Iterable[Disclosure]) -> tuple[Disclosure, ...]:
    """Return those of the `offered` values that the seller of the lot may see, in the order of their entries."""
    lines = {line.id: line for line in record.lines}
    seen = [one for one in offered if one.entry in lines and _may_see(record, lines[one.entry], one)]
    return tuple(sorted(seen, key=lambda one: (lines[one.entry].index, one.field)))


def resting_on(record: Record) -> list[Line]:
    """Return what the sale rests on and seals the buyer's name: the winning bid, and the deposit behind its code."""
    of_lot = record.of(record.lot)
    sold = next((line.data for line in of_lot if line.kind == LOT_SOLD.name), None)
    if sold is None:
        return []
    names = {BID_ACCEPTED.name: "bid", DEPOSIT_CONFIRMED.name: "code"}
    return [
        line
        for line in of_lot
        if (name := names.get(line.kind)) and line.data.text(name) and line.data.text(name) == sold.text(name)
    ]


def _may_see(record: Record, line: Line, one: Disclosure) -> bool:
    if one.field not in OPENED.get(line.kind, frozenset()) or not _is_sellers(record, line):
        return False
    if one.field == "by":
        return isinstance(one.value, Mapping) and one.value.get("organisation") == record.seller
    if one.field == "bidder":
        return line in resting_on(record)
    return line.kind != BID_PARKED.name or _is_decided(record, line)


def _is_sellers(record: Record, line: Line) -> bool:
    if line.subject == record.listing:
        return record.owner == record.seller
    if line.subject == record.asset:
        return any(holder.text("organisation") == record.seller for holder in line.data.each("holders"))
    return line.subject == record.lot


def _is_decided(record: Record, parked: Line) -> bool:
    bid = parked.data.text("bid")
    decided = (line for line in record.of(record.lot) if line.kind in {BID_ACCEPTED.name, BID_REFUSED.name})
    return any(line.data.text("bid") == bid for line in decided)
