"""What the commands of a payment plan may be refused for, in the order it is checked; for the doors to document."""

from ledger.kernel.calendar import YearNotLoaded
from ledger.kernel.errors import Refusal

from .. import rules

SEEING_PLAN_REFUSALS: tuple[type[Refusal], ...] = (rules.NoSuchPlan,)
PROPOSE_REFUSALS: tuple[type[Refusal], ...] = (
    rules.NoSuchSettlement,
    rules.NotTheSeller,
    rules.WrongState,
    rules.WrongPlanState,
    rules.NoPracticeInForce,
    rules.TooLate,
    rules.UnusableField,
    rules.PartsDoNotAddUp,
    rules.FirstPartTooSmall,
    rules.TrialTooLong,
    rules.PartTooLate,
    YearNotLoaded,
    rules.SecurityMissing,
    rules.InterestTooLow,
    rules.BadOwners,
    rules.CommissionTooLarge,
    rules.RewardTooSmall,
    rules.SharesMissing,
    rules.BadShares,
    rules.PlanStands,
)
WITHDRAW_PLAN_REFUSALS: tuple[type[Refusal], ...] = (rules.NoSuchPlan, rules.NotTheSeller, rules.WrongPlanState)
AGREE_REFUSALS: tuple[type[Refusal], ...] = (
    rules.NoSuchPlan,
    rules.NotTheBuyer,
    rules.WrongState,
    rules.WrongPlanState,
    rules.TooLate,
    rules.OtherTerms,
    rules.Frozen,
)
TRIAL_REFUSALS: tuple[type[Refusal], ...] = (
    rules.NoSuchPlan,
    rules.NotTheBuyer,
    rules.WrongPlanState,
    rules.TooLate,
    rules.Frozen,
)
_OF_A_PART: tuple[type[Refusal], ...] = (rules.WrongPlanState, rules.NoSuchPart)
PART_REFUSALS: tuple[type[Refusal], ...] = (
    rules.NoSuchPlan,
    rules.NotAnOfficer,
    *_OF_A_PART,
    rules.AlreadyPaid,
    rules.WrongPartState,
    rules.UnusableField,
    rules.WrongAmount,
    rules.PaymentRecorded,
)
PROPOSE_RELEASE_REFUSALS: tuple[type[Refusal], ...] = (
    rules.NoSuchPlan,
    rules.NotAParty,
    *_OF_A_PART,
    rules.WrongPartState,
    rules.NotAnotherPerson,
    rules.UnusableField,
)
CONFIRM_RELEASE_REFUSALS: tuple[type[Refusal], ...] = (
    rules.NoSuchPlan,
    rules.NotTheBuyer,
    *_OF_A_PART,
    rules.WrongPartState,
    rules.NotAnotherPerson,
    rules.Frozen,
)
DISPUTE_REFUSALS: tuple[type[Refusal], ...] = (
    rules.NoSuchPlan,
    rules.NotAParty,
    *_OF_A_PART,
    rules.WrongPartState,
    rules.UnusableField,
    rules.Frozen,
)
DIVIDE_REFUSALS: tuple[type[Refusal], ...] = (
    rules.NoSuchPlan,
    rules.NotTheSeller,
    *_OF_A_PART,
    rules.WrongPartState,
    rules.UnusableField,
    rules.BadShares,
    rules.CostsExceedPrice,
    rules.WithheldTooMuch,
    rules.Frozen,
)
STOP_REFUSALS: tuple[type[Refusal], ...] = (
    rules.NoSuchPlan,
    rules.NotAnOfficer,
    *_OF_A_PART,
    rules.WrongPartState,
    rules.NotYetOverdue,
    rules.Frozen,
)
