"""Bidding by price and quality (权重报价): a panel scores who may bid, then bids are open and the best total wins.

The panel speaks first. Each panellist gives each bidder 0 to 100 for each criterion, once and for good, before that
bidder has named a price; nobody bids whom not all of the panel have scored. So no bidder's price can sway its score,
nothing need be sealed, and bidding is as live as any ascending auction. The panel has until bidding opens, and for
whoever pays a deposit late the profile's `scoring_s` from then on.

    total = price weight x 100 x price / benchmark + sum over criteria of weight x mean of the panel's scores

Weights are shares of one. A total is computed in whole numbers, never rounded: all totals of a lot over their common
denominator, `10,000 x benchmark x panellists`. Points for the price are linear and have no cap, so that a bid never
changes anybody else's total, and only ever its own bidder's upward.

A bid is enough when it beats the leading total by the increment: at the price at which it would tie, rounded up to the
fen, and the increment there; that is another price for each bidder. Who wins pays its own price. The reserve is held
against the price.
"""

from collections.abc import Collection
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from ledger.kernel import instant
from ledger.kernel.cause import Actor, Cause
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.money import MAX_FEN, Fen
from listings.achievements.model import fits

from ...model import (
    BIDDER_SCORED,
    Bid,
    Bidder,
    BidderCode,
    Decision,
    FallThrough,
    Lot,
    PlaceBid,
    Profile,
    Ranking,
    Score,
    Scoring,
    Sheet,
    State,
    Terms,
    Tick,
)
from .. import closing
from ..arrival import PastEnd
from ..increments import increment_at
from ..offering import WHOLE_BP
from ..rulebook import OFFERING, Rulebook, Transitions
from ..terms import WrongForm
from .ascending import AlreadyLeading, BelowStart, accept, refused

MOST_CRITERIA = 20  # an entry carries them all
MAX_NAME = 50  # characters
BEST = 100  # of one score

TRANSITIONS: Final[Transitions] = MappingProxyType(
    {
        **OFFERING,
        (State.ANNOUNCED, Score): (State.ANNOUNCED,),
        (State.ANNOUNCED, PlaceBid): (State.ANNOUNCED,),
        (State.ANNOUNCED, Tick): (State.ANNOUNCED, State.SOLD, State.UNSOLD),
        (State.SOLD, FallThrough): (State.FELL_THROUGH,),
    }
)


class BadScoring(Refusal):
    """The weights must be positive and add up to the whole, over distinct criteria."""

    kind = Kind.CONFLICT
    zh = "各项权重应为正且合计为一，评审指标不得重复"


class PriceWeightTooLow(Refusal):
    """The price must weigh more."""

    kind = Kind.CONFLICT
    zh = "价格权重低于规定下限"


class PanelTooSmall(Refusal):
    """The panel needs more people, an odd number of them, and nobody twice."""

    kind = Kind.CONFLICT
    zh = "评审组人数应为单数、达到规定下限，且成员不得重复"


class NoSuchBidder(Refusal):
    """Nobody may bid for this lot under this code."""

    kind = Kind.NOT_FOUND
    zh = "本标的没有这个竞买代码"


class AlreadyScored(Refusal):
    """This panellist has scored this bidder: a score is final."""

    kind = Kind.CONFLICT
    zh = "该评委已对该竞买人打分，评分不得更改"


class ScoringOver(Refusal):
    """The time for scoring this bidder is over."""

    kind = Kind.CONFLICT
    zh = "对该竞买人的打分期限已过"


class BadScores(Refusal):
    """Give every criterion one score from 0 to 100, and nothing else."""

    kind = Kind.MALFORMED
    zh = "应对每项指标各给 0 至 100 的整数分"


class BelowLeadingTotal(Refusal):
    """The bid's total does not beat the leading one by the increment."""

    kind = Kind.CONFLICT
    zh = "出价所得总分未超过当前最高总分及加价幅度"


def score(lot: Lot, command: Score, cause: Cause, _bidder: Bidder | None) -> Decision:
    """Take one panellist's scores of one bidder.

    Refuses, in this order, `PastEnd`, `NoSuchBidder`, `AlreadyScored`, `ScoringOver`, `BadScores`. That the actor is on
    the panel has been asked.
    """
    form = scoring_of(lot)
    panellist = form.place_of(cause.actor.person)
    assert panellist is not None
    _require_time(lot, command, cause, panellist)
    names = [one.name for one in form.criteria]
    if set(command.scores) != set(names) or not all(0 <= given <= BEST for given in command.scores.values()):
        raise BadScores("score each criterion", criteria=len(names), most=BEST)
    sheet = Sheet(code=command.code, panellist=panellist, scores=tuple(command.scores[name] for name in names))
    event = BIDDER_SCORED(
        lot.id,
        rule=lot.profile.ref,
        code=sheet.code,
        panellist=sheet.panellist,
        scores=dict(zip(names, sheet.scores, strict=True)),
        by=cause.actor.named,
    )
    return Decision(lot=replace(lot, sheets=(*lot.sheets, sheet)), events=(event,), sheet=sheet)


def judge(lot: Lot, bid: Bid, actor: Actor) -> Decision:
    """Accept a bid whose total leads. Refuses `BelowStart`, `BelowLeadingTotal`, `AlreadyLeading`."""
    least = least_for(lot, bid.code)
    if bid.amount_fen < lot.terms.start_price_fen:
        raise BelowStart("offer more", minimum_next_fen=least)
    if bid.amount_fen < least:
        raise BelowLeadingTotal("offer more", minimum_next_fen=least)
    if lot.leader and lot.leader.organisation == bid.organisation and not lot.profile.leader_may_raise:
        raise AlreadyLeading("wait until you are outbid", price_fen=lot.leader.amount_fen)
    decision = accept(lot, bid, actor)
    others = tuple(one for one in lot.standing if one.code != bid.code)
    return replace(decision, lot=replace(decision.lot, standing=(*others, bid)))


