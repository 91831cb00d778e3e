"""The verbs of a payment plan: pure functions from a plan, a command and its cause to a decision.

`life` holds the tables of states, `agreeing` how a plan comes about, `parts` what becomes of each part, `dividing` how
it is divided, `resuming` how a plan goes on when its deal is frozen no more, `terms` what a plan may say, `reckoning`
the deadlines that may be open, `orders` the transfers, `authority` whose it is to ask, `seeing` what who sees and whose
turn it is.
"""

from ledger.kernel.calendar import YearNotLoaded
from ledger.kernel.errors import Kind, Refusal

from ..authority import NotAnOfficer, NotTheSeller
from ..deposits import AlreadyPaid, NotDue, NotYetOverdue, WrongAmount
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
from ..practice import NoPracticeInForce
from .agreeing import OtherTerms, TooLate, open_plan, shared
from .authority import NoSuchPlan, NotAParty, NotTheBuyer, may_see_plan
from .life import (
    PART_TRANSITIONS,
    PLAN_TRANSITIONS,
    STOPPED_BY_A_FREEZE,
    NoSuchPart,
    WrongPartState,
    WrongPlanState,
    decide_plan,
    part_diagram,
    plan_diagram,
)
from .parts import NotAnotherPerson
from .reckoning import reckoned
from .seeing import may_see_sharing, part_waits_for, plan_waits_for
from .terms import (
    FirstPartTooSmall,
    InterestTooLow,
    PartsDoNotAddUp,
    PartTooLate,
    SecurityMissing,
    TrialTooLong,
    interest,
    terms_sha256,
)


class PlanStands(Refusal):
    """The settlement has a plan already.

    Raised by the store, which alone knows every plan there is.
    """

    kind = Kind.CONFLICT
    zh = "该结算已有付款计划"


__all__ = [
    "PART_TRANSITIONS",
    "PLAN_REFUSALS",
    "PLAN_TRANSITIONS",
    "STOPPED_BY_A_FREEZE",
    "FirstPartTooSmall",
    "InterestTooLow",
    "NoSuchPart",
    "NoSuchPlan",
    "NotAParty",
    "NotAnotherPerson",
    "NotDue",
    "NotTheBuyer",
    "OtherTerms",
    "PartTooLate",
    "PartsDoNotAddUp",
    "PlanStands",
    "SecurityMissing",
    "TooLate",
    "TrialTooLong",
    "WrongPartState",
    "WrongPlanState",
    "decide_plan",
    "interest",
    "may_see_plan",
    "may_see_sharing",
    "open_plan",
    "part_diagram",
    "part_waits_for",
    "plan_diagram",
    "plan_waits_for",
    "reckoned",
    "shared",
    "terms_sha256",
]

PLAN_REFUSALS: tuple[type[Refusal], ...] = (
    # whose it is to ask
    NoSuchPlan,
    NotTheSeller,
    NotTheBuyer,
    NotAParty,
    NotAnOfficer,
    # the state, and the clock
    WrongState,
    WrongPlanState,
    NoSuchPart,
    AlreadyPaid,
    WrongPartState,
    NoPracticeInForce,
    TooLate,
    NotDue,
    NotYetOverdue,
    NotAnotherPerson,
    # what the command says
    UnusableField,
    WrongAmount,
    OtherTerms,
    PartsDoNotAddUp,
    FirstPartTooSmall,
    TrialTooLong,
    PartTooLate,
    YearNotLoaded,
    SecurityMissing,
    InterestTooLow,
    BadOwners,
    CommissionTooLarge,
    RewardTooSmall,
    SharesMissing,
    BadShares,
    CostsExceedPrice,
    WithheldTooMuch,
    # what only the store knows
    PlanStands,
)
"""In the order they are checked; of any one command only some apply. `PaymentRecorded` comes last, as ever."""
