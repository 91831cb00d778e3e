"""The noun of a receipt (收款) as the bank's list has it: a reference, and what the money was received for."""

from dataclasses import dataclass
from datetime import datetime

from ledger.kernel.money import Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Money that came in at the bank, or out of what nobody expected; recorded once, by its reference."""

    reference: str  # the bank's; of a part of a payment that nobody expected, that payment's name and the part's number
    subject: str  # what it was received for
    code: str | None  # the bidder's, the number of a part or a period
    amount_fen: Fen
    recorded_at: datetime
