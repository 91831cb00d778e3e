"""Which sealed values a seller's pack opens: what the seller wrote itself, who bought, and nothing of anybody else.

The buyer is opened wherever the sale rests on it: in the result, in the winning bid and in the deposit behind its code;
of a deal also in its contract, in its award, and in each payment made in its name. Were it opened in the result alone,
another organisation could be put there and nothing would contradict it.

Of a deal the seller sees what it stated itself: the parts of the contract and the hash of its document, its costs, how
the reward was shared and paid out, and so the names that it wrote there of its own inventors.

Never: who the other bidders are, by which reference anybody paid, which of another's people acted, the inventors' names
in the asset, and the holders of burdens (个人信息保护法 art. 6: no more than the purpose needs).
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from exchange.auctions.model import (
    BID_ACCEPTED,
    BID_PARKED,
    BID_REFUSED,
    DEPOSIT_CONFIRMED,
    HOLDERS_NAMED,
    LOT_ANNOUNCED,
    LOT_SOLD,
    LOT_WITHDRAWN,
    MAXIMUM_ACCEPTED,
    PANEL_NAMED,
    PRICE_TAKEN,
    PRIORITY_CONFIRMED,
    TAKE_REFUSED,
    UNITS_SOLD,
)
from ledger.kernel.cause import TIME
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
from settlement.escrow import model as escrow
from settlement.subsidies.model import CLAIM_ASSESSED, CLAIM_REFUSED

from ..model import CONTRACT_OPENED, CONTRACT_SIGNED, CONTRACT_WRITTEN, Party
from .reading import Line, Record, Said

_PAPERS = frozenset({"document_names", "approval_number", "approval_body", "floor_fen", "by"})

OPENED: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        LOT_ANNOUNCED.name: frozenset(
            {"reserve_fen", "excluded", "by"}
        ),  # the seller's own, and who it said is related
        LOT_WITHDRAWN.name: frozenset({"by"}),
        DEPOSIT_CONFIRMED.name: frozenset({"bidder"}),  # of the buyer's code alone
        BID_ACCEPTED.name: frozenset({"bidder"}),  # of the winning bid alone
        MAXIMUM_ACCEPTED.name: frozenset({"bidder"}),  # likewise, and never the maximum
        PRICE_TAKEN.name: frozenset({"bidder"}),
        BID_PARKED.name: frozenset({"amount_fen"}),  # public since its decision; opened, it proves nobody changed it
        LOT_SOLD.name: frozenset({"buyer"}),
        UNITS_SOLD.name: frozenset({"buyers"}),
        HOLDERS_NAMED.name: frozenset({"organisations"}),  # whom the seller named
        PRIORITY_CONFIRMED.name: frozenset({"bidder"}),  # of the buyer's code alone
        PANEL_NAMED.name: frozenset({"panel"}),  # whom the seller put on it
        LISTING_SUBMITTED.name: _PAPERS | {"title", "abstract"},
        LISTING_RETURNED.name: frozenset({"reasons"}),
        LISTING_DISCLOSED.name: _PAPERS,
        LISTING_REVISED.name: _PAPERS,
        LISTING_RESERVED.name: frozenset({"by"}),
        LISTING_RELEASED.name: frozenset({"by"}),
        LISTING_WITHDRAWN.name: frozenset({"reason", "by"}),
        ASSET_REGISTERED.name: frozenset({"title"}),
        CONTRACT_OPENED.name: frozenset({"buyer"}),
        CONTRACT_WRITTEN.name: frozenset({"document_sha256", "parts", "by"}),
        CONTRACT_SIGNED.name: frozenset({"by"}),
        escrow.AWARDED.name: frozenset({"buyer"}),
        escrow.DEPOSIT_REQUESTED.name: frozenset({"payer"}),  # of the buyer's code alone, as below
        escrow.DEPOSIT_HELD.name: frozenset({"payer"}),
        escrow.DEPOSIT_REFUNDED.name: frozenset({"payer"}),
        escrow.DEPOSIT_FORFEITED.name: frozenset({"payer"}),
        escrow.BALANCE_PAID.name: frozenset({"payer"}),
        escrow.SETTLED.name: frozenset({"costs", "split", "payouts", "by"}),
        escrow.SHARED.name: frozenset({"broker", "owners", "withholdings", "payouts"}),
        CLAIM_ASSESSED.name: frozenset({"by"}),
        CLAIM_REFUSED.name: frozenset({"by"}),
    }
)
"""By kind of entry. `by` only where the seller acted, or time did; of a listing or an asset only if it is its own."""

NAMING: Final[Mapping[str, tuple[str, str | None]]] = MappingProxyType(
    {
        BID_ACCEPTED.name: ("bidder", "bid"),
        MAXIMUM_ACCEPTED.name: ("bidder", "bid"),
        PRICE_TAKEN.name: ("bidder", "bid"),
        DEPOSIT_CONFIRMED.name: ("bidder", "code"),
        PRIORITY_CONFIRMED.name: ("bidder", "code"),
        CONTRACT_OPENED.name: ("buyer", None),
        escrow.AWARDED.name: ("buyer", None),
        escrow.DEPOSIT_REQUESTED.name: ("payer", "code"),
        escrow.DEPOSIT_HELD.name: ("payer", "code"),
        escrow.DEPOSIT_REFUNDED.name: ("payer", "code"),
        escrow.DEPOSIT_FORFEITED.name: ("payer", "code"),
        escrow.BALANCE_PAID.name: ("payer", None),
    }
)
"""By kind of entry that seals who the buyer is: in which field, and what it shares with the result as no other does."""


def entitled(record: Record, offered: Iterable[Disclosure]) -> tuple[Disclosure, ...]:
    """Return those of the `offered` values that the seller of the lot may see, in the order of their entries."""
    lines = {line.id: line for line in record.lines}
    seen = [one for one in offered if one.entry in lines and _may_see(record, lines[one.entry], one)]
    return tuple(sorted(seen, key=lambda one: (lines[one.entry].index, one.field)))


def resting_on(record: Record) -> list[Line]:
    """Return what the sale rests on and seals the buyer's name: see `NAMING`."""
    sold = next((line.data for line in record.of(record.lot) if line.kind == LOT_SOLD.name), None)
    if sold is None:
        return []
    subjects = {record.lot, record.contract, record.settlement}
    return [
        line
        for line in record.lines
        if line.subject in subjects and line.kind in NAMING and _is_of(sold, line, NAMING[line.kind][1])
    ]


