"""How a royalty is proposed: whose it is, the asset says."""

from collections.abc import Sequence

from ledger.kernel.cause import Cause
from ledger.kernel.ids import OrganisationId
from ledger.kernel.unit import Unit
from settlement.escrow import service as escrow
from settlement.escrow.model import Royalty, RoyaltyTerms, SettlementId
from settlement.escrow.service import royalties

from .sharing import agreed


def propose_royalty(
    unit: Unit,
    cause: Cause,
    id: SettlementId,
    *,
    terms: RoyaltyTerms,
    reward_bp: int,
    shares: Sequence[tuple[int, int]],
    broker: tuple[OrganisationId, int] | None,
) -> Royalty:
    """Propose, as the seller, what is paid out of sales; every holder of the asset has its share of it.

    `shares` are inventors by their place in the asset, from 1, with their weights; none given means all of them alike.
    """
    settlement = escrow.find(unit, cause, id)
    escrow.require_seller(settlement, cause)
    sharing = agreed(unit, settlement, reward_bp=reward_bp, shares=shares, broker=broker)
    return royalties.propose(unit, cause, id, terms=terms, sharing=sharing)
