"""What a row of money that nobody expected should amount to in its entries."""

from settlement.escrow import checks
from settlement.escrow.model import Misdirected


def amounts_to(row: Misdirected) -> checks.MisdirectedFold:
    """What the payment's entries should amount to."""
    told = checks.MisdirectedFold(
        practice=row.practice,
        amount_fen=row.amount_fen,
        left_fen=row.left_fen,
        recorded_at=row.recorded_at,
        deal_with_by=row.deal_with_by,
        parts=row.parts,
    )
    assert told.state == row.state
    return told
