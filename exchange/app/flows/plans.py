"""How a price is paid by a plan: what lots, assets and money must do together."""

from collections.abc import Sequence

from exchange.auctions import service as auctions
from exchange.auctions.model import Fault, LotId
from exchange.contracts import service as contracts
from exchange.members import service as members
from ledger.kernel.cause import Cause
from ledger.kernel.ids import OrganisationId
from ledger.kernel.unit import Unit
from listings.achievements import service as achievements
from listings.achievements.model import ListingId
from settlement.escrow import service as escrow
from settlement.escrow.model import Broker, Owner, Plan, PlanId, PlanState, PlanTerms, SettlementId, Sharing

from . import deals


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
    lot = auctions.lot_of(unit, LotId(settlement.deal))
    _, asset = achievements.offered(unit, ListingId(str(lot.listing)))
    weights = shares or ([(place, 1) for place in range(1, len(asset.inventors) + 1)] if reward_bp else [])
    if broker is not None:
        members.find(unit, broker[0])
    sharing = Sharing(
        owners=tuple(Owner(organisation=one.organisation, share_bp=one.share_bp) for one in asset.holders),
        broker=Broker(organisation=broker[0], commission_bp=broker[1]) if broker else None,
        reward_bp=reward_bp,
        inventors=escrow.shares_of(asset.inventors, weights),
    )
    return escrow.propose_plan(unit, cause, id, terms=terms, sharing=sharing)


def decline_trial(unit: Unit, cause: Cause, id: PlanId) -> Plan:
    """Buy nothing of what was tried: the deposit goes back, and the sale falls through by nobody's fault."""
    plan = escrow.decline_trial(unit, cause, id)
    return _given_up(unit, cause, plan)


def elapse(unit: Unit, cause: Cause, id: PlanId) -> Plan:
    """Let time act on a plan. A trial that ends in silence is declined."""
    plan = escrow.tick_plan(unit, cause, id)
    return _given_up(unit, cause, plan) if plan.state is PlanState.DECLINED else plan


def _given_up(unit: Unit, cause: Cause, plan: Plan) -> Plan:
    contract = contracts.contract_of(unit, LotId(plan.deal))
    assert contract is not None
    contracts.give_up_contract(unit, cause, contract.id)
    deals.fall_through(unit, cause, LotId(plan.deal), Fault.NOBODY)
    return plan
