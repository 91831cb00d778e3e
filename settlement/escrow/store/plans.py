"""Every statement on the tables of a payment plan."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ledger.kernel import instant
from ledger.kernel.canonical import Json
from ledger.kernel.ids import OrganisationId, PersonId
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit

from .. import rules
from ..model import (
    Offer,
    Outcome,
    PartState,
    PartTerms,
    Plan,
    PlanId,
    PlanPart,
    PlanState,
    PlanTerms,
    SettlementId,
)
from ..tables import plan, plan_part
from ..tables import settlement as settled
from .agreements import Agreements, Row, sharing_of, sums_of

_ROWS = Agreements(plan)
_PARTS = sa.select(plan_part).where(plan_part.c.plan == sa.bindparam("of")).order_by(plan_part.c.number)
_PART = postgresql.insert(plan_part)
_TURN = (
    sa.update(plan_part)
    .where(plan_part.c.plan == sa.bindparam("of"), plan_part.c.number == sa.bindparam("at"))
    .values(
        {
            name: sa.bindparam(name)
            for name in (
                "due_at",
                "state",
                "paid_at",
                "proposed_by",
                "disputed_reason",
                "offered_by",
                "offered",
                "released_at",
                "divide_by",
            )
        }
    )
)
_OPEN_ENDED = (
    sa.select(plan)
    .where(
        sa.exists().where(
            plan_part.c.plan == plan.c.id,
            sa.or_(
                plan_part.c.due_at.is_(None),
                sa.and_(plan_part.c.released_at.is_not(None), plan_part.c.divide_by.is_(None)),
            ),
        )
    )
    .order_by(plan.c.id)
    .with_for_update(of=plan)
)
_THAWED = sa.func.cardinality(settled.c.frozen) == 0  # time waits for what is frozen
_ACTS = sa.case(  # a division waits for those who have not had the time for it
    (plan.c.state.in_(("active", "defaulted")), sa.func.greatest(plan.c.acts_at, settled.c.quiet_until)),
    else_=plan.c.acts_at,
)
_DUE = (
    sa.select(plan.c.id)
    .join(settled, settled.c.id == plan.c.settlement)
    .where(plan.c.acts_at <= sa.bindparam("at"), sa.bindparam("at") >= _ACTS, _THAWED)
    .order_by(plan.c.acts_at, plan.c.id)
    .limit(sa.bindparam("limit"))
)
_NEXT_DUE = (
    sa.select(sa.func.min(_ACTS))
    .join(settled, settled.c.id == plan.c.settlement)
    .where(plan.c.acts_at.is_not(None), _THAWED)
)


def load(unit: Unit, id: PlanId, *, lock: bool = False) -> Plan:
    """Return the plan. Refuses `NoSuchPlan`. Its settlement is locked before it."""
    row = _ROWS.named(unit, id, lock=lock)
    if row is None:
        raise rules.NoSuchPlan("there is no plan of this name that you may see")
    return _plan(unit, row)


def settlement_of(unit: Unit, id: PlanId) -> SettlementId:
    """Return whose plan it is, which never changes. Refuses `NoSuchPlan`."""
    found = _ROWS.settlement_of(unit, id)
    if found is None:
        raise rules.NoSuchPlan("there is no plan of this name that you may see")
    return found


def standing(unit: Unit, settlement: SettlementId, *, lock: bool = False) -> Plan | None:
    """Return the one plan of a settlement that was neither withdrawn nor has lapsed."""
    row = _ROWS.standing(unit, settlement, lock=lock)
    return None if row is None else _plan(unit, row)


def concerning(unit: Unit, organisation: OrganisationId, *, since: str, behind: bool, limit: int) -> list[Plan]:
    """Return those that an organisation sells, buys, holds a part of or has brought about, in name order.

    Those from a name on, or those `behind` it.
    """
    rows = _ROWS.concerning(unit, organisation, since=since, behind=behind, limit=limit)
    return [_plan(unit, row) for row in rows]


def begin(unit: Unit, new: Plan) -> None:
    """Write a new plan. Refuses `PlanStands` where its settlement has one; a rival is waited for."""
    if not _ROWS.begin(unit, new, _columns(new)):
        raise rules.PlanStands("replace the terms of the plan that stands, or withdraw it")


def save(unit: Unit, before: Plan, after: Plan) -> None:
    """Write what has changed of a plan loaded with a lock: itself, and those parts that are new or have turned."""
    _ROWS.save(unit, after, _columns(after))
    known = {one.number: one for one in before.parts}
    fresh = [_part_columns(after.id, one) for one in after.parts if one.number not in known]
    if fresh:
        unit.write(_PART, fresh)
    for one in after.parts:
        if one.number in known and one != known[one.number]:
            unit.write(_TURN, {"of": after.id, "at": one.number} | _standing_of(one))


def due(unit: Unit, at: datetime, limit: int) -> list[PlanId]:
    """Return plans on which time acts at or before `at`, the longest due first."""
    return [PlanId(name) for name in unit.connection.execute(_DUE, {"at": at, "limit": limit}).scalars()]


def next_due(unit: Unit) -> datetime | None:
    """Return when time next acts on any plan."""
    soonest: datetime | None = unit.connection.execute(_NEXT_DUE).scalar_one()
    return soonest


def open_ended(unit: Unit) -> list[Plan]:
    """Return plans of which a deadline was left open, over or not; locked, in id order."""
    return [_plan(unit, row) for row in unit.connection.execute(_OPEN_ENDED).all()]


def paid_total(unit: Unit, seller: OrganisationId, *, since: datetime, until: datetime) -> Fen:
    """Return the sum of the parts of a seller's prices paid in `since <= paid_at < until`, less what went back."""
    query = (
        sa.select(sa.func.coalesce(sa.func.sum(plan_part.c.amount_fen), 0))
        .join(plan, plan.c.id == plan_part.c.plan)
        .where(
            plan.c.seller == seller,
            plan_part.c.paid_at >= since,
            plan_part.c.paid_at < until,
            plan_part.c.state != PartState.RETURNED.value,
        )
    )
    return Fen(int(unit.connection.execute(query).scalar_one()))


