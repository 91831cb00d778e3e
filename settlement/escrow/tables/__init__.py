"""The tables of escrow: what stands where is the books' to say; here is what each deal has come to."""

from .freezes import deal_freeze
from .plans import plan, plan_part
from .settlements import payment, settlement, settlement_deposit

__all__ = ["deal_freeze", "payment", "plan", "plan_part", "settlement", "settlement_deposit"]
