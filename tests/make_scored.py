"""Build scored lots. The price weighs 60 %, 技术方案 25 %, 实施能力 15 %; the benchmark is the usual start price.

Over the criteria Ann has 29 points, Ben 36, Cai 75.65 thirds. A fen is worth 0.0006 points.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from exchange.auctions import rules
from exchange.auctions.model import Criterion, Decision, Lot, Score, Scoring, Sheet
from ledger.kernel.cause import Actor, Cause
from ledger.kernel.ids import OrganisationId, PersonId
from ledger.kernel.money import Fen
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, CODES, NOON

PROFILE = "exchange-scored@1"
PANEL = tuple(PersonId.from_number(number) for number in (71, 72, 73))
JUDGES = OrganisationId.from_number(41)
EVE = NOON - make.DAY
TECHNICAL, ABLE = "技术方案", "实施能力"
GIVEN = {
    ANN: ((80, 60), (80, 60), (80, 60)),
    BEN: ((90, 90), (90, 90), (90, 90)),
    CAI: ((70, 50), (71, 50), (71, 51)),
}


def form(**changes: Any) -> Scoring:
    usual = Scoring(
        benchmark_fen=Fen(100_000),
        price_weight_bp=6_000,
        criteria=(Criterion(TECHNICAL, 2_500), Criterion(ABLE, 1_500)),
        panellists=3,
        panel=PANEL,
    )
    return replace(usual, **changes)


def sheets(*organisations: OrganisationId) -> tuple[Sheet, ...]:
    """All that the panel gave these."""
    return tuple(
        Sheet(code=CODES[one], panellist=place, scores=scores)
        for one in organisations
        for place, scores in enumerate(GIVEN[one], start=1)
    )


def draft(**changes: Any) -> Lot:
    lot = make.draft(PROFILE, **({"form": form()} | changes))
    return replace(lot, excluded=lot.excluded | {JUDGES})


def lot(**changes: Any) -> Lot:
    """An announced lot on which everybody has been scored."""
    made = make.announced(PROFILE, **({"form": form(), "sheets": sheets(ANN, BEN, CAI)} | changes))
    return replace(made, excluded=made.excluded | {JUDGES})


def panellist(place: int, at: datetime = EVE) -> Cause:
    actor = Actor(organisation=JUDGES, person=PANEL[place - 1], capabilities=frozenset())
    return Cause(actor=actor, at=at, request_id="r")


def command(organisation: OrganisationId = ANN, scores: Any = (80, 60), admitted_at: Any = EVE) -> Score:
    named = scores if isinstance(scores, dict) else dict(zip((TECHNICAL, ABLE), scores, strict=True))
    return Score(code=CODES[organisation], scores=named, admitted_at=admitted_at)


def score(on: Lot, place: int, organisation: OrganisationId, at: datetime = EVE, **given: Any) -> Decision:
    """Have a panellist give what the module says it gives."""
    scores = given.pop("scores", GIVEN[organisation][place - 1])
    return rules.decide(on, command(organisation, scores, **given), panellist(place, at))


def opened(record: make.Record, *organisations: OrganisationId) -> Lot:
    """Announce a lot, have deposits confirmed and everybody scored; return it as it is before bidding opens."""
    made = record.take(rules.decide(draft(), make.Announce(), make.cause(make.SELLER, EVE)), EVE)
    for one in organisations:
        made = record.take(rules.decide(made, make.deposit(one), make.cause(make.OFFICER, EVE)), EVE)
        for place in (1, 2, 3):
            made = record.take(score(made, place, one), EVE)
    return made
