"""The verbs of an auction: pure functions from a lot, a command and its cause to a decision.

`life` holds the table of states, `terms` what a seller may ask for, `english` what bids do, `authority` whose it is to
ask, `increments` and `profiles` the numbers. Everything that can change a lot goes through `draft` and `decide`.
"""

from ledger.kernel.errors import Refusal

from .authority import ConflictOfInterest, NoDeposit, NoSuchLot, NotQualified, NotTheSeller
from .english import (
    AlreadyLeading,
    BelowIncrement,
    BelowStart,
    NotDue,
    NotYetOpen,
    PastEnd,
    ProcessedTooLate,
)
from .increments import BadIncrements, increment_at, minimum_next
from .life import (
    TRANSITIONS,
    AlreadyConfirmed,
    DepositTooSmall,
    WrongState,
    decide,
    decide_many,
    diagram,
    due_at,
    phase,
    require_deposits,
)
from .profiles import JUDICIAL_2016, PROFILES, REPLAY, UnknownProfile, find
from .terms import (
    AmountOutOfRange,
    BadSchedule,
    BiddingHasBegun,
    BiddingTooShort,
    DepositOutOfRange,
    NeedsIncrements,
    NeedsListing,
    OpensInThePast,
    ProfileNotInForce,
    ReserveBelowStart,
    StartTooLow,
    TakesNoListing,
    draft,
)

__all__ = [
    "JUDICIAL_2016",
    "PROFILES",
    "REFUSALS",
    "REPLAY",
    "TRANSITIONS",
    "AlreadyConfirmed",
    "AlreadyLeading",
    "AmountOutOfRange",
    "BadIncrements",
    "BadSchedule",
    "BelowIncrement",
    "BelowStart",
    "BiddingHasBegun",
    "BiddingTooShort",
    "ConflictOfInterest",
    "DepositOutOfRange",
    "DepositTooSmall",
    "NeedsIncrements",
    "NeedsListing",
    "NoDeposit",
    "NoSuchLot",
    "NotDue",
    "NotQualified",
    "NotTheSeller",
    "NotYetOpen",
    "OpensInThePast",
    "PastEnd",
    "ProcessedTooLate",
    "ProfileNotInForce",
    "ReserveBelowStart",
    "StartTooLow",
    "TakesNoListing",
    "UnknownProfile",
    "WrongState",
    "decide",
    "decide_many",
    "diagram",
    "draft",
    "due_at",
    "find",
    "increment_at",
    "minimum_next",
    "phase",
    "require_deposits",
]

REFUSALS: tuple[type[Refusal], ...] = (
    # whose it is to ask
    NoSuchLot,
    NotTheSeller,
    ConflictOfInterest,
    NoDeposit,
    NotQualified,
    # the state, and the clock
    WrongState,
    ProcessedTooLate,
    BiddingHasBegun,
    NotDue,
    NotYetOpen,
    PastEnd,
    AlreadyConfirmed,
    # what the command says
    UnknownProfile,
    AmountOutOfRange,
    BadIncrements,
    BadSchedule,
    DepositTooSmall,
    BelowStart,
    BelowIncrement,
    AlreadyLeading,
    # what the profile demands of a lot to be announced
    NeedsListing,
    TakesNoListing,
    ProfileNotInForce,
    OpensInThePast,
    BiddingTooShort,
    StartTooLow,
    DepositOutOfRange,
    ReserveBelowStart,
    NeedsIncrements,
)
"""In the order they are checked; of any one command only some apply."""
