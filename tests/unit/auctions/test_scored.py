"""Price and quality together: every state, every command, in every window; what a total is; what a panel may do.

Written by hand: never import the table under test, or the test agrees with whatever the table says.
"""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from exchange.auctions import model, rules
from exchange.auctions.model import (
    Announce,
    Band,
    Criterion,
    FallThrough,
    Fault,
    PlaceBid,
    Revise,
    State,
    Tick,
    Withdraw,
)
from ledger.kernel.ids import PersonId
from tests import make_auctions as make
from tests import make_scored as scored
from tests.make_auctions import ANN, BEN, CAI, CODES, END, GRACE, INSTANT, NOON

TICKING = END + GRACE
WINDOWS = {
    "before": [NOON - INSTANT],
    "opening": [NOON],
    "open": [NOON + INSTANT, END - INSTANT],
    "grace": [END, TICKING - INSTANT],
    "over": [TICKING, TICKING + INSTANT],
}

# Bids are Ben's, and enough; scores are the third panellist's, of Dan, whose deposit came the day before. The last word
# of a row stands for the windows after it too; `-` is `wrong-state`.
OUTCOMES = """
    lot       command        before             opening            open               grace              over

    draft     Revise         draft
    draft     Announce       announced          announced          opens-in-the-past
    draft     Withdraw       withdrawn
    draft     ConfirmDeposit no-such-lot
    draft     Score          no-such-lot
    draft     PlaceBid       no-such-lot
    draft     Tick           -
    draft     FallThrough    -

    recalled  Revise         -
    recalled  Announce       -
    recalled  Withdraw       -
    recalled  ConfirmDeposit no-such-lot
    recalled  Score          no-such-lot
    recalled  PlaceBid       no-such-lot
    recalled  Tick           -
    recalled  FallThrough    -

    announced Revise         -
    announced Announce       -
    announced Withdraw       withdrawn          bidding-has-begun
    announced ConfirmDeposit announced          announced          announced          past-end
    announced Score          announced          scoring-over       scoring-over       past-end
    announced PlaceBid       not-yet-open       accepted           accepted           parked             past-end
    announced Tick           not-due            not-due            not-due            not-due            unsold
    announced FallThrough    -

    unscored  Revise         -
    unscored  Announce       -
    unscored  Withdraw       withdrawn          bidding-has-begun
    unscored  ConfirmDeposit announced          announced          announced          past-end
    unscored  Score          announced          scoring-over       scoring-over       past-end
    unscored  PlaceBid       not-scored
    unscored  Tick           not-due            not-due            not-due            not-due            unsold
    unscored  FallThrough    -

    led       Revise         -
    led       Announce       -
    led       Withdraw       bidding-has-begun
    led       ConfirmDeposit announced          announced          announced          past-end
    led       Score          announced          scoring-over       scoring-over       past-end
    led       PlaceBid       not-yet-open       accepted           accepted           parked             past-end
    led       Tick           not-due            not-due            not-due            not-due            sold
    led       FallThrough    -

    reserved  Revise         -
    reserved  Announce       -
    reserved  Withdraw       bidding-has-begun
    reserved  ConfirmDeposit announced          announced          announced          past-end
    reserved  Score          announced          scoring-over       scoring-over       past-end
    reserved  PlaceBid       not-yet-open       accepted           accepted           parked             past-end
    reserved  Tick           not-due            not-due            not-due            not-due            unsold
    reserved  FallThrough    -

    parked    Revise         -
    parked    Announce       -
    parked    Withdraw       bidding-has-begun
    parked    ConfirmDeposit announced          announced          announced          past-end
    parked    Score          announced          scoring-over       scoring-over       past-end
    parked    PlaceBid       not-yet-open       accepted           accepted           parked             past-end
    parked    Tick           not-due            not-due            not-due            not-due            sold
    parked    FallThrough    -

    sold      Revise         -
    sold      Announce       -
    sold      Withdraw       -
    sold      ConfirmDeposit -
    sold      Score          -
    sold      PlaceBid       not-yet-open       processed-too-late processed-too-late processed-too-late past-end
    sold      Tick           -
    sold      FallThrough    fell_through

    unsold    Revise         -
    unsold    Announce       -
    unsold    Withdraw       -
    unsold    ConfirmDeposit -
    unsold    Score          -
    unsold    PlaceBid       not-yet-open       processed-too-late processed-too-late processed-too-late past-end
    unsold    Tick           -
    unsold    FallThrough    -

    fallen    Revise         -
    fallen    Announce       -
    fallen    Withdraw       -
    fallen    ConfirmDeposit -
    fallen    Score          -
    fallen    PlaceBid       not-yet-open       processed-too-late processed-too-late processed-too-late past-end
    fallen    Tick           -
    fallen    FallThrough    -

    withdrawn Revise         -
    withdrawn Announce       -
    withdrawn Withdraw       -
    withdrawn ConfirmDeposit -
    withdrawn Score          -
    withdrawn PlaceBid       -
    withdrawn Tick           -
    withdrawn FallThrough    -
"""

