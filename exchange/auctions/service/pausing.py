"""Suspending a lot, resuming it, ending it for good; whose money goes back is the flows' to say."""

from datetime import datetime

from ledger.kernel.calendar import YearNotLoaded
from ledger.kernel.cause import Cause
from ledger.kernel.unit import Unit
from listings.achievements import service as achievements
from listings.achievements.model import ListingId

from .. import rules
from ..model import Cancel, Halt, Lot, LotId, Resume, Suspend
from .lots import Ask, decide_one

SUSPEND_REFUSALS = (rules.WrongState, rules.PastEnd, rules.BidsUndecided, rules.NeedsOrder)
RESUME_REFUSALS = (rules.WrongState, rules.CauseNotOver, YearNotLoaded)
CANCEL_REFUSALS = (rules.WrongState, rules.NeedsOrder)


def suspend(unit: Unit, cause: Cause, id: LotId, *, reason: Halt, order: str | None) -> Lot:
    """Suspend bidding for a lot, as an officer."""
    return decide_one(unit, Ask(lot=id, command=Suspend(reason=reason, order=order), cause=cause)).lot


def resume(unit: Unit, cause: Cause, id: LotId, *, cause_ended_at: datetime) -> Lot:
    """Let bidding for a suspended lot go on, as an officer."""
    return decide_one(unit, Ask(lot=id, command=Resume(cause_ended_at=cause_ended_at), cause=cause)).lot


def cancel(unit: Unit, cause: Cause, id: LotId, *, reason: Halt, order: str | None) -> Lot:
    """End a suspended lot for good, as an officer, and free its listing."""
    lot = decide_one(unit, Ask(lot=id, command=Cancel(reason=reason, order=order), cause=cause)).lot
    if lot.listing:
        achievements.release(unit, cause, ListingId(lot.listing), lot=id)
    return lot