def _plan(unit: Unit, row: Row) -> Plan:
    terms = _terms(row.terms)
    # A second statement, no join: after waiting for a lock only it sees what the rival has left.
    found = unit.connection.execute(_PARTS, {"of": row.id})
    return Plan(
        id=PlanId(row.id),
        settlement=SettlementId(row.settlement),
        deal=row.deal,
        seller=OrganisationId(row.seller),
        buyer=OrganisationId(row.buyer),
        price_fen=row.price_fen,
        deposit_fen=row.deposit_fen,
        reward_min_bp=row.reward_min_bp,
        settled_under=rules.TERMS[row.settled_under],
        practice=row.practice,
        agree_by=row.agree_by,
        terms=terms,
        sharing=sharing_of(row),
        state=PlanState(row.state),
        extended_until=row.extended_until,
        effective_at=row.effective_at,
        parts=tuple(_part(one, terms.parts[one.number - 1]) for one in found),
        sums=sums_of(row),
    )


def _columns(one: Plan) -> dict[str, object]:
    return {
        "price_fen": one.price_fen,
        "deposit_fen": one.deposit_fen,
        "agree_by": one.agree_by,
        "terms": _kept(one.terms),
        "extended_until": one.extended_until,
        "effective_at": one.effective_at,
    }


def _part(row: Row, terms: PartTerms) -> PlanPart:
    offer = Offer(organisation=OrganisationId(row.offered_by), outcome=Outcome(row.offered)) if row.offered else None
    return PlanPart(
        number=row.number,
        terms=terms,
        state=PartState(row.state),
        due_at=row.due_at,
        interest_fen=row.interest_fen,
        paid_at=row.paid_at,
        proposed_by=PersonId(row.proposed_by) if row.proposed_by else None,
        disputed_reason=row.disputed_reason,
        offer=offer,
        released_at=row.released_at,
        divide_by=row.divide_by,
    )


def _part_columns(of: PlanId, one: PlanPart) -> dict[str, object]:
    return {
        "plan": of,
        "number": one.number,
        "amount_fen": one.terms.amount_fen,
        "interest_fen": one.interest_fen,
    } | _standing_of(one)


def _standing_of(one: PlanPart) -> dict[str, object]:
    return {
        "due_at": one.due_at,
        "state": one.state,
        "paid_at": one.paid_at,
        "proposed_by": one.proposed_by,
        "disputed_reason": one.disputed_reason,
        "offered_by": one.offer.organisation if one.offer else None,
        "offered": one.offer.outcome if one.offer else None,
        "released_at": one.released_at,
        "divide_by": one.divide_by,
    }


def _kept(terms: PlanTerms) -> Json:
    return {
        "parts": [
            {
                "amount_fen": str(one.amount_fen),
                "within_workdays": one.within_workdays,
                "due_on": None if one.due_on is None else one.due_on.isoformat(),
                "milestone": one.milestone,
            }
            for one in terms.parts
        ],
        "interest_bp": terms.interest_bp,
        "security_sha256": terms.security_sha256,
        "trial_until": None if terms.trial_until is None else instant.render(terms.trial_until),
    }


def _terms(kept: Mapping[str, Any]) -> PlanTerms:  # Any: as `_kept` wrote it
    return PlanTerms(
        parts=tuple(
            PartTerms(
                amount_fen=Fen(int(one["amount_fen"])),
                within_workdays=one["within_workdays"],
                due_on=None if one["due_on"] is None else date.fromisoformat(one["due_on"]),
                milestone=one["milestone"],
            )
            for one in kept["parts"]
        ),
        interest_bp=kept["interest_bp"],
        security_sha256=kept["security_sha256"],
        trial_until=None if kept["trial_until"] is None else instant.parse(kept["trial_until"]),
    )