def acts_of_seller(record: Record) -> list[Line]:
    """Return the entries of a deal that nobody but the seller, or time for it, brings about; each seals who did."""
    kinds = {CONTRACT_WRITTEN.name, escrow.SETTLED.name, CLAIM_ASSESSED.name, CLAIM_REFUSED.name}
    subjects = {record.contract, record.settlement, *record.claims}
    return [
        line
        for line in record.lines
        if line.subject in subjects
        and (line.kind in kinds or (line.kind == CONTRACT_SIGNED.name and line.data.text("party") == Party.SELLER))
    ]


def _is_of(sold: Said, line: Line, shared: str | None) -> bool:
    """Whether an entry is about whoever won; one that shares nothing with the result can be about nobody else."""
    return shared is None or (bool(line.data.text(shared)) and line.data.text(shared) == sold.text(shared))


def _may_see(record: Record, line: Line, one: Disclosure) -> bool:
    if one.field not in OPENED.get(line.kind, frozenset()) or not _is_sellers(record, line):
        return False
    if one.field == "by":
        who = one.value.get("organisation") if isinstance(one.value, Mapping) else None
        return who == record.seller or (who == TIME.organisation and line.kind == escrow.SETTLED.name)
    if one.field in {"bidder", "payer"}:
        return line in resting_on(record)
    return line.kind != BID_PARKED.name or _is_decided(record, line)


def _is_sellers(record: Record, line: Line) -> bool:
    if line.subject == record.listing:
        return record.owner == record.seller
    if line.subject == record.asset:
        return any(holder.text("organisation") == record.seller for holder in line.data.each("holders"))
    if line.subject in record.claims:
        return line.data.text("claimant") == record.seller
    if line.subject in {record.contract, record.settlement}:
        return record.of(line.subject)[0].data.text("seller") == record.seller
    return line.subject == record.lot


def _is_decided(record: Record, parked: Line) -> bool:
    bid = parked.data.text("bid")
    kinds = {one.name for one in (BID_ACCEPTED, BID_REFUSED, PRICE_TAKEN, TAKE_REFUSED)}
    decided = (line for line in record.of(record.lot) if line.kind in kinds)
    return any(line.data.text("bid") == bid for line in decided)
