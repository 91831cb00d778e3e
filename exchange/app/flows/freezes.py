"""An order that freezes a deal: its money stays where it is, and its contract and its plan stand still.

The lot is locked first, so that a deal is not decided, defaulted on or frozen again meanwhile; then as every flow does.
"""

from exchange.auctions import service as auctions
from exchange.auctions.model import LotId
from exchange.contracts import service as contracts
from ledger.kernel.cause import Cause
from ledger.kernel.unit import Unit
from settlement.escrow import service as escrow
from settlement.escrow.model import Authority, Freeze, FreezeId, SettlementId


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
