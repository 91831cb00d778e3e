"""Several licences at one price: every state, every command, in every window; who wins, and what all pay.

Written by hand: never import the table under test, or the test agrees with whatever the table says.
"""

from dataclasses import replace

import pytest

from exchange.auctions import model, rules
from exchange.auctions.model import Announce, FallThrough, Fault, PlaceBid, Revise, State, Tick, Units, Withdraw
from tests import make_auctions as make
from tests import make_uniform as uniform
from tests.make_auctions import ANN, BEN, CAI, CODES, END, GRACE, INSTANT, NOON
from tests.make_uniform import DAN

TICKING = END + GRACE
WINDOWS = {
    "before": [NOON - INSTANT],
    "opening": [NOON],
    "open": [NOON + INSTANT, END - INSTANT],
    "grace": [END, TICKING - INSTANT],
    "over": [TICKING, TICKING + INSTANT],
}

# Bids are Ben's, and enough. The last word of a row stands for the windows after it too; `-` is `wrong-state`. A sale
# of several licences never falls through as one, so there is no lot in that state here.
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
    announced Score          not-on-the-panel
    announced PlaceBid       not-yet-open       accepted           accepted           parked             past-end
    announced Tick           not-due            not-due            not-due            not-due            unsold
    announced FallThrough    -

    led       Revise         -
    led       Announce       -
    led       Withdraw       bidding-has-begun
    led       ConfirmDeposit announced          announced          announced          past-end
    led       Score          not-on-the-panel
    led       PlaceBid       not-yet-open       accepted           accepted           parked             past-end
    led       Tick           not-due            not-due            not-due            not-due            sold
    led       FallThrough    -

    reserved  Revise         -
    reserved  Announce       -
    reserved  Withdraw       bidding-has-begun
    reserved  ConfirmDeposit announced          announced          announced          past-end
    reserved  Score          not-on-the-panel
    reserved  PlaceBid       not-yet-open       accepted           accepted           parked             past-end
    reserved  Tick           not-due            not-due            not-due            not-due            unsold
    reserved  FallThrough    -

    parked    Revise         -
    parked    Announce       -
    parked    Withdraw       bidding-has-begun
    parked    ConfirmDeposit announced          announced          announced          past-end
    parked    Score          not-on-the-panel
    parked    PlaceBid       not-yet-open       accepted           accepted           parked             past-end
    parked    Tick           not-due            not-due            not-due            not-due            sold
    parked    FallThrough    -

    sold      Revise         -
    sold      Announce       -
    sold      Withdraw       -
    sold      ConfirmDeposit -
    sold      Score          not-on-the-panel
    sold      PlaceBid       not-yet-open       processed-too-late processed-too-late processed-too-late past-end
    sold      Tick           -
    sold      FallThrough    -

    unsold    Revise         -
    unsold    Announce       -
    unsold    Withdraw       -
    unsold    ConfirmDeposit -
    unsold    Score          not-on-the-panel
    unsold    PlaceBid       not-yet-open       processed-too-late processed-too-late processed-too-late past-end
    unsold    Tick           -
    unsold    FallThrough    -

    withdrawn Revise         -
    withdrawn Announce       -
    withdrawn Withdraw       -
    withdrawn ConfirmDeposit -
    withdrawn Score          not-on-the-panel
    withdrawn PlaceBid       -
    withdrawn Tick           -
    withdrawn FallThrough    -
