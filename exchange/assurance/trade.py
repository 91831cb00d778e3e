"""Reading what lots, listings and contracts say."""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from exchange.auctions import model as auctions
from exchange.contracts import model as contracts
from ledger.audit.reading import Entry, Reader
from listings.achievements import model as achievements

from .facts import Contract, Deposit, Facts, Listing, Lot, When

Fact = TypeVar("Fact")


def opened_of(entry: Entry) -> Reader:
    """Return what has been opened of an entry."""
    return Reader(entry).inside("opened") if "opened" in entry else Reader({})


def opened_text(entry: Entry, name: str) -> str | None:
    """Return an opened text, or None where it is still sealed."""
    opened = opened_of(entry)
    return opened.text(name) if opened.has(name) else None


def read_lot(facts: Facts, entry: Entry, index: int) -> None:
    """Take the next entry of a lot."""
    kind, name, data = entry["kind"], str(entry["subject"]), Reader(entry).inside("data")
    if kind == auctions.LOT_ANNOUNCED.name:
        facts.lots.setdefault(
            name,
            Lot(
                id=name,
                index=index,
                listing=data.text_or_none("listing"),
                seller=data.text("seller"),
                deposit_fen=data.fen("deposit_fen"),
                rule=Reader(entry).text("rule"),
                again=data.inside("profile").has("reauction_s"),
                start_fen=data.fen("start_price_fen"),
                ends_at=data.text("closes_at"),
            ),
        )
        return
    lot = facts.lots.get(name)
    if lot is not None and (take := _OF_A_LOT.get(str(kind))):
        take(lot, entry, index)


def _confirmed(lot: Lot, entry: Entry, index: int) -> None:
    bidder, reference = opened_text(entry, "bidder"), opened_text(entry, "payment_reference")
    lot.deposits[Reader(entry).inside("data").text("code")] = Deposit(index, bidder, reference)


def _sold(lot: Lot, entry: Entry, index: int) -> None:
    data = Reader(entry).inside("data")
    lot.end, lot.end_index = "sold", index
    lot.code, lot.price_fen, lot.buyer = data.text("code"), data.fen("price_fen"), opened_text(entry, "buyer")


def _unsold(lot: Lot, entry: Entry, index: int) -> None:
    lot.end, lot.end_index, lot.bids = "unsold", index, Reader(entry).inside("data").number("bids")


def _moved(lot: Lot, entry: Entry, _index: int) -> None:
    lot.ends_at = Reader(entry).inside("data").text("ends_at")


def _offered_again(lot: Lot, entry: Entry, _index: int) -> None:
    data = Reader(entry).inside("data")
    lot.attempt = data.number("attempt")
    lot.previous = (
        data.text("previous"),
        data.text("previous_ended_at"),
        data.fen("previous_start_price_fen"),
    )


def _ended(how: str) -> Callable[[Lot, Entry, int], None]:
    def take(lot: Lot, _entry: Entry, index: int) -> None:
        lot.end, lot.end_index = how, index

    return take


def _fell_through(lot: Lot, entry: Entry, index: int) -> None:
    lot.fault, lot.fell_index = Reader(entry).inside("data").text("fault"), index


_OF_A_LOT: Final[Mapping[str, Callable[[Lot, Entry, int], None]]] = {
    auctions.DEPOSIT_CONFIRMED.name: _confirmed,
    auctions.LOT_SOLD.name: _sold,
    auctions.LOT_UNSOLD.name: _unsold,
    auctions.LOT_RESUMED.name: _moved,
    auctions.REAUCTION_ANNOUNCED.name: _offered_again,
    auctions.UNITS_SOLD.name: _ended("licensed"),
    auctions.LOT_WITHDRAWN.name: _ended("withdrawn"),
    auctions.LOT_CANCELLED.name: _ended("withdrawn"),
    auctions.SALE_FELL_THROUGH.name: _fell_through,
}


def read_listing(facts: Facts, entry: Entry, index: int) -> None:
    """Take the next entry of a listing."""
    kind, name, data = entry["kind"], str(entry["subject"]), Reader(entry).inside("data")
    listing = facts.listings.setdefault(name, Listing(id=name))
    if kind in _OFFERS:
        listing.owner, listing.asset = data.text("owner"), data.text("asset")
        listing.region, listing.mode = data.text("region"), data.text("mode")
        listing.disclosed_at = data.text("disclosed_at") if data.has("disclosed_at") else None
    elif kind == achievements.LISTING_RESERVED.name:
        listing.reserved[data.text("deal")] = index
    elif kind == achievements.LISTING_AWARDED.name:
        listing.awards[data.text("deal")] = index
    elif kind == achievements.LISTING_RELEASED.name:
        listing.released[data.text("deal")] = index


_OFFERS: Final = frozenset(
    {achievements.LISTING_SUBMITTED.name, achievements.LISTING_DISCLOSED.name, achievements.LISTING_REVISED.name}
)


def read_contract(facts: Facts, entry: Entry, index: int) -> None:
    """Take the next entry of a contract."""
    kind, name, data = entry["kind"], str(entry["subject"]), Reader(entry).inside("data")
    if kind == contracts.CONTRACT_OPENED.name:
        facts.contracts.setdefault(
            name,
            Contract(
                id=name,
                index=index,
                lot=data.text("lot"),
                listing=data.text("listing"),
                seller=data.text("seller"),
                price_fen=data.fen("price_fen"),
                region=data.text("region"),
                opened_at=Reader(entry).text("arrived_at"),
                buyer=opened_text(entry, "buyer"),
            ),
        )
        return
    contract = facts.contracts.get(name)
    if contract is None:
        return
    if kind == contracts.CONTRACT_SIGNED.name and data.text_or_none("effective_at") is not None:
        contract.effective, contract.effective_at = When.of(entry), data.text("effective_at")
    elif kind == contracts.CONTRACT_REGISTERED.name:
        contract.registered, contract.number = When.of(entry), data.text("number")
    elif kind in {contracts.CONTRACT_LAPSED.name, contracts.CONTRACT_RESCINDED.name}:
        contract.ended = str(kind).partition(".")[2]
        contract.fault, contract.end_index = data.text("fault"), index
