"""The verbs of escrow: pure functions from a settlement, a command and its cause to a decision.

`life` holds the table of states, `deposits` and `price` what becomes of the two kinds of money, `orders` the transfers,
`authority` whose it is to ask, `freezes` what an order from outside stops, `terms` the published numbers, `fields`
what a field must look like.
"""

from ledger.kernel.calendar import YearNotLoaded
from ledger.kernel.errors import Kind, Refusal

from .authority import NoSuchSettlement, NotAnOfficer, NotTheSeller, may_see, require_seller
from .deposits import AlreadyPaid, NotYetOverdue, WrongAmount, open_settlement
from .fields import UnusableField
from .freezes import (
    FREEZABLE,
    FREEZE_REFUSALS,
    FREEZE_TRANSITIONS,
    STOPPED,
    AlreadyLifted,
    Frozen,
    NoSuchFreeze,
    NotAnAuthority,
    NothingToFreeze,
    OrderRecorded,
    decide_freeze,
    freeze_diagram,
    impose,
    require_thawed,
)
from .life import TRANSITIONS, WrongState, decide, diagram
from .price import BadShares, CostsExceedPrice, RewardTooSmall, SharesMissing, shares_of
from .terms import SETTLEMENT_2026, TERMS, NoTermsInForce, fee, in_force, reward


class PaymentRecorded(Refusal):
    """This bank reference has been recorded already.

    Raised by the store, which alone knows every payment there ever was.
    """

    kind = Kind.CONFLICT
    zh = "该银行流水号此前已经登记"


__all__ = [
    "FREEZABLE",
    "FREEZE_REFUSALS",
    "FREEZE_TRANSITIONS",
    "REFUSALS",
    "SETTLEMENT_2026",
    "STOPPED",
    "TERMS",
    "TRANSITIONS",
    "AlreadyLifted",
    "AlreadyPaid",
    "BadShares",
    "CostsExceedPrice",
    "Frozen",
    "NoSuchFreeze",
    "NoSuchSettlement",
    "NoTermsInForce",
    "NotAnAuthority",
    "NotAnOfficer",
    "NotTheSeller",
    "NotYetOverdue",
    "NothingToFreeze",
    "OrderRecorded",
    "PaymentRecorded",
    "RewardTooSmall",
    "SharesMissing",
    "UnusableField",
    "WrongAmount",
    "WrongState",
    "decide",
    "decide_freeze",
    "diagram",
    "fee",
    "freeze_diagram",
    "impose",
    "in_force",
    "may_see",
    "open_settlement",
    "require_seller",
    "require_thawed",
    "reward",
    "shares_of",
]

REFUSALS: tuple[type[Refusal], ...] = (
    # whose it is to ask
    NoSuchSettlement,
    NotTheSeller,
    NotAnOfficer,
    # the state, and the clock
    WrongState,
    AlreadyPaid,
    Frozen,
    NotYetOverdue,
    # what the command says
    UnusableField,
    WrongAmount,
    NoTermsInForce,
    YearNotLoaded,
    SharesMissing,
    BadShares,
    RewardTooSmall,
    CostsExceedPrice,
    # what only the store knows
    PaymentRecorded,
)
"""In the order they are checked; of any one command only some apply."""
