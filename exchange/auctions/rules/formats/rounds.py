"""The exchange's own form (网络竞价): a free period (自由报价期), then timed rounds (限时报价期); the highest wins.

    opens_at ......... free_until ......... closes_at ......... end
              free                 round 1              rounds 2, 3, …

A timed round lasts as long as the profile's extension. The announced end is the earliest there can be: the end of the
first round, so `free_until` is one round before it. Bids are as in open ascending bidding, in both periods.

A bid accepted in a timed round begins another one: end' = max(end, bid + round). So the rounds are what extensions are
elsewhere, and what holds of the effective end and of parking holds here. Two bids at one instant begin one round, and
one that was decided late begins none if it leaves no more time. A round in which nothing is accepted is the last.

Two numbers of the profile may be stricter: `rounds_most` bounds the rounds (in the last one an accepted bid leaves the
end alone), and under `must_bid_free` who has no accepted bid in the free period may bid in no round.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from ledger.kernel import instant
from ledger.kernel.cause import Actor
from ledger.kernel.errors import Kind, Refusal

from ...model import (
    ROUND_BEGUN,
    Bid,
    Decision,
    FallThrough,
    Format,
    Lot,
    PlaceBid,
    Profile,
    State,
    Terms,
    Tick,
)
from .. import closing
from ..increments import minimum_next
from ..rulebook import OFFERING, Rulebook, Transitions
from ..terms import BiddingTooShort, require_no_form
from . import ascending

TRANSITIONS: Final[Transitions] = MappingProxyType(
    {
        **OFFERING,
        (State.ANNOUNCED, PlaceBid): (State.ANNOUNCED,),
        (State.ANNOUNCED, Tick): (State.ANNOUNCED, State.SOLD, State.UNSOLD),
        (State.SOLD, FallThrough): (State.FELL_THROUGH,),
    }
)
_UNSEEN: Final = frozenset({State.DRAFT, State.WITHDRAWN})


class DidNotBidFreely(Refusal):
    """Only who has bid in the free period may bid in the timed rounds."""

    kind = Kind.CONFLICT
    zh = "自由报价期内未有效报价，不得参加限时报价"


def judge(lot: Lot, bid: Bid, actor: Actor) -> Decision:
    """Accept a bid that is enough; a timed one begins another round.

    Refuses `DidNotBidFreely`, `BelowStart`, `BelowIncrement`, `AlreadyLeading`.
    """
    free = bid.arrived_at < _free_until(lot.profile, lot.terms)
    if not free and lot.profile.must_bid_free and bid.code not in lot.bid_freely:
        raise DidNotBidFreely("the free period is over", free_until=_free_until_text(lot))
    ascending.require_higher(lot, bid)
    ends_at = lot.ends_at if _is_last(lot) else ascending.extended(lot, bid)
    decision = ascending.accept(lot, bid, actor, ends_at=ends_at)
    if free:
        after = replace(decision.lot, bid_freely=lot.bid_freely | {bid.code})
        return replace(decision, lot=after)
    if ends_at == lot.ends_at:
        return decision
    after = replace(decision.lot, extra_rounds=lot.extra_rounds + 1)
    event = ROUND_BEGUN(lot.id, rule=lot.profile.ref, round=1 + after.extra_rounds, bid=bid.id, ends_at=ends_at)
    return replace(decision, lot=after, events=(*decision.events, event))


def require_terms(profile: Profile, terms: Terms) -> None:
    """Refuse `WrongForm`; and `BiddingTooShort` where the free period, without the first round, is too short."""
    require_no_form(profile, terms)
    if _free_until(profile, terms) - terms.opens_at < timedelta(seconds=profile.min_bidding_s):
        raise BiddingTooShort(
            "leave more time before the first timed round",
            min_bidding_s=profile.min_bidding_s,
            round_s=profile.extension_s,
        )


def free_until(lot: Lot) -> datetime | None:
    """Return when the free period ends and the first timed round begins; None where there are no rounds."""
    return _free_until(lot.profile, lot.terms) if lot.profile.format is Format.ROUNDS else None


def round_at(lot: Lot, at: datetime) -> int | None:
    """Return which timed round it is, or was at the end; 0 in the free period; None where nobody bids in rounds."""
    freedom = free_until(lot)
    if freedom is None or lot.state in _UNSEEN:
        return None
    return 1 + lot.extra_rounds if at >= freedom else 0


def _free_until(profile: Profile, terms: Terms) -> datetime:
    return terms.closes_at - profile.extension


def _free_until_text(lot: Lot) -> str:
    return instant.render(_free_until(lot.profile, lot.terms))


def _is_last(lot: Lot) -> bool:
    """Whether no round may follow the one that runs, or that is to come."""
    return bool(lot.profile.rounds_most) and 1 + lot.extra_rounds >= lot.profile.rounds_most


BOOK: Final = Rulebook(
    transitions=TRANSITIONS,
    judge=judge,
    refused=ascending.refused,
    close=closing.close,
    threshold=minimum_next,
    require_terms=require_terms,
    timed=True,
)
