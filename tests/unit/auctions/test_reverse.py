"""Bidding down for a demand: every state, command and window, the ceiling, the reserve. Written by hand.

The lot opens at noon and ends a day later; its ceiling is 1,000.00, and each bid undercuts by 10.00.
"""

from datetime import timedelta

import pytest

from exchange.auctions import model, rules
from exchange.auctions.model import Announce, Band, Fault, Format, State
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, END, GRACE, INSTANT, NOON, WINDOW

from .outcomes import bid, cases, outcome, sent

PROFILE = "exchange-reverse@1"
TICKING = END + GRACE
WINDOWS = {
    "before": [NOON - INSTANT],
    "opening": [NOON],
    "open": [NOON + INSTANT, END - INSTANT],
    "grace": [END, TICKING - INSTANT],
    "over": [TICKING, TICKING + INSTANT],
}

# Ann leads at the ceiling, and Ben's bids are low enough; in `parked` Cai waits behind Ann, in `waiting` alone.
OUTCOMES = """
    lot       command        before             opening            open               grace              over

    draft     Revise         draft
    draft     Announce       announced          announced          opens-in-the-past
    draft     Withdraw       withdrawn
    draft     ConfirmDeposit no-such-lot
    draft     PlaceBid       no-such-lot
    draft     Tick           -
    draft     FallThrough    -

    listed    Revise         draft
    listed    Announce       takes-no-listing
    listed    Withdraw       withdrawn
    listed    ConfirmDeposit no-such-lot
    listed    PlaceBid       no-such-lot
    listed    Tick           -
    listed    FallThrough    -

    announced Revise         -
    announced Announce       -
    announced Withdraw       withdrawn          bidding-has-begun
    announced ConfirmDeposit announced          announced          announced          past-end
    announced PlaceBid       not-yet-open       accepted           accepted           parked             past-end
    announced Tick           not-due            not-due            not-due            not-due            unsold
    announced FallThrough    -

    led       Revise         -
    led       Announce       -
    led       Withdraw       bidding-has-begun
    led       ConfirmDeposit announced          announced          announced          past-end
    led       PlaceBid       not-yet-open       accepted           accepted           parked             past-end
    led       Tick           not-due            not-due            not-due            not-due            sold
    led       FallThrough    -

    reserved  Revise         -
    reserved  Announce       -
    reserved  Withdraw       bidding-has-begun
    reserved  ConfirmDeposit announced          announced          announced          past-end
    reserved  PlaceBid       not-yet-open       accepted           accepted           parked             past-end
    reserved  Tick           not-due            not-due            not-due            not-due            unsold
    reserved  FallThrough    -

    met       Revise         -
    met       Announce       -
    met       Withdraw       bidding-has-begun
    met       ConfirmDeposit announced          announced          announced          past-end
    met       PlaceBid       not-yet-open       accepted           accepted           parked             past-end
    met       Tick           not-due            not-due            not-due            not-due            sold
    met       FallThrough    -

    parked    Revise         -
    parked    Announce       -
    parked    Withdraw       bidding-has-begun
    parked    ConfirmDeposit announced          announced          announced          past-end
    parked    PlaceBid       not-yet-open       accepted           accepted           parked             past-end
    parked    Tick           not-due            not-due            not-due            not-due            sold
    parked    FallThrough    -

    waiting   Revise         -
    waiting   Announce       -
    waiting   Withdraw       bidding-has-begun
    waiting   ConfirmDeposit announced          announced          announced          past-end
    waiting   PlaceBid       not-yet-open       accepted           accepted           parked             past-end
    waiting   Tick           not-due            not-due            not-due            not-due            unsold
    waiting   FallThrough    -

    sold      Revise         -
    sold      Announce       -
    sold      Withdraw       -
    sold      ConfirmDeposit -
    sold      PlaceBid       not-yet-open       processed-too-late processed-too-late processed-too-late past-end
    sold      Tick           -
    sold      FallThrough    -

    unsold    Revise         -
    unsold    Announce       -
    unsold    Withdraw       -
    unsold    ConfirmDeposit -
    unsold    PlaceBid       not-yet-open       processed-too-late processed-too-late processed-too-late past-end
    unsold    Tick           -
    unsold    FallThrough    -

    fallen    Revise         -
    fallen    Announce       -
    fallen    Withdraw       -
    fallen    ConfirmDeposit -
    fallen    PlaceBid       not-yet-open       processed-too-late processed-too-late processed-too-late past-end
    fallen    Tick           -
    fallen    FallThrough    -

    withdrawn Revise         -
    withdrawn Announce       -
    withdrawn Withdraw       -
    withdrawn ConfirmDeposit -
    withdrawn PlaceBid       -
    withdrawn Tick           -
    withdrawn FallThrough    -
"""

