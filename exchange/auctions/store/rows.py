"""Rows of lots and bidders, read and written."""

import sqlalchemy as sa

from ledger.kernel import instant
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen

from .. import rules
from ..model import (
    Band,
    Bid,
    Bidder,
    BidderCode,
    BidId,
    Fault,
    Lot,
    LotId,
    Profile,
    State,
    Terms,
    form_of,
)
from .standing import holder_json, holder_of, previous_of, suspension_of


def bidder_from(row: sa.Row[tuple[object, ...]]) -> Bidder:
    """Read a bidder."""
    return Bidder(
        organisation=OrganisationId(row.organisation),
        code=BidderCode(row.code),
        deposit_fen=Fen(row.deposit_fen),
        admitted_at=row.admitted_at,
        rank=row.rank,
    )


def lot_from(row: sa.Row[tuple[object, ...]], parked: tuple[Bid, ...], profile: Profile) -> Lot:
    """Read a lot, with what was read of it elsewhere."""
    leader = row.leader and Bid(
        id=BidId(row.leader),
        organisation=OrganisationId(row.leader_organisation),
        code=BidderCode(row.leader_code),
        amount_fen=Fen(row.price_fen),
        arrived_at=row.leader_arrived_at,
        maximum_fen=row.leader_maximum_fen,
        rank=row.leader_rank,
    )
    return Lot(
        id=LotId(row.id),
        seller=OrganisationId(row.seller),
        listing=row.listing,
        excluded=frozenset(OrganisationId(one) for one in row.excluded),
        profile=profile,
        terms=Terms(
            start_price_fen=Fen(row.start_price_fen),
            increments=tuple(Band(Fen(low), Fen(step)) for low, step in row.increments),
            deposit_fen=Fen(row.deposit_fen),
            reserve_fen=row.reserve_fen,
            appraisal_fen=row.appraisal_fen,
            opens_at=row.opens_at,
            closes_at=row.closes_at,
            form=form_of(row.form),
            holders=tuple(holder_of(one) for one in row.holders),
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
        extra_rounds=row.extra_rounds,
        bid_freely=frozenset(BidderCode(code) for code in row.bid_freely),
        previous=previous_of(row),
        suspension=suspension_of(row),
        halts=tuple((instant.parse(since), instant.parse(until)) for since, until in row.halts),
    )


def columns_of(one: Lot) -> dict[str, object]:
    """Write a lot; `due_at` is worked out on the way."""
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
        "holders": [holder_json(holder) for holder in one.terms.holders],
        "previous": one.previous.lot if one.previous else None,
        "previous_ended_at": one.previous.ended_at if one.previous else None,
        "previous_start_price_fen": one.previous.start_price_fen if one.previous else None,
        "attempt": one.attempt,
        "announced_at": one.announced_at,
        "ends_at": one.ends_at,
        "due_at": rules.due_at(one),
        "leader": one.leader.id if one.leader else None,
        "leader_organisation": one.leader.organisation if one.leader else None,
        "leader_code": one.leader.code if one.leader else None,
        "leader_arrived_at": one.leader.arrived_at if one.leader else None,
        "price_fen": one.price_fen,
        "leader_maximum_fen": one.leader.maximum_fen if one.leader else None,
        "leader_rank": one.leader.rank if one.leader else None,
        "bid_count": one.bid_count,
        "decision_count": one.decision_count,
        "parked_since": one.parked_since,
        "fault": one.fault,
        "extra_rounds": one.extra_rounds,
        "bid_freely": sorted(one.bid_freely),
        "suspended_at": one.suspension.at if one.suspension else None,
        "suspended_for": one.suspension.reason if one.suspension else None,
        "suspended_by": one.suspension.order if one.suspension else None,
        "halts": [[instant.render(since), instant.render(until)] for since, until in one.halts],
    }
