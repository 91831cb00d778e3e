"""How what was paid for a period is divided: the audit's cost to the seller, the rest as any payment of a deal."""

from dataclasses import replace

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
    found = _found(royalty, period, command)
    made = (
        *orders.pay_back_audit(royalty.id, period),
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
    after = replace(period, state=PeriodState.DIVIDED, divided_fen=period.paid_fen)
    done = with_period(replace(royalty, sums=found.after), after)
    return RoyaltyDecision(royalty=done, orders=(*made, *payouts), events=(event,))


def _found(royalty: Royalty, period: Period, command: DivideRoyalty) -> Division:
    amount_fen = Fen(period.waiting_fen - period.costs_fen)
    if amount_fen:
        return divided(
            royalty.sharing,
            amount_fen,
            terms=royalty.settled_under,
            before=royalty.sums,
            costs=command.costs,
            withheld=command.withheld,
        )
    if command.costs or command.withheld:
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
        audit_fen=period.costs_fen,
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
