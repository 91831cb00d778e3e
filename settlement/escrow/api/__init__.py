"""Escrow over HTTP: one module for each noun; what reaches beyond money is a flow's route."""

from . import settlements
from .router import router
from .settlements import SettlementPath
from .shapes import CostShape, DepositShape, PaymentShape, SettlementShape, SettleShape, ShareShape

__all__ = [
    "CostShape",
    "DepositShape",
    "PaymentShape",
    "SettleShape",
    "SettlementPath",
    "SettlementShape",
    "ShareShape",
    "router",
    "settlements",
]
