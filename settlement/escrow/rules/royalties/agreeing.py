"""How an agreement comes about, and how it ends before its last period."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from ledger.kernel import instant
from ledger.kernel.calendar import local_date
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.money import Fen

from ...model import (
    ROYALTY_AGREED,
    ROYALTY_LAPSED,
    ROYALTY_PROPOSED,
    ROYALTY_TERMINATED,
    ROYALTY_WITHDRAWN,
    TERMINATION_SIGNED,
    AgreeRoyalty,
    Ground,
    Period,
    PeriodState,
    ProposeRoyalty,
    Royalty,
    RoyaltyDecision,
    RoyaltyId,
    RoyaltyState,
    Settlement,
    State,
    ends_at,
)
from ..authority import require_seller
from ..division import require_sharing
from ..life import WrongState
from ..plans import NotDue, OtherTerms, TooLate, shared
from ..practice import PRACTICES, practice_on
from .terms import require_terms, terms_sha256

NOTHING: Final = Fen(0)
BESIDE: Final = frozenset({State.DUE, State.PAID, State.SETTLED, State.PLANNED})
"""The states of a settlement beside which a royalty may be proposed: there is a contract, and no fault yet."""


class AlreadySigned(Refusal):
    """You have signed already."""

    kind = Kind.CONFLICT
    zh = "贵单位此前已经签署"


def open_royalty(id: RoyaltyId, settlement: Settlement, command: ProposeRoyalty, cause: Cause) -> RoyaltyDecision:
    """Propose a royalty beside the price of a settlement, as its seller.

    Refuses `NotTheSeller`, `WrongState`, `NoPracticeInForce`, and as `require_terms` and `require_sharing` do. Not
    checked: that no other agreement stands, which the store alone knows; that owners and inventors are the asset's.
    """
    require_seller(settlement, cause)
    if settlement.state not in BESIDE:
        raise WrongState(f"the settlement is {settlement.state}", state=settlement.state.value)
    assert settlement.buyer is not None
    assert settlement.reward_min_bp is not None
    practice = practice_on(cause.at)
    require_terms(command.terms, local_date(cause.at))
    require_sharing(
        command.sharing,
        buyer=settlement.buyer,
        reward_min_bp=settlement.reward_min_bp,
        commission_max_bp=practice.commission_max_bp,
    )
    new = Royalty(
        id=id,
        settlement=settlement.id,
        deal=settlement.deal,
        seller=settlement.seller,
        buyer=settlement.buyer,
        reward_min_bp=settlement.reward_min_bp,
        settled_under=settlement.terms,
        practice=practice.ref,
        terms=command.terms,
        sharing=command.sharing,
    )
    event = ROYALTY_PROPOSED(
        id,
        rule=new.practice,
        settlement=new.settlement,
        deal=new.deal,
        seller=new.seller,
        reward_min_bp=new.reward_min_bp,
        settled_under=new.settled_under.ref,
        starts_on=new.terms.starts_on.isoformat(),
        every=new.terms.every,
        periods=new.terms.periods,
        buyer=new.buyer,
        terms=new.terms.to_json(),
        terms_sha256=terms_sha256(new),
        sharing=shared(new.sharing),
        by=cause.actor.named,
    )
    return RoyaltyDecision(royalty=new, events=(event,))


def withdraw(royalty: Royalty, cause: Cause) -> RoyaltyDecision:
    """Take a proposal back."""
    event = ROYALTY_WITHDRAWN(royalty.id, rule=royalty.practice, settlement=royalty.settlement, by=cause.actor.named)
    return RoyaltyDecision(royalty=replace(royalty, state=RoyaltyState.WITHDRAWN), events=(event,))


def agree(royalty: Royalty, command: AgreeRoyalty, cause: Cause) -> RoyaltyDecision:
    """Bind the buyer. Refuses `TooLate` once the first period is over, `OtherTerms`."""
    if cause.at >= royalty.agree_by:
        raise TooLate("the first period is over", until=instant.render(royalty.agree_by))
    if command.terms_sha256 != terms_sha256(royalty):
        raise OtherTerms("read the royalty again: its terms have another hash")
    event = ROYALTY_AGREED(
        royalty.id,
        rule=royalty.practice,
        settlement=royalty.settlement,
        terms_sha256=command.terms_sha256,
        by=cause.actor.named,
    )
    after = replace(royalty, state=RoyaltyState.RUNNING, periods=_periods(royalty))
    return RoyaltyDecision(royalty=after, events=(event,))


def lapse(royalty: Royalty, cause: Cause) -> RoyaltyDecision:
    """End a proposal that nobody agreed to in time. Refuses `NotDue`."""
    if cause.at < royalty.agree_by:
        raise NotDue("there is time until then", due_at=instant.render(royalty.agree_by))
    return _lapsed(royalty)


def terminate(royalty: Royalty, cause: Cause) -> RoyaltyDecision:
    """Sign that it ends: what is over is still stated and paid, what is not over is not owed. Refuses `AlreadySigned`.

    Two signatures end it; the seller's alone where an officer has declared a payment overdue (民法典 art. 563).
    """
    asking = cause.actor.organisation
    if asking == royalty.seller and any(one.overdue for one in royalty.periods):
        return _ended_early(royalty, Ground.DEFAULT, cause)
    if royalty.signed_by == asking:
        raise AlreadySigned("the other party signs next")
    if royalty.signed_by is not None:
        return _ended_early(royalty, Ground.BOTH, cause)
    event = TERMINATION_SIGNED(royalty.id, rule=royalty.practice, settlement=royalty.settlement, by=cause.actor.named)
    return RoyaltyDecision(royalty=replace(royalty, signed_by=asking), events=(event,))


def rescind(royalty: Royalty, cause: Cause) -> RoyaltyDecision:
    """End it with its deal: nothing that is unpaid is owed any more; what was paid is divided as ever."""
    if royalty.state is RoyaltyState.PROPOSED:
        return _lapsed(royalty)
    return _ended_early(royalty, Ground.FELL_THROUGH, cause)


def _periods(royalty: Royalty) -> tuple[Period, ...]:
    within = timedelta(days=PRACTICES[royalty.practice].statement_within_days)
    ends = [(number, ends_at(royalty.terms, number)) for number in range(1, royalty.terms.periods + 1)]
    return tuple(Period(number=number, ends_at=end, statement_by=end + within) for number, end in ends)


def _lapsed(royalty: Royalty) -> RoyaltyDecision:
    event = ROYALTY_LAPSED(royalty.id, rule=royalty.practice, settlement=royalty.settlement)
    return RoyaltyDecision(royalty=replace(royalty, state=RoyaltyState.LAPSED), events=(event,))


def _ended_early(royalty: Royalty, ground: Ground, cause: Cause) -> RoyaltyDecision:
    if ground is Ground.FELL_THROUGH:
        periods = tuple(_let_go(one) for one in royalty.periods)
    else:
        periods = tuple(
            replace(one, state=PeriodState.CANCELLED)
            if one.state is PeriodState.RUNNING and cause.at < one.ends_at
            else one
            for one in royalty.periods
        )
    event = ROYALTY_TERMINATED(
        royalty.id,
        rule=royalty.practice,
        ground=ground,
        cancelled=sum(one.state is PeriodState.CANCELLED for one in periods),
        by=cause.actor.named,
    )
    after = replace(royalty, state=RoyaltyState.CLOSING, periods=periods)
    return RoyaltyDecision(royalty=after, events=(event,))


def _let_go(one: Period) -> Period:
    """Return a period of which nothing is owed any more."""
    free = replace(one, audit_from=one.audit_from if one.audited else None)
    if one.state not in {PeriodState.RUNNING, PeriodState.STATED, PeriodState.ESTIMATED, PeriodState.AUDITED}:
        return free
    paid = PeriodState.PAID if one.waiting_fen else PeriodState.DIVIDED
    state = paid if one.paid_fen else PeriodState.CANCELLED
    return replace(free, state=state, due_fen=NOTHING, costs_fen=NOTHING, owed_at=None, pay_by=None, overdue=False)
