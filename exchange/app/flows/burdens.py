"""A burden that ends: what it kept from being awarded is awarded with it."""

from exchange.auctions import service as auctions
from exchange.auctions.model import LotId, State
from ledger.kernel.cause import Cause
from ledger.kernel.unit import Unit
from listings.achievements import service as achievements
from listings.achievements.model import AssetId, EncumbranceId


def release_encumbrance(unit: Unit, cause: Cause, asset: AssetId, encumbrance: EncumbranceId) -> None:
    """Record that a burden has ended. A listing whose lot was sold meanwhile is awarded, if no other burden stands."""
    achievements.release_encumbrance(unit, cause, asset, encumbrance)
    held = achievements.reserved_of(unit, asset)
    if held is None:
        return
    listing, deal = held
    lot = auctions.lot_of(unit, LotId(deal))
    if lot.state is State.SOLD:
        achievements.award(unit, cause, listing, lot=deal)
