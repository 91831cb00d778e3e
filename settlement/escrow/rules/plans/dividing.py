"""What becomes of a part that is the seller's: divided by its word, with what it cost, or by time, without."""

from dataclasses import replace

from ledger.kernel.cause import Cause
from ledger.kernel.money import Fen, allot
from ledger.log.model import Event
from settlement.books.model import Order, written

from ...model import PART_DIVIDED, Divide, Division, PartState, Plan, PlanDecision, PlanPart
from ..deposits import NotDue
from ..division import divide as divided
from . import orders
from .parts import then, with_part


def divide(plan: Plan, part: PlanPart, command: Divide, cause: Cause) -> PlanDecision:
    """Divide a released part after those before it; its interest is the holders' alone, and costs no fee.

    Refuses as `rules.division.divide` does.
    """
    found = divided(
        plan.sharing,
        part.terms.amount_fen,
        terms=plan.settled_under,
        before=plan.sums,
        costs=command.costs,
        withheld=command.withheld,
    )
    shares = [one.share_bp for one in plan.sharing.owners]
    owners = tuple(
        Fen(one + more) for one, more in zip(found.owner_parts, allot(part.interest_fen, shares), strict=True)
    )
    made = orders.divide(
        plan,
        part.number,
        fee_fen=found.fee_fen,
        commission_fen=found.commission_fen,
        reward_fen=found.reward_fen,
        owners_fen=Fen(sum(owners)),
    )
    payouts = (
        *(order for cut in found.cuts for order in orders.pay_inventor(plan, part.number, cut)),
        *(order for place, fen in enumerate(owners, 1) for order in orders.pay_owner(plan, part.number, place, fen)),
    )
    event = _divided(plan, part, found, owners, (made, payouts), cause)
    after = with_part(replace(plan, sums=found.after), replace(part, state=PartState.CLOSED))
    return PlanDecision(plan=after, orders=(*made, *payouts), events=(event,))


def divide_by_time(plan: Plan, cause: Cause) -> PlanDecision:
    """Divide every released part whose seller let its time pass: no costs, no tax, shared as is agreed.

    Refuses `NotDue`. What the seller would have stated cannot be stated afterwards.
    """
    due = [
        one
        for one in plan.parts
        if one.state is PartState.RELEASED and one.divide_by is not None and one.divide_by <= cause.at
    ]
    if not due:
        raise NotDue("what is released is the seller's to divide until then")
    decision = PlanDecision(plan=plan)
    for one in due:
        decision = then(decision, divide(decision.plan, one, Divide(part=one.number), cause))
    return decision


def _divided(
    plan: Plan,
    part: PlanPart,
    found: Division,
    owners: tuple[Fen, ...],
    moved: tuple[tuple[Order, ...], tuple[Order, ...]],
    cause: Cause,
) -> Event:
    return PART_DIVIDED(
        plan.id,
        rule=plan.practice,
        part=part.number,
        price_fen=found.amount_fen,
        interest_fen=part.interest_fen,
        fee_fen=found.fee_fen,
        commission_fen=found.commission_fen,
        costs_fen=found.costs_fen,
        net_fen=found.net_fen,
        reward_fen=found.reward_fen,
        owners_fen=Fen(sum(owners)),
        withheld_fen=Fen(sum(one.withheld_fen for one in found.cuts)),
        transfers=written(moved[0]),
        costs=[
            {"kind": one.kind.value, "amount_fen": str(one.amount_fen), "evidence_sha256": one.evidence_sha256}
            for one in found.costs
        ],
        split=[
            {
                "inventor": one.inventor,
                "amount_fen": str(one.amount_fen),
                "withheld_fen": str(one.withheld_fen),
            }
            for one in found.cuts
        ],
        owners=[
            {"organisation": one.organisation, "amount_fen": str(fen)}
            for one, fen in zip(plan.sharing.owners, owners, strict=True)
        ],
        payouts=written(moved[1]),
        by=cause.actor.named,
    )
