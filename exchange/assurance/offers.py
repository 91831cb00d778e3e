"""Offers: listings and the lots that hold them, and that no asset is promised to two deals at a time."""

from collections.abc import Iterator

from ledger.audit.report import Finding
from listings.achievements.model import Mode

from .facts import Facts, Listing, Lot


def findings(facts: Facts) -> Iterator[Finding]:
    """Yield where lots and listings do not tell the same."""
    for lot in facts.lots.values():
        if lot.listing is not None:
            yield from _lot(lot, facts.listings.get(lot.listing))
    promised: dict[str, list[tuple[int, bool, str]]] = {}
    for listing in facts.listings.values():
        yield from _listing(listing, facts)
        promised.setdefault(listing.asset or listing.id, []).extend(_engagements(listing))
    for asset, engagements in promised.items():
        yield from _asset(asset, sorted(engagements))


def _lot(lot: Lot, listing: Listing | None) -> Iterator[Finding]:
    if listing is None or lot.id not in listing.reserved:
        yield Finding(f"{lot.id}: offers {lot.listing}, which is not held for it", lot.index)
        return
    if listing.owner not in {None, lot.seller}:
        yield Finding(f"{lot.id}: is offered by another than the owner of {listing.id}", lot.index)
    if lot.end in {"unsold", "withdrawn", "licensed"} and lot.id not in listing.released:
        yield Finding(f"{lot.id}: is {lot.end}, and {listing.id} is not back on offer", lot.end_index)
    if lot.fault is not None and lot.id not in listing.released:
        yield Finding(f"{lot.id}: fell through, and {listing.id} is not back on offer", lot.fell_index)


def _listing(listing: Listing, facts: Facts) -> Iterator[Finding]:
    for deal, index in listing.reserved.items():
        lot = facts.lots.get(deal)
        if lot is None or lot.listing != listing.id:
            yield Finding(f"{listing.id}: is held for {deal}, which does not offer it", index)
    for deal, index in listing.awards.items():
        lot = facts.lots.get(deal)
        if lot is None or lot.end != "sold" or lot.listing != listing.id:
            yield Finding(f"{listing.id}: is awarded to {deal}, which is no sale of it", index)
    for deal, index in listing.released.items():
        lot = facts.lots.get(deal)
        ended = lot is not None and (lot.end in {"unsold", "withdrawn", "licensed"} or lot.fault is not None)
        if not ended:
            yield Finding(f"{listing.id}: is taken from {deal}, which has not come to nothing", index)


def _engagements(listing: Listing) -> Iterator[tuple[int, bool, str]]:
    """Yield when an asset is promised to a deal of a listing (True) and when it is free again, by index."""
    frees = dict(listing.released)
    if listing.mode == Mode.ORDINARY_LICENCE:  # what is licensed to one may be licensed to others
        frees |= listing.awards
    yield from ((index, True, deal) for deal, index in listing.reserved.items())
    yield from ((index, False, deal) for deal, index in frees.items())


def _asset(asset: str, engagements: list[tuple[int, bool, str]]) -> Iterator[Finding]:
    held: set[str] = set()
    for index, begins, deal in engagements:
        if not begins:
            held.discard(deal)
            continue
        if held:
            yield Finding(f"{asset}: is promised to {deal} while {min(held)} holds it", index)
        held.add(deal)
