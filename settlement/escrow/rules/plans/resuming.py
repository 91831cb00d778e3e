"""A plan that goes on when the last order to freeze its deal is lifted."""

from dataclasses import replace

from ledger.kernel.calendar import known_deadline
from ledger.kernel.cause import Cause
from settlement.books.model import written

from ...model import (
    PROPOSAL_EXTENDED,
    RESUMED_WORKDAYS,
    TRIAL_EXTENDED,
    PartState,
    Plan,
    PlanDecision,
    PlanState,
    Resume,
)
from . import orders
from .parts import release, then


def resume(plan: Plan, command: Resume, cause: Cause) -> PlanDecision:
    """Release what came while the deal was frozen; let a trial last for the working days that an answer has, at least.

    So may what is proposed be agreed to, since nobody could agree while the deal was frozen. Nothing changes where
    nothing waits: not for a trial that was over before it was frozen, nor where its days cannot be counted, for an
    order is lifted nevertheless.
    """
    if plan.state is PlanState.PROPOSED:
        return _think_on(plan, cause)
    if plan.state is PlanState.TRIAL:
        return _try_on(plan, command, cause)
    decision = PlanDecision(plan=plan)
    for one in plan.parts:
        if one.state is PartState.WAITING:
            decision = then(decision, release(decision.plan, one, cause))
    return decision


def _think_on(plan: Plan, cause: Cause) -> PlanDecision:
    until = known_deadline(cause.at, RESUMED_WORKDAYS)
    if until is None or until <= plan.agree_by:
        return PlanDecision(plan=plan)
    event = PROPOSAL_EXTENDED(plan.id, rule=plan.practice, agree_by=until, by=cause.actor.named)
    return PlanDecision(plan=replace(plan, agree_by=until), events=(event,))


def _try_on(plan: Plan, command: Resume, cause: Cause) -> PlanDecision:
    before, until = plan.trial_until, known_deadline(cause.at, RESUMED_WORKDAYS)
    assert before is not None
    if command.frozen_at >= before or until is None or until <= before:
        return PlanDecision(plan=plan)
    made = orders.hold_longer(plan, until, over=command.over)
    event = TRIAL_EXTENDED(
        plan.id,
        rule=plan.practice,
        frozen_at=command.frozen_at,
        until=until,
        held_fen=plan.deposit_fen,
        transfers=written(made),
        by=cause.actor.named,
    )
    return PlanDecision(plan=replace(plan, extended_until=until), orders=made, events=(event,))
