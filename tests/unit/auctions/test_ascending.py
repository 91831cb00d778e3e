"""Bids around the end, bids that are parked, and what a lot closes at. 法释〔2016〕18号 unless another law is named."""

from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.auctions import rules
from exchange.auctions.model import Announce, Band, BidState, PlaceBid, State
from ledger.kernel.cause import TIME
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, END, GRACE, INSTANT, NOON, WINDOW

MILLISECOND = timedelta(milliseconds=1)


def led_by(organisation, amount_fen=100_000, **changes):
    return make.announced(leader=make.bid(organisation, amount_fen), bid_count=1, decision_count=1, **changes)


def bid(lot, organisation, amount_fen, at, number=9):
    """The outcome in a word, and the lot after it."""
    try:
        decision = make.offer(lot, organisation, amount_fen, at, number)
    except rules.REFUSALS as refusal:
        return make.code_of(refusal), lot
    return decision.outcomes[-1].state, decision.lot


class TestPlaceBid:
    def test_names_the_bidder_by_code_alone_art_18_20(self):
        decision = make.offer(make.announced(), ANN, 100_000, NOON)

        [event] = decision.events
        assert event.data == {
            "bid": make.bid_id(1),
            "code": "0011",
            "amount_fen": "100000",
            "placed_at": "2026-03-02T12:00:00.000000Z",
            "number": 1,
            "price_fen": "100000",
            "ends_at": "2026-03-03T12:00:00.000000Z",
        }
        assert event.sealed == {"bidder": ANN, "by": make.acted(ANN, NOON)}
        assert event.rule == "judicial-2016@1"

    @pytest.mark.parametrize(
        ("amount_fen", "expected"),
        [(99_999, "below-start"), (100_000, "accepted"), (100_001, "accepted"), (0, "amount-out-of-range")],
    )
    def test_starts_at_the_start_price_art_20(self, amount_fen, expected):
        assert bid(make.announced(), ANN, amount_fen, NOON)[0] == expected

    @pytest.mark.parametrize(
        ("amount_fen", "expected"),
        [
            (100_000, "below-increment"),
            (100_999, "below-increment"),
            (101_000, "accepted"),
            (101_001, "accepted"),
            (10**15, "accepted"),
            (10**15 + 1, "amount-out-of-range"),
        ],
    )
    def test_rises_by_the_increment_art_20(self, amount_fen, expected):
        assert bid(led_by(ANN), BEN, amount_fen, NOON)[0] == expected

    @pytest.mark.parametrize(
        ("price_fen", "enough_fen"),
        [(499_999, 500_999), (500_000, 505_000), (999_999, 1_004_999), (1_000_000, 1_050_000), (10**9, 10**9 + 50_000)],
    )
    def test_rises_by_the_band_of_the_price_it_beats(self, price_fen, enough_fen):
        bands = (Band(0, 1_000), Band(500_000, 5_000), Band(1_000_000, 50_000))
        lot = led_by(ANN, price_fen, increments=bands)

        assert bid(lot, BEN, enough_fen - 1, NOON)[0] == "below-increment"
        assert bid(lot, BEN, enough_fen, NOON)[0] == "accepted"

    def test_says_how_much_would_be_enough(self):
        low = make.refused(make.offer, make.announced(), ANN, 1, NOON)
        short = make.refused(make.offer, led_by(ANN), BEN, 1, NOON)

        assert low.facts == {"minimum_next_fen": 100_000}
        assert short.facts == {"minimum_next_fen": 101_000}

    def test_refuses_the_leader_against_itself(self):
        assert bid(led_by(ANN), ANN, 200_000, NOON)[0] == "already-leading"

    def test_lets_a_leader_raise_itself_where_the_profile_says_so(self):
        lot = make.announced("replay@1", leader=make.bid(ANN), increments=())

        assert bid(lot, ANN, 100_001, NOON)[0] == "accepted"

    def test_takes_any_strictly_higher_bid_without_a_table(self):
        lot = make.announced("replay@1", leader=make.bid(ANN), increments=())

        assert bid(lot, BEN, 100_000, NOON)[0] == "below-increment"
        assert bid(lot, BEN, 100_001, NOON)[0] == "accepted"

    def test_binds_until_outbid_and_not_after_auction_law_art_36(self):
        _, lot = bid(led_by(ANN), BEN, 101_000, NOON)

        assert lot.leader.organisation == BEN
        assert bid(lot, ANN, 102_000, NOON)[0] == "accepted"


