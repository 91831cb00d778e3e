"""A machine that sends bids late and out of order around an end that moves, whatever the format.

The one promise of what is around the rules: whatever arrives is handed over within the grace. Then no bid is lost that
the extensions, all counted, would have covered, and the result is that of a model that hears the bids in the order in
which they were decided. The auditor agrees after every step, and the same requests give the same bytes.
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
EVE = NOON - make.DAY
who_bids = st.sampled_from([ANN, BEN, CAI])


@dataclass(frozen=True, slots=True)
class Sent:
    """A bid that has arrived and waits for its turn."""

    number: int
    organisation: str
    amount_fen: int
    at: datetime


class Hearing(RuleBasedStateMachine):
    """What is the same in every format; a format says its profiles, its terms and its model."""

    PROFILES: tuple[str, ...] = ()
    TERMS: ClassVar[dict[str, Any]] = {}
    RESERVES: tuple[int | None, ...] = (None,)
    BEGINS: datetime = END - timedelta(seconds=2)
    STEP = 1_000  # towards a better offer

    def __init__(self) -> None:
        super().__init__()
        self.record = make.Record()
        self.now = self.BEGINS
        self.waiting: list[Sent] = []
        self.sent: dict[str, Sent] = {}
        self.parked: list[Sent] = []
        self.late: list[datetime] = []
        self.asked: list[Any] = []  # bids, and instants at which time acts; a format may add what else it hears
        self.audited = 0

    def model(self, profile: str) -> Any:
        """A model of a lot nobody has bid for."""
        raise NotImplementedError

    def begin(self, profile: str, reserve_fen: int | None):
        """The record of an announced lot with three bidders, and the lot."""
        record, lot = make.Record(), make.draft(profile, reserve_fen=reserve_fen, **self.TERMS)
        lot = record.take(rules.decide(lot, Announce(), make.cause(make.SELLER, EVE)), EVE)
        for organisation in (ANN, BEN, CAI):
            lot = record.take(rules.decide(lot, make.deposit(organisation), make.cause(make.OFFICER, EVE)), EVE)
        return record, lot

    @initialize(data=st.data())
    def announce(self, data) -> None:
        self.profile = data.draw(st.sampled_from(self.PROFILES))
        self.reserve_fen = data.draw(st.sampled_from(self.RESERVES))
        self.plain = self.model(self.profile)
        self.record, self.lot = self.begin(self.profile, self.reserve_fen)

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

    @rule(organisation=who_bids, better_fen=st.sampled_from([-1, 0, 1, 999, 1_000, 5_000]))
    def arrive(self, organisation, better_fen: int) -> None:
        self.send(organisation, self.standing() + (better_fen if self.STEP > 0 else -better_fen))

    @precondition(lambda self: self.now <= self.lot.ends_at - timedelta(seconds=1) and not self.waiting)
    @rule(
        rush=st.lists(st.tuples(who_bids, st.integers(1, 6), st.integers(-900, 900)), min_size=2, max_size=5),
        data=st.data(),
    )
    def rush_at_the_end(self, rush, data) -> None:
        """Several bids arrive within a second of the end, and are handed over in any order."""
        end, price_fen = self.lot.ends_at, self.standing()
        for organisation, steps, offset in sorted(rush, key=lambda one: one[2]):
            self.now = end + offset * MILLISECOND
            self.send(organisation, price_fen + steps * self.STEP)
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
            self.let_time_act(self.now)
        else:
            refusal = make.refused(make.tick, self.lot, self.now)
            assert make.code_of(refusal) == ("wrong-state" if due is None else "not-due")

    def standing(self) -> int:
        return self.plain.price or 100_000

    def send(self, organisation, amount_fen: int) -> None:
        bid = Sent(len(self.sent), organisation, amount_fen, self.now)
        self.sent[make.bid_id(bid.number)] = bid
        self.waiting.append(bid)

    def hand_over(self, bid: Sent) -> None:
        self.asked.append(bid)
        try:
            decision = self.decide(self.lot, bid)
        except Refusal as refusal:
            self.refuse(bid, make.code_of(refusal))
        else:
            self.take(decision, bid.at)

    def let_time_act(self, at: datetime) -> None:
        self.asked.append(at)
        self.take(self.decide(self.lot, at), at)

    def decide(self, lot: Any, asked: Any) -> Any:
        """Ask the rules: a bid, or the clock."""
        if isinstance(asked, datetime):
            return make.tick(lot, asked)
        return make.offer(lot, asked.organisation, asked.amount_fen, asked.at, asked.number)

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
            assert said == self.plain.hear(bid.organisation, bid.amount_fen, bid.at)
            if said == "past-end":
                self.late.append(bid.at)

    def refuse(self, bid: Sent, said: str) -> None:
        """A refusal at once is what a model that had first heard those parked before it would say."""
        if said == "processed-too-late":
            self.late.append(bid.at)
            return
        ahead = deepcopy(self.plain)
        if self.parked and bid.at >= self.lot.parked_since + GRACE:
            for parked in sorted(self.parked, key=lambda other: other.at):
                ahead.hear(parked.organisation, parked.amount_fen, parked.at)
        assert said == ahead.hear(bid.organisation, bid.amount_fen, bid.at)
        if said == "past-end":
            self.late.append(bid.at)

    @invariant()
    def the_lot_is_what_the_model_says(self) -> None:
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
        """Whatever happened, the lot closes, once, as the model would; and it would all happen so again."""
        if not self.record.entries:
            return
        for bid in sorted(self.waiting, key=lambda other: other.at):
            self.hand_over(bid)
        while (due := rules.due_at(self.lot)) is not None:
            self.let_time_act(due)
        assert self.lot.state is (State.SOLD if self.plain.sells(self.reserve_fen) else State.UNSOLD)
        assert not self.lot.parked
        self.the_auditor_agrees()
        self.the_same_happens_again()

    def the_same_happens_again(self) -> None:
        record, lot = self.begin(self.profile, self.reserve_fen)
        for asked in self.asked:
            try:
                decision = self.decide(lot, asked)
            except Refusal:
                continue
            lot = record.take(decision, asked if isinstance(asked, datetime) else asked.at)
        assert lot == self.lot
        assert canonical.encode(record.entries) == canonical.encode(self.record.entries)