ANNS = make.bid(ANN, 100_000, NOON, number=1)
LED = {"leader": ANNS, "bid_count": 1, "decision_count": 1, "standing": (ANNS,)}
LOTS = {
    "draft": scored.draft(),
    "recalled": replace(scored.draft(), state=State.WITHDRAWN),
    "announced": scored.lot(),
    "unscored": scored.lot(sheets=scored.sheets(BEN)[:2]),
    "led": scored.lot(**LED),
    "reserved": scored.lot(**LED, reserve_fen=100_001),
    "parked": scored.lot(**LED, parked=(make.bid(CAI, 130_000, END, number=2),), parked_since=END),
    "sold": scored.lot(**LED, state=State.SOLD),
    "unsold": scored.lot(state=State.UNSOLD),
    "fallen": scored.lot(**LED, state=State.FELL_THROUGH, fault=Fault.BUYER),
    "withdrawn": scored.lot(state=State.WITHDRAWN),
}
DANS = model.Score(
    code=model.BidderCode("0099"), scores={scored.TECHNICAL: 1, scored.ABLE: 2}, admitted_at=NOON - make.DAY
)
SENT = {
    "Revise": (Revise(profile=rules.find(scored.PROFILE), terms=make.terms(form=scored.form())), make.SELLER, None),
    "Announce": (Announce(), make.SELLER, None),
    "Withdraw": (Withdraw(), make.SELLER, None),
    "ConfirmDeposit": (make.deposit(BEN), make.OFFICER, None),
    "Score": (DANS, None, None),
    "PlaceBid": (PlaceBid(bid=make.bid_id(9), amount_fen=110_000), BEN, make.bidder(BEN)),
    "Tick": (Tick(), make.TIME.organisation, None),
    "FallThrough": (FallThrough(fault=Fault.BUYER), make.TIME.organisation, None),
}


def cases():
    _, *rows = (line.split() for line in OUTCOMES.strip().splitlines() if line)
    for lot, command, *words in rows:
        repeated = words[-1:] * (len(WINDOWS) - len(words))
        for (window, moments), word in zip(WINDOWS.items(), words + repeated, strict=True):
            for nth, at in enumerate(moments):
                yield pytest.param(lot, command, at, word, id=f"{lot}-{command}-{window}-{nth}")


def outcome(lot, command, cause, bidder) -> str:
    try:
        decision = rules.decide(lot, command, cause, bidder=bidder)
    except rules.WrongState:
        return "-"
    except tuple(rules.REFUSALS) as refusal:
        return make.code_of(refusal)
    return decision.outcomes[-1].state if isinstance(command, PlaceBid) else decision.lot.state


