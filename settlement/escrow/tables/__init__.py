"""The tables of escrow: what stands where is the books' to say; here is what each deal has come to."""

from .freezes import deal_freeze
from .settlements import payment, settlement, settlement_deposit

__all__ = ["deal_freeze", "payment", "settlement", "settlement_deposit"]
