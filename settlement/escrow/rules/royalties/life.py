"""A royalty from its proposal to its end, and each of its periods: which command may come in which state."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, TypeAlias, assert_never

from ledger.kernel import instant
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal, invariant

from ...model import (
    ROYALTY_ENDED,
    AgreeRoyalty,
    CallAudit,
    DeclareOverdue,
    DivideRoyalty,
    ElapseRoyalty,
    PayRoyalty,
    Period,
    PeriodState,
    RecordAudit,
    RescindRoyalty,
    Royalty,
    RoyaltyCommand,
    RoyaltyDecision,
    RoyaltyState,
    StateSales,
    TerminateRoyalty,
    WithdrawRoyalty,
)
from ..deposits import RETURN_IT, AlreadyPaid
from ..drawing import drawn
from ..plans import NotDue
from . import agreeing, authority, dividing, periods

OfAPeriod: TypeAlias = StateSales | CallAudit | RecordAudit | PayRoyalty | DeclareOverdue | DivideRoyalty

_R, _P = RoyaltyState, PeriodState

# What each command leads to. None is answered in ENDED, WITHDRAWN or LAPSED: those are final.
TRANSITIONS: Mapping[tuple[RoyaltyState, type[RoyaltyCommand]], tuple[RoyaltyState, ...]] = MappingProxyType(
    {
        (_R.PROPOSED, WithdrawRoyalty): (_R.WITHDRAWN,),
        (_R.PROPOSED, AgreeRoyalty): (_R.RUNNING,),
        (_R.PROPOSED, ElapseRoyalty): (_R.LAPSED,),
        (_R.PROPOSED, RescindRoyalty): (_R.LAPSED,),
        (_R.RUNNING, ElapseRoyalty): (_R.RUNNING, _R.ENDED),
        (_R.RUNNING, StateSales): (_R.RUNNING, _R.ENDED),
        (_R.RUNNING, CallAudit): (_R.RUNNING,),
        (_R.RUNNING, RecordAudit): (_R.RUNNING, _R.ENDED),
        (_R.RUNNING, PayRoyalty): (_R.RUNNING,),
        (_R.RUNNING, DeclareOverdue): (_R.RUNNING,),
        (_R.RUNNING, DivideRoyalty): (_R.RUNNING, _R.ENDED),
        (_R.RUNNING, TerminateRoyalty): (_R.RUNNING, _R.CLOSING, _R.ENDED),
        (_R.RUNNING, RescindRoyalty): (_R.CLOSING, _R.ENDED),
        (_R.CLOSING, ElapseRoyalty): (_R.CLOSING, _R.ENDED),
        (_R.CLOSING, StateSales): (_R.CLOSING, _R.ENDED),
        (_R.CLOSING, CallAudit): (_R.CLOSING,),
        (_R.CLOSING, RecordAudit): (_R.CLOSING, _R.ENDED),
        (_R.CLOSING, PayRoyalty): (_R.CLOSING,),
        (_R.CLOSING, DeclareOverdue): (_R.CLOSING,),
        (_R.CLOSING, DivideRoyalty): (_R.CLOSING, _R.ENDED),
        (_R.CLOSING, RescindRoyalty): (_R.CLOSING, _R.ENDED),
    }
)

# And to the period that is named. A period that is CANCELLED is answered nothing.
PERIOD_TRANSITIONS: Mapping[tuple[PeriodState, type[OfAPeriod]], tuple[PeriodState, ...]] = MappingProxyType(
    {
        (_P.RUNNING, StateSales): (_P.STATED, _P.DIVIDED),
        (_P.STATED, CallAudit): (_P.STATED,),
        (_P.STATED, RecordAudit): (_P.STATED, _P.AUDITED),
        (_P.STATED, PayRoyalty): (_P.PAID,),
        (_P.STATED, DeclareOverdue): (_P.STATED,),
        (_P.ESTIMATED, StateSales): (_P.STATED, _P.DIVIDED),
        (_P.ESTIMATED, CallAudit): (_P.ESTIMATED,),
        (_P.ESTIMATED, RecordAudit): (_P.ESTIMATED, _P.AUDITED, _P.DIVIDED),
        (_P.ESTIMATED, PayRoyalty): (_P.PAID,),
        (_P.ESTIMATED, DeclareOverdue): (_P.ESTIMATED,),
        (_P.AUDITED, PayRoyalty): (_P.PAID,),
        (_P.AUDITED, DeclareOverdue): (_P.AUDITED,),
        (_P.PAID, CallAudit): (_P.PAID,),
        (_P.PAID, RecordAudit): (_P.PAID, _P.AUDITED),
        (_P.PAID, DivideRoyalty): (_P.DIVIDED,),
        (_P.DIVIDED, CallAudit): (_P.DIVIDED,),
        (_P.DIVIDED, RecordAudit): (_P.DIVIDED, _P.AUDITED),
    }
)

STOPPED_BY_A_FREEZE: Final[frozenset[type[RoyaltyCommand]]] = frozenset({DivideRoyalty, TerminateRoyalty})
"""What lets money go, or gives up what is to come, and therefore waits while an order of a court or a regulator stands.

