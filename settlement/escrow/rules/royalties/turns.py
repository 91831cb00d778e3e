"""Whose turn it is in a royalty agreement."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from ...model import Period, PeriodState, Royalty, RoyaltyState, Side

PERIODS: Final[Mapping[PeriodState, tuple[Side, ...]]] = {
    PeriodState.RUNNING: (Side.BUYER,),
    PeriodState.STATED: (Side.BUYER,),
    PeriodState.ESTIMATED: (Side.BUYER,),
    PeriodState.AUDITED: (Side.BUYER,),
    PeriodState.PAID: (Side.SELLER,),
    PeriodState.DIVIDED: (),
    PeriodState.CANCELLED: (),
}
"""Who acts next on a period that is over."""


def waits_for(royalty: Royalty, at: datetime) -> tuple[Side, ...]:
    """Return who acts next on an agreement, the buyer first: on a period, or by signing an end the other has signed."""
    if royalty.state is RoyaltyState.PROPOSED:
        return (Side.BUYER,)
    if royalty.state not in {RoyaltyState.RUNNING, RoyaltyState.CLOSING}:
        return ()
    turns = {one for period in royalty.periods for one in period_waits_for(period, at)}
    if royalty.signed_by is not None and royalty.state is RoyaltyState.RUNNING:
        turns.add(Side.BUYER if royalty.signed_by == royalty.seller else Side.SELLER)
    return tuple(one for one in Side if one in turns)


def period_waits_for(period: Period, at: datetime) -> tuple[Side, ...]:
    """Return who acts next on a period: nobody while it goes on; an officer too once the notice of an audit is over."""
    if period.state is PeriodState.RUNNING and at < period.ends_at:
        return ()
    noticed = period.auditing and period.audit_from is not None and at >= period.audit_from
    audited = noticed and period.state is not PeriodState.CANCELLED
    return (*PERIODS[period.state], *((Side.OFFICER,) if audited else ()))
