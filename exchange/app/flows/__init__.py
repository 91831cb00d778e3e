"""Commands that span wings: what each sibling may not know of the other is put together here."""

from .burdens import release_encumbrance
from .deals import (
    NotAwarded,
    cancel_lot,
    declare_default,
    register,
    request_deposit,
    settle,
    sign,
    take_deposit,
    withdraw_lot,
)
from .freezes import OrderOutlasts, announce, freeze, lift
from .incentives import claim, pay_claim
from .plans import decline_trial, propose_plan
from .reckoning import reckon
from .royalties import propose_royalty
from .sharing import NotABroker
from .time import StillTicking, move_clock, packs_wanted, tick_due
from .unexpected import NoSuchDeposit, assign_unexpected

__all__ = [
    "NoSuchDeposit",
    "NotABroker",
    "NotAwarded",
    "OrderOutlasts",
    "StillTicking",
    "announce",
    "assign_unexpected",
    "cancel_lot",
    "claim",
    "declare_default",
    "decline_trial",
    "freeze",
    "lift",
    "move_clock",
    "packs_wanted",
    "pay_claim",
    "propose_plan",
    "propose_royalty",
    "reckon",
    "register",
    "release_encumbrance",
    "request_deposit",
    "settle",
    "sign",
    "take_deposit",
    "tick_due",
    "withdraw_lot",
]
