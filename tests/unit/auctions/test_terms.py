"""What a seller may ask for. 法释〔2016〕18号 unless another law is named."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from exchange.auctions import rules
from exchange.auctions.model import Announce, Band, Clock, Draft, Revise, State, Withdraw
from exchange.auctions.rules.increments import MAX_BANDS
from ledger.kernel.calendar import YearNotLoaded
from tests import make_auctions as make
from tests.make_auctions import DAY, END, INSTANT, NOON, SELLER

EVE = NOON - DAY


def announce(lot, at=EVE):
    try:
        return rules.decide(lot, Announce(), make.cause(SELLER, at)).lot.state
    except (*rules.REFUSALS, YearNotLoaded) as refusal:
        return make.code_of(refusal)


def drafted(**changes):
    try:
        return make.draft(**changes).state
    except rules.REFUSALS as refusal:
        return make.code_of(refusal)


class TestDraft:
    def test_belongs_to_whoever_asked_and_stays_off_the_record(self):
        command = Draft(
            lot=make.LOT, listing=None, excluded=frozenset(), profile=rules.find("judicial-2016@1"), terms=make.terms()
        )

        decision = rules.draft(command, make.cause(SELLER))

        assert (decision.lot.seller, decision.lot.state, decision.events) == (SELLER, State.DRAFT, ())
        assert decision.lot.ends_at == END

    @pytest.mark.parametrize("field", ["start_price_fen", "reserve_fen", "appraisal_fen"])
    @pytest.mark.parametrize(
        ("fen", "expected"),
        [
            (-1, "amount-out-of-range"),
            (0, "amount-out-of-range"),
            (1, "draft"),
            (10**15, "draft"),
            (10**15 + 1, "amount-out-of-range"),
        ],
    )
    def test_takes_amounts_in_range(self, field, fen, expected):
        assert drafted(**{field: fen}) == expected

    @pytest.mark.parametrize(("fen", "expected"), [(-1, "amount-out-of-range"), (0, "draft"), (10**15, "draft")])
    def test_takes_no_deposit_as_zero(self, fen, expected):
        assert drafted(deposit_fen=fen) == expected

    @pytest.mark.parametrize(
        ("opens_at", "closes_at", "expected"),
        [
            (NOON, NOON, "bad-schedule"),
            (NOON, NOON - INSTANT, "bad-schedule"),
            (NOON, NOON + INSTANT, "draft"),
            (NOON, NOON + 366 * DAY, "draft"),
            (NOON, NOON + 366 * DAY + INSTANT, "bad-schedule"),
            (EVE + 1830 * DAY, EVE + 1831 * DAY, "draft"),
            (EVE + 1830 * DAY + INSTANT, EVE + 1831 * DAY, "bad-schedule"),
            (datetime(9998, 12, 31, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC), "bad-schedule"),
        ],
    )
    def test_takes_a_schedule_that_can_be_kept(self, opens_at, closes_at, expected):
        assert drafted(opens_at=opens_at, closes_at=closes_at) == expected

    @pytest.mark.parametrize(
        ("bands", "expected"),
        [
            ([], "draft"),
            ([(0, 1)], "draft"),
            ([(0, 10**15)], "draft"),
            ([(0, 10**15 + 1)], "bad-increments"),
            ([(0, 0)], "bad-increments"),
            ([(0, -1)], "bad-increments"),
            ([(1, 1)], "bad-increments"),
            ([(-1, 1)], "bad-increments"),
            ([(0, 1), (1, 1)], "draft"),
            ([(0, 1), (0, 2)], "bad-increments"),
            ([(0, 1), (5, 2), (4, 3)], "bad-increments"),
            ([(0, 1), (10**15 + 1, 1)], "bad-increments"),
            ([(n, 1) for n in range(MAX_BANDS)], "draft"),
            ([(n, 1) for n in range(MAX_BANDS + 1)], "bad-increments"),
        ],
    )
    def test_takes_an_increment_table_that_covers_every_price(self, bands, expected):
        assert drafted(increments=tuple(Band(*band) for band in bands)) == expected

    def test_takes_published_profiles_only(self):
        assert make.code_of(make.refused(make.draft, "judicial-2016@9")) == "unknown-profile"

    def test_is_revised_whole(self):
        longer = Revise(profile=rules.find("replay@1"), terms=make.terms(closes_at=END + DAY))

        lot = rules.decide(make.draft(), longer, make.cause(SELLER, EVE)).lot

        assert (lot.profile, lot.ends_at, lot.state) == (rules.REPLAY, END + DAY, State.DRAFT)

    def test_is_revised_under_the_same_conditions(self):
        worse = Revise(profile=rules.find("judicial-2016@1"), terms=make.terms(start_price_fen=0))

        refusal = make.refused(rules.decide, make.draft(), worse, make.cause(SELLER, EVE))

        assert make.code_of(refusal) == "amount-out-of-range"


class TestAnnounce:
    def test_publishes_all_that_bids_will_be_held_to_art_13(self):
        lot = make.draft(appraisal_fen=120_000, reserve_fen=150_000)

        [event] = rules.decide(lot, Announce(), make.cause(SELLER, EVE)).events

        assert event.subject == make.LOT
        assert event.rule == "judicial-2016@1"
        assert event.data == {
            "seller": SELLER,
            "listing": "lst_x",
            "profile": {
                "id": "judicial-2016",
                "version": 1,
                "effective_from": "2017-01-01",
                "min_bidding_s": 86_400,
                "extension_s": 300,
                "grace_ms": 2_000,
                "start_min_bp": 7_000,
                "deposit_min_bp": 500,
                "deposit_max_bp": 2_000,
                "needs_deposit": True,
                "needs_increments": True,
                "needs_listing": True,
                "leader_may_raise": False,
            },
            "start_price_fen": "100000",
            "increments": [{"from_fen": "0", "increment_fen": "1000"}],
            "deposit_fen": "10000",
            "appraisal_fen": "120000",
            "has_reserve": True,
            "opens_at": "2026-03-02T12:00:00.000000Z",
            "closes_at": "2026-03-03T12:00:00.000000Z",
            "excluded_count": 1,
        }
        assert event.sealed == {
            "reserve_fen": "150000",
            "excluded": [make.OPERATOR],
            "by": make.acted(SELLER, EVE),
        }

    @pytest.mark.parametrize(
        ("appraisal_fen", "expected"),
        [(None, "announced"), (142_857, "announced"), (142_858, "start-too-low"), (100_000, "announced")],
    )
    def test_asks_seventy_percent_of_the_appraisal_art_10(self, appraisal_fen, expected):
        assert announce(make.draft(appraisal_fen=appraisal_fen)) == expected

    def test_says_the_least_start_price(self):
        lot = make.draft(appraisal_fen=142_858)

        refusal = make.refused(rules.decide, lot, Announce(), make.cause(SELLER, EVE))

        assert refusal.facts == {"smallest_fen": 100_001}

    @pytest.mark.parametrize(
        ("deposit_fen", "expected"),
        [
            (0, "deposit-out-of-range"),
            (4_999, "deposit-out-of-range"),
            (5_000, "announced"),
            (20_000, "announced"),
            (20_001, "deposit-out-of-range"),
        ],
    )
    def test_asks_a_deposit_of_five_to_twenty_percent_art_17(self, deposit_fen, expected):
        assert announce(make.draft(deposit_fen=deposit_fen)) == expected

    def test_rounds_the_range_of_the_deposit_inward(self):
        lot = make.draft(start_price_fen=101, deposit_fen=21)

        refusal = make.refused(rules.decide, lot, Announce(), make.cause(SELLER, EVE))

        assert refusal.facts == {"smallest_fen": 6, "largest_fen": 20}

    @pytest.mark.parametrize(
        ("closes_at", "expected"),
        [(END - INSTANT, "bidding-too-short"), (END, "announced"), (END + INSTANT, "announced")],
    )
    def test_asks_twenty_four_hours_art_20(self, closes_at, expected):
        assert announce(make.draft(closes_at=closes_at)) == expected

    @pytest.mark.parametrize(
        ("at", "expected"),
        [(NOON - INSTANT, "announced"), (NOON, "announced"), (NOON + INSTANT, "opens-in-the-past")],
    )
    def test_comes_before_bidding_opens_art_12(self, at, expected):
        assert announce(make.draft(), at) == expected

    @pytest.mark.parametrize(
        ("reserve_fen", "expected"),
        [(99_999, "reserve-below-start"), (100_000, "announced"), (100_001, "announced")],
    )
    def test_asks_a_reserve_from_the_start_price_upward(self, reserve_fen, expected):
        assert announce(make.draft(reserve_fen=reserve_fen)) == expected

    def test_asks_for_increments_art_20(self):
        assert announce(make.draft(increments=())) == "needs-increments"

    def test_asks_for_a_listing_art_13(self):
        assert announce(make.draft(listing=None)) == "needs-listing"

    def test_takes_no_listing_where_no_law_stands_behind_the_profile(self):
        lot = make.draft("replay@1", listing="lst_x", deposit_fen=0, increments=())

        assert announce(lot) == "takes-no-listing"

    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (datetime(2016, 12, 31, 15, 59, 59, 999_999, tzinfo=UTC), "profile-not-in-force"),
            # midnight in China: it is in force, and only the working days of 2017 are not known any more
            (datetime(2016, 12, 31, 16, tzinfo=UTC), "kernel/year-not-loaded"),
        ],
    )
    def test_asks_for_a_profile_in_force_that_day_in_china_art_38(self, at, expected):
        lot = make.draft(opens_at=at + DAY, closes_at=at + 2 * DAY)

        assert announce(lot, at) == expected

    @pytest.mark.parametrize(
        ("closes_at", "expected"),
        [
            (datetime(2026, 11, 26, 15, 59, 59, 999_999, tzinfo=UTC), "announced"),  # 25 of them are left
            (datetime(2026, 11, 26, 16, tzinfo=UTC), "kernel/year-not-loaded"),  # the day after, in China
        ],
    )
    def test_asks_that_the_working_days_of_what_follows_are_known(self, closes_at, expected):
        lot = make.draft(opens_at=closes_at - DAY, closes_at=closes_at)

        assert announce(lot, closes_at - 2 * DAY) == expected

    def test_asks_nothing_of_a_replay(self):
        lot = make.draft("replay@1", listing=None, deposit_fen=0, increments=(), closes_at=NOON + timedelta(seconds=1))

        assert announce(lot) == "announced"


class TestWithdraw:
    def test_leaves_a_draft_out_of_the_record(self):
        decision = rules.decide(make.draft(), Withdraw(), make.cause(SELLER, NOON))

        assert (decision.lot.state, decision.events) == (State.WITHDRAWN, ())

    def test_is_recorded_once_the_lot_was_public_auction_law_art_29(self):
        decision = rules.decide(make.announced(), Withdraw(), make.cause(SELLER, NOON - INSTANT))

        assert [event.kind for event in decision.events] == ["auction.lot_withdrawn"]
        assert decision.events[0].sealed == {"by": make.acted(SELLER, NOON - INSTANT)}


class TestDeposit:
    """A deposit becomes part of the price: it is less than the least that the lot can be sold for, and not nothing."""

    @pytest.mark.parametrize(
        ("profile", "changes", "expected"),
        [
            ("exchange-proxy@1", {"deposit_fen": 0}, "deposit-out-of-range"),
            ("exchange-proxy@1", {"deposit_fen": 1}, "accepted"),
            ("exchange-proxy@1", {"deposit_fen": 30_000}, "accepted"),
            ("exchange-proxy@1", {"deposit_fen": 30_001}, "deposit-out-of-range"),
            ("exchange-proxy@1", {"start_price_fen": 1, "deposit_fen": 1}, "deposit-out-of-range"),
            ("exchange-dutch@1", {"deposit_fen": 20_000}, "deposit-out-of-range"),
            ("exchange-dutch@1", {"deposit_fen": 19_999}, "accepted"),
        ],
    )
    def test_is_less_than_any_price_and_more_than_nothing(self, profile, changes, expected):
        if profile == "exchange-dutch@1":
            changes |= {"increments": (), "form": Clock(floor_fen=20_000, step_fen=10_000, step_s=60)}

        refusal = make.refused(make.announced, profile, **changes)

        assert make.code_of(refusal) == expected


class TestAnnounceAnew:
    def test_bars_who_has_defaulted_since_the_draft_art_24(self):
        lot = make.draft()

        announced = rules.decide(lot, Announce(barred=frozenset({make.BEN})), make.cause(make.SELLER, NOON - DAY)).lot

        assert announced.excluded == lot.excluded | {make.BEN}
        assert make.code_of(make.refused(make.offer, announced, make.BEN, 100_000, NOON)) == "conflict-of-interest"

    def test_admits_a_co_owner_that_holds_a_right_art_21(self):
        lot = replace(make.draft(), excluded=frozenset({make.OPERATOR, make.BEN}))
        command = Announce(admitted=frozenset({make.BEN}))

        assert rules.decide(lot, command, make.cause(make.SELLER, NOON - DAY)).lot.excluded == {make.OPERATOR}
