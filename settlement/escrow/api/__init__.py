"""Escrow over HTTP: one module for each noun; what reaches beyond money is a flow's route."""

from . import settlements
from .freeze_shapes import FreezeLift, FreezeOrder, FreezePage, FreezeShape, WholeFreezeShape
from .router import router
from .settlements import SettlementPath
from .shapes import CostShape, DepositShape, PaymentShape, SettlementShape, SettleShape, ShareShape

__all__ = [
    "CostShape",
    "DepositShape",
    "FreezeLift",
    "FreezeOrder",
    "FreezePage",
    "FreezeShape",
    "PaymentShape",
    "SettleShape",
    "SettlementPath",
    "SettlementShape",
    "ShareShape",
    "WholeFreezeShape",
    "router",
    "settlements",
]
