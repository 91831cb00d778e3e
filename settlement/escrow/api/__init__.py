"""Escrow over HTTP: one module for each noun; what reaches beyond money is a flow's route."""

from . import invoices, plans, royalties, settlements
from .freeze_shapes import FreezeLift, FreezeOrder, FreezePage, FreezeShape, WholeFreezeShape
from .invoices import InvoiceShape
from .plan_shapes import PlanBody, PlanShape, basis_points
from .plans import PlanPath
from .router import router
from .royalty_shapes import RoyaltyBody, RoyaltyShape
from .settlements import SettlementPath
from .shapes import CostShape, DepositShape, PaymentShape, SettlementShape, SettleShape, ShareShape

__all__ = [
    "CostShape",
    "DepositShape",
    "FreezeLift",
    "FreezeOrder",
    "FreezePage",
    "FreezeShape",
    "InvoiceShape",
    "PaymentShape",
    "PlanBody",
    "PlanPath",
    "PlanShape",
    "RoyaltyBody",
    "RoyaltyShape",
    "SettleShape",
    "SettlementPath",
    "SettlementShape",
    "ShareShape",
    "WholeFreezeShape",
    "basis_points",
    "invoices",
    "plans",
    "router",
    "royalties",
    "settlements",
]