ANNS = make.bid(ANN, 100_000, NOON, number=1)
CAIS = make.bid(CAI, 99_000, END, number=2)


def lot(**changes):
    return make.announced(PROFILE, **changes)


def led(amount_fen=100_000, **changes):
    leader = make.bid(ANN, amount_fen, NOON, number=1)
    return lot(**{"leader": leader, "bid_count": 1, "decision_count": 1} | changes)


LOTS = {
    "draft": make.draft(PROFILE),
    "listed": make.draft(PROFILE, listing="lst_x"),
    "announced": lot(),
    "led": led(),
    "reserved": led(reserve_fen=99_999),
    "met": led(reserve_fen=100_000),
    "parked": led(parked=(CAIS,), parked_since=END),
    "waiting": lot(parked=(CAIS,), parked_since=END),
    "sold": led(state=State.SOLD),
    "fallen": led(state=State.FELL_THROUGH, fault=Fault.BUYER),
    "unsold": lot(state=State.UNSOLD),
    "withdrawn": lot(state=State.WITHDRAWN),
}
SENT = sent(PROFILE, 90_000)


class TestDecide:
    @pytest.mark.parametrize(("name", "command", "at", "expected"), list(cases(OUTCOMES, WINDOWS)))
    def test_follows_the_outcome_table(self, name, command, at, expected):
        command, organisation, bidder = SENT[command]

        assert outcome(LOTS[name], command, make.cause(organisation, at), bidder) == expected

    def test_covers_every_state_command_and_window(self):
        met = {case.id for case in cases(OUTCOMES, WINDOWS)}

        assert {one.state for one in LOTS.values()} == set(State) - {State.OPENING, State.SUSPENDED}
        assert len(met) == len(list(cases(OUTCOMES, WINDOWS))) == len(LOTS) * len(SENT) * 8


class TestAnnounce:
    @pytest.mark.parametrize(
        ("reserve_fen", "expected"),
        [
            (None, "announced"),
            (1, "announced"),
            (99_999, "announced"),
            (100_000, "announced"),
            (100_001, "reserve-above-ceiling"),
        ],
    )
    def test_takes_a_reserve_up_to_the_ceiling(self, reserve_fen, expected):
        draft = make.draft(PROFILE, reserve_fen=reserve_fen)

        assert outcome(draft, Announce(), make.cause(make.SELLER, NOON - make.DAY), None) == expected

    def test_still_refuses_a_reserve_below_the_start_where_bids_go_up(self):
        draft = make.draft(reserve_fen=99_999)

        assert outcome(draft, Announce(), make.cause(make.SELLER, NOON - make.DAY), None) == "reserve-below-start"

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"increments": ()}, "needs-increments"),
            ({"form": model.Units(count=2)}, "wrong-form"),
            ({"form": None}, "wrong-form"),
            ({"form": model.Demand(title="", document_sha256="5" * 64)}, "bad-demand"),
            ({"form": model.Demand(title="a\nb", document_sha256="5" * 64)}, "bad-demand"),
            ({"form": model.Demand(title="a", document_sha256="5" * 63)}, "bad-demand"),
            ({"deposit_fen": 30_000}, "announced"),
            ({"deposit_fen": 30_001}, "deposit-out-of-range"),
            ({"deposit_fen": 0}, "deposit-out-of-range"),  # nobody could be confirmed
            ({"deposit_fen": 1}, "announced"),
            ({"appraisal_fen": 10**9}, "announced"),
            ({"closes_at": END - INSTANT}, "bidding-too-short"),
        ],
    )
    def test_asks_for_what_its_version_says(self, changes, expected):
        draft = make.draft(PROFILE, **changes)

        assert outcome(draft, Announce(), make.cause(make.SELLER, NOON - make.DAY), None) == expected

    def test_says_that_there_is_a_reserve_and_seals_it(self):
        draft = make.draft(PROFILE, reserve_fen=80_000)
        [event, told] = rules.decide(draft, Announce(), make.cause(make.SELLER, NOON - make.DAY)).events
        assert told.data == {"form": {"demand": {"title": make.DEMAND.title, "document_sha256": "5" * 64}}}

        assert event.data["has_reserve"] is True
        assert "reserve_fen" not in event.data
        assert event.sealed["reserve_fen"] == "80000"
        assert (event.rule, event.data["listing"]) == (PROFILE, None)
        assert event.data["profile"]["format"] == "reverse"