class TestDecide:
    @pytest.mark.parametrize(("lot", "command", "at", "expected"), list(cases()))
    def test_follows_the_outcome_table(self, lot, command, at, expected):
        sent, organisation, bidder = SENT[command]
        cause = make.cause(organisation, at) if organisation else scored.panellist(3, at)

        assert outcome(LOTS[lot], sent, cause, bidder) == expected

    def test_covers_every_state_command_and_window(self):
        assert {lot.state for lot in LOTS.values()} == set(State) - {State.OPENING, State.SUSPENDED}
        assert len({case.id for case in cases()}) == len(list(cases())) == len(LOTS) * len(SENT) * 8

    def test_never_lets_the_panels_own_organisations_bid_art_34(self):
        bidder = model.Bidder(organisation=scored.JUDGES, code=model.BidderCode("0001"), deposit_fen=10**9)
        cause = make.cause(scored.JUDGES, NOON)

        assert outcome(LOTS["led"], SENT["PlaceBid"][0], cause, bidder) == "conflict-of-interest"

    def test_asks_for_the_deposit_before_it_asks_for_scores(self):
        sent = SENT["PlaceBid"][0]

        assert outcome(LOTS["unscored"], sent, make.cause(BEN, NOON), None) == "no-deposit"
        assert outcome(LOTS["unscored"], sent, make.cause(BEN, NOON), make.bidder(BEN)) == "not-scored"

    def test_draws_the_life_of_a_scored_lot(self):
        drawn = rules.diagram(model.Format.SCORED)

        assert "    announced --> announced: ConfirmDeposit, Score, PlaceBid, Tick\n" in drawn
        assert "    sold --> fell_through: FallThrough\n" in drawn


class TestScore:
    def test_says_what_was_given_and_seals_who_gave_it(self):
        decision = scored.score(scored.lot(sheets=()), 2, CAI)

        assert decision.sheet == model.Sheet(code=CODES[CAI], panellist=2, scores=(71, 50))
        assert decision.lot == scored.lot(sheets=(decision.sheet,))
        [event] = decision.events
        assert event.kind == "auction.bidder_scored"
        assert event.rule == "exchange-scored@1"
        assert dict(event.data) == {"code": "0013", "panellist": 2, "scores": {"技术方案": 71, "实施能力": 50}}
        assert dict(event.sealed) == {"by": {"organisation": scored.JUDGES, "person": scored.PANEL[1]}}

    @pytest.mark.parametrize("lot", ["announced", "sold", "unsold", "fallen", "withdrawn"])
    @pytest.mark.parametrize("organisation", [make.SELLER, ANN, scored.JUDGES])
    def test_is_for_the_panel_alone_whatever_the_state(self, lot, organisation):
        cause = make.cause(organisation, NOON - INSTANT)

        assert outcome(LOTS[lot], DANS, cause, None) == "not-on-the-panel"

    def test_is_refused_of_nobody_under_that_code(self):
        refusal = make.refused(scored.score, LOTS["announced"], 1, ANN, admitted_at=None)

        assert make.code_of(refusal) == "no-such-bidder"

    def test_is_final(self):
        lot = scored.score(scored.lot(sheets=()), 1, ANN).lot

        assert make.code_of(make.refused(scored.score, lot, 1, ANN, scores=(1, 1))) == "already-scored"
        assert make.code_of(make.refused(scored.score, lot, 1, ANN)) == "already-scored"
        assert scored.score(lot, 2, ANN).sheet.panellist == 2
        assert scored.score(lot, 1, BEN).sheet.code == CODES[BEN]

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({"技术方案": 0, "实施能力": 100}, "accepted"),
            ({"实施能力": 100, "技术方案": 0}, "accepted"),
            ({"技术方案": -1, "实施能力": 100}, "bad-scores"),
            ({"技术方案": 0, "实施能力": 101}, "bad-scores"),
            ({"技术方案": 0}, "bad-scores"),
            ({}, "bad-scores"),
            ({"技术方案": 0, "实施能力": 100, "价格": 1}, "bad-scores"),
        ],
    )
    def test_takes_0_to_100_for_each_criterion(self, given, expected):
        assert make.code_of(make.refused(scored.score, scored.lot(sheets=()), 1, ANN, scores=given)) == expected

    @pytest.mark.parametrize(
        ("admitted", "at", "expected"),
        [
            (-make.DAY * 3, NOON - INSTANT, "accepted"),
            (-make.DAY * 3, NOON, "scoring-over"),
            (-make.DAY, NOON - INSTANT, "accepted"),
            (-make.DAY, NOON, "scoring-over"),
            (-make.DAY + INSTANT, NOON, "accepted"),
            (-make.DAY + INSTANT, NOON + INSTANT, "scoring-over"),
            (timedelta(0), END - INSTANT, "accepted"),
            (timedelta(0), END, "past-end"),
        ],
    )
    def test_has_until_bidding_opens_or_a_day_from_the_deposit(self, admitted, at, expected):
        lot = scored.lot(sheets=())

        found = make.refused(scored.score, lot, 1, ANN, at, admitted_at=NOON + admitted)

        assert make.code_of(found) == expected

    def test_is_heard_to_the_effective_end(self):
        lot, end = scored.lot(sheets=(), ends_at=END + make.WINDOW), END + make.WINDOW

        assert scored.score(lot, 1, ANN, end - INSTANT, admitted_at=END - INSTANT).sheet
        assert make.code_of(make.refused(scored.score, lot, 1, ANN, end, admitted_at=END - INSTANT)) == "past-end"


