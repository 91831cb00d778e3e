"""Every statement on the auctions wing's tables."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit

from . import rules
from .model import (
    Band,
    Bid,
    Bidder,
    BidderCode,
    BidId,
    BidOutcome,
    BidRow,
    BidState,
    Click,
    Fault,
    Lot,
    LotId,
    State,
    Terms,
    form_of,
)
from .tables import bid, lot, lot_bidder

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
    return {LotId(row.id): _lot(row, parked.get(row.id, ())) for row in rows}


def bidders(unit: Unit, standing: Iterable[tuple[LotId, OrganisationId]]) -> dict[tuple[str, str], Bidder]:
    """Return the standing of each organisation on each lot asked about, where it has one."""
    pairs = list(standing)
    if not pairs:
        return {}
    rows = unit.connection.execute(_STANDING, {"pairs": pairs})
    return {
        (row.lot, row.organisation): Bidder(
            organisation=OrganisationId(row.organisation), code=BidderCode(row.code), deposit_fen=Fen(row.deposit_fen)
        )
        for row in rows
    }


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


def insert(unit: Unit, new: Sequence[Lot]) -> None:
    """Write lots that are not there yet."""
    unit.write(_INSERT_LOTS, [{"id": one.id} | _columns(one) for one in new])


def save(unit: Unit, changed: Iterable[Lot]) -> None:
    """Write lots that were loaded with a lock."""
    rows = [{"this": one.id} | _columns(one) for one in changed]
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
            found.setdefault(row.lot, []).append(_bid(row))
    return {name: tuple(bids) for name, bids in found.items()}


def _lot(row: sa.Row[tuple[object, ...]], parked: tuple[Bid, ...]) -> Lot:
    leader = row.leader and Bid(
        id=BidId(row.leader),
        organisation=OrganisationId(row.leader_organisation),
        code=BidderCode(row.leader_code),
        amount_fen=Fen(row.price_fen),
        arrived_at=row.leader_arrived_at,
        maximum_fen=row.leader_maximum_fen,
    )
    return Lot(
        id=LotId(row.id),
        seller=OrganisationId(row.seller),
        listing=row.listing,
        excluded=frozenset(OrganisationId(one) for one in row.excluded),
        profile=rules.find(row.profile),
        terms=Terms(
            start_price_fen=Fen(row.start_price_fen),
            increments=tuple(Band(Fen(low), Fen(step)) for low, step in row.increments),
            deposit_fen=Fen(row.deposit_fen),
            reserve_fen=row.reserve_fen,
            appraisal_fen=row.appraisal_fen,
            opens_at=row.opens_at,
            closes_at=row.closes_at,
            form=form_of(row.form),
        ),
        state=State(row.state),
        announced_at=row.announced_at,
        ends_at=row.ends_at,
        leader=leader or None,
        bid_count=row.bid_count,
        decision_count=row.decision_count,
        parked=parked,
        parked_since=row.parked_since,
        fault=Fault(row.fault) if row.fault else None,
    )


def _columns(one: Lot) -> dict[str, object]:
    return {
        "seller": one.seller,
        "listing": one.listing,
        "excluded": sorted(one.excluded),
        "profile": one.profile.ref,
        "state": one.state,
        "start_price_fen": one.terms.start_price_fen,
        "increments": [[band.from_fen, band.increment_fen] for band in one.terms.increments],
        "deposit_fen": one.terms.deposit_fen,
        "reserve_fen": one.terms.reserve_fen,
        "appraisal_fen": one.terms.appraisal_fen,
        "opens_at": one.terms.opens_at,
        "closes_at": one.terms.closes_at,
        "form": one.terms.form.to_json() if one.terms.form else None,
        "announced_at": one.announced_at,
        "ends_at": one.ends_at,
        "due_at": rules.due_at(one),
        "leader": one.leader.id if one.leader else None,
        "leader_organisation": one.leader.organisation if one.leader else None,
        "leader_code": one.leader.code if one.leader else None,
        "leader_arrived_at": one.leader.arrived_at if one.leader else None,
        "price_fen": one.price_fen,
        "leader_maximum_fen": one.leader.maximum_fen if one.leader else None,
        "bid_count": one.bid_count,
        "decision_count": one.decision_count,
        "parked_since": one.parked_since,
        "fault": one.fault,
    }


def _bid(row: sa.Row[tuple[object, ...]]) -> Bid:
    return Bid(
        id=BidId(row.id),
        organisation=OrganisationId(row.organisation),
        code=BidderCode(row.code),
        amount_fen=Fen(row.amount_fen),
        arrived_at=row.arrived_at,
        maximum_fen=row.maximum_fen,
        click=None if row.step is None else Click(seen=row.seen_step, step=row.step),
    )


def _bid_row(row: sa.Row[tuple[object, ...]]) -> BidRow:
    return BidRow(lot=LotId(row.lot), bid=_bid(row), state=BidState(row.state), refusal=row.refusal, number=row.number)
