"""Clicks on a falling clock that are handed over late and out of order, against a referee with a stopwatch.

Whatever happens, the rules and the referee say the same, the auditor agrees after every step, and what was asked, asked
again of a fresh lot, leaves the same bytes.
"""

from datetime import datetime, timedelta

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from exchange.auctions import checks, rules
from exchange.auctions.model import Announce, BidState, Clock, State
from ledger.kernel import canonical
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, NOON
from tests.models.dutch import Referee

MICROSECOND = timedelta(microseconds=1)
MILLISECOND = timedelta(milliseconds=1)
HOUR = timedelta(hours=1)
EVE = NOON - make.DAY


def micros(at: datetime) -> int:
    return (at - NOON) // MICROSECOND


class DutchMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.record = make.Record()
        self.asked: list[tuple] = []
        self.waiting: list[tuple] = []
        self.clicks = 0
        self.said: dict[str, str] = {}
        self.audited = 0

    @initialize(
        floor=st.sampled_from([90_000, 90_500, 99_999]),
        drop=st.sampled_from([1_000, 3_333, 50_000]),
        every=st.sampled_from([10, 60]),
    )
    def announce(self, floor: int, drop: int, every: int) -> None:
        clock = Clock(floor_fen=floor, step_fen=drop, step_s=every)
        self.draft = make.draft("exchange-dutch@1", increments=(), form=clock, closes_at=NOON + HOUR)
        self.lot, self.now = self.begin(self.record), NOON - 2 * MILLISECOND
        micro = 1_000_000
        self.referee = Referee(0, 3_600 * micro, 100_000, floor, drop, every * micro, 500_000)

    def begin(self, record: make.Record):
        lot = record.take(rules.decide(self.draft, Announce(), make.cause(make.SELLER, EVE)), EVE)
        for organisation in (ANN, BEN, CAI):
            lot = record.take(rules.decide(lot, make.deposit(organisation), make.cause(make.OFFICER, EVE)), EVE)
        return lot

    @rule(step=st.sampled_from([1, 1, 2, 499, 500, 9_999, 10_000, 60_000, 600_000]))
    def wait(self, step: int) -> None:
        self.now += step * MILLISECOND

    @rule(more=st.integers(-2, 2))
    def wait_until_about_the_next_fall(self, more: int) -> None:
        face = rules.face(self.lot, self.now)
        if face is not None and face.next_at is not None:
            self.now = max(self.now, face.next_at + more * MICROSECOND)

    @rule(more=st.integers(-2, 2))
    def wait_until_about_the_end(self, more: int) -> None:
        self.now = max(self.now, self.lot.ends_at + more * MICROSECOND)

    @rule(organisation=st.sampled_from([ANN, BEN, CAI]), ahead=st.sampled_from([0, 0, 0, -1, 1, -20]))
    def click(self, organisation, ahead: int) -> None:
        """Somebody clicks on what the clock shows, or on what it showed, or will."""
        self.clicks += 1
        self.waiting.append((self.clicks, organisation, self.referee.shows(micros(self.now)) + ahead, self.now))

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def hand_over(self, data) -> None:
        click, organisation, seen, at = self.waiting.pop(data.draw(st.integers(0, len(self.waiting) - 1)))
        expected = self.referee.hear(click, seen, micros(at))
        refusal = make.refused(make.take, self.lot, organisation, seen, at, click)
        if refusal is not None:
            assert make.code_of(refusal) == expected
            return
        decision = make.take(self.lot, organisation, seen, at, click)
        assert decision.outcomes[-1].state == expected
        assert decision.outcomes[-1].bid.amount_fen <= 100_000 - max(0, seen) * self.referee.drop or (
            decision.outcomes[-1].bid.amount_fen == self.referee.floor
        )
        self.asked.append((click, organisation, seen, at))
        self.take(decision, at)

    @rule()
    def tick(self) -> None:
        expected = self.referee.look(micros(self.now))
        refusal = make.refused(make.tick, self.lot, self.now)
        if refusal is not None:
            assert make.code_of(refusal) == expected
            return
        decision = make.tick(self.lot, self.now)
        assert decision.lot.state == expected
        self.asked.append((None, None, None, self.now))
        self.take(decision, self.now)

    def take(self, decision, at: datetime) -> None:
        self.lot = self.record.take(decision, at)
        for one in decision.outcomes:
            self.said[one.bid.id] = one.refusal or one.state
            if one.state is BidState.REFUSED:
                assert one.refusal == "auctions/already-taken"

    @invariant()
    def the_lot_is_what_the_referee_says(self) -> None:
        if not self.record.entries:
            return
        won = self.referee.winner
        leader = self.lot.leader
        assert (leader and (leader.id, leader.amount_fen, micros(leader.arrived_at))) == (
            won and (make.bid_id(won[0]), won[1], won[2])
        )
        assert len(self.lot.parked) == len(self.referee.waiting)
        due = rules.due_at(self.lot)
        assert (None if due is None else micros(due)) == self.referee.due()
        assert self.lot.ends_at == (leader.arrived_at if leader else self.lot.terms.closes_at)
        lost = {make.bid_id(one) for one in self.referee.losers}
        assert {name for name, said in self.said.items() if said == "auctions/already-taken"} == lost

    @invariant()
    def the_auditor_agrees(self) -> None:
        if len(self.record.entries) > self.audited:
            self.audited = len(self.record.entries)
            assert checks.check(self.record.entries) == []
            folded = checks.fold(self.record.entries)
            assert (folded.state, folded.price_fen, folded.ends_at) == (
                self.lot.state,
                self.lot.price_fen,
                self.lot.ends_at,
            )
            assert folded.parked == tuple(one.id for one in self.lot.parked)

    def teardown(self) -> None:
        """Time ends every lot, exactly once; and the same requests leave the same bytes."""
        if not self.record.entries:
            return
        due = rules.due_at(self.lot)
        if due is not None:
            self.now = max(self.now, due)
            self.tick()
        assert self.lot.state in {State.SOLD, State.UNSOLD}
        self.the_lot_is_what_the_referee_says()
        self.the_auditor_agrees()
        again = make.Record()
        lot = self.begin(again)
        for click, organisation, seen, at in self.asked:
            lot = again.take(make.tick(lot, at) if click is None else make.take(lot, organisation, seen, at, click), at)
        assert canonical.encode(again.entries) == canonical.encode(self.record.entries)
        assert lot == self.lot


DutchMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
TestDutch = DutchMachine.TestCase
