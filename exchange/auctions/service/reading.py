"""What readers may see of lots and bids."""

from dataclasses import replace
from datetime import datetime

from ledger.kernel.cause import Cause
from ledger.kernel.errors import Refusal
from ledger.kernel.ids import EntryId, OrganisationId
from ledger.kernel.unit import Unit
from ledger.log import service as log
from listings.achievements.model import ListingId

from .. import rules, store
from ..model import (
    BidId,
    BidRow,
    Lot,
    LotId,
    LotView,
    Scoring,
    State,
    Units,
)


class NoSuchBid(Refusal):
    """There is no such bid."""

    kind = rules.NoSuchLot.kind
    zh = "没有这笔出价"


def find(unit: Unit, cause: Cause, id: LotId) -> LotView:
    """Return a lot. A draft is its seller's alone. Refuses `NoSuchLot`."""
    lot = store.load(unit, id)
    if lot.announced_at is None and lot.seller != cause.actor.organisation:
        raise rules.NoSuchLot("there is no lot of this name that you may see")
    waiting = store.codes_of(unit, id) if isinstance(lot.terms.form, Scoring) else ()
    return replace(view(lot, cause.at, version=store.version(unit, id)), rankings=rules.rankings(lot, waiting))


def page(unit: Unit, cause: Cause, *, state: State | None, after: str | None, limit: int) -> list[LotView]:
    """Return announced lots, and the asking seller's own drafts."""
    found = store.page(unit, state=state, seller=cause.actor.organisation, after=after, limit=limit)
    return [view(lot, cause.at, version=0) for lot in found]


def bids(unit: Unit, cause: Cause, id: LotId, *, after: int, limit: int) -> list[BidRow]:
    """Return a lot's decided bids in the order of decision, by code. Refuses `NoSuchLot`."""
    find(unit, cause, id)
    return store.bids_of(unit, id, after=after, limit=limit)


def bid(unit: Unit, cause: Cause, lot: LotId, id: BidId) -> BidRow:
    """Return the asking organisation's own bid as it stands now. Refuses `NoSuchBid`."""
    row = store.find_bid(unit, lot, id)
    if row is None or row.bid.organisation != cause.actor.organisation:
        raise NoSuchBid("there is no bid of this name that is yours")
    return replace(row, leads=leads(store.load(unit, lot), id))


def recorded_of(unit: Unit, lot: LotId, id: BidId) -> list[EntryId]:
    """Return the entries about a bid, in order: that it was parked, and how it was decided."""
    return log.about(unit, lot, bid=id)


def refusal_of(row: BidRow) -> Refusal:
    """Return the refusal a parked bid met when it was decided."""
    found = next(one for one in rules.REFUSALS if one.code() == row.refusal)
    return found("it was parked, and refused when the grace was over", bid=row.bid.id)


def lot_of(unit: Unit, id: LotId) -> Lot:
    """Return a lot as it is, for flows; who may know is the caller's to establish. Refuses `NoSuchLot`."""
    return store.load(unit, id)


def won_by(lot: Lot) -> tuple[OrganisationId, ...]:
    """Return who has won a lot; several where it was of several licences, nobody unless it is sold."""
    if lot.state is not State.SOLD or lot.leader is None:
        return ()
    bids = rules.winners(lot) if isinstance(lot.terms.form, Units) else [lot.leader]
    return tuple(one.organisation for one in bids)


def lots_of(unit: Unit, listing: ListingId) -> list[LotId]:
    """Return every lot that offered a listing, the first first."""
    return store.lots_of(unit, listing)


def leads(lot: Lot, id: BidId) -> bool:
    """Whether a bid leads, or of several licences would win one."""
    leading = rules.winners(lot) if isinstance(lot.terms.form, Units) else [lot.leader]
    return any(one is not None and one.id == id for one in leading)


def view(lot: Lot, at: datetime, *, version: int) -> LotView:
    """Return what a reader at `at` may see of a lot."""
    book, face = rules.book_of(lot), rules.face(lot, at)
    threshold = face.price_fen if face else rules.threshold(lot)
    return LotView(
        lot=lot,
        phase=rules.phase(lot, at),
        minimum_next_fen=None if book.downward else threshold,
        maximum_next_fen=(threshold or None) if book.downward else None,
        free_until=rules.free_until(lot),
        round=rules.round_at(lot, at),
        version=version,
        face=face,
        rankings=rules.rankings(lot),
        ranked=rules.ranked(lot) if isinstance(lot.terms.form, Units) else (),
    )
