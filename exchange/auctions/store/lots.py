"""Every statement on lots, their bidders and their bids."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ledger.kernel.ids import OrganisationId
from ledger.kernel.unit import Unit

from .. import rules
from ..model import (
    Bid,
    Bidder,
    BidderCode,
    BidId,
    BidOutcome,
    BidRow,
    BidState,
    Fault,
    Format,
    Lot,
    LotId,
    State,
)
from ..tables import bid, lot, lot_bidder
from .ranked import bid_of, sheets_of, stood_by
from .rows import bidder_from, columns_of, lot_from
from .versions import profiles_of

CODES = 10_000  # bidder codes have four digits while they last, more when a lot is that crowded

# Statements that every bid and tick needs are built once: building them costs as much as executing them.
_LOTS = sa.select(lot).where(lot.c.id.in_(sa.bindparam("ids", expanding=True))).order_by(lot.c.id)
# FOR NO KEY UPDATE: what only refers to a lot (a pack that is wanted) is written while somebody further down waits.
_LOCK_LOTS = _LOTS.with_for_update(key_share=True)
_INSERT_LOTS = sa.insert(lot)
_SAVE_LOTS = (
    sa.update(lot)
    .where(lot.c.id == sa.bindparam("this"))
    .values(
        {one.name: sa.bindparam(one.name) for one in lot.c if one.name not in {"id", "version"}}
        | {"version": lot.c.version + 1}
    )
)
_STANDING = sa.select(lot_bidder).where(
    sa.tuple_(lot_bidder.c.lot, lot_bidder.c.organisation).in_(sa.bindparam("pairs", expanding=True))
)
_OF_CODE = sa.select(lot_bidder).where(
    lot_bidder.c.lot == sa.bindparam("of"), lot_bidder.c.code == sa.bindparam("code")
)
_CODES = sa.select(lot_bidder.c.code).where(lot_bidder.c.lot == sa.bindparam("of"))
_ADMIT = sa.insert(lot_bidder)
_NEW_BIDS = postgresql.insert(bid)
_SAVE_BIDS = _NEW_BIDS.on_conflict_do_update(
    index_elements=["lot", "id"],
    set_={name: _NEW_BIDS.excluded[name] for name in ("state", "refusal", "number", "amount_fen")},
    where=bid.c.state == BidState.PARKED,
)
_DUE = (
    sa.select(lot.c.id)
    .where(lot.c.due_at <= sa.bindparam("at"))
    .order_by(lot.c.due_at, lot.c.id)
    .limit(sa.bindparam("limit"))
    .with_for_update(skip_locked=True, key_share=True)
)
_NEXT_DUE = sa.select(sa.func.min(lot.c.due_at))


def load(unit: Unit, id: LotId, *, lock: bool = False) -> Lot:
    """Return the lot. Refuses `NoSuchLot`."""
    found = load_many(unit, [id], lock=lock)
    if id not in found:
        raise rules.NoSuchLot("there is no lot of this name that you may see")
    return found[id]


def load_many(unit: Unit, ids: Collection[LotId], *, lock: bool = False) -> dict[LotId, Lot]:
    """Return those of the lots that exist, locked in id order when asked.

    No join: after waiting for a lock PostgreSQL reads the locked row anew, but what it joined from the snapshot before.
    """
    rows = unit.connection.execute(_LOCK_LOTS if lock else _LOTS, {"ids": list(ids)}).all()
    parked = _parked(unit, [row.id for row in rows if row.parked_since is not None])
    profiles = profiles_of(unit, (row.profile for row in rows))
    formats = {row.id: profiles[row.profile].format for row in rows}
    standing = stood_by(unit, [name for name, found in formats.items() if found.ranks])
    sheets = sheets_of(unit, [name for name, found in formats.items() if found is Format.SCORED])
    return {
        LotId(row.id): replace(
            lot_from(row, parked.get(row.id, ()), profiles[row.profile]),
            standing=standing.get(row.id, ()),
            sheets=sheets.get(row.id, ()),
        )
        for row in rows
    }


def bidders(unit: Unit, standing: Iterable[tuple[LotId, OrganisationId]]) -> dict[tuple[str, str], Bidder]:
    """Return the standing of each organisation on each lot asked about, where it has one."""
    pairs = list(standing)
    if not pairs:
        return {}
    rows = unit.connection.execute(_STANDING, {"pairs": pairs})
    return {(row.lot, row.organisation): bidder_from(row) for row in rows}


def bidder_of(unit: Unit, of: LotId, code: str) -> Bidder | None:
    """Return who bids for a lot under a code."""
    row = unit.connection.execute(_OF_CODE, {"of": of, "code": code}).one_or_none()
    return bidder_from(row) if row else None


def fresh_code(unit: Unit, of: LotId, *, but: Collection[str] = ()) -> BidderCode:
    """Return a bidder code not yet used on this lot, nor one of `but`; the lot is locked, so it stays free."""
    used = {*unit.connection.execute(_CODES, {"of": of}).scalars(), *but}
    bound = CODES
    while len(used) * 2 > bound:
        bound *= 10
    while True:
        code = f"{unit.random_below(bound):0{len(str(bound)) - 1}d}"
        if code not in used:
            return BidderCode(code)


def codes_of(unit: Unit, of: LotId) -> list[BidderCode]:
    """Return every code that a lot is bid for under, in order."""
    return sorted(BidderCode(code) for code in unit.connection.execute(_CODES, {"of": of}).scalars())


def insert(unit: Unit, new: Sequence[Lot]) -> None:
    """Write lots that are not there yet."""
    unit.write(_INSERT_LOTS, [{"id": one.id} | columns_of(one) for one in new])


def save(unit: Unit, changed: Iterable[Lot]) -> None:
    """Write lots that were loaded with a lock."""
    rows = [{"this": one.id} | columns_of(one) for one in changed]
    if rows:
        unit.write(_SAVE_LOTS, rows)


def admit(unit: Unit, of: LotId, new: Bidder, payment_reference: str | None) -> None:
    """Let an organisation bid for a lot."""
    unit.write(
        _ADMIT,
        {
            "lot": of,
            "organisation": new.organisation,
            "code": new.code,
            "deposit_fen": new.deposit_fen,
            "payment_reference": payment_reference,
            "admitted_at": new.admitted_at,
            "rank": new.rank,
        },
    )


def save_bids(unit: Unit, outcomes: Sequence[tuple[LotId, BidOutcome]]) -> None:
    """Write bids, or what has become of those that were parked."""
    if not outcomes:
        return
    unit.write(
        _SAVE_BIDS,
        [
            {
                "lot": of,
                "id": one.bid.id,
                "organisation": one.bid.organisation,
                "code": one.bid.code,
                "amount_fen": one.bid.amount_fen,
                "maximum_fen": one.bid.maximum_fen,
                "seen_step": one.bid.click.seen if one.bid.click else None,
                "step": one.bid.click.step if one.bid.click else None,
                "arrived_at": one.bid.arrived_at,
                "state": one.state,
                "refusal": one.refusal,
                "number": one.number,
                "rank": one.bid.rank,
            }
            for of, one in outcomes
        ],
    )


def due(unit: Unit, at: datetime, limit: int) -> list[LotId]:
    """Return lots on which time acts at or before `at`, the longest due first, leaving out those being worked on."""
    rows = unit.connection.execute(_DUE, {"at": at, "limit": limit})
    return [LotId(name) for name in rows.scalars()]


def next_due(unit: Unit) -> datetime | None:
    """Return when time next acts on any lot."""
    soonest: datetime | None = unit.connection.execute(_NEXT_DUE).scalar_one()
    return soonest


def find_bid(unit: Unit, of: LotId, id: BidId) -> BidRow | None:
    """Return a bid as it stands now."""
    row = unit.connection.execute(sa.select(bid).where(bid.c.lot == of, bid.c.id == id)).one_or_none()
    return _bid_row(row) if row else None


def bids_of(unit: Unit, of: LotId, *, after: int, limit: int) -> list[BidRow]:
    """Return decided bids of a lot in the order of decision, those numbered above `after`."""
    rows = unit.connection.execute(
        sa.select(bid).where(bid.c.lot == of, bid.c.number > after).order_by(bid.c.number).limit(limit)
    )
    return [_bid_row(row) for row in rows]


def lots_of(unit: Unit, listing: str) -> list[LotId]:
    """Return every lot that offered a listing, the first first."""
    rows = unit.connection.execute(sa.select(lot.c.id).where(lot.c.listing == listing).order_by(lot.c.id))
    return [LotId(name) for name in rows.scalars()]


def last_of(unit: Unit, listing: str, profile: str) -> Lot | None:
    """Return the last lot of a listing that bidding has decided under any version of a profile; its id, no `@`."""
    decided = (State.SOLD, State.FELL_THROUGH, State.UNSOLD)
    found = unit.connection.execute(
        sa.select(lot.c.id)
        .where(lot.c.listing == listing, lot.c.state.in_(decided), lot.c.profile.startswith(f"{profile}@"))
        .order_by(lot.c.ends_at.desc(), lot.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return load(unit, LotId(found)) if found else None


def defaulters(unit: Unit, listings: Collection[str]) -> frozenset[OrganisationId]:
    """Return who won a lot of any of `listings` and then did not sign or pay."""
    rows = unit.connection.execute(
        sa.select(lot.c.leader_organisation).where(lot.c.listing.in_(listings), lot.c.fault == Fault.BUYER)
    )
    return frozenset(map(OrganisationId, rows.scalars()))


def page(unit: Unit, *, state: State | None, seller: str | None, after: str | None, limit: int) -> list[Lot]:
    """Return public lots (and `seller`'s drafts) in id order, those after `after`."""
    seen = sa.or_(lot.c.announced_at.is_not(None), lot.c.seller == seller)
    query = sa.select(lot.c.id).where(seen).order_by(lot.c.id).limit(limit)
    if state is not None:
        query = query.where(lot.c.state == state)
    if after is not None:
        query = query.where(lot.c.id > after)
    found = load_many(unit, [LotId(name) for name in unit.connection.execute(query).scalars()])
    return list(found.values())


def version(unit: Unit, of: LotId) -> int:
    """Return how often the lot has been written, for `ETag`."""
    written: int = unit.connection.execute(sa.select(lot.c.version).where(lot.c.id == of)).scalar_one()
    return written


def _parked(unit: Unit, ids: Sequence[str]) -> Mapping[str, tuple[Bid, ...]]:
    found: dict[str, list[Bid]] = {}
    if ids:
        query = sa.select(bid).where(bid.c.lot.in_(ids), bid.c.state == BidState.PARKED).order_by(bid.c.place)
        for row in unit.connection.execute(query):
            found.setdefault(row.lot, []).append(bid_of(row))
    return {name: tuple(bids) for name, bids in found.items()}


def _bid_row(row: sa.Row[tuple[object, ...]]) -> BidRow:
    return BidRow(
        lot=LotId(row.lot), bid=bid_of(row), state=BidState(row.state), refusal=row.refusal, number=row.number
    )
