"""A scored lot from its first deposit to its result: scores and bids in any order, late and parked ones among them.

After every step the lot is what the model says, the auditor agrees, and the whole story told anew gives the same bytes.
"""

from datetime import datetime, timedelta

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from exchange.auctions import checks, rules
from exchange.auctions.model import Announce, BidState, State
from ledger.kernel import canonical
from ledger.kernel.errors import Refusal
from tests import make_auctions as make
from tests import make_scored as scored
from tests.make_auctions import ANN, BEN, CAI, CODES, END, GRACE, NOON
from tests.models.scored import Book

MILLISECOND = timedelta(milliseconds=1)
PEOPLE = st.sampled_from([ANN, BEN, CAI])


class ScoredMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.book = Book(opens_at=NOON, ends_at=END)
        self.record = make.Record()
        self.now = scored.EVE
        self.admitted: dict[str, datetime] = {}
        self.sent: dict[str, tuple[str, int, datetime]] = {}
        self.parked: list[str] = []
        self.asked: list[tuple[object, ...]] = []
        self.audited = 0

    @initialize(reserve_fen=st.sampled_from([None, 120_000]), early=st.sets(PEOPLE, min_size=1))
    def announce(self, reserve_fen, early) -> None:
        self.first = scored.draft(reserve_fen=reserve_fen)
        self.lot = self.first
        self.act(Announce(), make.cause(make.SELLER, self.now))
        for one in sorted(early):
            self.deposit(one)
            for place in (1, 2, 3):
                self.score(one, place, scored.GIVEN[one][place - 1])

    @rule(step=st.sampled_from([1, 999, 1_000, 2_000, 299_999, 3_600_000]))
    def wait(self, step) -> None:
        self.now += step * MILLISECOND

    @rule(which=st.sampled_from(["opens", "ends", "ends", "ends"]), seconds=st.integers(-3, 3))
    def wait_until_about(self, which, seconds) -> None:
        at = NOON if which == "opens" else self.lot.ends_at
        self.now = max(self.now, at + timedelta(seconds=seconds))

    @precondition(lambda self: len(self.admitted) < 3 and self.now < self.lot.ends_at)
    @rule(who=PEOPLE)
    def deposit(self, who) -> None:
        if who not in self.admitted and self.lot.state is State.ANNOUNCED:
            self.act(make.deposit(who), make.cause(make.OFFICER, self.now))
            self.admitted[who] = self.now
            self.book.pay(who, self.now)

    @rule(who=PEOPLE, place=st.integers(1, 3), scores=st.tuples(st.integers(-1, 101), st.integers(0, 100)))
    def score(self, who, place, scores) -> None:
        if self.lot.state is not State.ANNOUNCED:
            return
        command = scored.command(who, scores, self.admitted.get(who))
        try:
            self.act(command, scored.panellist(place, self.now))
            said = "accepted"
        except Refusal as refusal:
            said = make.code_of(refusal)
        if not self.parked:  # while bids are parked the lot's end may be behind the model's
            assert said == self.book.judge(who, place, scores, self.now)
        elif said == "accepted":
            self.book.slips[who, place] = scores

    @precondition(lambda self: self.admitted and self.now >= NOON - timedelta(seconds=3))
    @rule(who=PEOPLE, more=st.sampled_from([-1, 0, 1, 999, 5_000]), lag=st.sampled_from([0, 0, 0, 1_500]))
    def bid(self, who, more, lag) -> None:
        """A bid, about what would lead; some are processed only a while after they arrived."""
        if who not in self.admitted:
            return
        ranked = {one.code: one.minimum_next_fen for one in rules.rankings(self.lot)}
        price = (ranked.get(CODES[who]) or 100_000) + more
        at, number = max(NOON - timedelta(seconds=3), self.now - lag * MILLISECOND), len(self.sent)
        command = make.PlaceBid(bid=make.bid_id(number), amount_fen=price)
        self.sent[make.bid_id(number)] = (who, price, at)
        ready = self.book.judged(who)
        try:
            self.act(command, make.cause(who, at), bidder=make.bidder(who))
        except Refusal as refusal:
            said = make.code_of(refusal)
            assert (said == "not-scored") is not ready
            if ready and not self.parked and self.lot.state is State.ANNOUNCED:
                early = at < NOON
                late = at >= self.lot.ends_at + GRACE
                expected = "not-yet-open" if early else "past-end" if late else self.book.hear(who, price, at)
                assert said == expected

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
            assert said == self.book.hear(*self.sent[one.bid.id])

    @invariant()
    def the_lot_is_what_the_model_says(self) -> None:
        if self.record.entries:
            leader = self.lot.leader.organisation if self.lot.leader else None
            assert (leader, self.lot.ends_at, self.lot.bid_count) == (
                self.book.leader,
                self.book.ends_at,
                self.book.heard,
            )
            assert {one.organisation: one.amount_fen for one in self.lot.standing} == self.book.prices
            for one in rules.rankings(self.lot):
                if one.total is not None:
                    who = next(name for name, code in CODES.items() if code == one.code)
                    assert one.total == self.book.total(who, self.book.prices[who])

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
        won = self.book.prices.get(self.book.leader or "")
        sold = won is not None and won >= (self.lot.terms.reserve_fen or 0)
        assert self.lot.state is (State.SOLD if sold else State.UNSOLD)
        assert checks.check(self.record.entries) == []
        again, lot = make.Record(), self.first
        for command, cause, bidder in self.asked:
            lot = again.take(rules.decide(lot, command, cause, bidder=bidder), cause.at)
        assert canonical.encode(again.entries) == canonical.encode(self.record.entries)
        assert lot == self.lot


ScoredMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)
TestScored = ScoredMachine.TestCase
