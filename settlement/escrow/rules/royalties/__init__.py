"""The verbs of a royalty: pure functions from a royalty, a command and its cause to a decision.

`life` holds the tables of states, `agreeing` how an agreement comes about and ends early, `periods` what becomes of
each period, `dividing` how what was paid is divided, `terms` what may be agreed on and what is due under it,
`reckoning` the deadlines that may be open, `orders` the transfers, `authority` whose it is to ask, `turns` whose turn
it is.
"""

from ledger.kernel.errors import Kind, Refusal

from ..authority import NotAnOfficer, NotTheSeller
from ..deposits import AlreadyPaid, NotYetOverdue, WrongAmount
from ..division import (
    BadOwners,
    BadShares,
    CommissionTooLarge,
    CostsExceedPrice,
    RewardTooSmall,
    SharesMissing,
    WithheldTooMuch,
)
from ..fields import UnusableField
from ..life import WrongState
from ..plans import NotAParty, NotDue, NotTheBuyer, OtherTerms, TooLate
from ..practice import NoPracticeInForce
from .agreeing import BESIDE, AlreadySigned, open_royalty
from .authority import NoSuchRoyalty, may_see
from .life import (
    PERIOD_TRANSITIONS,
    STOPPED_BY_A_FREEZE,
    TRANSITIONS,
    NoSuchPeriod,
    WrongPeriodState,
    WrongRoyaltyState,
    decide,
    diagram,
    lets_money_go,
    period_diagram,
)
from .periods import AlreadyAudited, NoAuditCalled, NothingDue, NoticeNotOver, PeriodNotOver
from .reckoning import reckoned
from .terms import rated, terms_sha256
from .turns import period_waits_for, waits_for


class RoyaltyStands(Refusal):
    """The settlement has a royalty agreement already.

    Raised by the store, which alone knows every agreement there is.
    """

    kind = Kind.CONFLICT
    zh = "该结算已有提成支付协议"


__all__ = [
    "BESIDE",
    "PERIOD_TRANSITIONS",
    "REFUSALS",
    "STOPPED_BY_A_FREEZE",
    "TRANSITIONS",
    "AlreadyAudited",
    "AlreadySigned",
    "NoAuditCalled",
    "NoSuchPeriod",
    "NoSuchRoyalty",
    "NothingDue",
    "NoticeNotOver",
    "PeriodNotOver",
    "RoyaltyStands",
    "WrongPeriodState",
    "WrongRoyaltyState",
    "decide",
    "diagram",
    "lets_money_go",
    "may_see",
    "open_royalty",
    "period_diagram",
    "period_waits_for",
    "rated",
    "reckoned",
    "terms_sha256",
    "waits_for",
]

REFUSALS: tuple[type[Refusal], ...] = (
    # whose it is to ask
    NoSuchRoyalty,
    NotTheSeller,
    NotTheBuyer,
    NotAParty,
    NotAnOfficer,
    # the state, and the clock
    WrongState,
    WrongRoyaltyState,
    NoSuchPeriod,
    AlreadyPaid,
    WrongPeriodState,
    NoPracticeInForce,
    AlreadySigned,
    TooLate,
    NotDue,
    PeriodNotOver,
    NoAuditCalled,
    AlreadyAudited,
    NoticeNotOver,
    # what the command says
    UnusableField,
    NothingDue,
    WrongAmount,
    NotYetOverdue,
    OtherTerms,
    BadOwners,
    CommissionTooLarge,
    RewardTooSmall,
    SharesMissing,
    BadShares,
    CostsExceedPrice,
    WithheldTooMuch,
    # what only the store knows
    RoyaltyStands,
)
"""In the order they are checked; of any one command only some apply. `PaymentRecorded` comes last, as ever."""
