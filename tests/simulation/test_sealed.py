"""Envelopes and openings handed over late and out of order, against a clerk with a drawer, under both prices.

After every step nothing that is public, nothing in the lot and no refusal tells an amount that was not yet ranked; and
what was asked, asked again of a fresh lot, leaves the same bytes.
"""

import re
from datetime import datetime, timedelta

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from exchange.auctions import rules
from exchange.auctions.model import Announce, State
from ledger.kernel import canonical
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, END, GRACE, NOON
from tests.models.sealed import Clerk

MICROSECOND = timedelta(microseconds=1)
MILLISECOND = timedelta(milliseconds=1)
WINDOW = timedelta(hours=2)
EVE = NOON - make.DAY
AMOUNTS = (98_765, 100_000, 123_457, 123_458, 145_679)
"""Few, so that ties come; and told apart from anything else that is written in a record."""


def micros(at: datetime) -> int:
    return (at - NOON) // MICROSECOND


class SealedMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.record = make.Record(opened=False)
        self.asked: list[tuple] = []
        self.waiting: list[tuple] = []
        self.count = 0
        self.written: dict[int, int] = {}  # envelope: what its bidder wrote
        self.said: list[object] = []

    @initialize(second=st.booleans(), reserve_fen=st.sampled_from([None, 123_458]))
    def announce(self, second: bool, reserve_fen) -> None:
        profile = "exchange-second-price@1" if second else "exchange-first-price@1"
        self.draft = make.draft(profile, increments=(), reserve_fen=reserve_fen)
        self.lot, self.now = self.begin(self.record), END - 5 * MILLISECOND
        self.clerk = Clerk(
            0, micros(END), GRACE // MICROSECOND, WINDOW // MICROSECOND, 100_000, reserve_fen or 0, second
        )

    def begin(self, record: make.Record):
        return record.take(rules.decide(self.draft, Announce(), make.cause(make.SELLER, EVE)), EVE)

    @rule(step=st.sampled_from([0, 1, 2, 1_000, 1_999, 2_000, 600_000]))
    def wait(self, step: int) -> None:
        self.now += step * MILLISECOND

    @rule(
        until=st.sampled_from([END, END + GRACE, END + GRACE + WINDOW, END + 2 * GRACE + WINDOW]),
        more=st.integers(-1, 1),
    )
    def wait_until_about(self, until: datetime, more: int) -> None:
        self.now = max(self.now, until + more * MICROSECOND)

    @rule(organisation=st.sampled_from([ANN, BEN, CAI]), amount_fen=st.sampled_from(AMOUNTS))
    def lodge(self, organisation, amount_fen: int) -> None:
        self.count += 1
        self.written[self.count] = amount_fen
        self.waiting.append(("lodge", organisation, amount_fen, self.now, self.count))

    @rule(organisation=st.sampled_from([ANN, BEN, CAI]), wrong=st.sampled_from([0, 0, 0, 1]))
    def open(self, organisation, wrong: int) -> None:
        """Somebody opens what it lodged last, or tries to make it something else."""
        held = self.clerk.drawer.get(organisation)
        amount_fen = self.written[held[2]] if held else 100_000
        self.waiting.append(("open", organisation, amount_fen + wrong, self.now, None))

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def hand_over(self, data) -> None:
        asked = self.waiting.pop(data.draw(st.integers(0, len(self.waiting) - 1)))
        verb, organisation, amount_fen, at, number = asked
        if verb == "lodge":
            expected = self.clerk.lodge(organisation, number, micros(at))
        else:
            held = self.clerk.drawer.get(organisation)
            written = self.written[held[2]] if held else None
            expected = self.clerk.open(organisation, amount_fen, written, micros(at))
        self.ask(asked, expected)

    @rule()
    def tick(self) -> None:
        self.ask(("tick", None, None, self.now, None), self.clerk.look(micros(self.now)))

    def ask(self, asked: tuple, expected: str) -> None:
        refusal = make.refused(self.perform, self.lot, asked)
        if refusal is not None:
            self.said.append([refusal.code(), refusal.detail, dict(refusal.facts)])
            assert make.code_of(refusal) == expected
            return
        decision = self.perform(self.lot, asked)
        assert decision.lot.state == expected
        self.asked.append(asked)
        self.lot = self.record.take(decision, asked[3])

    @staticmethod
    def perform(lot, asked: tuple):
        verb, organisation, amount_fen, at, number = asked
        if verb == "tick":
            return make.tick(lot, at)
        if verb == "lodge":
            return make.lodge(lot, organisation, amount_fen, at, number)
        return make.open_up(lot, organisation, amount_fen, at)

    @invariant()
    def the_lot_is_what_the_clerk_says(self) -> None:
        if not self.record.entries:
            return
        leader = self.lot.leader
        assert (leader and (leader.organisation, leader.amount_fen)) == self.clerk.winner
        assert self.lot.state == self.clerk.state
        due = rules.due_at(self.lot)
        assert (None if due is None else micros(due)) == self.clerk.due()
        assert {one.organisation: one.amount_fen for one in self.lot.envelopes} == {
            who: self.clerk.pile.get(who) for who in self.clerk.drawer
        }

    @invariant()
    def nothing_tells_an_amount_before_all_are_ranked(self) -> None:
        if self.record.entries and self.lot.state in {State.ANNOUNCED, State.OPENING}:
            public = canonical.encode(self.record.entries[1:]).decode() + repr(self.said)
            assert not re.search("123457|123458|145679|98765", public)

    def teardown(self) -> None:
        if not self.record.entries:
            return
        while (due := rules.due_at(self.lot)) is not None:
            self.now = max(self.now, due)
            self.tick()
        assert self.lot.state in {State.SOLD, State.UNSOLD}
        self.the_lot_is_what_the_clerk_says()
        again = make.Record(opened=False)
        lot = self.begin(again)
        for asked in self.asked:
            lot = again.take(self.perform(lot, asked), asked[3])
        assert canonical.encode(again.entries) == canonical.encode(self.record.entries)
        assert lot == self.lot


SealedMachine.TestCase.settings = settings(max_examples=200, stateful_step_count=25, deadline=None)
TestSealed = SealedMachine.TestCase
