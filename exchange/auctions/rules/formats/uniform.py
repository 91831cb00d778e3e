"""Several equal ordinary licences at one price (多份普通许可统一成交价): the best bids win, at the best loser's bid.

An enterprise needs one licence for itself, so each bidder stands by one bid, which it may only raise. Bids are open.
While fewer stand than there are licences, a bid of the start price is enough; from then on a bid must beat the lowest
that wins, by the increment. So a bid that would not win is refused, and extends nothing.

    price = max(start, reserve, highest standing bid that does not win), the same for every winner

It is a loser's bid that makes the price, never a winner's own: to bid what a licence is worth loses nothing. A tie goes
to the earlier. What is bid below the reserve wins nothing, though licences stay unsold for it.

A leading bid's `amount_fen` is the price that all would pay now; what each bid is, `standing` says.
"""

from dataclasses import replace
from types import MappingProxyType
from typing import Final

from ledger.kernel.cause import Actor
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.money import Fen

from ...model import (
    UNITS_SOLD,
    Bid,
    BidderCode,
    Decision,
    Lot,
    PlaceBid,
    Profile,
    State,
    Terms,
    Tick,
    Units,
    UnsoldReason,
)
from .. import closing
from ..increments import increment_at
from ..rulebook import OFFERING, Rulebook, Transitions
from ..terms import WrongForm
from .ascending import AlreadyLeading, BelowIncrement, BelowStart, accept, refused

FEWEST, MOST = 2, 200  # an entry carries all winners

# A sale to several is not taken back as one: nothing comes after it here.
TRANSITIONS: Final[Transitions] = MappingProxyType(
    {
        **OFFERING,
        (State.ANNOUNCED, PlaceBid): (State.ANNOUNCED,),
        (State.ANNOUNCED, Tick): (State.ANNOUNCED, State.SOLD, State.UNSOLD),
    }
)


class BadUnits(Refusal):
    """Offer several licences, within what one result can carry."""

    kind = Kind.CONFLICT
    zh = "许可份数应为多份，且不超过规定上限"


def judge(lot: Lot, bid: Bid, actor: Actor) -> Decision:
    """Accept a bid that would win. Refuses `BelowStart`, `BelowIncrement`, `AlreadyLeading`."""
    least = least_for(lot, bid.code)
    if bid.amount_fen < least:
        refusal = BelowStart if bid.amount_fen < lot.terms.start_price_fen else BelowIncrement
        raise refusal("offer more", minimum_next_fen=least)
    if bid.code in _winning(lot) and not lot.profile.leader_may_raise:
        raise AlreadyLeading("wait until you are outbid")
    after = replace(lot, standing=(*(one for one in lot.standing if one.code != bid.code), bid))
    return accept(after, bid, actor, leader=_leader(after, price_of(after)))


def ranked(lot: Lot) -> tuple[Bid, ...]:
    """Return the standing bids, the best first; of equal ones the earlier."""
    return tuple(sorted(lot.standing, key=lambda one: -one.amount_fen))


def price_of(lot: Lot) -> Fen:
    """Return what all who win would pay now, reserve aside."""
    losing = ranked(lot)[_units(lot).count :]
    return max(lot.terms.start_price_fen, losing[0].amount_fen) if losing else lot.terms.start_price_fen


def least_for(lot: Lot, code: BidderCode | None) -> Fen:
    """Return the least that could be accepted of `code` now; of somebody new, where that is None."""
    best, count = ranked(lot), _units(lot).count
    mine = next((one for one in best if one.code == code), None)
    if mine is not None and mine.code in _winning(lot):
        return _above(lot, mine.amount_fen)
    return _above(lot, best[count - 1].amount_fen) if len(best) >= count else lot.terms.start_price_fen


def close(lot: Lot) -> Decision:
    """Sell to the best, as many as there are licences and as meet the reserve, at the one price."""
    reserve, best, won = lot.terms.reserve_fen or Fen(0), ranked(lot), winners(lot)
    if not won:
        return closing.unsold(lot, UnsoldReason.RESERVE_NOT_MET if best else UnsoldReason.NO_BIDS)
    price_fen = max(price_of(lot), reserve)
    event = UNITS_SOLD(
        lot.id,
        rule=lot.profile.ref,
        price_fen=price_fen,
        winners=[{"bid": one.id, "code": one.code} for one in won],
        bids=lot.bid_count,
        buyers=[one.organisation for one in won],
    )
    return Decision(lot=replace(lot, state=State.SOLD, leader=_leader(lot, price_fen)), events=(event,))


def winners(lot: Lot) -> list[Bid]:
    """Return the bids that a licence each goes to if the lot closes as it stands, the best first."""
    reserve = lot.terms.reserve_fen or Fen(0)
    return [one for one in ranked(lot)[: _units(lot).count] if one.amount_fen >= reserve]


def require_terms(_profile: Profile, terms: Terms) -> None:
    """Refuse `WrongForm`, `BadUnits`. Not checked: that ordinary licences are on offer, which the caller knows."""
    if not isinstance(terms.form, Units):
        raise WrongForm("say how many licences are on offer")
    if not FEWEST <= terms.form.count <= MOST:
        raise BadUnits("offer several", fewest=FEWEST, most=MOST)


def _units(lot: Lot) -> Units:
    assert isinstance(lot.terms.form, Units)
    return lot.terms.form


def _winning(lot: Lot) -> frozenset[BidderCode]:
    return frozenset(one.code for one in ranked(lot)[: _units(lot).count])


def _leader(lot: Lot, price_fen: Fen) -> Bid:
    return replace(ranked(lot)[0], amount_fen=price_fen)


def _above(lot: Lot, fen: Fen) -> Fen:
    return Fen(fen + increment_at(lot.terms.increments, fen))


def _threshold(lot: Lot) -> Fen:
    """Return the least that a newcomer must offer; of a draft that does not say how many, the start price."""
    return least_for(lot, None) if isinstance(lot.terms.form, Units) else lot.terms.start_price_fen


BOOK: Final = Rulebook(
    transitions=TRANSITIONS,
    judge=judge,
    refused=refused,
    close=close,
    threshold=_threshold,
    require_terms=require_terms,
)
