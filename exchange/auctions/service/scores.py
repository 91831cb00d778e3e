"""What the panel of a lot gives its bidders."""

from collections.abc import Mapping

from ledger.kernel.cause import Cause
from ledger.kernel.unit import Unit

from .. import rules, store
from ..model import BidderCode, LotId, Score, Scoring, Sheet
from .lots import Ask, decide_one

SCORE_REFUSALS = (
    rules.NotOnThePanel,
    rules.WrongState,
    rules.PastEnd,
    rules.NoSuchBidder,
    rules.AlreadyScored,
    rules.ScoringOver,
    rules.BadScores,
)


def score(unit: Unit, cause: Cause, id: LotId, *, code: str, scores: Mapping[str, int]) -> tuple[Scoring, Sheet]:
    """Give a bidder, as one of the lot's panel, its scores; return how the lot is scored, and the sheet.

    Raises what the rules refuse.
    """
    store.load(unit, id, lock=True)
    bidder = store.bidder_of(unit, id, code)
    command = Score(code=BidderCode(code), scores=scores, admitted_at=bidder.admitted_at if bidder else None)
    decision = decide_one(unit, Ask(lot=id, command=command, cause=cause))
    form, sheet = decision.lot.terms.form, decision.sheet
    assert isinstance(form, Scoring)
    assert sheet is not None
    return form, sheet
