"""One function per command of a payment plan, and what flows and parties may read of it.

What each may be refused for stands in `plan_refusals`.

Every command runs as those of a settlement do. The settlement is locked before its plan, always: whatever stops the
money of a deal is asked of the settlement, and two that meet in both wait for each other in one order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from ledger.kernel import instant
from ledger.kernel.calendar import YEARS, YearPlan
from ledger.kernel.cause import Cause
from ledger.kernel.ids import OrganisationId
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit
from ledger.log import service as log
from settlement.books import service as books
from settlement.books.model import Order, TransferId

from .. import rules
from ..model import (
    Adopt,
    Agree,
    ConfirmRelease,
    Cost,
    Decline,
    Dispute,
    Divide,
    Elapse,
    Freeze,
    Outcome,
    Payout,
    PayPart,
    Plan,
    PlanCommand,
    PlanDecision,
    PlanId,
    PlanPart,
    PlanState,
    PlanTerms,
    Propose,
    ProposeRelease,
    Purpose,
    Resolve,
    Resume,
    SeenPlan,
    Settlement,
    SettlementId,
    Sharing,
    StopPlan,
    TakeUp,
    Turn,
    Withdraw,
    Withholding,
    transfer_for,
)
from ..store import freezes, payouts, settlements
from ..store import plans as store
from .posting import post_money


def propose_plan(unit: Unit, cause: Cause, settlement: SettlementId, *, terms: PlanTerms, sharing: Sharing) -> Plan:
    """Propose a plan, as the seller, or put other terms in the place of those proposed. Refuses `PROPOSE_REFUSALS`.

    Not checked: that owners and inventors are the asset's, which is the caller's to establish.
    """
    command = Propose(terms=terms, sharing=sharing)
    found = settlements.load(unit, settlement, lock=True)
    before = store.standing(unit, settlement, lock=True)
    if before is not None:
        return _carry_out(unit, cause, command, before, rules.decide_plan(before, command, cause))
    decision = rules.open_plan(unit.fresh(PlanId), rules.with_time_to_pay(found), command, cause)
    store.begin(unit, decision.plan)
    log.record(unit, cause, *decision.events)
    return decision.plan


def withdraw_plan(unit: Unit, cause: Cause, id: PlanId) -> Plan:
    """Take a proposal back, as the seller. Refuses `WITHDRAW_PLAN_REFUSALS`."""
    return _obey(unit, cause, id, Withdraw())


def agree_plan(unit: Unit, cause: Cause, id: PlanId, *, terms_sha256: str) -> Plan:
    """Agree to a plan, as the buyer; the settlement is left to it, and its deposit goes along.

    Refuses `AGREE_REFUSALS`.
    """
    command = Agree(terms_sha256=terms_sha256)
    settlement, before = _locked(unit, id)
    assert settlement.code is not None
    try:
        decision = rules.decide_plan(before, command, cause, code=settlement.code)
    except rules.TooLate:
        rules.require_thawed(settlement)  # it is not: when the last order is lifted, there is time again
        raise
    adopted = rules.decide(settlement, Adopt(plan=id, trial=before.terms.trial_until is not None), cause)
    settlements.save(unit, settlement, adopted.settlement)
    store.save(unit, before, decision.plan)
    # One call, in the settlement's name: the deposit leaves it and arrives in the plan, or does neither.
    orders = (*adopted.orders, *decision.orders)
    post_money(unit, orders, reference=settlement.id, rule=settlement.terms.ref)
    log.record(unit, cause, *adopted.events, *decision.events)
    return decision.plan


def take_up(unit: Unit, cause: Cause, id: PlanId) -> Plan:
    """Buy what was tried, as the buyer. Refuses `TRIAL_REFUSALS`."""
    return _end_trial(unit, cause, id, TakeUp())


def decline_trial(unit: Unit, cause: Cause, id: PlanId) -> Plan:
    """Buy nothing, as the buyer; the deposit goes back. Refuses `TRIAL_REFUSALS`."""
    return _end_trial(unit, cause, id, Decline())


def tick_plan(unit: Unit, cause: Cause, id: PlanId) -> Plan:
    """Let time act on a plan: a proposal lapses, a trial is declined, what is released is divided.

    Refuses `NotDue`, `WrongPlanState`, `Frozen`.
    """
    return _obey(unit, cause, id, Elapse())


def resume_plan(unit: Unit, cause: Cause, lifted: Freeze) -> Plan | None:
    """Let the plan of a deal go on of which the last order is `lifted`: parts that came, a proposal, a trial.

    Returns None where no plan waits for it. Refuses `NotAnAuthority`, `Frozen`.
    """
    settlement = settlements.load(unit, lifted.settlement, lock=True)
    before = store.standing(unit, settlement.id, lock=True)
    rules.require_thawed(settlement)
    if before is None or (before.state, Resume) not in rules.PLAN_TRANSITIONS:
        return None
    others = [one for one in freezes.of_settlement(unit, settlement.id) if one.id != lifted.id]
    over = before.trial_until is not None and before.trial_until <= unit.now()
    command = Resume(frozen_at=rules.frozen_since(lifted, others), over=over)
    try:
        return _carry_out(unit, cause, command, before, rules.decide_plan(before, command, cause))
    except (books.HoldExpired, books.HoldResolved):
        # Whoever came by at the trial's very instant has given the deposit back: the books know, no clock does.
        command = replace(command, over=True)
        return _carry_out(unit, cause, command, before, rules.decide_plan(before, command, cause))


def pay_part(unit: Unit, cause: Cause, id: PlanId, part: int, *, amount_fen: Fen, reference: str) -> Plan:
    """Record, as an officer, that a part has arrived. Refuses `PART_REFUSALS`."""
    settlement, before = _locked(unit, id)
    command = PayPart(part=part, amount_fen=amount_fen, reference=reference, frozen=settlement.frozen)
    return _carry_out(unit, cause, command, before, rules.decide_plan(before, command, cause))


def propose_release(unit: Unit, cause: Cause, id: PlanId, part: int, *, evidence_sha256: str) -> Plan:
    """Say, as a person of either party, that a milestone is reached. Refuses `PROPOSE_RELEASE_REFUSALS`."""
    return _obey(unit, cause, id, ProposeRelease(part=part, evidence_sha256=evidence_sha256))


def confirm_release(unit: Unit, cause: Cause, id: PlanId, part: int) -> Plan:
    """Accept a milestone, as another person, of the buyer's. Refuses `CONFIRM_RELEASE_REFUSALS`."""
    return _obey(unit, cause, id, ConfirmRelease(part=part))


