"""Bids that arrived before, during and after a suspension, and are handed over when it is over."""

from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.auctions import checks, rules
from exchange.auctions.model import Announce, Halt, Resume, Suspend
from tests import make_auctions as make
from tests import make_scored as scored
from tests.make_auctions import ANN, BEN, CAI, INSTANT, NOON

SINCE = NOON + timedelta(hours=1)
UNTIL = SINCE + timedelta(hours=3)


def halted(lot, record=None):
    """Suspend a lot for three hours, and let it go on."""
    for command, at in ((Suspend(reason=Halt.FAULT, order=None), SINCE), (Resume(cause_ended_at=SINCE), UNTIL)):
        decision = rules.decide(lot, command, make.cause(make.OFFICER, at))
        lot = record.take(decision, at) if record else decision.lot
    return lot


class TestPlaceBid:
    @pytest.mark.parametrize("profile", ["judicial-2016@1", "exchange-proxy@1", "exchange-rounds@1"])
    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (SINCE - INSTANT, "accepted"),
            (SINCE, "suspended"),
            (UNTIL - INSTANT, "suspended"),
            (UNTIL, "accepted"),
        ],
    )
    def test_counts_by_when_it_arrived_however_late_it_is_handed_over(self, profile, at, expected):
        closes_at = make.END + (make.WINDOW if "rounds" in profile else timedelta(0))
        lot = halted(make.announced(profile, closes_at=closes_at))

        assert make.code_of(make.refused(make.offer, lot, ANN, 100_000, at)) == expected


class TestTakePrice:
    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (SINCE - INSTANT, "processed-too-late"),  # by the clock as it now runs it can no longer be priced
            (SINCE, "suspended"),
            (UNTIL - INSTANT, "suspended"),
            (UNTIL, "accepted"),
        ],
    )
    def test_counts_by_when_it_arrived(self, at, expected):
        assert make.code_of(make.refused(make.take, halted(make.falling()), ANN, 0, at)) == expected


class TestScore:
    @pytest.mark.parametrize(("late", "expected"), [(-INSTANT, "accepted"), (timedelta(0), "scoring-over")])
    def test_loses_no_time_by_a_suspension(self, late, expected):
        """Paid half an hour before it: a day from then, and the three hours in which nobody could score."""
        admitted_at = SINCE - timedelta(minutes=30)
        closes_at = make.END + timedelta(days=2)
        lot = halted(scored.lot(sheets=(), closes_at=closes_at))
        at = admitted_at + timedelta(days=1) + (UNTIL - SINCE) + late

        refusal = make.refused(scored.score, lot, 1, ANN, at, admitted_at=admitted_at)

        assert make.code_of(refusal) == expected


class TestAuditor:
    def story(self, at):
        """A lot that was suspended, and a bid that is said to have arrived `at`."""
        record, eve = make.Record(), NOON - make.DAY
        lot = record.take(rules.decide(make.draft(), Announce(), make.cause(make.SELLER, eve)), eve)
        for organisation in (ANN, BEN, CAI):
            lot = record.take(rules.decide(lot, make.deposit(organisation), make.cause(make.OFFICER, eve)), eve)
        lot = halted(lot, record)
        record.take(make.offer(replace(lot, halts=()), ANN, 100_000, at, 1), at)
        return checks.check(record.entries)

    def test_takes_what_arrived_before_and_after(self):
        assert self.story(SINCE - INSTANT) == self.story(UNTIL) == []

    def test_finds_what_arrived_while_nobody_could_bid(self):
        assert any("which deserved auctions/suspended" in one for one in self.story(UNTIL - INSTANT))