So does `ElapseRoyalty` where it divides, and only there: see `lets_money_go`.
"""


class WrongRoyaltyState(Refusal):
    """The royalty agreement is not in a state that allows this."""

    kind = Kind.CONFLICT
    zh = "提成支付协议当前状态不允许此操作"


class NoSuchPeriod(Refusal):
    """The royalty has no such period."""

    kind = Kind.NOT_FOUND
    zh = "提成支付协议没有这一期"


class WrongPeriodState(Refusal):
    """The period is not in a state that allows this."""

    kind = Kind.CONFLICT
    zh = "本期当前状态不允许此操作"


def decide(royalty: Royalty, command: RoyaltyCommand, cause: Cause) -> RoyaltyDecision:
    """Return what `command` changes, or raise the first of `REFUSALS` that applies."""
    authority.require(royalty, command, cause)
    targets = TRANSITIONS.get((royalty.state, type(command)))
    if targets is None:
        raise WrongRoyaltyState(f"the royalty is {royalty.state}", state=royalty.state.value)
    decision = _at_its_end(_apply(royalty, command, cause))
    invariant(decision.royalty.state in targets, "a decision stays within the table")
    return decision


def lets_money_go(command: RoyaltyCommand, decision: RoyaltyDecision) -> bool:
    """Whether what was decided waits while an order stands. Time estimates what was not stated all the same."""
    by_time = isinstance(command, ElapseRoyalty) and bool(decision.orders)
    return by_time or type(command) in STOPPED_BY_A_FREEZE


def diagram() -> str:
    """Return the table of agreements as a Mermaid state diagram, for the documentation."""
    return drawn(TRANSITIONS, RoyaltyState, first=f"{_R.PROPOSED}: open_royalty")


def period_diagram() -> str:
    """Return the table of periods as a Mermaid state diagram, for the documentation.

    Beside its commands, time estimates what was not stated and divides what was paid, and the end of an agreement
    cancels what is not owed.
    """
    stated = (_P.RUNNING, StateSales)
    drawn_as: dict[tuple[PeriodState, type[RoyaltyCommand]], tuple[PeriodState, ...]] = {
        stated: PERIOD_TRANSITIONS[stated],
        (_P.RUNNING, ElapseRoyalty): (_P.ESTIMATED, _P.DIVIDED),
        (_P.RUNNING, TerminateRoyalty): (_P.CANCELLED,),
    }
    drawn_as.update(PERIOD_TRANSITIONS.items())
    drawn_as |= {(_P.PAID, ElapseRoyalty): (_P.DIVIDED,), (_P.AUDITED, ElapseRoyalty): (_P.AUDITED,)}
    return drawn(drawn_as, PeriodState, first=f"{_P.RUNNING}")


def _apply(royalty: Royalty, command: RoyaltyCommand, cause: Cause) -> RoyaltyDecision:
    match command:
        case WithdrawRoyalty():
            return agreeing.withdraw(royalty, cause)
        case AgreeRoyalty():
            return agreeing.agree(royalty, command, cause)
        case ElapseRoyalty():
            proposed = royalty.state is RoyaltyState.PROPOSED
            return agreeing.lapse(royalty, cause) if proposed else _elapse(royalty, cause)
        case TerminateRoyalty():
            return agreeing.terminate(royalty, cause)
        case RescindRoyalty():
            return agreeing.rescind(royalty, cause)
        case _:
            return _of_a_period(royalty, command, cause)


def _elapse(royalty: Royalty, cause: Cause) -> RoyaltyDecision:
    """Do one thing that is due. An estimate comes first: no order stops it, so it never waits for a division."""
    if (silent := periods.unstated(royalty, cause.at)) is not None:
        return periods.estimate(royalty, silent)
    if (waiting := dividing.overdue(royalty, cause.at)) is not None:
        return dividing.divide_by_time(royalty, waiting, cause)
    soonest = min((at for at in (royalty.acts_at, royalty.divides_at) if at), default=None)
    if soonest is None:
        raise NotDue("time has nothing to do here")
    raise NotDue("there is time until then", due_at=instant.render(soonest))


def _of_a_period(royalty: Royalty, command: OfAPeriod, cause: Cause) -> RoyaltyDecision:
    if not 1 <= command.period <= len(royalty.periods):
        raise NoSuchPeriod("periods are counted from 1", periods=len(royalty.periods))
    period = royalty.periods[command.period - 1]
    targets = PERIOD_TRANSITIONS.get((period.state, type(command)))
    if targets is None:
        raise _out_of_state(period, command)
    decision = _apply_to(royalty, period, command, cause)
    invariant(decision.royalty.periods[period.number - 1].state in targets, "a decision stays within the table")
    return decision


def _apply_to(royalty: Royalty, period: Period, command: OfAPeriod, cause: Cause) -> RoyaltyDecision:
    match command:
        case StateSales():
            return periods.state_sales(royalty, period, command, cause)
        case CallAudit():
            return periods.call_audit(royalty, period, cause)
        case RecordAudit():
            return periods.record_audit(royalty, period, command, cause)
        case PayRoyalty():
            return periods.pay(royalty, period, command, cause)
        case DeclareOverdue():
            return periods.declare_overdue(royalty, period, cause)
        case DivideRoyalty():
            return dividing.divide(royalty, period, command, cause)
        case _:
            assert_never(command)


def _out_of_state(period: Period, command: OfAPeriod) -> Refusal:
    if isinstance(command, PayRoyalty) and period.state in {PeriodState.PAID, PeriodState.DIVIDED}:
        return AlreadyPaid(f"what was due has been paid: {RETURN_IT}", state=period.state.value)
    return WrongPeriodState(f"the period is {period.state}", state=period.state.value)


def _at_its_end(decision: RoyaltyDecision) -> RoyaltyDecision:
    """Return the decision with the agreement's end behind it, where nothing is owed, divided or audited any more."""
    after = decision.royalty
    if after.state not in {RoyaltyState.RUNNING, RoyaltyState.CLOSING}:
        return decision
    final = {PeriodState.DIVIDED, PeriodState.CANCELLED}
    if any(one.state not in final or one.auditing for one in after.periods):
        return decision
    event = ROYALTY_ENDED(after.id, rule=after.practice, paid_fen=after.paid_fen)
    return replace(decision, royalty=replace(after, state=RoyaltyState.ENDED), events=(*decision.events, event))