"""

ANNS = make.bid(ANN, 100_000, NOON, number=1)
LED = {"leader": ANNS, "bid_count": 1, "decision_count": 1, "standing": (ANNS,)}
LOTS = {
    "draft": uniform.draft(),
    "recalled": replace(uniform.draft(), state=State.WITHDRAWN),
    "announced": uniform.lot(),
    "led": uniform.lot(**LED),
    "reserved": uniform.lot(**LED, reserve_fen=100_001),
    "parked": uniform.lot(**LED, parked=(make.bid(CAI, 130_000, END, number=2),), parked_since=END),
    "sold": uniform.lot(**LED, state=State.SOLD),
    "unsold": uniform.lot(state=State.UNSOLD),
    "withdrawn": uniform.lot(state=State.WITHDRAWN),
}
SENT = {
    "Revise": (Revise(profile=rules.find(uniform.PROFILE), terms=make.terms(form=Units(count=3))), make.SELLER, None),
    "Announce": (Announce(), make.SELLER, None),
    "Withdraw": (Withdraw(), make.SELLER, None),
    "ConfirmDeposit": (make.deposit(BEN), make.OFFICER, None),
    "Score": (model.Score(code=CODES[BEN], scores={}, admitted_at=NOON), CAI, None),
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


def least(lot, organisation, at=NOON):
    """The least that would be accepted of somebody, by asking for less and being told."""
    return make.refused(make.offer, lot, organisation, 1, at, 90).facts["minimum_next_fen"]


class TestDecide:
    @pytest.mark.parametrize(("lot", "command", "at", "expected"), list(cases()))
    def test_follows_the_outcome_table(self, lot, command, at, expected):
        sent, organisation, bidder = SENT[command]

        assert outcome(LOTS[lot], sent, make.cause(organisation, at), bidder) == expected

    def test_covers_every_state_command_and_window(self):
        assert {lot.state for lot in LOTS.values()} == set(State) - {State.FELL_THROUGH, State.OPENING, State.SUSPENDED}
        assert len({case.id for case in cases()}) == len(list(cases())) == len(LOTS) * len(SENT) * 8

    def test_draws_a_life_that_ends_with_the_sale(self):
        assert "    sold --> [*]\n" in rules.diagram(model.Format.UNIFORM)


class TestPlaceBid:
    @pytest.mark.parametrize(
        ("bids", "anns", "dans"),
        [
            ([], 100_000, 100_000),
            ([(ANN, 100_000)], 101_000, 100_000),
            ([(ANN, 100_000), (BEN, 100_000)], 101_000, 101_000),
            ([(ANN, 100_000), (BEN, 105_000)], 101_000, 101_000),
            ([(ANN, 104_000), (BEN, 105_000)], 105_000, 105_000),
            ([(ANN, 100_000), (BEN, 105_000), (CAI, 103_000)], 104_000, 104_000),
            ([(ANN, 100_000), (BEN, 105_000), (CAI, 103_000), (ANN, 110_000)], 111_000, 106_000),
        ],
    )
    def test_must_be_one_that_wins(self, bids, anns, dans):
        lot = uniform.after(uniform.lot(), *bids)

        assert (least(lot, ANN), least(lot, DAN)) == (anns, dans)
        assert rules.threshold(lot) == dans
        assert make.code_of(make.refused(make.offer, lot, DAN, dans - 1, NOON, 91)) == (
            "below-increment" if dans > 100_000 else "below-start"
        )
        assert {one.code for one in rules.ranked(make.offer(lot, DAN, dans, NOON, 92).lot)[:2]} >= {CODES[DAN]}

    @pytest.mark.parametrize(
        ("bids", "price"),
        [
            ([(ANN, 150_000)], 100_000),
            ([(ANN, 150_000), (BEN, 140_000)], 100_000),
            ([(ANN, 150_000), (BEN, 140_000), (CAI, 160_000)], 140_000),
            ([(ANN, 150_000), (BEN, 140_000), (CAI, 160_000), (BEN, 151_000)], 150_000),
            ([(ANN, 100_000), (BEN, 100_000), (CAI, 101_000)], 100_000),
        ],
    )
    def test_of_the_best_loser_makes_the_price(self, bids, price):
        assert uniform.after(uniform.lot(), *bids).price_fen == price

    def test_of_a_winner_may_be_raised_and_moves_no_price(self):
        lot = uniform.after(uniform.lot(), (ANN, 150_000), (BEN, 140_000), (CAI, 160_000))

        raised = uniform.after(lot, (CAI, 999_000))

        assert (raised.price_fen, len(raised.standing)) == (140_000, 3)

    def test_that_ties_ranks_behind_the_earlier(self):
        lot = uniform.after(uniform.lot(), (ANN, 100_000), (BEN, 100_000), (CAI, 101_000))

        assert [one.code for one in rules.ranked(lot)] == ["0013", "0011", "0012"]

    def test_that_is_refused_extends_nothing(self):
        lot = uniform.after(uniform.lot(), (ANN, 150_000), (BEN, 140_000))

        assert make.code_of(make.refused(make.offer, lot, CAI, 140_999, END - INSTANT, 9)) == "below-increment"
        assert make.offer(lot, CAI, 141_000, END - INSTANT, 9).lot.ends_at == END - INSTANT + make.WINDOW

    def test_says_what_was_bid_and_what_all_would_pay(self):
        lot = uniform.after(uniform.lot(), (ANN, 150_000), (BEN, 140_000))

        [event] = make.offer(lot, CAI, 160_000, NOON, 9).events

        assert event.kind == "auction.bid_accepted"
        assert (event.data["amount_fen"], event.data["price_fen"], event.data["number"]) == ("160000", "140000", 3)


class TestClose:
    BIDS = ((ANN, 150_000), (BEN, 140_000), (CAI, 160_000))

    @pytest.mark.parametrize(
        ("reserve_fen", "winners", "price"),
        [
            (None, ["0013", "0011"], "140000"),
            (140_000, ["0013", "0011"], "140000"),
            (145_000, ["0013", "0011"], "145000"),
            (150_000, ["0013", "0011"], "150000"),
            (150_001, ["0013"], "150001"),
            (160_000, ["0013"], "160000"),
        ],
    )
    def test_sells_what_meets_the_reserve_at_one_price(self, reserve_fen, winners, price):
        lot = uniform.after(uniform.lot(reserve_fen=reserve_fen), *self.BIDS)

        decision = make.tick(lot, TICKING)

        [event] = decision.events
        assert (event.kind, decision.lot.state) == ("auction.units_sold", State.SOLD)
        assert ([one["code"] for one in event.data["winners"]], event.data["price_fen"]) == (winners, price)
        assert decision.lot.price_fen == int(price)
        assert len(event.sealed["buyers"]) == len(winners)

    def test_is_told_in_these_words(self):
        [event] = make.tick(uniform.after(uniform.lot(), *self.BIDS), TICKING).events

        assert dict(event.data) == {
            "price_fen": "140000",
            "winners": [{"bid": make.bid_id(3), "code": "0013"}, {"bid": make.bid_id(1), "code": "0011"}],
            "bids": 3,
        }
        assert dict(event.sealed) == {"buyers": [CAI, ANN]}

    @pytest.mark.parametrize(
        ("bids", "reserve_fen", "reason"), [((), None, "no-bids"), (BIDS, 160_001, "reserve-not-met")]
    )
    def test_may_leave_all_unsold(self, bids, reserve_fen, reason):
        decision = make.tick(uniform.after(uniform.lot(reserve_fen=reserve_fen), *bids), TICKING)

        assert decision.lot.state is State.UNSOLD
        assert decision.events[0].data["reason"] == reason

    def test_sells_to_one_where_one_bid(self):
        [event] = make.tick(uniform.after(uniform.lot(), (ANN, 150_000)), TICKING).events

        assert (event.data["price_fen"], len(event.data["winners"])) == ("100000", 1)


class TestAnnounce:
    @pytest.mark.parametrize(
        ("form", "expected"),
        [
            (Units(count=2), "accepted"),
            (Units(count=200), "accepted"),
            (Units(count=1), "bad-units"),
            (Units(count=0), "bad-units"),
            (Units(count=201), "bad-units"),
            (None, "wrong-form"),
        ],
    )
    def test_asks_how_many_licences_there_are(self, form, expected):
        lot = uniform.draft(form=form)

        assert make.code_of(make.refused(rules.decide, lot, Announce(), make.cause(make.SELLER, uniform.EVE))) == (
            expected
        )
