"""judicial-2016@2, article by article (法释〔2016〕18号): numbers restated from the law by hand, and their edges."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.auctions import rules
from exchange.auctions.model import Announce, Band, Format, Halt, Profile, Right, State, Suspend
from ledger.kernel.calendar import YearNotLoaded
from tests import make_auctions as make
from tests import make_judicial as judicial
from tests.make_auctions import ANN, BEN, CAI, DAY, END, GRACE, INSTANT, NOON, SELLER, WINDOW
from tests.make_judicial import PUBLISHED, REPUBLISHED


def announce(lot, at=PUBLISHED, previous=None):
    return result(rules.decide, lot, Announce(previous=previous), make.cause(SELLER, at))


def result(act, *given_, **named):
    try:
        return act(*given_, **named).lot.state
    except (*rules.REFUSALS, YearNotLoaded) as refusal:
        return make.code_of(refusal)


def accepted(act, *given_, **named):
    answer = result(act, *given_, **named)
    return "accepted" if answer is State.ANNOUNCED else answer


class TestVersion2:
    def test_says_what_the_law_says(self):
        profile = rules.JUDICIAL_2016_WHOLE

        assert profile.ref == "judicial-2016@2"
        assert profile.needs_appraisal  # art. 10
        assert profile.reserve_is_start  # art. 10
        assert timedelta(seconds=profile.notice_s) == timedelta(days=30)  # art. 12
        assert timedelta(seconds=profile.holder_notice_s) == timedelta(days=3)  # art. 16
        assert profile.matches  # art. 21
        assert profile.confirms  # art. 22
        assert timedelta(seconds=profile.renotice_s) == timedelta(days=15)  # art. 26
        assert timedelta(seconds=profile.reauction_s) == timedelta(days=30)  # art. 26
        assert profile.cut_max_bp == 2_000  # art. 26
        assert profile.attempts_max == 2  # art. 26
        assert timedelta(seconds=profile.resume_s) == timedelta(days=5)  # art. 28

    def test_keeps_every_number_of_version_1(self):
        first, whole = rules.JUDICIAL_2016.to_json(), rules.JUDICIAL_2016_WHOLE.to_json()

        changed = {"version", "effective_from"}
        assert {name: whole[name] for name in first if name not in changed} == {
            name: value for name, value in first.items() if name not in changed
        }

    def test_leaves_version_1_as_it_always_was_written(self):
        assert rules.JUDICIAL_2016.to_json() == {
            "id": "judicial-2016",
            "version": 1,
            "effective_from": date(2017, 1, 1).isoformat(),
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
        }

    def test_survives_being_written(self):
        assert Profile.from_json(rules.JUDICIAL_2016_WHOLE.to_json()) == rules.JUDICIAL_2016_WHOLE

    @pytest.mark.parametrize("name", ["notice_s", "renotice_s", "holder_notice_s", "reauction_s", "attempts_max"])
    def test_holds_no_negative_numbers(self, name):
        with pytest.raises(AssertionError):
            replace(rules.JUDICIAL_2016_WHOLE, **{name: -1})

    def test_is_open_ascending(self):
        assert rules.JUDICIAL_2016_WHOLE.format is Format.ASCENDING


class TestAnnounce:
    @pytest.mark.parametrize(
        ("at", "expected"),
        [(PUBLISHED - INSTANT, "announced"), (PUBLISHED, "announced"), (PUBLISHED + INSTANT, "notice-too-short")],
    )
    def test_comes_thirty_days_before_opening_art_12(self, at, expected):
        assert announce(judicial.draft(holders=()), at) == expected

    def test_says_when_bidding_may_open_art_12(self):
        refusal = make.refused(rules.decide, judicial.draft(), Announce(), make.cause(SELLER, PUBLISHED + INSTANT))

        assert refusal.facts == {"earliest_at": "2026-03-02T12:00:00.000001Z"}

    def test_asks_for_an_appraisal_or_a_market_price_art_10(self):
        assert announce(judicial.draft(appraisal_fen=None)) == "needs-appraisal"

    @pytest.mark.parametrize(
        ("appraisal_fen", "expected"), [(142_857, "announced"), (142_858, "start-too-low"), (1, "announced")]
    )
    def test_asks_seventy_percent_of_it_art_10(self, appraisal_fen, expected):
        assert announce(judicial.draft(appraisal_fen=appraisal_fen)) == expected

    @pytest.mark.parametrize("reserve_fen", [100_000, 100_001])
    def test_takes_no_secret_reserve_art_10(self, reserve_fen):
        assert announce(judicial.draft(reserve_fen=reserve_fen)) == "secret-reserve"

    @pytest.mark.parametrize(
        ("notified_at", "expected"),
        [
            (judicial.TOLD - INSTANT, "announced"),
            (judicial.TOLD, "announced"),
            (judicial.TOLD + INSTANT, "holders-not-notified"),
            (None, "announced"),  # it could not be reached, and is told by the announcement
        ],
    )
    def test_asks_that_holders_were_told_three_days_before_art_16(self, notified_at, expected):
        assert announce(judicial.draft(holders=(judicial.holder(notified_at=notified_at),))) == expected

    def test_publishes_ranks_and_rights_and_seals_the_names_art_13_18(self):
        decision = rules.decide(judicial.draft(), Announce(), make.cause(SELLER, PUBLISHED))

        told = decision.events[1]
        assert (told.kind, told.rule) == ("auction.holders_named", "judicial-2016@2")
        assert told.data == {
            "holders": [
                {"rank": 1, "right": "co-owner", "notified_at": "2026-01-28T12:00:00.000000Z"},
                {"rank": 2, "right": "inventor", "notified_at": "2026-01-28T12:00:00.000000Z"},
            ]
        }
        assert told.sealed == {"organisations": [ANN, BEN]}

    @pytest.mark.parametrize("profile", ["judicial-2016@1", "exchange-proxy@1"])
    def test_names_no_holders_where_nobody_can_match(self, profile):
        lot = make.draft(profile, holders=judicial.HOLDERS)

        assert announce(lot, NOON - DAY) == "no-preemption"

    @pytest.mark.parametrize(
        "holders",
        [
            (judicial.holder(rank=0),),
            (judicial.holder(rank=51),),
            (judicial.holder(), judicial.holder(rank=2)),
            tuple(judicial.holder(make.OrganisationId.from_number(1_000 + n)) for n in range(51)),
        ],
    )
    def test_takes_each_holder_once_with_a_rank(self, holders):
        assert make.code_of(make.refused(judicial.draft, holders=holders)) == "bad-holders"

    @pytest.mark.parametrize("right", Right)
    def test_knows_several_rights(self, right):
        assert announce(judicial.draft(holders=(judicial.holder(right=right),))) == "announced"


class TestReauction:
    """Art. 26: what found no bids is offered once more."""

    def again(self, at=REPUBLISHED, previous=None, **changes):
        changes = {"holders": (), "appraisal_fen": 10**9} | changes  # the share of the appraisal is asked once
        return announce(judicial.draft(**changes), at, previous or judicial.previous())

    @pytest.mark.parametrize(
        ("at", "expected"), [(REPUBLISHED, "announced"), (REPUBLISHED + INSTANT, "notice-too-short")]
    )
    def test_comes_fifteen_days_before_opening_art_26(self, at, expected):
        assert self.again(at) == expected

    @pytest.mark.parametrize(
        ("ended_at", "expected"),
        [
            (NOON - 30 * DAY + INSTANT, "announced"),
            (NOON - 30 * DAY, "announced"),
            (NOON - 30 * DAY - INSTANT, "reauction-too-late"),
        ],
    )
    def test_opens_within_thirty_days_art_26(self, ended_at, expected):
        assert self.again(previous=judicial.previous(ended_at=ended_at)) == expected

    @pytest.mark.parametrize(
        ("before_fen", "expected"), [(125_000, "announced"), (125_001, "cut-too-deep"), (50_000, "announced")]
    )
    def test_cuts_a_fifth_at_most_art_26(self, before_fen, expected):
        assert self.again(previous=judicial.previous(start_price_fen=before_fen)) == expected

    def test_says_the_least_start_price_art_26(self):
        command = Announce(previous=judicial.previous(start_price_fen=125_001))

        refusal = make.refused(rules.decide, judicial.draft(holders=()), command, make.cause(SELLER, REPUBLISHED))

        assert refusal.facts == {"smallest_fen": 100_001}

    @pytest.mark.parametrize(("attempt", "expected"), [(1, "announced"), (2, "no-more-attempts")])
    def test_comes_once_art_26(self, attempt, expected):
        assert self.again(previous=judicial.previous(attempt=attempt)) == expected

    def test_is_told_in_an_entry_of_its_own(self):
        lot = judicial.draft(holders=())
        decision = rules.decide(lot, Announce(previous=judicial.previous()), make.cause(SELLER, REPUBLISHED))

        assert (decision.lot.attempt, lot.attempt) == (2, 1)
        assert decision.events[1].kind == "auction.reauction_announced"
        assert decision.events[1].data == {
            "previous": judicial.EARLIER,
            "previous_ended_at": "2026-02-10T12:00:00.000000Z",
            "previous_start_price_fen": "125000",
            "attempt": 2,
        }

    def test_is_nothing_to_a_profile_that_knows_none(self):
        command = Announce(previous=judicial.previous(start_price_fen=10**12))

        decision = rules.decide(make.draft(), command, make.cause(SELLER, NOON - DAY))

        assert (decision.lot.previous, len(decision.events)) == (None, 1)


# Who leads (by rank, `-` is no right), who bids, how much over the price of 1,000.00, and what comes of it. The
# increment is 10.00.
MATCHES = """
    leader bidder  more   answer
    none   1       0      accepted
    none   1      -1      below-start
    -      -       0      below-increment
    -      -    1000      accepted
    -      1       0      accepted
    -      2       0      accepted
    -      1       1      below-increment
    -      1     999      below-increment
    -      1    1000      accepted
    -      1      -1      below-increment
    2      1       0      accepted
    2      -       0      below-increment
    2      -    1000      accepted
    2      2       0      below-increment
    2      3       0      below-increment
    1      1       0      below-increment
    1      2       0      below-increment
    1      2    1000      accepted
    1      -       0      below-increment
    1      -     999      below-increment
    1      -    1000      accepted
