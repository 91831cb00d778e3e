"""A lot of several licences from its opening to its result: bids late and parked among them.

After every step the lot is what the model says and the auditor agrees; the whole story told anew gives the same bytes.
"""

from datetime import datetime, timedelta

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from exchange.auctions import checks, rules
from exchange.auctions.model import BidState, State
from ledger.kernel import canonical
from ledger.kernel.errors import Refusal
from tests import make_auctions as make
from tests import make_uniform as uniform
from tests.make_auctions import END, GRACE, NOON
from tests.models.uniform import Stall

MILLISECOND = timedelta(milliseconds=1)


class UniformMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.record = make.Record()
        self.now = NOON
        self.sent: dict[str, tuple[str, int, datetime]] = {}
        self.parked: list[str] = []
        self.asked: list[tuple[object, ...]] = []
        self.audited = 0

    @initialize(count=st.integers(2, 3), reserve_fen=st.sampled_from([None, 103_000]))
    def announce(self, count, reserve_fen) -> None:
        self.reserve = reserve_fen or 0
        self.lot = self.first = uniform.opened(self.record, count, reserve_fen=reserve_fen)
        self.begun = len(self.record.entries)
        self.stall = Stall(ends_at=END, licences=count)

    @rule(step=st.sampled_from([1, 999, 2_000, 299_999, 3_600_000]))
    def wait(self, step) -> None:
        self.now += step * MILLISECOND

    @rule(seconds=st.integers(-3, 3))
    def wait_until_about_the_end(self, seconds) -> None:
        self.now = max(self.now, self.lot.ends_at + timedelta(seconds=seconds))

    @rule(
        who=st.sampled_from(uniform.ALL),
        more=st.sampled_from([-1, 0, 0, 1, 999, 5_000]),
        lag=st.sampled_from([0, 1_500]),
    )
    def bid(self, who, more, lag) -> None:
        """A bid, about what would win; some are processed only a while after they arrived."""
        price, number = rules.threshold(self.lot) + more, len(self.sent)
        at = max(NOON, self.now - lag * MILLISECOND)
        self.sent[make.bid_id(number)] = (who, price, at)
        said = "accepted"
        try:
            self.act(make.PlaceBid(bid=make.bid_id(number), amount_fen=price), make.cause(who, at), make.bidder(who))
        except Refusal as refusal:
            said = make.code_of(refusal)
        if said != "accepted" and not self.parked and self.lot.state is State.ANNOUNCED:
            late = at >= self.lot.ends_at + GRACE
            assert said == ("past-end" if late else self.stall.hear(who, price, at))

    @rule()
    def tick(self) -> None:
        due = rules.due_at(self.lot)
        if due is not None and self.now >= due:
            self.act(make.Tick(), make.clock(self.now))

    def act(self, command, cause, bidder=None) -> None:
        decision = rules.decide(self.lot, command, cause, bidder=bidder)
        self.asked.append((command, cause, bidder))
        self.lot = self.record.take(decision, cause.at)
        for one in decision.outcomes:
            if one.state is BidState.PARKED:
                self.parked.append(one.bid.id)
                continue
            if one.bid.id in self.parked:
                self.parked.remove(one.bid.id)
            said = (one.refusal or "accepted").removeprefix("auctions/")
            assert said == self.stall.hear(*self.sent[one.bid.id])

    @invariant()
    def the_lot_is_what_the_model_says(self) -> None:
        if not self.record.entries:
            return
        assert (self.lot.ends_at, self.lot.bid_count) == (self.stall.ends_at, self.stall.heard)
        found = [one.organisation for one in rules.ranked(self.lot)]
        assert found == [who for _, _, who in sorted(self.stall.slips)]
        if self.lot.state is State.ANNOUNCED and found:
            assert self.lot.price_fen == self.stall.price()

    @invariant()
    def the_auditor_agrees(self) -> None:
        if len(self.record.entries) > self.audited:
            self.audited = len(self.record.entries)
            assert checks.check(self.record.entries) == []

    def teardown(self) -> None:
        if not self.record.entries:
            return
        while (due := rules.due_at(self.lot)) is not None:
            self.act(make.Tick(), make.clock(due))
        winners = self.stall.winners(self.reserve)
        assert self.lot.state is (State.SOLD if winners else State.UNSOLD)
        if winners:
            sealed = self.record.entries[-1]["opened"]
            assert sealed["buyers"] == winners
            assert self.lot.price_fen == max(self.stall.price(), self.reserve)
        assert checks.check(self.record.entries) == []
        again, lot = make.Record(), self.first
        for command, cause, bidder in self.asked:
            lot = again.take(rules.decide(lot, command, cause, bidder=bidder), cause.at)
        told = [one["data"] for one in self.record.entries[self.begun :]]
        assert canonical.encode([one["data"] for one in again.entries]) == canonical.encode(told)
        assert lot == self.lot


UniformMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)
TestUniform = UniformMachine.TestCase
