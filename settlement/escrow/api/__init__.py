"""Escrow over HTTP: one module for each noun; what reaches beyond money is a flow's route."""

from . import payouts, settlements
from .router import router
from .settlements import SettlementPath
from .shapes import (
    BrokerShape,
    CostShape,
    DepositRequest,
    DepositShape,
    DepositTicket,
    PaymentShape,
    PayoutShape,
    SettlementShape,
    SettleShape,
    ShareShape,
    WithholdingShape,
)

__all__ = [
    "BrokerShape",
    "CostShape",
    "DepositRequest",
    "DepositShape",
    "DepositTicket",
    "PaymentShape",
    "PayoutShape",
    "SettleShape",
    "SettlementPath",
    "SettlementShape",
    "ShareShape",
    "WithholdingShape",
    "payouts",
    "router",
    "settlements",
]
