"""Escrow over HTTP: one module for each noun; what reaches beyond money is a flow's route."""

from . import invoices, misdirected, plans, royalties, settlements
from .freeze_shapes import FreezeLift, FreezeOrder, FreezePage, PartyFreezeShape, WholeFreezeShape
from .invoices import InvoiceShape
from .misdirected import MisdirectedPath
from .misdirected_shapes import AssignBody, MisdirectedShape
from .plan_shapes import PlanBody, PlanShape
from .plans import PlanPath
from .router import router
from .royalty_shapes import RoyaltyBody, RoyaltyShape
from .settlements import SettlementPath
from .shapes import (
    BrokerShape,
    CostShape,
    DepositRequest,
    DepositShape,
    DepositTicket,
    PaymentShape,
    PayoutPage,
    PayoutShape,
    SettlementShape,
    SettleShape,
    ShareShape,
    WithholdingShape,
    basis_points,
)

__all__ = [
    "AssignBody",
    "BrokerShape",
    "CostShape",
    "DepositRequest",
    "DepositShape",
    "DepositTicket",
    "FreezeLift",
    "FreezeOrder",
    "FreezePage",
    "InvoiceShape",
    "MisdirectedPath",
    "MisdirectedShape",
    "PartyFreezeShape",
    "PaymentShape",
    "PayoutPage",
    "PayoutShape",
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
    "WithholdingShape",
    "basis_points",
    "invoices",
    "misdirected",
    "plans",
    "router",
    "royalties",
    "settlements",
]