class TestExtension:
    @pytest.mark.parametrize(
        ("before_end", "end_moves"),
        [
            (WINDOW + INSTANT, timedelta(0)),
            (WINDOW, timedelta(0)),
            (WINDOW - INSTANT, INSTANT),
            (timedelta(minutes=1), timedelta(minutes=4)),
            (INSTANT, WINDOW - INSTANT),
        ],
    )
    def test_leaves_five_minutes_after_an_accepted_bid_art_20(self, before_end, end_moves):
        _, lot = bid(make.announced(), ANN, 100_000, END - before_end)

        assert lot.ends_at == END + end_moves
        assert lot.terms.closes_at == END

    def test_counts_from_the_effective_end_not_the_announced_one(self):
        lot = make.announced(ends_at=END + WINDOW)

        assert bid(lot, ANN, 100_000, END)[1].ends_at == END + WINDOW
        assert bid(lot, ANN, 100_000, END + INSTANT)[1].ends_at == END + WINDOW + INSTANT
        assert bid(lot, ANN, 100_000, END + WINDOW - INSTANT)[0] == "accepted"
        assert bid(lot, ANN, 100_000, END + WINDOW)[0] == "parked"

    def test_never_follows_a_refused_bid(self):
        word, lot = bid(led_by(ANN), BEN, 100_999, END - INSTANT)

        assert (word, lot.ends_at) == ("below-increment", END)

    def test_never_shortens_when_an_earlier_arrival_is_decided_later(self):
        _, lot = bid(make.announced(), ANN, 100_000, END - INSTANT)

        assert bid(lot, BEN, 101_000, END - timedelta(minutes=4))[1].ends_at == END - INSTANT + WINDOW

    def test_is_not_known_to_a_replay(self):
        lot = make.announced("replay@1")

        assert bid(lot, ANN, 100_000, END - INSTANT)[1].ends_at == END
        assert bid(lot, ANN, 100_000, END)[0] == "past-end"
        assert rules.due_at(lot) == END