class TestRankings:
    def test_are_exact(self):
        stand = {one.code: one for one in rules.rankings(scored.lot(**LED))}

        assert stand["0011"].points == 29
        assert stand["0012"].points == 36
        assert stand["0013"].points == Fraction(7565, 300)
        assert (stand["0011"].price_fen, stand["0011"].total) == (100_000, 89)
        assert (stand["0012"].price_fen, stand["0012"].total) == (None, None)

    def test_put_the_best_total_first_then_who_has_not_bid(self):
        bens = make.bid(BEN, 100_000, NOON, number=2)
        lot = scored.lot(leader=bens, bid_count=2, decision_count=2, standing=(ANNS, bens))

        assert [one.code for one in rules.rankings(lot)] == ["0012", "0011", "0013"]

    def test_show_who_waits_for_scores_without_a_number(self):
        [waiting] = rules.rankings(LOTS["unscored"])

        assert (waiting.code, waiting.points, waiting.minimum_next_fen) == ("0012", None, None)
        assert [one.panellist for one in waiting.sheets] == [1, 2]

    def test_are_none_under_another_format(self):
        assert rules.rankings(make.announced()) == ()
        assert rules.threshold(make.announced()) == 100_000
        assert rules.threshold(LOTS["led"]) is None


class TestPlaceBid:
    def offer(self, lot, organisation, amount_fen, at=NOON + INSTANT, number=9):
        return make.offer(lot, organisation, amount_fen, at, number)

    # Ben ties Ann's 89 at 88,333.33 fen, so any price will do; Ann ties Ben's 96 at 111,666.67, Cai at 117,972.22.
    @pytest.mark.parametrize(
        ("leader", "organisation", "least"),
        [(ANN, BEN, 100_000), (BEN, ANN, 112_667), (BEN, CAI, 118_973), (ANN, CAI, 107_306)],
    )
    def test_needs_a_price_of_its_own_to_lead(self, leader, organisation, least):
        led = make.bid(leader, 100_000, NOON)
        lot = scored.lot(leader=led, bid_count=1, decision_count=1, standing=(led,))

        short = make.refused(self.offer, lot, organisation, least - 1)
        after = self.offer(lot, organisation, least).lot

        assert make.code_of(short) == ("below-start" if least == 100_000 else "below-leading-total")
        assert short.facts == {"minimum_next_fen": least}
        assert after.leader.code == CODES[organisation]
        assert {one.code: one.minimum_next_fen for one in rules.rankings(lot)}[CODES[organisation]] == least

    def test_needs_the_increment_that_holds_at_the_tie(self):
        bands = (Band(0, 1_000), Band(111_667, 2_000))
        led = make.bid(BEN, 100_000, NOON)
        lot = scored.lot(leader=led, bid_count=1, decision_count=1, standing=(led,), increments=bands)

        assert make.refused(self.offer, lot, ANN, 1_000_00).facts == {"minimum_next_fen": 113_667}
        lower = replace(lot, terms=replace(lot.terms, increments=(Band(0, 1_000), Band(111_668, 2_000))))
        assert make.refused(self.offer, lower, ANN, 100_000).facts == {"minimum_next_fen": 112_667}

    def test_of_any_higher_total_is_enough_without_increments(self):
        led = make.bid(BEN, 100_000, NOON)
        lot = scored.lot(leader=led, bid_count=1, decision_count=1, standing=(led,), increments=(Band(0, 1),))

        assert make.refused(self.offer, lot, ANN, 111_667).facts == {"minimum_next_fen": 111_668}

    def test_of_the_leader_is_not_wanted(self):
        assert make.code_of(make.refused(self.offer, LOTS["led"], ANN, 200_000)) == "already-leading"
        assert make.code_of(make.refused(self.offer, LOTS["led"], ANN, 100_999)) == "below-leading-total"

    def test_may_lead_at_a_lower_price(self):
        led = make.bid(ANN, 105_000, NOON)
        lot = scored.lot(leader=led, bid_count=1, decision_count=1, standing=(led,))

        after = self.offer(lot, BEN, 100_000).lot

        assert (after.price_fen, after.leader.code) == (100_000, "0012")
        assert after.standing == (led, after.leader)

    def test_replaces_ones_own_earlier_bid_and_leaves_the_others(self):
        lot = self.offer(LOTS["led"], BEN, 100_000, number=2).lot
        lot = self.offer(lot, ANN, 112_667, number=3).lot

        assert [(one.code, one.amount_fen) for one in lot.standing] == [("0012", 100_000), ("0011", 112_667)]

    @pytest.mark.parametrize(
        ("at", "ends_at"),
        [
            (END - make.WINDOW - INSTANT, END),
            (END - make.WINDOW, END),
            (END - make.WINDOW + INSTANT, END + INSTANT),
            (END - INSTANT, END - INSTANT + make.WINDOW),
        ],
    )
    def test_extends_the_end_in_the_last_five_minutes(self, at, ends_at):
        assert self.offer(LOTS["led"], BEN, 100_000, at).lot.ends_at == ends_at

    def test_is_told_as_any_open_bid_is(self):
        [event] = self.offer(LOTS["led"], BEN, 101_000, NOON + INSTANT).events

        assert event.kind == "auction.bid_accepted"
        assert dict(event.data) == {
            "bid": make.bid_id(9),
            "code": "0012",
            "amount_fen": "101000",
            "placed_at": "2026-03-02T12:00:00.000001Z",
            "number": 2,
            "price_fen": "101000",
            "ends_at": "2026-03-03T12:00:00.000000Z",
        }

    def test_that_is_parked_is_decided_against_the_total_that_leads_by_then(self):
        lot = self.offer(LOTS["led"], CAI, 107_306, END).lot
        lot = self.offer(lot, BEN, 100_000, END + INSTANT, number=10).lot

        after = make.tick(replace(lot, ends_at=END + make.WINDOW), TICKING)

        assert [(one.bid.code, one.state, one.refusal) for one in after.outcomes] == [
            ("0013", "accepted", None),
            ("0012", "accepted", None),
        ]
        assert after.lot.leader.code == "0012"

    def test_wins_at_its_own_price(self):
        lot = self.offer(LOTS["led"], BEN, 104_321).lot

        [sold] = make.tick(lot, TICKING).events

        assert sold.kind == "auction.lot_sold"
        assert sold.data["price_fen"] == "104321"

    @pytest.mark.parametrize(("reserve_fen", "state"), [(100_000, State.SOLD), (100_001, State.UNSOLD)])
    def test_is_held_against_the_reserve_by_its_price(self, reserve_fen, state):
        lot = scored.lot(**LED, reserve_fen=reserve_fen)

        assert make.tick(lot, TICKING).lot.state is state