def dispute_part(unit: Unit, cause: Cause, id: PlanId, part: int, *, reason: str) -> Plan:
    """Stop a part from being released, as either party. Refuses `DISPUTE_REFUSALS`."""
    return _obey(unit, cause, id, Dispute(part=part, reason=reason))


def resolve_dispute(
    unit: Unit, cause: Cause, id: PlanId, part: int, *, outcome: Outcome, document_sha256: str | None
) -> Plan:
    """End a dispute: as both parties by the same word, as an officer by a document. Refuses `DISPUTE_REFUSALS`."""
    return _obey(unit, cause, id, Resolve(part=part, outcome=outcome, document_sha256=document_sha256))


def divide_part(
    unit: Unit, cause: Cause, id: PlanId, part: int, *, costs: tuple[Cost, ...], withheld: tuple[Withholding, ...]
) -> Plan:
    """Divide a released part, as the seller. Refuses `DIVIDE_REFUSALS`."""
    return _obey(unit, cause, id, Divide(part=part, costs=costs, withheld=withheld))


def declare_plan_default(unit: Unit, cause: Cause, id: PlanId, part: int) -> Plan:
    """Declare, as an officer, that a part is overdue and the buyer in default. Refuses `STOP_REFUSALS`."""
    return _obey(unit, cause, id, StopPlan(part=part))


def find_plan(unit: Unit, cause: Cause, id: PlanId) -> Plan:
    """Return a plan to its seller, its buyer, or a supervisor. Refuses `NoSuchPlan`."""
    found = store.load(unit, id)
    if not rules.may_see_plan(found, cause):
        raise rules.NoSuchPlan("there is no plan of this name that you may see")
    return found


def see_plan(unit: Unit, cause: Cause, id: PlanId) -> SeenPlan:
    """Return all of a plan that the asking organisation may see, and what stops it. Refuses `NoSuchPlan`."""
    found = find_plan(unit, cause, id)
    return SeenPlan(
        plan=found,
        settlement=settlements.load(unit, found.settlement),
        sharing=found.sharing if rules.may_see_sharing(found, cause) else None,
    )


def plan_of(unit: Unit, settlement: SettlementId) -> Plan | None:
    """Return the plan that stands for a settlement, for flows and packs; who may know is the caller's to establish."""
    return store.standing(unit, settlement)


def plan(unit: Unit, id: PlanId) -> Plan:
    """Return a plan, for views; who may know is the caller's to establish. Refuses `NoSuchPlan`."""
    return store.load(unit, id)


def plans_concerning(unit: Unit, organisation: OrganisationId, *, since: str, behind: bool, limit: int) -> list[Plan]:
    """Return the plans that an organisation has a part in, in name order: from a name on, or `behind` it."""
    return store.concerning(unit, organisation, since=since, behind=behind, limit=limit)


