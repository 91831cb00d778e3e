"""Money that nobody expected, received for what is due: for a deposit, its lot has to hear of it too."""

from exchange.auctions import service as auctions
from exchange.auctions.model import LotId
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.money import Fen
from ledger.kernel.unit import Unit
from settlement.escrow import service as escrow
from settlement.escrow.model import Due, Misdirected, MisdirectedId, SettlementId, reference_of
from settlement.escrow.service import misdirected

from . import deals


class NoSuchDeposit(Refusal):
    """Nobody has asked where to pay a deposit under this code."""

    kind = Kind.NOT_FOUND
    zh = "没有以该编号申请交纳的保证金"


def assign_unexpected(unit: Unit, cause: Cause, id: MisdirectedId, *, to: Due, amount_fen: Fen) -> Misdirected:
    """Receive, as an officer, a part for exactly what is due; of a deposit, let its payer bid as if it had come.

    Refuses `misdirected.ASSIGN_REFUSALS`; of a deposit `NoSuchDeposit`, and whatever its arrival is refused for.
    """
    if to.code is None:
        return misdirected.assign(unit, cause, id, to=to, amount_fen=amount_fen)
    settlement = SettlementId(str(to.subject))
    lot = LotId(escrow.deal_of(unit, settlement))
    auctions.hold_still(unit, lot)  # before the settlement, as by whatever else takes a deposit
    asked = next((one for one in escrow.settlement(unit, settlement).deposits if one.code == to.code), None)
    if asked is None:
        raise NoSuchDeposit("the bidder asks where to pay, and is told its code", code=to.code)
    after = misdirected.take_out(unit, cause, id, to=to, amount_fen=amount_fen)
    deals.take_deposit(
        unit,
        cause,
        lot,
        organisation=asked.payer,
        amount_fen=amount_fen,
        payment_reference=reference_of(after),
    )
    return after
