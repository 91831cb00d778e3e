"""What each command of the auctions wing may be refused for, in the order in which it is checked; for the doors."""

from ledger.kernel.calendar import YearNotLoaded

from .. import rules
from . import versions
from .modes import NotAnOrdinaryLicence
from .panels import PANEL_REFUSALS

SEEING_REFUSALS = (rules.NoSuchLot,)
BID_REFUSALS = (
    rules.ConflictOfInterest,
    rules.NoDeposit,
    rules.NotQualified,
    rules.OtherFormat,
    rules.NotScored,
    rules.NotYetOpen,
    rules.PastEnd,
    rules.Suspended,
    rules.ProcessedTooLate,
    rules.AmountOutOfRange,
    rules.DidNotBidFreely,
    rules.BelowStart,
    rules.BelowIncrement,
    rules.BelowLeadingTotal,
    rules.AlreadyLeading,
    rules.NotARaise,
    rules.AboveCeiling,
    rules.NotLowEnough,
    rules.AlreadyLowest,
)
"""What a bid may be refused for, in the order it is checked; for the doors to document."""

TAKE_REFUSALS = (
    rules.ConflictOfInterest,
    rules.NoDeposit,
    rules.NotQualified,
    rules.OtherFormat,
    rules.Suspended,
    rules.ProcessedTooLate,
    rules.NotYetOpen,
    rules.AlreadyTaken,
    rules.PastEnd,
    rules.NoSuchStep,
    rules.StepNotReached,
)
"""What a click on a falling clock may be refused for, likewise."""

TERMS_REFUSALS = (
    *PANEL_REFUSALS,
    *versions.CITING_REFUSALS,
    rules.AmountOutOfRange,
    rules.BadIncrements,
    rules.BadHolders,
    rules.BadSchedule,
)
ANNOUNCE_REFUSALS = (
    rules.WrongState,
    rules.NeedsListing,
    rules.TakesNoListing,
    rules.ProfileNotActive,
    rules.ProfileNotInForce,
    rules.OpensInThePast,
    rules.BiddingTooShort,
    YearNotLoaded,
    rules.NoPreemption,
    rules.HoldersNotNotified,
    rules.NoticeTooShort,
    rules.NoMoreAttempts,
    rules.ReauctionTooLate,
    rules.StartTooLow,
    rules.DepositOutOfRange,
    rules.ReserveBelowStart,
    rules.NeedsIncrements,
    rules.NeedsAppraisal,
    rules.SecretReserve,
    rules.CutTooDeep,
    rules.WrongForm,
    rules.AmountOutOfRange,
    rules.BadClock,
    rules.StepTooShort,
    rules.FloorTooLow,
    rules.FallTooLong,
    rules.ReserveAboveCeiling,
    rules.BadScoring,
    rules.PriceWeightTooLow,
    rules.PanelTooSmall,
    rules.BadUnits,
    rules.BadDemand,
    NotAnOrdinaryLicence,
)
REPLAY_REFUSALS = (*TERMS_REFUSALS, rules.OpensInThePast)
WITHDRAW_REFUSALS = (rules.NotTheSeller, rules.WrongState, rules.BiddingHasBegun)