def terms_of(plan: Plan) -> str:
    """Return the hash by which a buyer agrees to a plan."""
    return rules.terms_sha256(plan)


def turn_of(plan: Plan) -> tuple[Turn, ...]:
    """Return who acts next on a plan."""
    return rules.plan_waits_for(plan)


def turn_of_part(plan: Plan, part: PlanPart) -> tuple[Turn, ...]:
    """Return who acts next on a part of a plan."""
    return rules.part_waits_for(plan, part)


def due_plans(unit: Unit, at: datetime, limit: int = 100) -> list[PlanId]:
    """Return plans on which time acts at or before `at`. They are not locked: their settlements are, before them."""
    return store.due(unit, at, limit)


def next_plan_due(unit: Unit) -> datetime | None:
    """Return when time next acts on any plan."""
    return store.next_due(unit)


def reckon_plans(unit: Unit, *, years: Mapping[int, YearPlan] = YEARS) -> int:
    """Count deadlines of plans that were left open and can be counted now; return of how many plans.

    Their settlements are not locked: nothing of theirs is asked or changed.
    """
    changed = [(left, now) for left in store.open_ended(unit) if (now := rules.reckoned_plan(left, years))]
    for left, now in changed:
        store.save(unit, left, now)
    return len(changed)


def paid_in_parts(unit: Unit, seller: OrganisationId, *, since: datetime, until: datetime) -> Fen:
    """Return the sum of what was paid of a seller's prices by parts in `since <= at < until`."""
    return store.paid_total(unit, seller, since=since, until=until)


def _locked(unit: Unit, id: PlanId) -> tuple[Settlement, Plan]:
    settlement = settlements.load(unit, store.settlement_of(unit, id), lock=True)
    return settlement, store.load(unit, id, lock=True)


def _end_trial(unit: Unit, cause: Cause, id: PlanId, command: TakeUp | Decline) -> Plan:
    """Obey the buyer. Refuses `TooLate` too where the trial ended after the command had come: its hold is over."""
    try:
        return _obey(unit, cause, id, command)
    except (books.HoldExpired, books.HoldResolved) as over:
        until = store.load(unit, id).trial_until
        assert until is not None
        raise rules.TooLate("the trial ended before this was decided", until=instant.render(until)) from over


def _obey(unit: Unit, cause: Cause, id: PlanId, command: PlanCommand) -> Plan:
    settlement, before = _locked(unit, id)
    decision = rules.decide_plan(before, command, cause)
    if type(command) in rules.STOPPED_BY_A_FREEZE:
        rules.require_thawed(settlement)
    if isinstance(command, StopPlan):
        rules.require_overdue(settlement, cause)
    if isinstance(command, Elapse) and before.state in {PlanState.ACTIVE, PlanState.DEFAULTED}:
        rules.require_time(settlement, cause)
    paid = rules.told_of(before, decision.orders, came_by=_came_by(unit, settlement, before, decision.orders))
    return _carry_out(unit, cause, command, before, decision, paid)


def _came_by(
    unit: Unit, settlement: Settlement, plan: Plan, orders: tuple[Order, ...]
) -> Mapping[TransferId, rules.CameBy]:
    """Return the one payment that each transfer gives back: of a trial the deposit's, of a part its own.

    The first part has none: the deposit and a payment have made it up.
    """
    return dict(_payments(unit, settlement, plan, {one.id for one in orders}))


def _payments(
    unit: Unit, settlement: Settlement, plan: Plan, made: set[TransferId]
) -> Iterator[tuple[TransferId, rules.CameBy]]:
    refund, won = transfer_for(plan.id, Purpose.REFUND), settlement.won
    if refund in made and won is not None and won.reference is not None:
        yield refund, rules.CameBy(won.reference, won.account)
    for one in plan.parts[1:]:
        back = transfer_for(plan.id, Purpose.RETURN, str(one.number))
        reference = settlements.reference_of(unit, plan.id, str(one.number)) if back in made else None
        if reference is not None:
            yield back, rules.CameBy(reference)


def _carry_out(
    unit: Unit,
    cause: Cause,
    command: PlanCommand,
    before: Plan,
    decision: PlanDecision,
    paid: tuple[Payout, ...] = (),
) -> Plan:
    """Write the rows, keep the payment, move the money, record what happened; in this order, as a settlement does."""
    after = decision.plan
    store.save(unit, before, after)
    if isinstance(command, PayPart):
        settlements.record_payment(
            unit, after.id, code=str(command.part), amount_fen=command.amount_fen, reference=command.reference
        )
    payouts.record(unit, paid)
    post_money(unit, decision.orders, reference=after.id, rule=after.practice)
    log.record(unit, cause, *decision.events)
    return after
