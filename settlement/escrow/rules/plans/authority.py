"""Is it yours to do? Asked before anything else about a plan."""

from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal

from ...model import (
    Agree,
    ConfirmRelease,
    Decline,
    Dispute,
    Divide,
    PayPart,
    Plan,
    PlanCommand,
    Propose,
    ProposeRelease,
    Resolve,
    Resume,
    StopPlan,
    TakeUp,
    Withdraw,
)
from ..authority import READ_ALL, RECORD_PAYMENTS, NotTheSeller, require_officer
from ..freezes import require_authority


class NoSuchPlan(Refusal):
    """There is no such payment plan."""

    kind = Kind.NOT_FOUND
    zh = "没有这份付款计划"


class NotTheBuyer(Refusal):
    """Only the buyer may answer this."""

    kind = Kind.FORBIDDEN
    zh = "只有受让方可以作出此项答复"


class NotAParty(Refusal):
    """Only the two parties may do this."""

    kind = Kind.FORBIDDEN
    zh = "只有交易双方可以办理"


def require(plan: Plan, command: PlanCommand, cause: Cause) -> None:
    """Refuse a command that is not the actor's to give."""
    match command:
        case Propose() | Withdraw() | Divide():
            if cause.actor.organisation != plan.seller:
                raise NotTheSeller("this sale is another organisation's")
        case Agree() | TakeUp() | Decline() | ConfirmRelease():
            if cause.actor.organisation != plan.buyer:
                raise NotTheBuyer("this is another organisation's purchase")
        case PayPart() | StopPlan():
            require_officer(cause, RECORD_PAYMENTS)
        case ProposeRelease() | Dispute():
            _require_party(plan, cause)
        case Resume():
            require_authority(cause)
        case Resolve():
            if not cause.actor.may(RECORD_PAYMENTS):
                _require_party(plan, cause)
        case _:  # time's
            pass


def may_see_plan(plan: Plan, cause: Cause) -> bool:
    """Whether the plan is the actor's to look at: the seller's, the buyer's, a supervisor's."""
    return cause.actor.organisation in {plan.seller, plan.buyer} or cause.actor.may(READ_ALL)


def _require_party(plan: Plan, cause: Cause) -> None:
    if cause.actor.organisation not in {plan.seller, plan.buyer}:
        raise NotAParty("this is a deal between others")
