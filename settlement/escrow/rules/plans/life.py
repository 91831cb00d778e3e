"""A plan from its proposal to its end, and each of its parts: which command may come in which state."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeAlias, assert_never

from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal, invariant

from ...model import (
    Agree,
    ConfirmRelease,
    Decline,
    Dispute,
    Divide,
    Elapse,
    PartState,
    PayPart,
    Plan,
    PlanCommand,
    PlanDecision,
    PlanPart,
    PlanState,
    Propose,
    ProposeRelease,
    Resolve,
    Resume,
    StopPlan,
    TakeUp,
    Withdraw,
)
from ..deposits import RETURN_IT, AlreadyPaid
from ..drawing import drawn
from . import agreeing, authority, dividing, parts, resuming

OfAPart: TypeAlias = PayPart | ProposeRelease | ConfirmRelease | Dispute | Resolve | Divide | StopPlan

# What each command leads to. None is answered in CLOSED, BROKEN, DECLINED, WITHDRAWN or LAPSED: those are final.
PLAN_TRANSITIONS: Mapping[tuple[PlanState, type[PlanCommand]], tuple[PlanState, ...]] = MappingProxyType(
    {
        (PlanState.PROPOSED, Propose): (PlanState.PROPOSED,),
        (PlanState.PROPOSED, Withdraw): (PlanState.WITHDRAWN,),
        (PlanState.PROPOSED, Agree): (PlanState.TRIAL, PlanState.ACTIVE),
        (PlanState.PROPOSED, Elapse): (PlanState.LAPSED,),
        (PlanState.PROPOSED, Resume): (PlanState.PROPOSED,),
        (PlanState.TRIAL, TakeUp): (PlanState.ACTIVE,),
        (PlanState.TRIAL, Decline): (PlanState.DECLINED,),
        (PlanState.TRIAL, Elapse): (PlanState.DECLINED,),
        (PlanState.TRIAL, Resume): (PlanState.TRIAL,),
        (PlanState.ACTIVE, PayPart): (PlanState.ACTIVE,),
        (PlanState.ACTIVE, ProposeRelease): (PlanState.ACTIVE,),
        (PlanState.ACTIVE, ConfirmRelease): (PlanState.ACTIVE,),
        (PlanState.ACTIVE, Dispute): (PlanState.ACTIVE,),
        (PlanState.ACTIVE, Resolve): (PlanState.ACTIVE, PlanState.CLOSED),
        (PlanState.ACTIVE, Divide): (PlanState.ACTIVE, PlanState.CLOSED),
        (PlanState.ACTIVE, StopPlan): (PlanState.DEFAULTED, PlanState.BROKEN),
        (PlanState.ACTIVE, Elapse): (PlanState.ACTIVE, PlanState.CLOSED),
        (PlanState.ACTIVE, Resume): (PlanState.ACTIVE,),
        (PlanState.DEFAULTED, Resolve): (PlanState.DEFAULTED, PlanState.BROKEN),
        (PlanState.DEFAULTED, Divide): (PlanState.DEFAULTED, PlanState.BROKEN),
        (PlanState.DEFAULTED, Elapse): (PlanState.DEFAULTED, PlanState.BROKEN),
        (PlanState.DEFAULTED, Resume): (PlanState.DEFAULTED,),
    }
)

# And to each part that is named; time and a lifted order name none. None is answered in CLOSED, RETURNED or CANCELLED.
PART_TRANSITIONS: Mapping[tuple[PartState, type[OfAPart | Elapse | Resume]], tuple[PartState, ...]] = MappingProxyType(
    {
        (PartState.OPEN, PayPart): (PartState.FUNDED, PartState.WAITING, PartState.RELEASED),
        (PartState.OPEN, StopPlan): (PartState.CANCELLED,),
        (PartState.FUNDED, ProposeRelease): (PartState.CONFIRMING,),
        (PartState.FUNDED, Dispute): (PartState.DISPUTED,),
        (PartState.CONFIRMING, ConfirmRelease): (PartState.RELEASED,),
        (PartState.CONFIRMING, Dispute): (PartState.DISPUTED,),
        (PartState.DISPUTED, Resolve): (PartState.DISPUTED, PartState.RELEASED, PartState.RETURNED),
        (PartState.WAITING, Resume): (PartState.RELEASED,),
        (PartState.RELEASED, Divide): (PartState.CLOSED,),
        (PartState.RELEASED, Elapse): (PartState.CLOSED,),
    }
)

STOPPED_BY_A_FREEZE: Final[frozenset[type[PlanCommand]]] = frozenset(
    {Agree, TakeUp, Decline, Elapse, ConfirmRelease, Resolve, Divide, StopPlan}
)
"""What lets money go, or go onwards, and therefore waits while an order of a court or a regulator stands."""


class WrongPlanState(Refusal):
    """The plan is not in a state that allows this."""

    kind = Kind.CONFLICT
    zh = "付款计划当前状态不允许此操作"


class NoSuchPart(Refusal):
    """The plan has no such part."""

    kind = Kind.NOT_FOUND
    zh = "付款计划没有这一期"


class WrongPartState(Refusal):
    """The part is not in a state that allows this."""

    kind = Kind.CONFLICT
    zh = "该期款项当前状态不允许此操作"


def decide_plan(plan: Plan, command: PlanCommand, cause: Cause, *, code: str = "") -> PlanDecision:
    """Return what `command` changes, or raise the first of `PLAN_REFUSALS` that applies.

    `code` is the buyer's code in its settlement, of which only `Agree` takes the deposit.
    """
    authority.require(plan, command, cause)
    targets = PLAN_TRANSITIONS.get((plan.state, type(command)))
    if targets is None:
        raise WrongPlanState(f"the plan is {plan.state}", state=plan.state.value)
    decision = _apply(plan, command, cause, code)
    invariant(decision.plan.state in targets, "a decision stays within the table")
    return decision


def plan_diagram() -> str:
    """Return the table of plans as a Mermaid state diagram, for the documentation."""
    return drawn(PLAN_TRANSITIONS, PlanState, first=f"{PlanState.PROPOSED}: open_plan")


def part_diagram() -> str:
    """Return the table of parts as a Mermaid state diagram, for the documentation."""
    return drawn(PART_TRANSITIONS, PartState, first=f"{PartState.OPEN}")


def _apply(plan: Plan, command: PlanCommand, cause: Cause, code: str) -> PlanDecision:
    match command:
        case Propose():
            return agreeing.propose(plan, command, cause)
        case Withdraw():
            return agreeing.withdraw(plan, cause)
        case Agree():
            return agreeing.agree(plan, command, cause, code=code)
        case TakeUp() | Decline():
            return (agreeing.take_up if isinstance(command, TakeUp) else agreeing.decline)(plan, cause)
        case Elapse():
            begun = plan.state not in {PlanState.PROPOSED, PlanState.TRIAL}
            return dividing.divide_by_time(plan, cause) if begun else agreeing.elapse(plan, cause)
        case Resume():
            return resuming.resume(plan, command, cause)
        case _:
            return _of_a_part(plan, command, cause)


def _of_a_part(plan: Plan, command: OfAPart, cause: Cause) -> PlanDecision:
    if not 1 <= command.part <= len(plan.parts):
        raise NoSuchPart("parts are counted from 1", parts=len(plan.parts))
    part = plan.parts[command.part - 1]
    targets = PART_TRANSITIONS.get((part.state, type(command)))
    if targets is None:
        raise _out_of_state(part, command)
    decision = _apply_to(plan, part, command, cause)
    invariant(decision.plan.parts[part.number - 1].state in targets, "a decision stays within the table")
    return decision


def _apply_to(plan: Plan, part: PlanPart, command: OfAPart, cause: Cause) -> PlanDecision:
    match command:
        case PayPart():
            return parts.pay(plan, part, command, cause)
        case ProposeRelease():
            return parts.propose_release(plan, part, command, cause)
        case ConfirmRelease():
            return parts.confirm_release(plan, part, command, cause)
        case Dispute():
            return parts.dispute(plan, part, command, cause)
        case Resolve():
            return parts.resolve(plan, part, command, cause)
        case Divide():
            return dividing.divide(plan, part, command, cause)
        case StopPlan():
            return parts.stop(plan, part, cause)
        case _:
            assert_never(command)


def _out_of_state(part: PlanPart, command: OfAPart) -> Refusal:
    if isinstance(command, PayPart) and part.state is not PartState.CANCELLED:
        return AlreadyPaid(f"this part has been paid: {RETURN_IT}", state=part.state.value)
    return WrongPartState(f"the part is {part.state}", state=part.state.value)
