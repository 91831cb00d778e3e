"""How a plan comes about: proposed, agreed to, tried, taken up; or not."""

from dataclasses import replace
from datetime import datetime

from ledger.kernel import instant
from ledger.kernel.canonical import Json
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal
from ledger.log.model import Event
from settlement.books.model import Order, written

from ...model import (
    PLAN_AGREED,
    PLAN_LAPSED,
    PLAN_PROPOSED,
    PLAN_WITHDRAWN,
    TRIAL_BEGUN,
    TRIAL_DECLINED,
    Agree,
    Plan,
    PlanDecision,
    PlanId,
    PlanPart,
    PlanState,
    Propose,
    Settlement,
    Sharing,
    State,
)
from ..authority import require_seller
from ..deposits import NotDue
from ..division import require_sharing
from ..life import WrongState
from ..practice import PRACTICES, practice_on
from . import orders
from .terms import require_terms, scheduled, terms_sha256


class OtherTerms(Refusal):
    """These are not the terms that are proposed."""

    kind = Kind.CONFLICT
    zh = "所确认的条款与提出的付款计划不一致"


class TooLate(Refusal):
    """The time for this is over."""

    kind = Kind.CONFLICT
    zh = "期限已过"


def open_plan(id: PlanId, settlement: Settlement, command: Propose, cause: Cause) -> PlanDecision:
    """Propose a plan for the price of a settlement that is due, as its seller; for as long as no default is declared.

    Refuses `NotTheSeller`, `WrongState`, `NoPracticeInForce`, and as `require_terms` and `require_sharing` do. Not
    checked: that no other plan stands, which the store alone knows.
    """
    require_seller(settlement, cause)
    if settlement.state is not State.DUE:
        raise WrongState(f"the settlement is {settlement.state}", state=settlement.state.value)
    assert settlement.buyer is not None
    assert settlement.price_fen is not None
    assert settlement.reward_min_bp is not None
    assert settlement.pay_by is not None
    new = Plan(
        id=id,
        settlement=settlement.id,
        deal=settlement.deal,
        seller=settlement.seller,
        buyer=settlement.buyer,
        price_fen=settlement.price_fen,
        deposit_fen=settlement.deposit_fen,
        reward_min_bp=settlement.reward_min_bp,
        settled_under=settlement.terms,
        practice=practice_on(cause.at).ref,
        agree_by=max(settlement.pay_by, settlement.quiet_until or settlement.pay_by),
        terms=command.terms,
        sharing=command.sharing,
    )
    return propose(new, command, cause)


def propose(plan: Plan, command: Propose, cause: Cause) -> PlanDecision:
    """Propose terms in the place of those that stand. Refuses `TooLate`, and as `open_plan` does."""
    _require_time(plan, cause)
    practice = PRACTICES[plan.practice]
    require_terms(
        command.terms,
        price_fen=plan.price_fen,
        deposit_fen=plan.deposit_fen,
        practice=practice,
        agree_by=plan.agree_by,
        at=cause.at,
    )
    require_sharing(
        command.sharing,
        buyer=plan.buyer,
        reward_min_bp=plan.reward_min_bp,
        commission_max_bp=practice.commission_max_bp,
    )
    after = replace(plan, terms=command.terms, sharing=command.sharing)
    return PlanDecision(plan=after, events=(_proposed(after, cause),))


def withdraw(plan: Plan, cause: Cause) -> PlanDecision:
    """Take a proposal back."""
    event = PLAN_WITHDRAWN(plan.id, rule=plan.practice, terms_sha256=terms_sha256(plan), by=cause.actor.named)
    return PlanDecision(plan=replace(plan, state=PlanState.WITHDRAWN), events=(event,))


def agree(plan: Plan, command: Agree, cause: Cause, *, code: str) -> PlanDecision:
    """Bind the buyer: the plan takes effect, or its trial begins. Refuses `TooLate`, `OtherTerms`.

    A proposal that was frozen may outlast the trial that it proposes: nothing is left to be tried then.
    """
    _require_time(plan, cause)
    if plan.terms.trial_until is not None and cause.at >= plan.terms.trial_until:
        raise TooLate("the trial would be over", until=instant.render(plan.terms.trial_until))
    if command.terms_sha256 != terms_sha256(plan):
        raise OtherTerms("read the plan again: its terms have another hash")
    if plan.terms.trial_until is None:
        return _take_effect(plan, orders.adopt(plan), cause)
    made = orders.try_out(plan, code)
    event = TRIAL_BEGUN(
        plan.id,
        rule=plan.practice,
        terms_sha256=terms_sha256(plan),
        held_fen=plan.deposit_fen,
        until=plan.terms.trial_until,
        transfers=written(made),
        buyer=plan.buyer,
        by=cause.actor.named,
    )
    return PlanDecision(plan=replace(plan, state=PlanState.TRIAL), orders=made, events=(event,))


