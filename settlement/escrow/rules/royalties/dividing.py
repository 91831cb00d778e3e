"""How what was paid for a period is divided: the audit's cost to the seller, the rest as any payment of a deal."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ledger.kernel.canonical import Json
from ledger.kernel.cause import Cause
from ledger.kernel.money import Fen
from ledger.log.model import Event
from settlement.books.model import Order, written

from ...model import (
    ROYALTY_DIVIDED,
    Cost,
    DivideRoyalty,
    Division,
    Period,
    PeriodState,
    Royalty,
    RoyaltyDecision,
    Sharing,
    Withholding,
)
from ..division import divide as divided
from ..fields import UnusableField
from . import orders
from .periods import with_period

_NONE = Fen(0)


def divide(royalty: Royalty, period: Period, command: DivideRoyalty, cause: Cause) -> RoyaltyDecision:
    """Divide what waits after all that was divided before. Refuses as `rules.division.divide` does.

    What an audit has cost goes to the seller alone: it is no income, bears no fee and no reward.
    """
    return _divided(royalty, period, cause, costs=command.costs, withheld=command.withheld)


def overdue(royalty: Royalty, at: datetime) -> Period | None:
    """Return the period whose seller's time to divide has been over the longest."""
    over = [(one.divide_by, one.number) for one in royalty.periods if one.divide_by and one.divide_by <= at]
    return royalty.periods[min(over)[1] - 1] if over else None


def divide_by_time(royalty: Royalty, period: Period, cause: Cause) -> RoyaltyDecision:
    """Divide what waits where the seller let its time pass: no costs, nothing withheld, shared as was agreed.

    Of a period whose audit was called nothing is held back: what that finds is paid, and divided, beside. Where it has
    found something the buyer still owes that, and the period stays audited.
    """
    return _divided(royalty, period, cause)


def _divided(
    royalty: Royalty,
    period: Period,
    cause: Cause,
    *,
    costs: Sequence[Cost] = (),
    withheld: Sequence[Withholding] = (),
) -> RoyaltyDecision:
    audit_fen = _audit_fen(period)
    found = _found(royalty, period, costs, withheld)
    made = (
        *orders.pay_back_audit(royalty.id, period, audit_fen),
        *orders.divide(
            royalty.id,
            period,
            fee_fen=found.fee_fen,
            commission_fen=found.commission_fen,
            reward_fen=found.reward_fen,
            owners_fen=found.owners_fen,
        ),
    )
    payouts = (
        *(order for cut in found.cuts for order in orders.pay_inventor(royalty.id, period, cut)),
        *(
            order
            for place, fen in enumerate(found.owner_parts, 1)
            for order in orders.pay_owner(royalty.id, period, place, fen)
        ),
    )
    event = _event(royalty, period, found, (made, payouts), cause)
    state = PeriodState.AUDITED if period.due_fen else PeriodState.DIVIDED
    after = replace(period, state=state, divided_fen=period.paid_fen, divide_by=None)
    done = with_period(replace(royalty, sums=found.after), after)
    return RoyaltyDecision(royalty=done, orders=(*made, *payouts), events=(event,))


def _audit_fen(period: Period) -> Fen:
    """Return what of that which waits is the audit's cost: nothing, as long as the buyer owes it."""
    return _NONE if period.due_fen else period.costs_fen


def _found(royalty: Royalty, period: Period, costs: Sequence[Cost], withheld: Sequence[Withholding]) -> Division:
    amount_fen = Fen(period.waiting_fen - _audit_fen(period))
    if amount_fen:
        return divided(
            royalty.sharing,
            amount_fen,
            terms=royalty.settled_under,
            before=royalty.sums,
            costs=costs,
            withheld=withheld,
        )
    if costs or withheld:
        raise UnusableField("of an audit's cost alone nothing is taken off", field="costs")
    return Division(
        amount_fen=_NONE,
        fee_fen=_NONE,
        costs=(),
        commission_fen=_NONE,
        reward_fen=_NONE,
        cuts=(),
        owner_parts=tuple(_NONE for _ in royalty.sharing.owners),
        after=royalty.sums,
    )


def _event(
    royalty: Royalty,
    period: Period,
    found: Division,
    moved: tuple[tuple[Order, ...], tuple[Order, ...]],
    cause: Cause,
) -> Event:
    return ROYALTY_DIVIDED(
        royalty.id,
        rule=royalty.settled_under.ref,
        period=period.number,
        amount_fen=found.amount_fen,
        audit_fen=_audit_fen(period),
        fee_fen=found.fee_fen,
        commission_fen=found.commission_fen,
        costs_fen=found.costs_fen,
        net_fen=found.net_fen,
        reward_fen=found.reward_fen,
        owners_fen=found.owners_fen,
        withheld_fen=Fen(sum(one.withheld_fen for one in found.cuts)),
        transfers=written(moved[0]),
        costs=[_cost(one) for one in found.costs],
        split=_split(royalty.sharing, found),
        owners=[
            {"organisation": one.organisation, "share_bp": one.share_bp, "amount_fen": str(part)}
            for one, part in zip(royalty.sharing.owners, found.owner_parts, strict=True)
        ],
        payouts=written(moved[1]),
        by=cause.actor.named,
    )


def _split(sharing: Sharing, found: Division) -> Json:
    weights = {one.inventor: one for one in sharing.inventors}
    return [
        {
            "inventor": one.inventor,
            "name": weights[one.inventor].name,
            "weight": weights[one.inventor].weight,
            "amount_fen": str(one.amount_fen),
            "withheld_fen": str(one.withheld_fen),
        }
        for one in found.cuts
    ]


def _cost(one: Cost) -> Json:
    return {"kind": one.kind.value, "amount_fen": str(one.amount_fen), "evidence_sha256": one.evidence_sha256}