class TestParking:
    def test_hides_the_amount_until_it_is_decided(self):
        decision = make.offer(led_by(ANN), BEN, 101_000, END, number=2)

        [event] = decision.events
        assert event.data == {"bid": make.bid_id(2), "code": "0012"}
        assert event.sealed == {"bidder": BEN, "amount_fen": "101000", "by": make.acted(BEN, END)}
        [outcome] = decision.outcomes
        assert (outcome.state, outcome.number, outcome.refusal) == (BidState.PARKED, None, None)
        assert decision.lot.parked_since == END
        assert decision.lot.price_fen == 100_000

    def test_takes_an_amount_that_could_not_win_but_none_that_is_absurd(self):
        assert bid(led_by(ANN), BEN, 1, END)[0] == "parked"
        assert bid(led_by(ANN), BEN, 10**15 + 1, END)[0] == "amount-out-of-range"

    def test_runs_from_the_end_at_which_it_began(self):
        _, lot = bid(led_by(ANN), BEN, 101_000, END + timedelta(seconds=1))

        assert lot.parked_since == END
        assert bid(lot, CAI, 102_000, END + GRACE - INSTANT)[0] == "parked"
        assert bid(lot, CAI, 102_000, END + GRACE)[0] == "past-end"

    def test_keeps_everything_after_its_beginning_in_the_queue_even_inside_an_extension(self):
        _, lot = bid(led_by(ANN), BEN, 102_000, END, number=2)
        _, lot = bid(lot, CAI, 101_000, END - INSTANT, number=3)  # an earlier arrival, decided late, extends
        assert lot.ends_at == END - INSTANT + WINDOW

        word, lot = bid(lot, CAI, 103_000, END + MILLISECOND)

        assert (word, lot.parked_since) == ("parked", END)
        assert rules.due_at(lot) == END + GRACE

    def test_leaves_the_later_decision_to_time_whoever_comes_first(self):
        saved = make.announced(parked=(make.bid(ANN, 100_000, END),), parked_since=END, ends_at=END + WINDOW)
        nobody = {"organisation": TIME.organisation, "person": None}
        late = END + GRACE

        by_the_clock = make.tick(saved, late).events
        by_a_bidder = make.offer(saved, BEN, 101_000, late, number=2).events

        assert [event.sealed["by"] for event in by_the_clock] == [nobody]
        assert [event.sealed["by"] for event in by_a_bidder] == [nobody, make.acted(BEN, late)]

    def test_refuses_an_uncovered_bid_when_the_grace_is_over(self):
        _, lot = bid(led_by(ANN), BEN, 101_000, END, number=2)

        decision = make.tick(lot, END + GRACE)

        assert [event.kind for event in decision.events] == ["auction.bid_refused", "auction.lot_sold"]
        refused = decision.events[0]
        assert refused.data == {
            "bid": make.bid_id(2),
            "code": "0012",
            "amount_fen": "101000",
            "placed_at": "2026-03-03T12:00:00.000000Z",
            "number": 2,
            "reason": "auctions/past-end",
        }
        assert [(one.state, one.refusal, one.number) for one in decision.outcomes] == [
            (BidState.REFUSED, "auctions/past-end", 2)
        ]
        assert decision.lot.leader.organisation == ANN

    def test_saves_a_bid_that_an_earlier_arrival_covers(self):
        _, lot = bid(led_by(ANN), BEN, 102_000, END, number=2)
        _, lot = bid(lot, CAI, 101_000, END - INSTANT, number=3)

        decision = make.tick(lot, END + GRACE)

        assert decision.lot.state is State.ANNOUNCED
        assert decision.lot.leader.id == make.bid_id(2)
        assert decision.lot.ends_at == END + WINDOW  # the parked bid extends in its turn
        assert (decision.lot.parked, decision.lot.parked_since) == ((), None)
        assert [one.number for one in decision.outcomes] == [3]

    def test_decides_in_order_of_arrival_then_of_parking(self):
        _, lot = bid(led_by(ANN), BEN, 104_000, END + MILLISECOND, number=2)
        _, lot = bid(lot, ANN, 103_000, END, number=3)
        _, lot = bid(lot, CAI, 105_000, END + MILLISECOND, number=4)
        _, lot = bid(lot, CAI, 102_000, END - INSTANT, number=5)

        decision = make.tick(lot, END + GRACE)

        assert [(one.bid.id, one.state, one.number) for one in decision.outcomes] == [
            (make.bid_id(3), BidState.ACCEPTED, 3),
            (make.bid_id(2), BidState.ACCEPTED, 4),
            (make.bid_id(4), BidState.ACCEPTED, 5),
        ]
        assert decision.lot.price_fen == 105_000
        assert decision.lot.ends_at == END + MILLISECOND + WINDOW

    @pytest.mark.parametrize(
        ("organisation", "amount_fen", "reason"),
        [
            (BEN, 101_999, "auctions/below-increment"),
            (CAI, 200_000, "auctions/already-leading"),
            (BEN, 102_000, None),
        ],
    )
    def test_judges_a_covered_bid_by_the_same_rule(self, organisation, amount_fen, reason):
        _, lot = bid(led_by(ANN), organisation, amount_fen, END, number=2)
        _, lot = bid(lot, CAI, 101_000, END - INSTANT, number=3)

        [outcome] = make.tick(lot, END + GRACE).outcomes

        assert outcome.refusal == reason

    def test_refuses_a_covered_first_bid_below_the_start_price(self):
        _, lot = bid(make.announced(), BEN, 99_999, END, number=2)
        lot = replace(lot, ends_at=END + WINDOW)

        assert make.tick(lot, END + GRACE).outcomes[0].refusal == "auctions/below-start"

    def test_can_begin_again_at_the_extended_end(self):
        _, lot = bid(led_by(ANN), BEN, 102_000, END, number=2)
        _, lot = bid(lot, CAI, 101_000, END - INSTANT, number=3)
        lot = make.tick(lot, END + GRACE).lot

        word, lot = bid(lot, ANN, 103_000, END + WINDOW, number=4)

        assert (word, lot.parked_since) == ("parked", END + WINDOW)
        assert rules.due_at(lot) == END + WINDOW + GRACE

    def test_costs_nobody_a_bid_when_the_clock_is_late(self):
        """The extension covers an arrival after the grace, though no tick has decided the parked bids yet."""
        _, lot = bid(led_by(ANN), BEN, 102_000, END, number=2)
        _, lot = bid(lot, CAI, 101_000, END - INSTANT, number=3)

        decision = make.offer(lot, ANN, 103_000, END + GRACE, number=4)

        assert [one.bid.id for one in decision.outcomes] == [make.bid_id(2), make.bid_id(4)]
        assert {one.state for one in decision.outcomes} == {BidState.ACCEPTED}
        assert decision.lot.price_fen == 103_000
        assert decision.lot.parked_since is None

    def test_leaves_the_parked_bids_alone_when_a_late_arrival_is_refused(self):
        _, lot = bid(led_by(ANN), BEN, 102_000, END, number=2)
        _, lot = bid(lot, CAI, 101_000, END - INSTANT, number=3)

        assert bid(lot, ANN, 102_999, END + GRACE, number=4) == ("below-increment", lot)