def take_up(plan: Plan, cause: Cause) -> PlanDecision:
    """Buy what was tried. Refuses `TooLate` from the trial's last instant on."""
    assert plan.trial_until is not None
    if cause.at >= plan.trial_until:
        raise TooLate("the trial is over", until=instant.render(plan.trial_until))
    return _take_effect(plan, orders.take_up(plan), cause)


def decline(plan: Plan, cause: Cause) -> PlanDecision:
    """Buy nothing, by word or by silence; the deposit goes back, and nobody is at fault."""
    made = orders.decline(plan, over=plan.acts_at is not None and cause.at >= plan.acts_at)
    event = TRIAL_DECLINED(
        plan.id,
        rule=plan.practice,
        refunded_fen=plan.deposit_fen,
        transfers=written(made),
        buyer=plan.buyer,
        by=cause.actor.named,
    )
    return PlanDecision(plan=replace(plan, state=PlanState.DECLINED), orders=made, events=(event,))


def elapse(plan: Plan, cause: Cause) -> PlanDecision:
    """Let time act. Refuses `NotDue`."""
    assert plan.acts_at is not None
    if cause.at < plan.acts_at:
        raise NotDue("there is time until then", due_at=instant.render(plan.acts_at))
    if plan.state is PlanState.TRIAL:
        return decline(plan, cause)
    event = PLAN_LAPSED(plan.id, rule=plan.practice, terms_sha256=terms_sha256(plan))
    return PlanDecision(plan=replace(plan, state=PlanState.LAPSED), events=(event,))


def schedule(parts: tuple[PlanPart, ...]) -> Json:
    """Write what is due when, as the entry publishes it."""
    return [
        {
            "amount_fen": str(one.terms.amount_fen),
            "interest_fen": str(one.interest_fen),
            "due_at": _rendered(one.due_at),
        }
        for one in parts
    ]


def shared(sharing: Sharing) -> Json:
    """Write whose the payments are, as the entry seals it."""
    broker = sharing.broker
    return {
        "owners": [{"organisation": one.organisation, "share_bp": one.share_bp} for one in sharing.owners],
        "broker": {"organisation": broker.organisation, "commission_bp": broker.commission_bp} if broker else None,
        "reward_bp": sharing.reward_bp,
        "inventors": [{"inventor": one.inventor, "name": one.name, "weight": one.weight} for one in sharing.inventors],
    }


def _take_effect(plan: Plan, made: tuple[Order, ...], cause: Cause) -> PlanDecision:
    parts = scheduled(plan, cause.at)
    event = PLAN_AGREED(
        plan.id,
        rule=plan.practice,
        terms_sha256=terms_sha256(plan),
        applied_fen=plan.deposit_fen,
        effective_at=cause.at,
        schedule=schedule(parts),
        transfers=written(made),
        buyer=plan.buyer,
        by=cause.actor.named,
    )
    after = replace(plan, state=PlanState.ACTIVE, effective_at=cause.at, parts=parts)
    return PlanDecision(plan=after, orders=made, events=(event,))


def _proposed(plan: Plan, cause: Cause) -> Event:
    sharing = plan.sharing
    return PLAN_PROPOSED(
        plan.id,
        rule=plan.practice,
        settlement=plan.settlement,
        deal=plan.deal,
        seller=plan.seller,
        price_fen=plan.price_fen,
        deposit_fen=plan.deposit_fen,
        reward_min_bp=plan.reward_min_bp,
        settled_under=plan.settled_under.ref,
        agree_by=plan.agree_by,
        terms=plan.published(),
        terms_sha256=terms_sha256(plan),
        reward_bp=sharing.reward_bp,
        commission_bp=sharing.broker.commission_bp if sharing.broker else 0,
        buyer=plan.buyer,
        milestones=[one.milestone for one in plan.terms.parts],
        sharing=shared(sharing),
        by=cause.actor.named,
    )


def _require_time(plan: Plan, cause: Cause) -> None:
    if cause.at >= plan.agree_by:
        raise TooLate("the price fell due", until=instant.render(plan.agree_by))


def _rendered(at: datetime | None) -> Json:
    return None if at is None else instant.render(at)
