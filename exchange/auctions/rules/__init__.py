"""The verbs of an auction: pure functions from a lot, a command and its cause to a decision.

`life` leads a lot from draft to result, `formats` hold each format's table and what bids do in it, `arrival` says when
a bid is in time, `closing` who has won, `terms` what a seller may ask for, `authority` whose it is to ask,
`increments` and `profiles` the numbers. Everything that can change a lot goes through `draft` and `decide`.
"""

from ledger.kernel.errors import Refusal

from .arrival import NotDue, NotYetOpen, PastEnd, ProcessedTooLate
from .authority import ConflictOfInterest, NoDeposit, NoSuchLot, NotQualified, NotTheSeller
from .formats import BOOKS, book_of
from .formats.ascending import AlreadyLeading, BelowIncrement, BelowStart
from .formats.proxy import NotARaise
from .increments import BadIncrements, increment_at, minimum_next
from .life import (
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
from .profiles import (
    EXCHANGE_PROXY,
    JUDICIAL_2016,
    PROFILES,
    REPLAY,
    REPLAY_EXTENDED,
    REPLAY_PROXY,
    REPLAYS,
    UnknownProfile,
    find,
)
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
    WrongForm,
    draft,
)

__all__ = [
    "BOOKS",
    "EXCHANGE_PROXY",
    "JUDICIAL_2016",
    "PROFILES",
    "REFUSALS",
    "REPLAY",
    "REPLAYS",
    "REPLAY_EXTENDED",
    "REPLAY_PROXY",
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
    "NotARaise",
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
    "WrongForm",
    "WrongState",
    "book_of",
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
    NotARaise,
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
    WrongForm,
)
"""In the order they are checked; of any one command only some apply."""
