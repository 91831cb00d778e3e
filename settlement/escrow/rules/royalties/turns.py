"""Whose turn it is in a royalty agreement."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from ...model import Period, PeriodState, Royalty, RoyaltyState, Turn

PERIODS: Final[Mapping[PeriodState, tuple[Turn, ...]]] = {
    PeriodState.RUNNING: (Turn.BUYER,),
    PeriodState.STATED: (Turn.BUYER,),
    PeriodState.ESTIMATED: (Turn.BUYER,),
    PeriodState.AUDITED: (Turn.BUYER,),
    PeriodState.PAID: (Turn.SELLER,),
    PeriodState.DIVIDED: (),
    PeriodState.CANCELLED: (),
}
"""Who acts next on a period that is over."""


def waits_for(royalty: Royalty, at: datetime) -> tuple[Turn, ...]:
    """Return who acts next on an agreement, the buyer first: on a period, or by signing an end the other has signed."""
    if royalty.state is RoyaltyState.PROPOSED:
        return (Turn.BUYER,)
    if royalty.state not in {RoyaltyState.RUNNING, RoyaltyState.CLOSING}:
        return ()
    turns = {one for period in royalty.periods for one in period_waits_for(period, at)}
    if royalty.signed_by is not None and royalty.state is RoyaltyState.RUNNING:
        turns.add(Turn.BUYER if royalty.signed_by == royalty.seller else Turn.SELLER)
    return tuple(one for one in Turn if one in turns)


def period_waits_for(period: Period, at: datetime) -> tuple[Turn, ...]:
    """Return who acts next on a period: nobody while it goes on; an officer too once the notice of an audit is over."""
    if period.state is PeriodState.RUNNING and at < period.ends_at:
        return ()
    noticed = period.auditing and period.audit_from is not None and at >= period.audit_from
    audited = noticed and period.state is not PeriodState.CANCELLED
    return (*PERIODS[period.state], *((Turn.OFFICER,) if audited else ()))