class TestTick:
    def test_sells_to_a_single_bidder_at_the_start_price_art_11(self):
        decision = make.tick(led_by(ANN), END + GRACE)

        assert decision.lot.state is State.SOLD
        [event] = decision.events
        assert event.data == {"bid": make.bid_id(1), "code": "0011", "price_fen": "100000", "bids": 1}
        assert event.sealed == {"buyer": ANN}

    def test_leaves_a_lot_without_bids_unsold_art_26(self):
        decision = make.tick(make.announced(), END + GRACE)

        assert decision.lot.state is State.UNSOLD
        assert decision.events[0].data == {"reason": "no-bids", "bids": 0}

    @pytest.mark.parametrize(
        ("reserve_fen", "state"),
        [(150_001, State.UNSOLD), (150_000, State.SOLD), (149_999, State.SOLD), (None, State.SOLD)],
    )
    def test_holds_the_price_against_the_reserve_auction_law_art_50(self, reserve_fen, state):
        decision = make.tick(led_by(ANN, 150_000, reserve_fen=reserve_fen), END + GRACE)

        assert decision.lot.state is state
        if state is State.UNSOLD:
            assert decision.events[0].data == {"reason": "reserve-not-met", "bids": 1}

    def test_never_publishes_the_reserve_auction_law_art_28(self):
        announced = rules.decide(make.draft(reserve_fen=234_567), Announce(), make.cause(make.SELLER, NOON - make.DAY))
        closed = make.tick(led_by(ANN, 150_000, reserve_fen=234_567), END + GRACE)
        refused = make.refused(make.offer, led_by(ANN, reserve_fen=234_567), BEN, 1, NOON)

        assert "234567" not in str([event.data for event in (*announced.events, *closed.events)])
        assert "234567" not in f"{refused.detail} {refused.facts}"
        assert announced.events[0].sealed["reserve_fen"] == "234567"

    @pytest.mark.parametrize("late", [timedelta(0), INSTANT, timedelta(days=3)])
    def test_closes_once_however_late(self, late):
        closed = make.tick(led_by(ANN), END + GRACE + late)

        assert make.code_of(make.refused(make.tick, closed.lot, END + GRACE + late)) == "wrong-state"

    def test_decides_parked_bids_once(self):
        _, lot = bid(led_by(ANN), BEN, 102_000, END, number=2)
        _, lot = bid(lot, CAI, 101_000, END - INSTANT, number=3)
        settled = make.tick(lot, END + GRACE)

        assert make.code_of(make.refused(make.tick, settled.lot, END + GRACE)) == "not-due"

    def test_decides_and_closes_at_once_when_it_is_later_than_the_extension_too(self):
        _, lot = bid(led_by(ANN), BEN, 102_000, END, number=2)
        _, lot = bid(lot, CAI, 101_000, END - INSTANT, number=3)

        decision = make.tick(lot, END + WINDOW + GRACE)

        assert [event.kind for event in decision.events] == ["auction.bid_accepted", "auction.lot_sold"]
        assert decision.lot.leader.organisation == BEN

    def test_says_when_it_will_be_due(self):
        refusal = make.refused(make.tick, led_by(ANN), END + GRACE - INSTANT)

        assert refusal.facts == {"due_at": "2026-03-03T12:00:02.000000Z"}


class TestAfterClosing:
    @pytest.mark.parametrize(
        ("at", "code", "kind"),
        [
            (END - INSTANT, "processed-too-late", "unavailable"),
            (END + GRACE - INSTANT, "processed-too-late", "unavailable"),
            (END + GRACE, "past-end", "conflict"),
        ],
    )
    def test_a_bid_that_arrived_in_time_is_told_that_the_fault_is_ours(self, at, code, kind):
        closed = make.tick(led_by(ANN), END + GRACE).lot

        refusal = make.refused(make.offer, closed, BEN, 101_000, at)

        assert (make.code_of(refusal), refusal.kind.value) == (code, kind)


def test_a_decision_is_the_same_whenever_it_is_made_again():
    command = PlaceBid(bid=make.bid_id(2), amount_fen=101_000)
    given = (led_by(ANN), command, make.cause(BEN, END - INSTANT))

    assert rules.decide(*given, bidder=make.bidder(BEN)) == rules.decide(*given, bidder=make.bidder(BEN))