class TestJudge:
    @pytest.mark.parametrize(
        ("amount_fen", "expected"),
        [
            (100_001, "above-ceiling"),
            (100_000, "accepted"),
            (99_999, "accepted"),
            (1, "accepted"),
            (0, "amount-out-of-range"),
            (-1, "amount-out-of-range"),
            (10**15 + 1, "amount-out-of-range"),
        ],
    )
    def test_begins_at_the_ceiling(self, amount_fen, expected):
        assert bid(lot(), ANN, amount_fen, NOON)[0] == expected

    @pytest.mark.parametrize(
        ("amount_fen", "expected"),
        [
            (100_000, "not-low-enough"),
            (99_001, "not-low-enough"),
            (99_000, "accepted"),
            (98_999, "accepted"),
            (1, "accepted"),
        ],
    )
    def test_goes_down_by_the_increment(self, amount_fen, expected):
        said, after = bid(led(), BEN, amount_fen, NOON)

        assert said == expected
        assert after.price_fen == (amount_fen if expected == "accepted" else 100_000)

    @pytest.mark.parametrize(
        ("price_fen", "most_fen"),
        [(100_000, 95_000), (50_000, 45_000), (49_999, 48_999), (1_001, 1), (1_000, 0), (999, 0), (1, 0)],
    )
    def test_takes_the_increment_of_the_band_the_price_is_in(self, price_fen, most_fen):
        before = led(price_fen, increments=(Band(0, 1_000), Band(50_000, 5_000)))

        assert rules.maximum_next(before) == most_fen
        assert bid(before, BEN, most_fen + 1, NOON)[0] == "not-low-enough"
        if most_fen:
            assert bid(before, BEN, most_fen, NOON)[0] == "accepted"

    def test_ends_at_one_fen_where_nothing_is_left_to_undercut(self):
        before = led(1, increments=(Band(0, 1),))

        assert rules.maximum_next(before) == 0
        assert bid(before, BEN, 1, NOON)[0] == "not-low-enough"
        assert bid(before, BEN, 0, NOON)[0] == "amount-out-of-range"

    def test_keeps_the_earlier_of_two_alike(self):
        _, after = bid(lot(), ANN, 80_000, NOON, 1)
        said, same = bid(after, BEN, 80_000, NOON, 2)

        assert said == "not-low-enough"
        assert same.leader.organisation == ANN

    def test_lets_the_lowest_wait_until_it_is_undercut(self):
        assert bid(led(), ANN, 90_000, NOON)[0] == "already-lowest"
        assert bid(led(), ANN, 99_001, NOON)[0] == "not-low-enough"  # said first
        _, after = bid(led(), BEN, 90_000, NOON, 2)

        assert bid(after, ANN, 89_000, NOON, 3)[0] == "accepted"

    def test_names_the_most_that_would_be_accepted(self):
        above = make.refused(make.offer, lot(), BEN, 100_001, NOON)
        high = make.refused(make.offer, led(), BEN, 99_001, NOON)

        assert (make.code_of(above), above.facts) == ("above-ceiling", {"maximum_next_fen": 100_000})
        assert (make.code_of(high), high.facts) == ("not-low-enough", {"maximum_next_fen": 99_000})

    def test_lets_the_demander_and_its_kin_not_bid(self):
        command, _, _ = SENT["PlaceBid"]

        for who in (make.SELLER, make.OPERATOR):
            assert outcome(lot(), command, make.cause(who, NOON), None) == "conflict-of-interest"


