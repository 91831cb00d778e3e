"""Escrow over HTTP: one module for each noun; what reaches beyond money is a flow's route."""

from . import plans, settlements
from .plan_shapes import PlanBody, PlanShape, basis_points
from .plans import PlanPath
from .router import router
from .settlements import SettlementPath
from .shapes import CostShape, DepositShape, PaymentShape, SettlementShape, SettleShape, ShareShape

__all__ = [
    "CostShape",
    "DepositShape",
    "PaymentShape",
    "PlanBody",
    "PlanPath",
    "PlanShape",
    "SettleShape",
    "SettlementPath",
    "SettlementShape",
    "ShareShape",
    "basis_points",
    "plans",
    "router",
    "settlements",
]
