"""An order that freezes a deal: its money stays where it is, contract and plan stand still, its asset is not offered.

The lot is locked first, so that a deal is not decided, defaulted on or frozen again meanwhile; then as every flow does.
"""

from exchange.auctions import service as auctions
from exchange.auctions.model import Lot, LotId
from exchange.contracts import service as contracts
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.unit import Unit
from listings.achievements import service as achievements
from listings.achievements.model import ListingId
from settlement.escrow import service as escrow
from settlement.escrow.model import Authority, Freeze, FreezeId, SettlementId


class OrderOutlasts(Refusal):
    """An order against an earlier offer of this asset still stands."""

    kind = Kind.CONFLICT
    zh = "该知识产权此前的交易未成交，其冻结尚未解除，不得再次公告"


def freeze(
    unit: Unit,
    cause: Cause,
    id: SettlementId,
    *,
    authority: Authority,
    order_number: str,
    document_sha256: str,
    reason: str,
) -> Freeze:
    """Record, as a regulator, an order against a deal; its contract, if it has one already, stands still from now."""
    lot = LotId(escrow.find(unit, cause, id).deal)
    auctions.hold_still(unit, lot)
    contracts.stay_contract(unit, cause, lot)
    return escrow.freeze(
        unit,
        cause,
        id,
        authority=authority,
        order_number=order_number,
        document_sha256=document_sha256,
        reason=reason,
    )


def lift(unit: Unit, cause: Cause, id: FreezeId, *, document_sha256: str) -> Freeze:
    """Record, as a regulator, that an order no longer stands; with the last one the contract goes on, and so the plan.

    The plan comes behind the order's own entry: nothing of a deal is let go while the record says that one stands.
    """
    settlement = escrow.find_freeze(unit, id).settlement
    lot = LotId(escrow.find(unit, cause, settlement).deal)
    auctions.hold_still(unit, lot)
    last = escrow.find(unit, cause, settlement).frozen == (id,)
    if last:
        contracts.resume_contract(unit, cause, lot)
    lifted = escrow.lift(unit, cause, id, document_sha256=document_sha256)
    if last:
        escrow.resume_plan(unit, cause, lifted)
    return lifted


def announce(unit: Unit, cause: Cause, id: LotId) -> Lot:
    """Publish a lot. Refuses `OrderOutlasts` where an order stands against an earlier lot of its asset that ended.

    Such an order has no deal to stop: the lot ended unsold, and its deposits went back to those who are no party to it.
    Against its seller it would be nothing if the same asset could be sold again at once. The listing is locked before
    the orders are read, since the earlier lot lets its deposits go under that lock; no order is recorded after that.
    """
    listing = auctions.hold_still(unit, id).listing
    standing = _outlasting(unit, ListingId(listing)) if listing else ()
    announced = auctions.announce(unit, cause, id)  # authority and state come first
    if standing:
        raise OrderOutlasts("wait until every order that stands is lifted", freezes=" ".join(standing))
    return announced


def _outlasting(unit: Unit, listing: ListingId) -> tuple[FreezeId, ...]:
    """Return the orders that outlast the lots of an asset, under whatever listing; the asset is held still."""
    achievements.hold_still(unit, listing)
    lots = [lot for one in achievements.kin(unit, listing) for lot in auctions.lots_of(unit, one)]
    return tuple(order for lot in lots for order in escrow.outlasting(unit, lot))