class TestAnnounce:
    def announce(self, **changes):
        return rules.decide(scored.draft(**changes), Announce(), make.cause(make.SELLER, scored.EVE))

    def test_publishes_the_terms_and_seals_the_panel(self):
        _, form, panel = self.announce().events

        assert form.kind == "auction.form_announced"
        assert form.data["form"] == {
            "scoring": {
                "benchmark_fen": "100000",
                "price_weight_bp": 6_000,
                "criteria": [{"name": "技术方案", "weight_bp": 2_500}, {"name": "实施能力", "weight_bp": 1_500}],
                "panellists": 3,
            }
        }
        assert dict(form.sealed) == {}
        assert (panel.kind, dict(panel.data)) == ("auction.panel_named", {"panellists": 3})
        assert dict(panel.sealed) == {"panel": list(scored.PANEL)}

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({}, "accepted"),
            ({"price_weight_bp": 6_001}, "bad-scoring"),
            ({"price_weight_bp": 5_999}, "bad-scoring"),
            ({"price_weight_bp": 10_000, "criteria": ()}, "accepted"),
            ({"criteria": (Criterion("甲", 4_001), Criterion("乙", -1))}, "bad-scoring"),
            ({"criteria": (Criterion("甲", 4_000), Criterion("乙", 0))}, "bad-scoring"),
            ({"criteria": (Criterion("甲", 2_000), Criterion("甲", 2_000))}, "bad-scoring"),
            ({"criteria": (Criterion("", 4_000),)}, "bad-scoring"),
            ({"criteria": (Criterion("甲" * 50, 4_000),)}, "accepted"),
            ({"criteria": (Criterion("甲" * 51, 4_000),)}, "bad-scoring"),
            ({"criteria": tuple(Criterion(str(n), 200) for n in range(20))}, "accepted"),
            ({"criteria": tuple(Criterion(str(n), 200 if n else 0) for n in range(21))}, "bad-scoring"),
            ({"benchmark_fen": 0}, "bad-scoring"),
            ({"price_weight_bp": 3_000, "criteria": (Criterion("甲", 7_000),)}, "accepted"),
            ({"price_weight_bp": 2_999, "criteria": (Criterion("甲", 7_001),)}, "price-weight-too-low"),
            ({"panel": scored.PANEL[:1], "panellists": 1}, "panel-too-small"),
            ({"panel": scored.PANEL[:2], "panellists": 2}, "panel-too-small"),
            ({"panel": (*scored.PANEL, PersonId.from_number(74)), "panellists": 4}, "panel-too-small"),
            ({"panel": (*scored.PANEL[:2], scored.PANEL[0])}, "panel-too-small"),
            ({"panel": scored.PANEL[:2]}, "panel-too-small"),
        ],
    )
    def test_asks_for_weights_that_add_up_and_an_odd_panel(self, changes, expected):
        assert make.code_of(make.refused(self.announce, form=scored.form(**changes))) == expected

    @pytest.mark.parametrize("form", [None, model.Units(count=2)])
    def test_asks_for_the_terms_of_the_format(self, form):
        assert make.code_of(make.refused(self.announce, form=form)) == "wrong-form"

    def test_gives_other_formats_no_scoring(self):
        lot = make.draft("exchange-proxy@1", form=scored.form())
        refusal = make.refused(rules.decide, lot, Announce(), make.cause(make.SELLER, scored.EVE))

        assert make.code_of(refusal) == "wrong-form"

    def test_reads_what_a_row_and_an_entry_say(self):
        form = scored.form()

        assert model.form_of(form.to_json()) == form
        assert model.form_of(form.published()) == replace(form, panel=())


class TestRevise:
    def test_bars_whom_it_says_and_keeps_who_was_barred_otherwise(self):
        lot, asked = scored.draft(), SENT["Revise"][0]
        cause = make.cause(make.SELLER, scored.EVE)

        assert rules.decide(lot, asked, cause).lot.excluded == lot.excluded
        assert rules.decide(lot, replace(asked, excluded=frozenset({CAI})), cause).lot.excluded == {CAI}
