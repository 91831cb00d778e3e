"""Bids that reach the rules late and out of order, around an end that moves, with a clock that may sleep.

The one promise of the machinery around the rules: whatever arrives is handed over within the grace. Then no bid is lost
that the extensions, all counted, would have covered; and the result is that of a plain loop over the bids in the order
in which they were decided.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from exchange.auctions import checks, rules
from exchange.auctions.model import Announce, BidState, State
from ledger.kernel.errors import Refusal
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, END, GRACE, NOON

MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Sent:
    """A bid that has arrived and waits for its turn."""

    number: int
    organisation: str
    amount_fen: int
    at: datetime


@dataclass(slots=True)
class Plain:
    """What the auction is, without windows or parking: bids one after another."""

    price_fen: int | None = None
    leader: str | None = None
    ends_at: datetime = END
    accepted: int = 0

    def hear(self, bid: Sent) -> str:
        least = 100_000 if self.price_fen is None else self.price_fen + 1_000
        if bid.at >= self.ends_at:
            return "past-end"
        if bid.amount_fen < least:
            return "below-start" if self.price_fen is None else "below-increment"
        if bid.organisation == self.leader:
            return "already-leading"
        self.price_fen, self.leader = bid.amount_fen, bid.organisation
        self.ends_at = max(self.ends_at, bid.at + timedelta(minutes=5))
        self.accepted += 1
        return "accepted"


class AuctionMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.plain = Plain()
        self.record = make.Record()
        self.now = END - timedelta(seconds=2)
        self.waiting: list[Sent] = []
        self.sent: dict[str, Sent] = {}
        self.parked: list[Sent] = []
        self.late: list[datetime] = []
        self.audited = 0

    @initialize(reserve_fen=st.sampled_from([None, 105_000]))
    def announce(self, reserve_fen) -> None:
        lot, eve = make.draft(reserve_fen=reserve_fen), NOON - make.DAY
        lot = self.record.take(rules.decide(lot, Announce(), make.cause(make.SELLER, eve)), eve)
        for organisation in (ANN, BEN, CAI):
            lot = self.record.take(rules.decide(lot, make.deposit(organisation), make.cause(make.OFFICER, eve)), eve)
        self.lot = lot

    @rule(step=st.sampled_from([1, 1, 500, 999, 1_000, 1_999, 2_000, 299_999]))
    def wait(self, step: int) -> None:
        """Time passes, but nothing that has arrived is kept waiting for as long as the grace."""
        soonest = min((bid.at for bid in self.waiting), default=None)
        self.now += step * MILLISECOND
        if soonest is not None:
            self.now = min(self.now, soonest + GRACE - MILLISECOND)

    @rule(seconds=st.integers(-3, 3))
    def wait_until_about_the_end(self, seconds: int) -> None:
        target = self.lot.ends_at + timedelta(seconds=seconds)
        if target > self.now:
            self.wait((target - self.now) // MILLISECOND)

    @rule(organisation=st.sampled_from([ANN, BEN, CAI]), more_fen=st.sampled_from([-1, 0, 1, 999, 1_000, 5_000]))
    def arrive(self, organisation, more_fen: int) -> None:
        self.send(organisation, (self.plain.price_fen or 100_000) + more_fen)

    @precondition(lambda self: self.now <= self.lot.ends_at - timedelta(seconds=1) and not self.waiting)
    @rule(
        rush=st.lists(
            st.tuples(st.sampled_from([ANN, BEN, CAI]), st.integers(1, 6), st.integers(-900, 900)),
            min_size=2,
            max_size=5,
        ),
        data=st.data(),
    )
    def rush_at_the_end(self, rush, data) -> None:
        """Several bids arrive within a second of the end, and are handed over in any order."""
        end, price_fen = self.lot.ends_at, self.plain.price_fen or 100_000
        for organisation, steps, offset in sorted(rush, key=lambda one: one[2]):
            self.now = end + offset * MILLISECOND
            self.send(organisation, price_fen + steps * 1_000)
        self.now = end + timedelta(seconds=1)
        for bid in data.draw(st.permutations(self.waiting)):
            self.hand_over(bid)
        self.waiting = []

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def process(self, data) -> None:
        self.hand_over(self.waiting.pop(data.draw(st.integers(0, len(self.waiting) - 1))))

    @rule()
    def tick(self) -> None:
        due = rules.due_at(self.lot)
        if due is not None and self.now >= due:
            self.take(make.tick(self.lot, self.now), self.now)
        else:
            refusal = make.refused(make.tick, self.lot, self.now)
            assert make.code_of(refusal) == ("wrong-state" if due is None else "not-due")

    def send(self, organisation, amount_fen: int) -> None:
        bid = Sent(len(self.sent), organisation, amount_fen, self.now)
        self.sent[make.bid_id(bid.number)] = bid
        self.waiting.append(bid)

    def hand_over(self, bid: Sent) -> None:
        try:
            decision = make.offer(self.lot, bid.organisation, bid.amount_fen, bid.at, bid.number)
        except Refusal as refusal:
            self.refuse(bid, make.code_of(refusal))
        else:
            self.take(decision, bid.at)

    def take(self, decision, at: datetime) -> None:
        self.lot = self.record.take(decision, at)
        for one in decision.outcomes:
            bid = self.sent[one.bid.id]
            if one.state is BidState.PARKED:
                self.parked.append(bid)
                continue
            if bid in self.parked:
                assert bid == min(self.parked, key=lambda other: other.at)
                self.parked.remove(bid)
            said = (one.refusal or "accepted").removeprefix("auctions/")
            assert said == self.plain.hear(bid)
            if said == "past-end":
                self.late.append(bid.at)

    def refuse(self, bid: Sent, said: str) -> None:
        """A refusal at once is what a loop that had first heard those parked before it would say."""
        if said == "processed-too-late":
            self.late.append(bid.at)
            return
        ahead = replace(self.plain)
        if self.parked and bid.at >= self.lot.parked_since + GRACE:
            for parked in sorted(self.parked, key=lambda other: other.at):
                ahead.hear(parked)
        assert said == ahead.hear(bid)
        if said == "past-end":
            self.late.append(bid.at)

    @invariant()
    def the_lot_is_what_the_loop_says(self) -> None:
        if self.record.entries:
            leader = self.lot.leader.organisation if self.lot.leader else None
            found = (self.lot.price_fen, leader, self.lot.ends_at, self.lot.bid_count)
            assert found == (self.plain.price_fen, self.plain.leader, self.plain.ends_at, self.plain.accepted)

    @invariant()
    def nobody_was_late_who_was_covered(self) -> None:
        assert all(at >= self.plain.ends_at for at in self.late)

    @invariant()
    def the_auditor_agrees(self) -> None:
        if len(self.record.entries) > self.audited:
            self.audited = len(self.record.entries)
            assert checks.check(self.record.entries) == []
            assert replace(checks.fold(self.record.entries), codes=()) == make.amounts_to(self.lot)

    def teardown(self) -> None:
        """Whatever happened, the lot closes, once, for the leader of the loop."""
        if not self.record.entries:
            return
        for bid in sorted(self.waiting, key=lambda other: other.at):
            self.hand_over(bid)
        while (due := rules.due_at(self.lot)) is not None:
            self.take(make.tick(self.lot, due), due)
        reserve_fen = self.lot.terms.reserve_fen or 0
        sold = self.plain.price_fen is not None and self.plain.price_fen >= reserve_fen
        assert self.lot.state is (State.SOLD if sold else State.UNSOLD)
        assert not self.lot.parked
        self.the_auditor_agrees()


AuctionMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=20, deadline=None)
TestAuction = AuctionMachine.TestCase
