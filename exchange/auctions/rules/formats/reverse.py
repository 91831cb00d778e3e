"""Bidding for a demand (反向竞价): who announces the lot buys, bids go down, and the lowest wins.

The lot's seller is the demander; its start price is the ceiling (最高限价): the first bid is at most that, every later
one undercuts the price by the increment at the price. A secret reserve is the most that the demander would pay; the
lowest bid above it is no sale. Two bids are never equal, since each undercuts the one before.

Time works as in open ascending bidding: only an accepted bid extends the end, and arrivals in the grace are parked.
A sale is where the exchange's part ends: until negotiated contracts exist, the contract is made outside, so nothing
falls through here, and every deposit goes back.
"""

import re
from types import MappingProxyType
from typing import Final

from ledger.kernel.cause import Actor
from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.kernel.money import Fen
from listings.achievements.model import fits

from ...model import Bid, Decision, Demand, Lot, PlaceBid, Profile, State, Terms, Tick, UnsoldReason
from .. import closing
from ..increments import increment_at
from ..rulebook import OFFERING, Rulebook, Transitions
from ..terms import WrongForm
from . import ascending

TRANSITIONS: Final[Transitions] = MappingProxyType(
    {
        **OFFERING,
        (State.ANNOUNCED, PlaceBid): (State.ANNOUNCED,),
        (State.ANNOUNCED, Tick): (State.ANNOUNCED, State.SOLD, State.UNSOLD),
    }
)

MAX_TITLE: Final = 200
DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class AboveCeiling(Refusal):
    """The bid is above the ceiling price."""

    kind = Kind.CONFLICT
    zh = "报价高于最高限价"


class NotLowEnough(Refusal):
    """The bid does not undercut the price by the increment."""

    kind = Kind.CONFLICT
    zh = "报价未达到降价幅度"


class AlreadyLowest(Refusal):
    """The bidder already holds the lowest bid."""

    kind = Kind.CONFLICT
    zh = "当前最低报价已是贵方报价"


class ReserveAboveCeiling(Refusal):
    """The reserve is above the ceiling price."""

    kind = Kind.CONFLICT
    zh = "保留价不得高于最高限价"


class BadDemand(Refusal):
    """A demand has a title of one line, and a document by its digest."""

    kind = Kind.CONFLICT
    zh = "需求应有一行标题和说明文件的摘要"


def maximum_next(lot: Lot) -> Fen:
    """Return the most that could be accepted now; 0 where nothing can: a bid is at least one fen."""
    if lot.price_fen is None:
        return lot.terms.start_price_fen
    return Fen(max(0, lot.price_fen - increment_at(lot.terms.increments, lot.price_fen)))


def judge(lot: Lot, bid: Bid, actor: Actor) -> Decision:
    """Accept a bid that is low enough. Refuses `AboveCeiling`, `NotLowEnough`, `AlreadyLowest`."""
    maximum = maximum_next(lot)
    if bid.amount_fen > maximum:
        refusal = NotLowEnough if lot.leader else AboveCeiling
        raise refusal("offer less", maximum_next_fen=maximum)
    if lot.leader and lot.leader.organisation == bid.organisation and not lot.profile.leader_may_raise:
        raise AlreadyLowest("wait until you are undercut", price_fen=lot.leader.amount_fen)
    return ascending.accept(lot, bid, actor, ends_at=ascending.extended(lot, bid))


def close(lot: Lot) -> Decision:
    """Award the lot to the lowest, unless that is more than the demander would pay."""
    invariant(not lot.parked, "parked bids are decided before a lot closes")
    if lot.leader is None:
        return closing.unsold(lot, UnsoldReason.NO_BIDS)
    if lot.terms.reserve_fen is not None and lot.leader.amount_fen > lot.terms.reserve_fen:
        return closing.unsold(lot, UnsoldReason.RESERVE_NOT_MET)
    return closing.sold(lot, lot.leader)


def require_terms(_profile: Profile, terms: Terms) -> None:
    """Refuse `WrongForm`, `BadDemand`, and `ReserveAboveCeiling`: a higher one would be met by every bid."""
    form = terms.form
    if not isinstance(form, Demand):
        raise WrongForm("say what is demanded: a title, and the document that sets it out")
    if not fits(form.title, MAX_TITLE) or not DIGEST.fullmatch(form.document_sha256):
        raise BadDemand("give a title in a line, and a SHA-256 in lower-case hexadecimal", longest=MAX_TITLE)
    if terms.reserve_fen is not None and terms.reserve_fen > terms.start_price_fen:
        raise ReserveAboveCeiling(
            "a reserve adds something only up to the ceiling", start_price_fen=terms.start_price_fen
        )


BOOK: Final = Rulebook(
    transitions=TRANSITIONS,
    judge=judge,
    refused=ascending.refused,
    close=close,
    threshold=maximum_next,
    require_terms=require_terms,
    downward=True,
)