def least_for(lot: Lot, code: BidderCode) -> Fen:
    """Return the least price at which `code`, scored by all of the panel, would lead.

    Where even the greatest amount there is would not, that which would is returned all the same.
    """
    start, leader = lot.terms.start_price_fen, lot.leader
    if leader is None:
        return start
    form = scoring_of(lot)
    ahead = _worth(lot, leader.code, leader.amount_fen) - _worth(lot, code, Fen(0))
    tie = -(-ahead // _per_fen(form))  # rounded up
    return max(start, Fen(tie + increment_at(lot.terms.increments, Fen(max(tie, 0)))))


def rankings(lot: Lot, waiting: Collection[BidderCode] = ()) -> tuple[Ranking, ...]:
    """Return how everybody stands whom the panel has begun to score, or who is `waiting` for it.

    The best total comes first; who has none comes by code.
    """
    codes = sorted({one.code for one in lot.sheets}.union(waiting))
    found = [_ranking(lot, code) for code in codes]
    return tuple(sorted(found, key=lambda one: (one.total is None, -(one.total or 0))))


def require_terms(profile: Profile, terms: Terms) -> None:
    """Refuse `WrongForm`, `BadScoring`, `PriceWeightTooLow`, `PanelTooSmall`.

    Not checked: who the panellists are, which is the caller's to establish.
    """
    form = terms.form
    if not isinstance(form, Scoring):
        raise WrongForm("state the criteria, their weights and the panel")
    weights = [form.price_weight_bp, *(one.weight_bp for one in form.criteria)]
    names = {one.name for one in form.criteria}
    if not 0 < form.benchmark_fen <= MAX_FEN:
        raise BadScoring("give a benchmark that is a price", largest_fen=MAX_FEN)
    if sum(weights) != WHOLE_BP or min(weights) <= 0:
        raise BadScoring("have the weights add up to the whole", sum_bp=sum(weights))
    if not len(names) == len(form.criteria) <= MOST_CRITERIA or not all(fits(name, MAX_NAME) for name in names):
        raise BadScoring("name each criterion once, in a few words", most=MOST_CRITERIA, longest=MAX_NAME)
    if form.price_weight_bp < profile.price_weight_min_bp:
        raise PriceWeightTooLow("give the price more weight", smallest_bp=profile.price_weight_min_bp)
    people = len(set(form.panel))
    if not people == len(form.panel) == form.panellists >= profile.panel_min or people % 2 == 0:
        raise PanelTooSmall("name an odd number of people", fewest=profile.panel_min)


def scoring_of(lot: Lot) -> Scoring:
    """Return how a lot of this format is scored."""
    form = lot.terms.form
    assert isinstance(form, Scoring)
    return form


def _require_time(lot: Lot, command: Score, cause: Cause, panellist: int) -> None:
    if cause.at >= lot.ends_at:
        raise PastEnd("bidding has ended", ends_at=instant.render(lot.ends_at))
    if command.admitted_at is None:
        raise NoSuchBidder("score a bidder whose deposit is confirmed")
    if any((one.code, one.panellist) == (command.code, panellist) for one in lot.sheets):
        raise AlreadyScored("a score is final", panellist=panellist)
    held = lot.halted_after(command.admitted_at)  # nobody could score then
    due_at = max(lot.terms.opens_at, command.admitted_at + lot.profile.scoring + held)
    if cause.at >= due_at:
        raise ScoringOver("this bidder was to be scored sooner", due_at=instant.render(due_at))


def _per_fen(form: Scoring) -> int:
    """Return what one fen adds to a total, over the totals' common denominator."""
    return BEST * form.price_weight_bp * form.panellists


def _worth(lot: Lot, code: BidderCode, price_fen: Fen) -> int:
    """Return a total over the common denominator."""
    form = scoring_of(lot)
    given = sum(
        one.weight_bp * sheet.scores[place]
        for sheet in lot.sheets
        if sheet.code == code
        for place, one in enumerate(form.criteria)
    )
    return _per_fen(form) * price_fen + form.benchmark_fen * given


def _ranking(lot: Lot, code: BidderCode) -> Ranking:
    form = scoring_of(lot)
    sheets = tuple(sorted((one for one in lot.sheets if one.code == code), key=lambda one: one.panellist))
    bid = next((one for one in lot.standing if one.code == code), None)
    whole = len(sheets) == form.panellists
    leads = lot.leader is not None and lot.leader.code == code and not lot.profile.leader_may_raise
    denominator = WHOLE_BP * form.benchmark_fen * form.panellists
    return Ranking(
        code=code,
        sheets=sheets,
        points=Fraction(_worth(lot, code, Fen(0)), denominator) if whole else None,
        price_fen=bid.amount_fen if bid else None,
        total=Fraction(_worth(lot, code, bid.amount_fen), denominator) if bid else None,
        minimum_next_fen=least_for(lot, code) if whole and not leads else None,
    )


def _by_bidder(_lot: Lot) -> Fen | None:
    """Return nothing: what a bid must reach is not the same for everybody, see `least_for`."""
    return None


BOOK: Final = Rulebook(
    transitions=TRANSITIONS,
    judge=judge,
    refused=refused,
    close=closing.close,
    threshold=_by_bidder,
    require_terms=require_terms,
    own=MappingProxyType({Score: score}),
)
