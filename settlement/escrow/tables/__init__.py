"""The tables of escrow: what stands where is the books' to say; here is what each deal has come to."""

from .freezes import deal_freeze
from .misdirected import misdirected
from .payouts import payout
from .plans import plan, plan_part
from .royalties import invoice, invoice_number, royalty, royalty_period
from .settlements import payment, settlement, settlement_deposit

__all__ = [
    "deal_freeze",
    "invoice",
    "invoice_number",
    "misdirected",
    "payment",
    "payout",
    "plan",
    "plan_part",
    "royalty",
    "royalty_period",
    "settlement",
    "settlement_deposit",
]
