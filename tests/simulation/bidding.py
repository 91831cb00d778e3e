"""Bids that reach the rules late and out of order, around an end that moves, with a clock that may sleep.

The one promise of the machinery around the rules: whatever arrives is handed over within the grace. Then no bid is lost
that the extensions, all counted, would have covered; and the result is that of a plain loop over the bids in the order
in which they were decided. Each format whose bids are prices has a machine that says which loop.
"""

from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from exchange.auctions import checks, rules
from exchange.auctions.model import Announce, BidState, State
from ledger.kernel import canonical
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


class BiddingMachine(RuleBasedStateMachine):
    """One lot, three bidders. A format says under which version, and gives the loop that foretells it."""

    PROFILE: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.plain: Any = None  # the format's model
        self.asked: list[Sent | datetime] = []  # the bids handed over and the ticks, in order
        self.record = make.Record()
        self.now = END - timedelta(seconds=2)
        self.waiting: list[Sent] = []
        self.sent: dict[str, Sent] = {}
        self.parked: list[Sent] = []
        self.late: list[datetime] = []
        self.audited = 0

    @initialize(reserve_fen=st.sampled_from([None, 105_000]))
    def announce(self, reserve_fen) -> None:
        self.reserve_fen = reserve_fen
        self.plain = self.foretold(reserve_fen or 0)
        self.lot = self.announced(self.record)

    def announced(self, record: make.Record) -> Any:
        """Announce the lot and take everybody's deposit."""
        lot, eve = make.draft(self.PROFILE, reserve_fen=self.reserve_fen), NOON - make.DAY
        lot = record.take(rules.decide(lot, Announce(), make.cause(make.SELLER, eve)), eve)
        for organisation in (ANN, BEN, CAI):
            lot = record.take(rules.decide(lot, make.deposit(organisation), make.cause(make.OFFICER, eve)), eve)
        return lot

    def foretold(self, reserve_fen: int) -> Any:
        """Return the model of a lot that ends at `END`."""
        raise NotImplementedError

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
        self.send(organisation, (self.plain.price or 100_000) + more_fen)

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
        end, price_fen = self.lot.ends_at, self.plain.price or 100_000
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
            self.ticked(self.now)
        else:
            refusal = make.refused(make.tick, self.lot, self.now)
            assert make.code_of(refusal) == ("wrong-state" if due is None else "not-due")

    def send(self, organisation, amount_fen: int) -> None:
        bid = Sent(len(self.sent), organisation, amount_fen, self.now)
        self.sent[make.bid_id(bid.number)] = bid
        self.waiting.append(bid)

    def ticked(self, at: datetime) -> None:
        self.asked.append(at)
        self.take(make.tick(self.lot, at), at)

    def hand_over(self, bid: Sent) -> None:
        self.asked.append(bid)
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
            assert said == self.hear(self.plain, bid)
            if said == "past-end":
                self.late.append(bid.at)

    def hear(self, plain: Any, bid: Sent) -> str:
        """What the model says of a bid."""
        said: str = plain.hear(bid.organisation, bid.amount_fen, bid.at)
        return said

    def refuse(self, bid: Sent, said: str) -> None:
        """A refusal at once is what a loop that had first heard those parked before it would say."""
        if said == "processed-too-late":
            self.late.append(bid.at)
            return
        ahead = deepcopy(self.plain)
        if self.parked and bid.at >= self.lot.parked_since + GRACE:
            for parked in sorted(self.parked, key=lambda other: other.at):
                self.hear(ahead, parked)
        assert said == self.hear(ahead, bid)
        if said == "past-end":
            self.late.append(bid.at)

    @invariant()
    def the_lot_is_what_the_loop_says(self) -> None:
        if self.record.entries:
            leader = self.lot.leader.organisation if self.lot.leader else None
            found = (self.lot.price_fen, leader, self.lot.ends_at, self.lot.bid_count)
            assert found == (self.plain.price, self.plain.leader, self.plain.ends_at, self.plain.accepted)

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
            self.ticked(due)
        assert self.lot.state is (State.SOLD if self.plain.sold else State.UNSOLD)
        assert not self.lot.parked
        self.the_auditor_agrees()
        self.the_same_requests_give_the_same_bytes()

    def the_same_requests_give_the_same_bytes(self) -> None:
        again = make.Record()
        lot = self.announced(again)
        for one in self.asked:
            at = one if isinstance(one, datetime) else one.at
            try:
                if isinstance(one, datetime):
                    decision = make.tick(lot, at)
                else:
                    decision = make.offer(lot, one.organisation, one.amount_fen, at, one.number)
            except Refusal:
                continue
            lot = again.take(decision, at)
        assert lot == self.lot
        assert canonical.encode(again.entries) == canonical.encode(self.record.entries)
