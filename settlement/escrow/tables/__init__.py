"""The tables of escrow: what stands where is the books' to say; here is what each deal has come to."""

from .payouts import payout
from .settlements import payment, settlement, settlement_deposit

__all__ = ["payment", "payout", "settlement", "settlement_deposit"]
