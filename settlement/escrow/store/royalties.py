"""Every statement on the tables of a royalty."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit

from ..model import (
    AuditRight,
    Band,
    Broker,
    Every,
    Owner,
    Period,
    PeriodState,
    Royalty,
    RoyaltyId,
    RoyaltyState,
    RoyaltyTerms,
    Scale,
    SettlementId,
    Share,
    Sharing,
    Sums,
)
from ..rules import TERMS, royalties, shared
from ..tables import royalty, royalty_period

_STANDS = royalty.c.state.not_in(["withdrawn", "lapsed"])
_BEGIN = (
    postgresql.insert(royalty)
    .on_conflict_do_nothing(index_elements=["settlement"], index_where=sa.text("state NOT IN ('withdrawn', 'lapsed')"))
    .returning(royalty.c.id)
)
_SAVE = (
    sa.update(royalty)
    .where(royalty.c.id == sa.bindparam("this"))
    .values({one.name: sa.bindparam(one.name) for one in royalty.c if one.name != "id"})
)
_PERIODS = (
    sa.select(royalty_period).where(royalty_period.c.royalty == sa.bindparam("of")).order_by(royalty_period.c.number)
)
_PERIOD = sa.insert(royalty_period)
_TURN = (
    sa.update(royalty_period)
    .where(royalty_period.c.royalty == sa.bindparam("of"), royalty_period.c.number == sa.bindparam("at"))
    .values({one.name: sa.bindparam(one.name) for one in royalty_period.c if one.name not in {"royalty", "number"}})
)
_DUE = (
    sa.select(royalty.c.id)
    .where(royalty.c.acts_at <= sa.bindparam("at"))
    .order_by(royalty.c.acts_at, royalty.c.id)
    .limit(sa.bindparam("limit"))
)
_NEXT_DUE = sa.select(sa.func.min(royalty.c.acts_at))


def load(unit: Unit, id: RoyaltyId, *, lock: bool = False) -> Royalty:
    """Return the royalty. Refuses `NoSuchRoyalty`. Its settlement is locked before it."""
    query = sa.select(royalty).where(royalty.c.id == id)
    row = unit.connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise royalties.NoSuchRoyalty("there is no royalty of this name that you may see")
    return _royalty(unit, row)


def settlement_of(unit: Unit, id: RoyaltyId) -> SettlementId:
    """Return whose royalty it is, which never changes. Refuses `NoSuchRoyalty`."""
    found = unit.connection.execute(sa.select(royalty.c.settlement).where(royalty.c.id == id)).scalar_one_or_none()
    if found is None:
        raise royalties.NoSuchRoyalty("there is no royalty of this name that you may see")
    return SettlementId(found)


def standing(unit: Unit, settlement: SettlementId, *, lock: bool = False) -> Royalty | None:
    """Return the one royalty of a settlement that was neither withdrawn nor has lapsed."""
    query = sa.select(royalty).where(royalty.c.settlement == settlement, _STANDS)
    row = unit.connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _royalty(unit, row)


def concerning(unit: Unit, organisation: OrganisationId, *, since: str, behind: bool, limit: int) -> list[Royalty]:
    """Return those that an organisation sells, buys, holds a part of or has brought about, in name order.

    Those from a name on, or those `behind` it.
    """
    columns = royalty.c
    concerns = sa.or_(
        columns.seller == organisation,
        columns.buyer == organisation,
        columns.sharing.contains({"owners": [{"organisation": organisation}]}),
        columns.sharing.contains({"broker": {"organisation": organisation}}),
    )
    here = columns.id > since if behind else columns.id >= since
    query = sa.select(royalty).where(here, concerns).order_by(columns.id).limit(limit)
    return [_royalty(unit, row) for row in unit.connection.execute(query).all()]


def begin(unit: Unit, new: Royalty) -> None:
    """Write a new royalty. Refuses `RoyaltyStands` where its settlement has one; a rival is waited for."""
    if unit.connection.execute(_BEGIN, {"id": new.id} | _columns(new)).one_or_none() is None:
        raise royalties.RoyaltyStands("withdraw the proposal that stands; what is agreed stays")


def save(unit: Unit, before: Royalty, after: Royalty) -> None:
    """Write what has changed of a royalty loaded with a lock: itself, and those periods that are new or have turned."""
    unit.write(_SAVE, {"this": after.id} | _columns(after))
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
    """Return royalties on which time acts at or before `at`, the longest due first."""
    return [RoyaltyId(name) for name in unit.connection.execute(_DUE, {"at": at, "limit": limit}).scalars()]


def next_due(unit: Unit) -> datetime | None:
    """Return when time next acts on any royalty."""
    soonest: datetime | None = unit.connection.execute(_NEXT_DUE).scalar_one()
    return soonest


def _royalty(unit: Unit, row: sa.Row[tuple[object, ...]]) -> Royalty:
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
        sharing=_sharing(row.sharing),
        state=RoyaltyState(row.state),
        periods=tuple(_period(one) for one in found),
        signed_by=OrganisationId(row.signed_by) if row.signed_by else None,
        sums=Sums(
            amount_fen=row.divided_fen,
            fee_fen=row.fee_fen,
            costs_fen=row.costs_fen,
            commission_fen=row.commission_fen,
            reward_fen=row.reward_fen,
        ),
    )


def _columns(one: Royalty) -> dict[str, object]:
    return {
        "settlement": one.settlement,
        "deal": one.deal,
        "seller": one.seller,
        "buyer": one.buyer,
        "reward_min_bp": one.reward_min_bp,
        "settled_under": one.settled_under.ref,
        "practice": one.practice,
        "state": one.state,
        "terms": one.terms.to_json(),
        "sharing": shared(one.sharing),
        "signed_by": one.signed_by,
        "acts_at": one.acts_at,
        "divided_fen": one.sums.amount_fen,
        "fee_fen": one.sums.fee_fen,
        "costs_fen": one.sums.costs_fen,
        "commission_fen": one.sums.commission_fen,
        "reward_fen": one.sums.reward_fen,
    }


def _period(row: sa.Row[tuple[object, ...]]) -> Period:
    return Period(
        number=row.number,
        ends_at=row.ends_at,
        statement_by=row.statement_by,
        state=PeriodState(row.state),
        sales_fen=None if row.sales_fen is None else Fen(row.sales_fen),
        audit_from=row.audit_from,
        audited=row.audited,
        due_fen=Fen(row.due_fen),
        pay_by=row.pay_by,
        overdue=row.overdue,
        costs_fen=Fen(row.costs_fen),
        payments=row.payments,
        paid_fen=Fen(row.paid_fen),
        divided_fen=Fen(row.divided_fen),
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


def _sharing(kept: Mapping[str, Any]) -> Sharing:  # Any: as `rules.shared` wrote it
    broker = kept["broker"]
    return Sharing(
        owners=tuple(
            Owner(organisation=OrganisationId(one["organisation"]), share_bp=one["share_bp"]) for one in kept["owners"]
        ),
        broker=Broker(organisation=OrganisationId(broker["organisation"]), commission_bp=broker["commission_bp"])
        if broker
        else None,
        reward_bp=kept["reward_bp"],
        inventors=tuple(Share(**cast("dict[str, Any]", one)) for one in kept["inventors"]),
    )