class TestEnd:
    @pytest.mark.parametrize(
        ("at", "ends_at"),
        [
            (NOON, END),
            (END - WINDOW, END),
            (END - WINDOW + INSTANT, END + INSTANT),
            (END - INSTANT, END + WINDOW - INSTANT),
        ],
    )
    def test_leaves_five_minutes_to_undercut_an_accepted_bid(self, at, ends_at):
        assert bid(led(), BEN, 90_000, at)[1].ends_at == ends_at

    def test_is_not_moved_by_a_bid_that_is_refused(self):
        assert bid(led(), BEN, 99_001, END - INSTANT)[1].ends_at == END

    def test_moves_past_a_parked_bid_that_an_earlier_one_saves(self):
        _, after = bid(led(), BEN, 97_000, END + timedelta(seconds=1), 2)
        _, after = bid(after, CAI, 98_000, END - INSTANT, 3)
        settled = make.tick(after, TICKING)

        assert [one.state for one in settled.outcomes] == ["accepted"]
        assert settled.lot.price_fen == 97_000
        assert settled.lot.ends_at == END + timedelta(seconds=1) + WINDOW


class TestClose:
    @pytest.mark.parametrize(
        ("reserve_fen", "state"),
        [(None, State.SOLD), (90_000, State.SOLD), (90_001, State.SOLD), (89_999, State.UNSOLD), (1, State.UNSOLD)],
    )
    def test_is_no_sale_above_what_the_demander_would_pay(self, reserve_fen, state):
        before = led(90_000, reserve_fen=reserve_fen)
        decision = make.tick(before, TICKING)

        assert decision.lot.state is state
        [event] = decision.events
        if state is State.SOLD:
            assert dict(event.data) == {"bid": ANNS.id, "code": "0011", "price_fen": "90000", "bids": 1}
            assert dict(event.sealed) == {"buyer": ANN}
        else:
            assert dict(event.data) == {"reason": "reserve-not-met", "bids": 1}

    def test_is_no_sale_without_bids(self):
        [event] = make.tick(lot(), TICKING).events

        assert (event.kind, dict(event.data)) == ("auction.lot_unsold", {"reason": "no-bids", "bids": 0})


class TestEvents:
    def test_tell_a_bid_as_they_tell_one_that_goes_up(self):
        [event] = make.offer(led(), BEN, 90_000, NOON, 2).events

        assert event.kind == "auction.bid_accepted"
        assert event.data == {
            "bid": make.bid_id(2),
            "code": "0012",
            "amount_fen": "90000",
            "placed_at": "2026-03-02T12:00:00.000000Z",
            "number": 2,
            "price_fen": "90000",
            "ends_at": "2026-03-03T12:00:00.000000Z",
        }
        assert event.sealed == {"bidder": BEN, "by": make.acted(BEN, NOON)}


class TestProfile:
    def test_rests_on_no_listing_and_no_appraisal(self):
        profile = rules.EXCHANGE_REVERSE

        assert profile.format is Format.REVERSE
        assert (profile.needs_listing, profile.needs_deposit, profile.needs_increments) == (False, True, True)
        assert (profile.start_min_bp, profile.deposit_min_bp, profile.deposit_max_bp) == (0, 0, 3_000)
        assert (profile.min_bidding_s, profile.extension_s, profile.leader_may_raise) == (86_400, 300, False)
        assert model.Profile.from_json(profile.to_json()) == profile


class TestDiagram:
    def test_ends_with_the_sale(self):
        assert rules.diagram(Format.REVERSE) == (
            "stateDiagram-v2\n"
            "    [*] --> draft: Draft\n"
            "    draft --> draft: Revise\n"
            "    draft --> announced: Announce\n"
            "    draft --> withdrawn: Withdraw\n"
            "    announced --> withdrawn: Withdraw\n"
            "    announced --> announced: ConfirmDeposit, PlaceBid, Tick\n"
            "    announced --> suspended: Suspend\n"
            "    suspended --> suspended: ConfirmDeposit\n"
            "    suspended --> announced: Resume\n"
            "    suspended --> withdrawn: Cancel\n"
            "    announced --> sold: Tick\n"
            "    announced --> unsold: Tick\n"
            "    sold --> [*]\n"
            "    unsold --> [*]\n"
            "    withdrawn --> [*]\n"
        )