"""


class TestMatch:
    @pytest.mark.parametrize("row", [tuple(line.split()) for line in MATCHES.strip().splitlines()[1:]])
    def test_follows_the_outcome_table_art_21(self, row):
        led, bidder, more, expected = row
        lot = judicial.announced()
        if led != "none":
            lot = judicial.offer(lot, CAI, 100_000, number=1, rank=0 if led == "-" else int(led)).lot

        act = (judicial.offer, lot, ANN, 100_000 + int(more), NOON + INSTANT, 2, 0 if bidder == "-" else int(bidder))

        assert accepted(*act) == expected

    @pytest.mark.parametrize("profile", ["judicial-2016@1"])
    def test_is_nothing_under_another_profile(self, profile):
        lot = make.announced(profile)
        lot = judicial.offer(lot, CAI, 100_000, rank=0).lot

        assert accepted(judicial.offer, lot, ANN, 100_000, NOON, 2, 1) == "below-increment"

    def test_wins_if_nobody_goes_higher_art_21(self):
        lot = judicial.offer(judicial.announced(), CAI, 100_000).lot
        lot = judicial.offer(lot, BEN, 100_000, NOON + INSTANT, 2).lot
        lot = judicial.offer(lot, ANN, 100_000, NOON + 2 * INSTANT, 3).lot
        sold = make.tick(lot, END + GRACE)

        assert (sold.lot.state, sold.lot.leader.organisation, sold.lot.price_fen) == (State.SOLD, ANN, 100_000)
        assert sold.lot.bid_count == 3

    @pytest.mark.parametrize(("at", "end"), [(END - WINDOW, END), (END - INSTANT, END - INSTANT + WINDOW)])
    def test_extends_like_any_accepted_bid_art_20(self, at, end):
        lot = judicial.offer(judicial.announced(), CAI, 100_000).lot

        assert judicial.offer(lot, ANN, 100_000, at, 2).lot.ends_at == end

    def test_does_not_lead_over_itself(self):
        lot = judicial.offer(judicial.announced(), ANN, 100_000).lot

        assert accepted(judicial.offer, lot, ANN, 100_000, NOON, 2) == "below-increment"
        assert accepted(judicial.offer, lot, ANN, 101_000, NOON, 2) == "already-leading"

    @given(
        bids=st.lists(
            st.tuples(st.sampled_from([ANN, BEN, CAI]), st.integers(0, 3), st.integers(1, 40)), min_size=1, max_size=12
        )
    )
    def test_never_lowers_the_price_nor_the_rank_at_a_price(self, bids):
        ranks, lot, at = {ANN: 1, BEN: 2, CAI: 0}, judicial.announced(increments=(Band(0, 1_000),)), NOON
        for number, (who, steps, minutes) in enumerate(bids, 1):
            at += timedelta(minutes=minutes)
            before = lot
            amount = (lot.price_fen or 100_000) + steps * 500
            try:
                lot = judicial.offer(lot, who, amount, at, number, ranks[who]).lot
            except rules.REFUSALS:
                continue
            if before.leader is None:
                continue
            assert lot.price_fen >= before.price_fen
            if lot.price_fen == before.price_fen:
                assert (ranks[who], before.leader.rank) in {(1, None), (1, 2), (2, None)}
            else:
                assert lot.price_fen >= before.price_fen + 1_000


class TestConfirm:
    @pytest.mark.parametrize(
        ("organisation", "rank", "expected"),
        [
            (ANN, 1, "announced"),
            (ANN, 2, "not-a-holder"),
            (ANN, None, "announced"),
            (BEN, 2, "announced"),
            (CAI, 1, "not-a-holder"),
            (CAI, None, "announced"),
        ],
    )
    def test_asks_for_a_holder_as_announced_art_19(self, organisation, rank, expected):
        command = judicial.deposit(organisation, rank)

        assert result(rules.decide, judicial.announced(), command, make.cause(make.OFFICER, PUBLISHED)) == expected

    def test_marks_the_code_with_its_rank_and_names_nobody_art_19(self):
        decision = rules.decide(judicial.announced(), judicial.deposit(BEN, 2), make.cause(make.OFFICER, PUBLISHED))

        assert decision.bidder.rank == 2
        assert [event.kind for event in decision.events] == ["auction.deposit_confirmed", "auction.priority_confirmed"]
        assert decision.events[1].data == {"code": "0012", "rank": 2}
        assert decision.events[1].sealed == {"bidder": BEN, "by": make.acted(make.OFFICER, PUBLISHED)}


class TestSuspend:
    """Art. 28. The outcome of every state and window is in `test_rules.py`."""

    @pytest.mark.parametrize(
        ("since", "at", "opens_at", "ends_at"),
        [
            (NOON - DAY, NOON + DAY, NOON + 2 * DAY, END + 2 * DAY),
            (NOON - INSTANT, NOON, NOON + INSTANT, END + INSTANT),
            (NOON, NOON + DAY, NOON, END + DAY),
            (END - WINDOW, END, NOON, END + WINDOW),
            (END - WINDOW + INSTANT, END, NOON, END + WINDOW),  # less than five minutes were left
            (END - INSTANT, END + 5 * DAY, NOON, END + 5 * DAY + WINDOW),
            (NOON, NOON, NOON, END),
        ],
    )
    def test_keeps_what_lay_ahead_art_28(self, since, at, opens_at, ends_at):
        lot = judicial.resume(judicial.suspend(judicial.announced(), since).lot, at).lot

        assert (lot.state, lot.terms.opens_at, lot.ends_at) == (State.ANNOUNCED, opens_at, ends_at)
        assert (lot.terms.closes_at, lot.suspension) == (END, None)

    def test_publishes_why_and_for_how_long_art_28(self):
        halted = judicial.suspend(judicial.announced(), NOON, Suspend(reason=Halt.OBJECTION, order="异1号"))
        [event] = halted.events
        [after] = judicial.resume(halted.lot, NOON + DAY, NOON + DAY / 2).events

        assert (event.kind, event.data) == ("auction.lot_suspended", {"reason": "objection", "order": "异1号"})
        assert event.sealed == {"by": make.acted(make.OFFICER, NOON)}
        assert after.data == {
            "cause_ended_at": "2026-03-03T00:00:00.000000Z",
            "opens_at": "2026-03-02T12:00:00.000000Z",
            "ends_at": "2026-03-04T12:00:00.000000Z",
        }

    @pytest.mark.parametrize(
        ("reason", "order", "expected"),
        [
            (Halt.ORDERED, None, "needs-order"),
            (Halt.ORDERED, "", "needs-order"),
            (Halt.ORDERED, "执1号", "suspended"),
            (Halt.OBJECTION, None, "needs-order"),
            (Halt.FAULT, None, "suspended"),
            (Halt.DANGER, None, "suspended"),
        ],
    )
    def test_names_the_order_behind_it_art_28_36(self, reason, order, expected):
        assert result(judicial.suspend, judicial.announced(), NOON, Suspend(reason=reason, order=order)) == expected

    @pytest.mark.parametrize(
        ("ended_at", "expected"),
        [
            (NOON - INSTANT, "cause-not-over"),
            (NOON, "announced"),
            (NOON + DAY, "announced"),
            (NOON + DAY + INSTANT, "cause-not-over"),
        ],
    )
    def test_ends_after_its_cause(self, ended_at, expected):
        lot = judicial.suspend(judicial.announced(), NOON).lot

        assert result(judicial.resume, lot, NOON + DAY, ended_at) == expected

    def test_takes_deposits_past_the_old_end(self):
        lot = judicial.suspend(judicial.announced(), NOON).lot

        answer = result(rules.decide, lot, judicial.deposit(CAI, None), make.cause(make.OFFICER, END + DAY))

        assert answer is State.SUSPENDED

    def test_answers_a_bid_that_came_before_it_and_was_held_up(self):
        lot = judicial.suspend(judicial.announced(), NOON + 2 * INSTANT).lot

        assert result(judicial.offer, lot, CAI, 100_000, NOON + INSTANT) == "processed-too-late"
        assert result(judicial.offer, lot, CAI, 100_000, NOON + 2 * INSTANT) == "suspended"

    def test_held_up_turns_away_what_was_parked_since(self):
        lot = judicial.offer(judicial.announced(), CAI, 100_000).lot
        lot = judicial.offer(lot, ANN, 101_000, END, 2).lot
        lot = judicial.offer(lot, BEN, 102_000, END + INSTANT, 3).lot
        decision = judicial.suspend(lot, END - INSTANT)

        assert (decision.lot.parked, decision.lot.parked_since, decision.lot.price_fen) == ((), None, 100_000)
        assert [(one.bid.id, one.state, one.refusal, one.number) for one in decision.outcomes] == [
            (make.bid_id(2), "refused", "auctions/suspended", 2),
            (make.bid_id(3), "refused", "auctions/suspended", 3),
        ]
        assert [event.kind for event in decision.events] == ["auction.lot_suspended"] + ["auction.bid_refused"] * 2

    def test_first_decides_what_was_parked_and_is_due(self):
        lot = judicial.offer(judicial.announced(), CAI, 100_000).lot
        lot = judicial.offer(lot, ANN, 101_000, END, 2).lot  # parked
        lot = judicial.offer(lot, BEN, 100_000, END - INSTANT, 3).lot  # in time, decided late: extends
        decision = judicial.suspend(lot, END + GRACE)

        assert [event.kind for event in decision.events] == ["auction.bid_accepted", "auction.lot_suspended"]
        assert (decision.lot.price_fen, decision.lot.parked) == (101_000, ())
        assert decision.lot.state is State.SUSPENDED

    @given(st.lists(st.tuples(st.integers(0, 1_300), st.integers(0, 10_000)), max_size=5))
    def test_gives_nobody_more_or_less_time_than_was_left(self, pauses):
        lot, at = judicial.announced(), NOON
        for wait, held in pauses:
            at += timedelta(minutes=wait)
            if at >= lot.ends_at:
                break
            left = lot.ends_at - at
            lot = judicial.suspend(lot, at).lot
            at += timedelta(minutes=held)
            try:
                lot = judicial.resume(lot, at).lot
            except YearNotLoaded:
                break
            assert lot.ends_at - at == max(left, WINDOW)

    def test_asks_that_the_working_days_of_what_follows_are_known(self):
        lot = judicial.suspend(judicial.announced(), NOON).lot

        assert result(judicial.resume, lot, NOON + 365 * DAY) == "kernel/year-not-loaded"


class TestCancel:
    def test_ends_a_suspended_lot_for_good(self):
        decision = judicial.cancel(judicial.suspend(judicial.announced(), NOON).lot, NOON + DAY)

        assert (decision.lot.state, decision.lot.suspension) == (State.WITHDRAWN, None)
        [event] = decision.events
        assert (event.kind, event.data) == (
            "auction.lot_cancelled",
            {"reason": "ordered", "order": "(2026)内01执1号"},
        )

    def test_names_its_order(self):
        lot = judicial.suspend(judicial.announced(), NOON).lot
        command = replace(judicial.OFF, order=None)

        assert result(judicial.cancel, lot, NOON, command) == "needs-order"
