"""The verbs of escrow: pure functions from a settlement, a command and its cause to a decision.

`life` holds the table of states, `deposits` and `price` what becomes of the two kinds of money, `division` how a
payment is divided and `sharing` how that is carried out, `orders` the transfers, `payouts` what the bank is told of a
plan's or a royalty's, `authority` whose it is to ask, `freezes` what an order from outside stops, `terms` and
`practice` the published numbers, `fields` what a field must look like, `drawing` a table as a diagram; `plans`,
`royalties` and `invoices` have all of these for those nouns.
"""

from ledger.kernel.errors import Kind, Refusal

from . import invoices, misdirected, royalties
from .authority import NoSuchSettlement, NotAnOfficer, NotTheSeller, may_see, require_seller
from .deposits import AlreadyPaid, AlreadyRequested, NotDue, NotYetOverdue, WrongAmount, open_settlement
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
from .fields import UnusableField, require_reference
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
    freezable,
    freeze_diagram,
    frozen_since,
    impose,
    require_overdue,
    require_thawed,
    require_time,
)
from .life import TRANSITIONS, WrongState, decide, diagram
from .payouts import CameBy, told_of
from .plans import (
    PART_TRANSITIONS,
    PLAN_REFUSALS,
    PLAN_TRANSITIONS,
    STOPPED_BY_A_FREEZE,
    FirstPartTooSmall,
    InterestTooLow,
    NoSuchPart,
    NoSuchPlan,
    NotAnotherPerson,
    NotAParty,
    NotTheBuyer,
    OtherTerms,
    PartsDoNotAddUp,
    PartTooLate,
    PlanStands,
    SecurityMissing,
    TooLate,
    TrialTooLong,
    WrongPartState,
    WrongPlanState,
    decide_plan,
    interest,
    may_see_plan,
    may_see_sharing,
    open_plan,
    part_diagram,
    part_waits_for,
    plan_diagram,
    plan_waits_for,
    shared,
    terms_sha256,
)
from .plans import reckoned as reckoned_plan
from .practice import PRACTICES, NoPracticeInForce, practice_on
from .price import reckoned, with_time_to_pay
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
    "PART_TRANSITIONS",
    "PLAN_REFUSALS",
    "PLAN_TRANSITIONS",
    "PRACTICES",
    "REFUSALS",
    "SETTLEMENT_2026",
    "STOPPED",
    "STOPPED_BY_A_FREEZE",
    "TERMS",
    "TRANSITIONS",
    "AlreadyLifted",
    "AlreadyPaid",
    "AlreadyRequested",
    "BadBroker",
    "BadOwners",
    "BadShares",
    "CameBy",
    "CommissionTooLarge",
    "CostsExceedPrice",
    "FirstPartTooSmall",
    "Frozen",
    "InterestTooLow",
    "NoPracticeInForce",
    "NoSuchFreeze",
    "NoSuchPart",
    "NoSuchPlan",
    "NoSuchSettlement",
    "NoTermsInForce",
    "NotAParty",
    "NotAnAuthority",
    "NotAnOfficer",
    "NotAnotherPerson",
    "NotDue",
    "NotTheBuyer",
    "NotTheSeller",
    "NotYetOverdue",
    "NothingToFreeze",
    "OrderRecorded",
    "OtherTerms",
    "PartTooLate",
    "PartsDoNotAddUp",
    "PaymentRecorded",
    "PlanStands",
    "RewardTooSmall",
    "SecurityMissing",
    "SharesMissing",
    "TooLate",
    "TrialTooLong",
    "UnusableField",
    "WithheldTooMuch",
    "WrongAmount",
    "WrongPartState",
    "WrongPlanState",
    "WrongState",
    "decide",
    "decide_freeze",
    "decide_plan",
    "diagram",
    "fee",
    "freezable",
    "freeze_diagram",
    "frozen_since",
    "impose",
    "in_force",
    "interest",
    "invoices",
    "may_see",
    "may_see_plan",
    "may_see_sharing",
    "misdirected",
    "open_plan",
    "open_settlement",
    "part_diagram",
    "part_waits_for",
    "plan_diagram",
    "plan_waits_for",
    "practice_on",
    "reckoned",
    "reckoned_plan",
    "require_overdue",
    "require_reference",
    "require_seller",
    "require_thawed",
    "require_time",
    "reward",
    "royalties",
    "shared",
    "shares_of",
    "terms_sha256",
    "told_of",
    "with_time_to_pay",
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
    Frozen,
    NotYetOverdue,
    NotDue,
    # what the command says
    UnusableField,
    WrongAmount,
    NoTermsInForce,
    NoPracticeInForce,
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
