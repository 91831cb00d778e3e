"""Every statement on the tables of a royalty."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit

from ..model import (
    AuditRight,
    Band,
    Every,
    Period,
    PeriodState,
    Royalty,
    RoyaltyId,
    RoyaltyState,
    RoyaltyTerms,
    Scale,
    SettlementId,
)
from ..rules import TERMS, royalties
from ..tables import royalty, royalty_period
from ..tables import settlement as settled
from .agreements import Agreements, Row, sharing_of, sums_of

_ROWS = Agreements(royalty)
_PERIODS = (
    sa.select(royalty_period).where(royalty_period.c.royalty == sa.bindparam("of")).order_by(royalty_period.c.number)
)
_PERIOD = sa.insert(royalty_period)
_TURN = (
    sa.update(royalty_period)
    .where(royalty_period.c.royalty == sa.bindparam("of"), royalty_period.c.number == sa.bindparam("at"))
    .values({one.name: sa.bindparam(one.name) for one in royalty_period.c if one.name not in {"royalty", "number"}})
)
_OPEN_ENDED = (
    sa.select(royalty)
    .where(
        sa.exists().where(
            royalty_period.c.royalty == royalty.c.id,
            sa.or_(
                sa.and_(royalty_period.c.owed_at.is_not(None), royalty_period.c.pay_by.is_(None)),
                sa.and_(
                    royalty_period.c.paid_at.is_not(None),
                    royalty_period.c.divide_by.is_(None),
                    royalty_period.c.divided_fen < royalty_period.c.paid_fen,
                ),
            ),
        )
    )
    .order_by(royalty.c.id)
    .with_for_update(of=royalty)
)
# What time does to a royalty without money, and the divisions, which wait for what is frozen and for who could not act.
_ACTS = sa.select(royalty.c.id, royalty.c.acts_at.label("at")).where(royalty.c.acts_at.is_not(None))
_DIVIDES = (
    sa.select(royalty.c.id, sa.func.greatest(royalty_period.c.divide_by, settled.c.quiet_until))
    .join(royalty, royalty.c.id == royalty_period.c.royalty)
    .join(settled, settled.c.id == royalty.c.settlement)
    .where(royalty_period.c.divide_by.is_not(None), sa.func.cardinality(settled.c.frozen) == 0)
)
_WHEN = sa.union_all(_ACTS, _DIVIDES).subquery()
_DUE = (
    sa.select(_WHEN.c.id)
    .where(_WHEN.c.at <= sa.bindparam("at"))
    .group_by(_WHEN.c.id)
    .order_by(sa.func.min(_WHEN.c.at), _WHEN.c.id)
    .limit(sa.bindparam("limit"))
)
_NEXT_DUE = sa.select(sa.func.min(_WHEN.c.at))


def load(unit: Unit, id: RoyaltyId, *, lock: bool = False) -> Royalty:
    """Return the royalty. Refuses `NoSuchRoyalty`. Its settlement is locked before it."""
    row = _ROWS.named(unit, id, lock=lock)
    if row is None:
        raise royalties.NoSuchRoyalty("there is no royalty of this name that you may see")
    return _royalty(unit, row)


def settlement_of(unit: Unit, id: RoyaltyId) -> SettlementId:
    """Return whose royalty it is, which never changes. Refuses `NoSuchRoyalty`."""
    found = _ROWS.settlement_of(unit, id)
    if found is None:
        raise royalties.NoSuchRoyalty("there is no royalty of this name that you may see")
    return found


def standing(unit: Unit, settlement: SettlementId, *, lock: bool = False) -> Royalty | None:
    """Return the one royalty of a settlement that was neither withdrawn nor has lapsed."""
    row = _ROWS.standing(unit, settlement, lock=lock)
    return None if row is None else _royalty(unit, row)


def concerning(unit: Unit, organisation: OrganisationId, *, since: str, behind: bool, limit: int) -> list[Royalty]:
    """Return those that an organisation sells, buys, holds a part of or has brought about, in name order.

    Those from a name on, or those `behind` it.
    """
    rows = _ROWS.concerning(unit, organisation, since=since, behind=behind, limit=limit)
    return [_royalty(unit, row) for row in rows]


def begin(unit: Unit, new: Royalty) -> None:
    """Write a new royalty. Refuses `RoyaltyStands` where its settlement has one; a rival is waited for."""
    if not _ROWS.begin(unit, new, _columns(new)):
        raise royalties.RoyaltyStands("withdraw the proposal that stands; what is agreed stays")


def save(unit: Unit, before: Royalty, after: Royalty) -> None:
    """Write what has changed of a royalty loaded with a lock: itself, and those periods that are new or have turned."""
    _ROWS.save(unit, after, _columns(after))
    known = {one.number: one for one in before.periods}
    fresh = [
        {"royalty": after.id, "number": one.number} | _standing_of(one)
        for one in after.periods
        if one.number not in known
    ]
    if fresh:
        unit.write(_PERIOD, fresh)
    for one in after.periods:
        if one.number in known and one != known[one.number]:
            unit.write(_TURN, {"of": after.id, "at": one.number} | _standing_of(one))


def due(unit: Unit, at: datetime, limit: int) -> list[RoyaltyId]:
    """Return royalties on which time acts at or before `at`, the longest due first; what is frozen is not divided."""
    return [RoyaltyId(name) for name in unit.connection.execute(_DUE, {"at": at, "limit": limit}).scalars()]


def next_due(unit: Unit) -> datetime | None:
    """Return when time next acts on any royalty."""
    soonest: datetime | None = unit.connection.execute(_NEXT_DUE).scalar_one()
    return soonest


def open_ended(unit: Unit) -> list[Royalty]:
    """Return royalties of which a deadline was left open; locked, in id order."""
    return [_royalty(unit, row) for row in unit.connection.execute(_OPEN_ENDED).all()]


def _royalty(unit: Unit, row: Row) -> Royalty:
    # A second statement, no join: after waiting for a lock only it sees what the rival has left.
    found = unit.connection.execute(_PERIODS, {"of": row.id})
    return Royalty(
        id=RoyaltyId(row.id),
        settlement=SettlementId(row.settlement),
        deal=row.deal,
        seller=OrganisationId(row.seller),
        buyer=OrganisationId(row.buyer),
        reward_min_bp=row.reward_min_bp,
        settled_under=TERMS[row.settled_under],
        practice=row.practice,
        terms=_terms(row.terms),
        sharing=sharing_of(row),
        state=RoyaltyState(row.state),
        periods=tuple(_period(one) for one in found),
        signed_by=OrganisationId(row.signed_by) if row.signed_by else None,
        sums=sums_of(row),
    )


def _columns(one: Royalty) -> dict[str, object]:
    return {
        "terms": one.terms.to_json(),
        "signed_by": one.signed_by,
    }


def _period(row: Row) -> Period:
    return Period(
        number=row.number,
        ends_at=row.ends_at,
        statement_by=row.statement_by,
        state=PeriodState(row.state),
        sales_fen=None if row.sales_fen is None else Fen(row.sales_fen),
        audit_from=row.audit_from,
        audited=row.audited,
        due_fen=Fen(row.due_fen),
        owed_at=row.owed_at,
        pay_by=row.pay_by,
        overdue=row.overdue,
        costs_fen=Fen(row.costs_fen),
        payments=row.payments,
        paid_fen=Fen(row.paid_fen),
        divided_fen=Fen(row.divided_fen),
        paid_at=row.paid_at,
        divide_by=row.divide_by,
    )


def _standing_of(one: Period) -> dict[str, object]:
    names = (each.name for each in royalty_period.c if each.name not in {"royalty", "number"})
    return {name: getattr(one, name) for name in names}


def _terms(kept: Mapping[str, Any]) -> RoyaltyTerms:  # Any: as `RoyaltyTerms.to_json` wrote it
    return RoyaltyTerms(
        bands=tuple(Band(Fen(int(one["from_fen"])), one["rate_bp"]) for one in kept["bands"]),
        scale=Scale(kept["scale"]),
        minimum_fen=Fen(int(kept["minimum_fen"])),
        cap_fen=None if kept["cap_fen"] is None else Fen(int(kept["cap_fen"])),
        starts_on=date.fromisoformat(kept["starts_on"]),
        every=Every(kept["every"]),
        periods=kept["periods"],
        audit=AuditRight(**kept["audit"]),
    )
