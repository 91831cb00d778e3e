"""Who has a part of what is paid for an asset: its inventors, its holders, and a broker who is a member."""

from collections.abc import Sequence

from exchange.auctions import service as auctions
from exchange.auctions.model import LotId
from exchange.members import service as members
from exchange.members.model import Capability
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.ids import OrganisationId
from ledger.kernel.unit import Unit
from listings.achievements import service as achievements
from listings.achievements.model import Asset, ListingId
from settlement.escrow import service as escrow
from settlement.escrow.model import Broker, Owner, Settlement, Share, Sharing


class NotABroker(Refusal):
    """The broker named is no verified member of the exchange."""

    kind = Kind.CONFLICT
    zh = "所列经纪方不是本平台的已核验会员"


def agreed(
    unit: Unit,
    settlement: Settlement,
    *,
    reward_bp: int,
    shares: Sequence[tuple[int, int]],
    broker: tuple[OrganisationId, int] | None,
) -> Sharing:
    """Return who has a part of what a deal's asset brings, as its seller says and its holders' shares are.

    `shares` are inventors by their place in the asset, from 1, with their weights; none given means all of them alike.
    Refuses `NotABroker`.
    """
    _, asset = achievements.offered(unit, ListingId(str(auctions.lot_of(unit, LotId(settlement.deal)).listing)))
    named = Broker(organisation=broker[0], commission_bp=broker[1]) if broker else None
    require_broker(unit, named)
    return Sharing(
        owners=owners(asset), broker=named, reward_bp=reward_bp, inventors=inventors(asset, reward_bp, shares)
    )


def inventors(asset: Asset, reward_bp: int, shares: Sequence[tuple[int, int]]) -> tuple[Share, ...]:
    """Return the inventors who are rewarded, by their places in the asset; none where nothing is to be given."""
    weights = shares or ([(place, 1) for place in range(1, len(asset.inventors) + 1)] if reward_bp else [])
    return escrow.shares_of(asset.inventors, weights)


def owners(asset: Asset) -> tuple[Owner, ...]:
    """Return the holders of an asset, with their shares."""
    return tuple(Owner(organisation=one.organisation, share_bp=one.share_bp) for one in asset.holders)


def require_broker(unit: Unit, broker: Broker | None) -> None:
    """Refuse `NotABroker` for one that is no verified member."""
    if broker is not None and not members.may_ever(unit, broker.organisation, Capability.MEMBERS_MANAGE):
        raise NotABroker("a commission is paid to a verified member alone")
