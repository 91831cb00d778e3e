"""What of a plan its parties see beside its rows: whose turn it is, and how the seller's side shares."""

from collections.abc import Mapping
from typing import Final

from ledger.kernel.cause import Cause

from ...model import PartState, Plan, PlanPart, PlanState, Turn
from ..authority import READ_ALL

PLANS: Final[Mapping[PlanState, tuple[Turn, ...]]] = {
    PlanState.PROPOSED: (Turn.BUYER,),
    PlanState.TRIAL: (Turn.BUYER,),
    PlanState.CLOSED: (),
    PlanState.BROKEN: (),
    PlanState.DECLINED: (),
    PlanState.WITHDRAWN: (),
    PlanState.LAPSED: (),
}
"""Who acts next on a plan; on one whose parts are under way, whoever acts on them."""

PARTS: Final[Mapping[PartState, tuple[Turn, ...]]] = {
    PartState.OPEN: (Turn.BUYER,),
    PartState.FUNDED: (Turn.BUYER, Turn.SELLER),
    PartState.CONFIRMING: (Turn.BUYER,),
    PartState.DISPUTED: (Turn.BUYER, Turn.SELLER, Turn.OFFICER),
    PartState.WAITING: (),
    PartState.RELEASED: (Turn.SELLER,),
    PartState.CLOSED: (),
    PartState.RETURNED: (),
    PartState.CANCELLED: (),
}
"""Who acts next on a part."""


def plan_waits_for(plan: Plan) -> tuple[Turn, ...]:
    """Return who acts next on a plan, the buyer first; nobody, where it is over or waits for an order to be lifted."""
    if plan.state in PLANS:
        return PLANS[plan.state]
    turns = {one for part in plan.parts for one in part_waits_for(plan, part)}
    return tuple(one for one in Turn if one in turns)


def part_waits_for(plan: Plan, part: PlanPart) -> tuple[Turn, ...]:
    """Return who acts next on a part. Who has offered how to end a dispute waits for the other side, or an officer."""
    if part.offer is None:
        return PARTS[part.state]
    offered = Turn.SELLER if part.offer.organisation == plan.seller else Turn.BUYER
    return tuple(one for one in PARTS[part.state] if one is not offered)


def may_see_sharing(plan: Plan, cause: Cause) -> bool:
    """Whether how the seller's side shares is the actor's to see: the seller's own, a supervisor's.

    It is none of the buyer's business: the hash that it agrees to covers no word of it.
    """
    return cause.actor.organisation == plan.seller or cause.actor.may(READ_ALL)
