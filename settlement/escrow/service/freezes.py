"""One function per command of an order to freeze, and what other commands ask before money leaves a deal."""

from ledger.kernel.cause import Cause
from ledger.kernel.unit import Unit
from ledger.log import service as log

from .. import rules
from ..model import Authority, Freeze, FreezeId, Impose, Lift, PlanState, Settlement, SettlementId
from ..store import freezes as store
from ..store import plans, settlements

FREEZE_REFUSALS = (
    rules.NoSuchSettlement,
    rules.NotAnAuthority,
    rules.NothingToFreeze,
    rules.UnusableField,
    rules.OrderRecorded,
)
LIFT_REFUSALS = (rules.NoSuchFreeze, rules.NotAnAuthority, rules.AlreadyLifted, rules.UnusableField)
THAWED_REFUSALS = (rules.NoSuchSettlement, rules.Frozen)


def freeze(
    unit: Unit,
    cause: Cause,
    id: SettlementId,
    *,
    authority: Authority,
    order_number: str,
    document_sha256: str,
    reason: str,
) -> Freeze:
    """Record an order that freezes a deal's money. Refuses `FREEZE_REFUSALS`."""
    before = settlements.load(unit, id, lock=True)
    command = Impose(
        id=unit.fresh(FreezeId),
        authority=authority,
        order_number=order_number,
        document_sha256=document_sha256,
        reason=reason,
    )
    decision = rules.impose(before, command, cause, plan=_plan_of(unit, before))
    store.insert(unit, decision.freeze)
    settlements.save(unit, before, decision.settlement)
    log.record(unit, cause, *decision.events)
    return decision.freeze


def lift(unit: Unit, cause: Cause, id: FreezeId, *, document_sha256: str) -> Freeze:
    """Record that an order no longer stands. Refuses `LIFT_REFUSALS`."""
    before = settlements.load(unit, store.load(unit, id).settlement, lock=True)
    found = store.load(unit, id, lock=True)
    decision = rules.decide_freeze(found, before, Lift(document_sha256=document_sha256), cause)
    store.save(unit, decision.freeze)
    settlements.save(unit, before, decision.settlement)
    log.record(unit, cause, *decision.events)
    return decision.freeze


def require_thawed(unit: Unit, id: SettlementId) -> None:
    """Refuse `Frozen` while an order stands against a deal, and keep orders out until the unit ends.

    Ask before anything of the deal's beside its settlement is locked (a plan, a royalty, a claim). Who changes the
    settlement itself in the unit loads it with its lock first. Refuses `THAWED_REFUSALS`.
    """
    rules.require_thawed(settlements.still(unit, id))


def find_freeze(unit: Unit, id: FreezeId) -> Freeze:
    """Return an order, for flows; who may know is the caller's to establish. Refuses `NoSuchFreeze`."""
    return store.load(unit, id)


def freezes_of(unit: Unit, id: SettlementId) -> list[Freeze]:
    """Return every order there ever was against a settlement; who may know is the caller's to establish."""
    return store.of_settlement(unit, id)


def outlasting(unit: Unit, deal: str) -> tuple[FreezeId, ...]:
    """Return the orders that stand against a deal that came to nothing; who may know is the caller's to establish."""
    found = settlements.of_deal(unit, deal)
    return () if found is None or rules.freezable(found, _plan_of(unit, found)) else found.frozen


def page_freezes(unit: Unit, *, standing: bool, after: FreezeId | None, limit: int) -> list[Freeze]:
    """Return orders in id order, those that stand or all; for whoever may read every deal."""
    return store.page(unit, standing=standing, after=after, limit=limit)


def _plan_of(unit: Unit, settlement: Settlement) -> PlanState | None:
    """Return how far the plan of a settlement is; whoever changes it has the settlement's lock."""
    plan = plans.standing(unit, settlement.id)
    return plan.state if plan else None
