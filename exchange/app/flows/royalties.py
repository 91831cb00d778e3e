"""How a royalty is proposed: whose it is, the asset says."""

from collections.abc import Sequence

from exchange.auctions import service as auctions
from exchange.auctions.model import LotId
from exchange.members import service as members
from ledger.kernel.cause import Cause
from ledger.kernel.ids import OrganisationId
from ledger.kernel.unit import Unit
from listings.achievements import service as achievements
from listings.achievements.model import ListingId
from settlement.escrow import service as escrow
from settlement.escrow.model import Broker, Owner, Royalty, RoyaltyTerms, SettlementId, Sharing
from settlement.escrow.service import royalties


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
    return royalties.propose(unit, cause, id, terms=terms, sharing=sharing)
