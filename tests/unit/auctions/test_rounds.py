"""Free period and timed rounds: every state, command and window, and the edges of a round. Written by hand.

The lot is free from noon for a day, until `FREE`; its first round ends five minutes later, at `CLOSES`.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.auctions import model, rules
from exchange.auctions.model import Announce, Fault, Format, Phase, State
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, GRACE, INSTANT, NOON, WINDOW

from .outcomes import bid, cases, outcome, sent

PROFILE, STRICT = "exchange-rounds@1", "exchange-rounds-strict@1"
FREE = make.END
CLOSES = FREE + WINDOW
TICKING = CLOSES + GRACE
WINDOWS = {
    "before": [NOON - INSTANT],
    "opening": [NOON],
    "free": [NOON + INSTANT, FREE - INSTANT],
    "timed": [FREE, CLOSES - INSTANT],
    "grace": [CLOSES, TICKING - INSTANT],
    "over": [TICKING, TICKING + INSTANT],
}

# Ann leads, having bid freely; Ben's bids are enough. `strict` lots ask for a free bid of him first, which he has not
# placed, or, in `entered`, has; in `waiting` Cai's bid is parked, in `uninvited` Cai's who has not bid freely.
OUTCOMES = """
    lot       command        before             opening            free               timed               grace              over

    draft     Revise         draft
    draft     Announce       announced          announced          opens-in-the-past
    draft     Withdraw       withdrawn
    draft     ConfirmDeposit no-such-lot
    draft     PlaceBid       no-such-lot
    draft     Tick           -
    draft     FallThrough    -

    announced Revise         -
    announced Announce       -
    announced Withdraw       withdrawn          bidding-has-begun
    announced ConfirmDeposit announced          announced          announced          announced           past-end
    announced PlaceBid       not-yet-open       accepted           accepted           accepted            parked             past-end
    announced Tick           not-due            not-due            not-due            not-due             not-due            unsold
    announced FallThrough    -

    led       Revise         -
    led       Announce       -
    led       Withdraw       bidding-has-begun
    led       ConfirmDeposit announced          announced          announced          announced           past-end
    led       PlaceBid       not-yet-open       accepted           accepted           accepted            parked             past-end
    led       Tick           not-due            not-due            not-due            not-due             not-due            sold
    led       FallThrough    -

    reserved  Revise         -
    reserved  Announce       -
    reserved  Withdraw       bidding-has-begun
    reserved  ConfirmDeposit announced          announced          announced          announced           past-end
    reserved  PlaceBid       not-yet-open       accepted           accepted           accepted            parked             past-end
    reserved  Tick           not-due            not-due            not-due            not-due             not-due            unsold
    reserved  FallThrough    -

    strict    Revise         -
    strict    Announce       -
    strict    Withdraw       bidding-has-begun
    strict    ConfirmDeposit announced          announced          announced          announced           past-end
    strict    PlaceBid       not-yet-open       accepted           accepted           did-not-bid-freely  parked             past-end
    strict    Tick           not-due            not-due            not-due            not-due             not-due            sold
    strict    FallThrough    -

    entered   Revise         -
    entered   Announce       -
    entered   Withdraw       bidding-has-begun
    entered   ConfirmDeposit announced          announced          announced          announced           past-end
    entered   PlaceBid       not-yet-open       accepted           accepted           accepted            parked             past-end
    entered   Tick           not-due            not-due            not-due            not-due             not-due            sold
    entered   FallThrough    -

    waiting   Revise         -
    waiting   Announce       -
    waiting   Withdraw       bidding-has-begun
    waiting   ConfirmDeposit announced          announced          announced          announced           past-end
    waiting   PlaceBid       not-yet-open       accepted           accepted           accepted            parked             past-end
    waiting   Tick           not-due            not-due            not-due            not-due             not-due            sold
    waiting   FallThrough    -

    uninvited Revise         -
    uninvited Announce       -
    uninvited Withdraw       bidding-has-begun
    uninvited ConfirmDeposit announced          announced          announced          announced           past-end
    uninvited PlaceBid       not-yet-open       accepted           accepted           did-not-bid-freely  parked             past-end
    uninvited Tick           not-due            not-due            not-due            not-due             not-due            sold
    uninvited FallThrough    -

    sold      Revise         -
    sold      Announce       -
    sold      Withdraw       -
    sold      ConfirmDeposit -
    sold      PlaceBid       not-yet-open       processed-too-late processed-too-late processed-too-late  processed-too-late past-end
    sold      Tick           -
    sold      FallThrough    fell_through

    unsold    Revise         -
    unsold    Announce       -
    unsold    Withdraw       -
    unsold    ConfirmDeposit -
    unsold    PlaceBid       not-yet-open       processed-too-late processed-too-late processed-too-late  processed-too-late past-end
    unsold    Tick           -
    unsold    FallThrough    -

    fallen    Revise         -
    fallen    Announce       -
    fallen    Withdraw       -
    fallen    ConfirmDeposit -
    fallen    PlaceBid       not-yet-open       processed-too-late processed-too-late processed-too-late  processed-too-late past-end
    fallen    Tick           -
    fallen    FallThrough    -

    withdrawn Revise         -
    withdrawn Announce       -
    withdrawn Withdraw       -
    withdrawn ConfirmDeposit -
    withdrawn PlaceBid       -
    withdrawn Tick           -
    withdrawn FallThrough    -
