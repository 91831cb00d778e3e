"""How a price is paid by a plan: what lots, assets and money must do together."""

from collections.abc import Sequence

from exchange.auctions import service as auctions
from exchange.auctions.model import Fault, LotId
from exchange.contracts import service as contracts
from ledger.kernel.cause import Cause
from ledger.kernel.ids import OrganisationId
from ledger.kernel.unit import Unit
from settlement.escrow import service as escrow
from settlement.escrow.model import Plan, PlanId, PlanState, PlanTerms, SettlementId

from . import deals
from .sharing import agreed


def propose_plan(
    unit: Unit,
    cause: Cause,
    id: SettlementId,
    *,
    terms: PlanTerms,
    reward_bp: int,
    shares: Sequence[tuple[int, int]],
    broker: tuple[OrganisationId, int] | None,
) -> Plan:
    """Propose, as the seller, how the price is paid; every holder of the asset has its share of what is paid.

    `shares` are inventors by their place in the asset, from 1, with their weights; none given means all of them alike.
    """
    settlement = escrow.find(unit, cause, id)
    escrow.require_seller(settlement, cause)
    sharing = agreed(unit, settlement, reward_bp=reward_bp, shares=shares, broker=broker)
    return escrow.propose_plan(unit, cause, id, terms=terms, sharing=sharing)


def decline_trial(unit: Unit, cause: Cause, id: PlanId) -> Plan:
    """Buy nothing of what was tried: the deposit goes back, and the sale falls through by nobody's fault."""
    _hold_still(unit, id)
    plan = escrow.decline_trial(unit, cause, id)
    return _given_up(unit, cause, plan)


def elapse(unit: Unit, cause: Cause, id: PlanId) -> Plan:
    """Let time act on a plan. A trial that ends in silence is declined; what its seller has not divided is divided."""
    _hold_still(unit, id)
    plan = escrow.tick_plan(unit, cause, id)
    return _given_up(unit, cause, plan) if plan.state is PlanState.DECLINED else plan


def _hold_still(unit: Unit, id: PlanId) -> None:
    """Lock a plan's lot before its money: whoever freezes or gives up a deal comes down from there."""
    auctions.hold_still(unit, LotId(escrow.plan(unit, id).deal))


def _given_up(unit: Unit, cause: Cause, plan: Plan) -> Plan:
    contract = contracts.contract_of(unit, LotId(plan.deal))
    assert contract is not None
    contracts.give_up_contract(unit, cause, contract.id)
    deals.fall_through(unit, cause, LotId(plan.deal), Fault.NOBODY)
    return plan
