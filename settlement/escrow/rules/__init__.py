"""The verbs of escrow: pure functions from a settlement, a command and its cause to a decision.

`life` holds the table of states, `deposits` and `price` what becomes of the two kinds of money, `division` how a
payment is divided and `sharing` how that is carried out, `orders` the transfers, `authority` whose it is to ask,
`terms` and `practice` the published numbers, `fields` what a field must look like.
"""

from ledger.kernel.calendar import YearNotLoaded
from ledger.kernel.errors import Kind, Refusal

from .authority import NoSuchSettlement, NotAnOfficer, NotTheSeller, may_see, require_seller
from .deposits import AlreadyPaid, AlreadyRequested, NotYetOverdue, WrongAmount, open_settlement
from .division import (
    BadBroker,
    BadOwners,
    BadShares,
    CommissionTooLarge,
    CostsExceedPrice,
    RewardTooSmall,
    SharesMissing,
    WithheldTooMuch,
    shares_of,
)
from .fields import UnusableField
from .life import TRANSITIONS, WrongState, decide, diagram
from .practice import PRACTICES, NoPracticeInForce, practice_on
from .price import NotDue
from .terms import SETTLEMENT_2026, TERMS, NoTermsInForce, fee, in_force, reward


class PaymentRecorded(Refusal):
    """This bank reference has been recorded already.

    Raised by the store, which alone knows every payment there ever was.
    """

    kind = Kind.CONFLICT
    zh = "该银行流水号此前已经登记"


__all__ = [
    "PRACTICES",
    "REFUSALS",
    "SETTLEMENT_2026",
    "TERMS",
    "TRANSITIONS",
    "AlreadyPaid",
    "AlreadyRequested",
    "BadBroker",
    "BadOwners",
    "BadShares",
    "CommissionTooLarge",
    "CostsExceedPrice",
    "NoPracticeInForce",
    "NoSuchSettlement",
    "NoTermsInForce",
    "NotAnOfficer",
    "NotDue",
    "NotTheSeller",
    "NotYetOverdue",
    "PaymentRecorded",
    "RewardTooSmall",
    "SharesMissing",
    "UnusableField",
    "WithheldTooMuch",
    "WrongAmount",
    "WrongState",
    "decide",
    "diagram",
    "fee",
    "in_force",
    "may_see",
    "open_settlement",
    "practice_on",
    "require_seller",
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
    AlreadyRequested,
    AlreadyPaid,
    NotYetOverdue,
    NotDue,
    # what the command says
    UnusableField,
    WrongAmount,
    NoTermsInForce,
    NoPracticeInForce,
    YearNotLoaded,
    SharesMissing,
    BadShares,
    BadOwners,
    BadBroker,
    CommissionTooLarge,
    RewardTooSmall,
    CostsExceedPrice,
    WithheldTooMuch,
    # what only the store knows
    PaymentRecorded,
)
"""In the order they are checked; of any one command only some apply."""