"""  # noqa: E501 - a table

ANNS = make.bid(ANN, 100_000, NOON, number=1)
CAIS = make.bid(CAI, 101_000, CLOSES, number=2)


def lot(profile=PROFILE, **changes):
    return make.announced(profile, **{"closes_at": CLOSES} | changes)


def led(profile=PROFILE, **changes):
    return lot(
        profile, **{"leader": ANNS, "bid_count": 1, "decision_count": 1, "bid_freely": frozenset({ANNS.code})} | changes
    )


LOTS = {
    "draft": make.draft(PROFILE, closes_at=CLOSES),
    "announced": lot(),
    "led": led(),
    "reserved": led(reserve_fen=100_001),
    "strict": led(STRICT),
    "entered": led(STRICT, bid_freely=frozenset({ANNS.code, make.CODES[BEN]})),
    "waiting": led(parked=(CAIS,), parked_since=CLOSES),
    "uninvited": led(STRICT, parked=(CAIS,), parked_since=CLOSES),
    "sold": led(state=State.SOLD),
    "fallen": led(state=State.FELL_THROUGH, fault=Fault.BUYER),
    "unsold": lot(state=State.UNSOLD),
    "withdrawn": lot(state=State.WITHDRAWN),
}
SENT = sent(PROFILE, 110_000, closes_at=CLOSES)


class TestDecide:
    @pytest.mark.parametrize(("name", "command", "at", "expected"), list(cases(OUTCOMES, WINDOWS)))
    def test_follows_the_outcome_table(self, name, command, at, expected):
        command, organisation, bidder = SENT[command]

        assert outcome(LOTS[name], command, make.cause(organisation, at), bidder) == expected

    def test_covers_every_state_command_and_window(self):
        met = {case.id for case in cases(OUTCOMES, WINDOWS)}

        assert {one.state for one in LOTS.values()} == set(State) - {State.OPENING, State.SUSPENDED}
        assert len(met) == len(list(cases(OUTCOMES, WINDOWS))) == len(LOTS) * len(SENT) * 10


class TestAnnounce:
    @pytest.mark.parametrize(
        ("closes_at", "expected"),
        [(CLOSES - INSTANT, "bidding-too-short"), (CLOSES, "announced"), (CLOSES + INSTANT, "announced")],
    )
    def test_asks_for_the_whole_time_before_the_first_round(self, closes_at, expected):
        draft = make.draft(PROFILE, closes_at=closes_at)

        assert outcome(draft, Announce(), make.cause(make.SELLER, NOON - make.DAY), None) == expected

    def test_takes_no_terms_of_another_format(self):
        draft = make.draft(PROFILE, closes_at=CLOSES, form=model.Units(count=2))

        assert outcome(draft, Announce(), make.cause(make.SELLER, NOON - make.DAY), None) == "wrong-form"


class TestJudge:
    @pytest.mark.parametrize(
        ("at", "ends_at", "rounds"),
        [
            (NOON, CLOSES, 0),
            (FREE - INSTANT, CLOSES, 0),
            (FREE, CLOSES, 0),  # the first round begins with it: it leaves a whole round
            (FREE + INSTANT, CLOSES + INSTANT, 1),
            (CLOSES - INSTANT, CLOSES - INSTANT + WINDOW, 1),
        ],
    )
    def test_begins_a_round_with_a_bid_that_moves_the_end(self, at, ends_at, rounds):
        said, after = bid(led(), BEN, 101_000, at)

        assert (said, after.ends_at, after.extra_rounds) == ("accepted", ends_at, rounds)
        assert after.terms.closes_at == CLOSES

    @pytest.mark.parametrize(("amount_fen", "who"), [(100_999, BEN), (101_000, ANN)])
    def test_begins_none_with_a_bid_that_is_refused(self, amount_fen, who):
        before = led()
        said, after = bid(before, who, amount_fen, CLOSES - INSTANT)

        assert said in {"below-increment", "already-leading"}
        assert after == before

    def test_begins_one_round_with_two_bids_at_one_instant(self):
        at = FREE + timedelta(minutes=1)
        _, after = bid(led(), BEN, 101_000, at, 2)
        _, after = bid(after, CAI, 102_000, at, 3)

        assert (after.extra_rounds, after.bid_count, after.ends_at) == (1, 3, at + WINDOW)

    def test_begins_none_with_an_earlier_bid_that_is_decided_late(self):
        at = FREE + timedelta(minutes=1)
        _, after = bid(led(), BEN, 101_000, at, 2)
        said, late = bid(after, CAI, 102_000, at - INSTANT, 3)

        assert (said, late.extra_rounds, late.ends_at) == ("accepted", 1, after.ends_at)

    def test_goes_on_while_each_round_has_its_bid(self):
        after, at = led(), CLOSES - INSTANT
        for number in range(20):
            said, after = bid(after, (BEN, ANN)[number % 2], 101_000 + 1_000 * number, at, number)
            at = after.ends_at - INSTANT

            assert (said, after.extra_rounds) == ("accepted", number + 1)

    @pytest.mark.parametrize(
        ("extra", "moves"), [(0, True), (10, True), (11, False), (12, False)], ids=["first", "11th", "12th", "beyond"]
    )
    def test_leaves_the_end_alone_in_the_last_round(self, extra, moves):
        before = led(STRICT, extra_rounds=extra, bid_freely=frozenset(make.CODES.values()))
        said, after = bid(before, BEN, 101_000, CLOSES - INSTANT)

        assert said == "accepted"
        assert after.ends_at == (CLOSES - INSTANT + WINDOW if moves else CLOSES)
        assert after.extra_rounds == extra + moves

    def test_bounds_rounds_at_the_twelfth_where_each_has_its_bid(self):
        after, at = led(STRICT, bid_freely=frozenset(make.CODES.values())), CLOSES - INSTANT
        for number in range(20):
            before = after
            said, after = bid(after, (BEN, ANN)[number % 2], 101_000 + 1_000 * number, at, number)
            at = after.ends_at - INSTANT
            assert said == "accepted"
            if before.ends_at == after.ends_at:
                break

        assert rules.round_at(after, at) == 12
        assert after.extra_rounds == number == 11


class TestDidNotBidFreely:
    @pytest.mark.parametrize(
        ("at", "expected"),
        [(FREE - INSTANT, "accepted"), (FREE, "did-not-bid-freely"), (CLOSES - INSTANT, "did-not-bid-freely")],
    )
    def test_begins_with_the_first_round(self, at, expected):
        assert bid(led(STRICT), BEN, 101_000, at)[0] == expected

    def test_is_said_before_anything_of_the_amount(self):
        assert bid(led(STRICT), BEN, 1, FREE)[0] == "did-not-bid-freely"
        assert bid(led(STRICT), BEN, 0, FREE)[0] == "amount-out-of-range"

    def test_counts_an_accepted_bid_that_was_beaten(self):
        _, after = bid(lot(STRICT), BEN, 100_000, NOON, 1)
        _, after = bid(after, ANN, 101_000, NOON + INSTANT, 2)

        assert bid(after, BEN, 102_000, FREE)[0] == "accepted"

    def test_counts_no_bid_that_was_refused(self):
        said, after = bid(led(STRICT), BEN, 100_500, FREE - INSTANT, 2)

        assert said == "below-increment"
        assert bid(after, BEN, 102_000, FREE)[0] == "did-not-bid-freely"

    def test_counts_a_free_bid_that_is_decided_after_the_free_period(self):
        _, after = bid(led(STRICT), BEN, 101_000, FREE - INSTANT, 2)
        assert bid(after, BEN, 103_000, FREE)[0] == "already-leading"
        _, after = bid(after, ANN, 102_000, FREE, 3)

        assert bid(after, BEN, 103_000, FREE)[0] == "accepted"

    def test_is_what_a_parked_bid_hears_when_it_is_decided(self):
        extended = replace(LOTS["uninvited"], ends_at=CLOSES + WINDOW, extra_rounds=1)
        after = make.tick(extended, TICKING)

        assert [one.refusal for one in after.outcomes] == ["auctions/did-not-bid-freely"]
        assert after.lot == replace(extended, parked=(), parked_since=None, decision_count=2)

    def test_lets_nobody_bid_where_nobody_bid_freely(self):
        assert {bid(lot(STRICT), who, 100_000, FREE)[0] for who in (ANN, BEN, CAI)} == {"did-not-bid-freely"}

    def test_is_nobodys_under_the_usual_version(self):
        assert bid(led(), BEN, 101_000, FREE)[0] == "accepted"


class TestParked:
    def test_is_saved_by_an_earlier_bid_that_began_a_round(self):
        early, late = make.bid(CAI, 101_000, CLOSES - INSTANT, 2), make.bid(BEN, 102_000, CLOSES + INSTANT, 3)
        _, after = bid(led(), BEN, late.amount_fen, late.arrived_at, 3)
        assert after.parked == (late,)
        _, after = bid(after, CAI, early.amount_fen, early.arrived_at, 2)  # handed over after it
        settled = make.tick(after, TICKING)

        assert [one.state for one in settled.outcomes] == ["accepted"]
        assert settled.lot.ends_at == CLOSES + INSTANT + WINDOW
        assert settled.lot.extra_rounds == 2

    def test_is_late_where_no_round_follows(self):
        settled = make.tick(LOTS["waiting"], TICKING)

        assert [one.refusal for one in settled.outcomes] == ["auctions/past-end"]
        assert settled.lot.extra_rounds == 0


class TestEvents:
    def test_say_of_a_timed_bid_which_round_it_began(self):
        at = FREE + timedelta(minutes=4)
        accepted, begun = make.offer(led(), BEN, 101_000, at, 2).events

        assert accepted.kind == "auction.bid_accepted"
        assert accepted.data["ends_at"] == "2026-03-03T12:09:00.000000Z"
        assert (begun.kind, begun.rule) == ("auction.round_begun", "exchange-rounds@1")
        assert dict(begun.data) == {
            "round": 2,
            "bid": make.bid_id(2),
            "ends_at": "2026-03-03T12:09:00.000000Z",
        }
        assert dict(begun.sealed) == {}

    def test_say_of_a_free_bid_what_they_say_of_an_ascending_one(self):
        [event] = make.offer(lot(), ANN, 100_000, NOON).events

        assert event.data == {
            "bid": make.bid_id(1),
            "code": "0011",
            "amount_fen": "100000",
            "placed_at": "2026-03-02T12:00:00.000000Z",
            "number": 1,
            "price_fen": "100000",
            "ends_at": "2026-03-03T12:05:00.000000Z",
        }


class TestRoundAt:
    @pytest.mark.parametrize(
        ("at", "extra", "expected"),
        [(NOON, 0, 0), (FREE - INSTANT, 0, 0), (FREE, 0, 1), (CLOSES, 0, 1), (CLOSES, 3, 4), (CLOSES + make.DAY, 3, 4)],
    )
    def test_counts_from_the_end_of_the_free_period(self, at, extra, expected):
        assert rules.round_at(led(extra_rounds=extra), at) == expected
        assert rules.round_at(led(extra_rounds=extra, state=State.SOLD), at) == expected

    @pytest.mark.parametrize("name", ["draft", "withdrawn"])
    def test_is_none_where_nobody_bids(self, name):
        assert rules.round_at(LOTS[name], FREE) is None

    def test_is_none_where_there_are_no_rounds(self):
        assert rules.round_at(make.announced(), FREE) is None
        assert rules.free_until(make.announced()) is None
        assert rules.free_until(lot()) == FREE

    def test_leaves_the_phase_as_it_is_elsewhere(self):
        phases = [rules.phase(led(), at) for at in (NOON - INSTANT, NOON, FREE, CLOSES - INSTANT, CLOSES, TICKING)]

        assert phases == [Phase.UPCOMING, Phase.OPEN, Phase.OPEN, Phase.OPEN, Phase.GRACE, Phase.CLOSING]


class TestProfile:
    def test_starts_from_the_exchanges_numbers(self):
        usual = rules.EXCHANGE_ROUNDS

        assert (usual.format, usual.extension, usual.must_bid_free, usual.rounds_most) == (
            Format.ROUNDS,
            timedelta(minutes=5),
            False,
            0,
        )
        assert (usual.min_bidding_s, usual.start_min_bp, usual.deposit_max_bp) == (86_400, 9_000, 3_000)
        assert usual.needs_listing
        assert not usual.leader_may_raise

    def test_writes_of_the_strict_numbers_only_what_differs(self):
        usual, strict = rules.EXCHANGE_ROUNDS.to_json(), rules.EXCHANGE_ROUNDS_STRICT.to_json()

        assert usual.keys().isdisjoint({"must_bid_free", "rounds_most"})
        assert strict == usual | {"id": "exchange-rounds-strict", "must_bid_free": True, "rounds_most": 12}
        assert model.Profile.from_json(strict) == rules.EXCHANGE_ROUNDS_STRICT

    def test_holds_no_negative_number_of_rounds(self):
        with pytest.raises(AssertionError):
            replace(rules.EXCHANGE_ROUNDS, rounds_most=-1)


class TestDiagram:
    def test_is_that_of_open_ascending_bidding(self):
        assert rules.diagram(Format.ROUNDS) == rules.diagram(Format.ASCENDING)
