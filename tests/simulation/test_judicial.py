"""judicial-2016@2 against a plain loop that sorts: ranked matches, and suspensions that stop the clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import precondition, rule

from exchange.auctions import rules
from exchange.auctions.model import Announce, State
from tests import make_auctions as make
from tests import make_judicial as judicial
from tests.make_auctions import ANN, BEN, CAI, END
from tests.models.judicial import Judicial

from .hearing import Hearing


@dataclass(frozen=True)
class Halted:
    """An officer suspends the lot."""

    at: datetime


@dataclass(frozen=True)
class Resumed:
    """And lets it go on."""

    at: datetime


class JudicialMachine(Hearing):
    """Ann has a right of rank 1, Ben one of rank 2, Cai none."""

    PROFILES = (judicial.RULE,)

    def model(self, profile: str) -> Judicial:
        return Judicial(ends_at=END, ranks={ANN: 1, BEN: 2})

    def begin(self, profile, reserve_fen):
        record, lot, at = make.Record(), judicial.draft(), judicial.PUBLISHED
        lot = record.take(rules.decide(lot, Announce(), make.cause(make.SELLER, at)), at)
        for organisation, rank in ((ANN, 1), (BEN, 2), (CAI, None)):
            command = judicial.deposit(organisation, rank)
            lot = record.take(rules.decide(lot, command, make.cause(make.OFFICER, at)), at)
        return record, lot

    def decide(self, lot, asked):
        if isinstance(asked, Halted):
            return judicial.suspend(lot, asked.at)
        if isinstance(asked, Resumed):
            return judicial.resume(lot, asked.at)
        if isinstance(asked, datetime):
            return make.tick(lot, asked)
        return judicial.offer(lot, asked.organisation, asked.amount_fen, asked.at, asked.number)

    def ask(self, asked) -> None:
        self.asked.append(asked)
        self.take(self.decide(self.lot, asked), asked.at)

    @precondition(lambda self: not self.waiting and not self.parked and self.now < self.lot.ends_at)
    @precondition(lambda self: self.lot.state is State.ANNOUNCED)
    @rule(held_s=st.integers(0, 200_000), organisation=st.sampled_from([ANN, BEN, CAI]))
    def interrupt(self, held_s, organisation) -> None:
        since = self.now
        self.ask(Halted(since))
        self.now += timedelta(seconds=held_s)
        refusal = make.refused(judicial.offer, self.lot, organisation, 10**6, self.now, 99)
        assert make.code_of(refusal) == "suspended"
        assert make.code_of(make.refused(make.tick, self.lot, self.now)) == "wrong-state"
        self.the_auditor_agrees()
        self.plain.interrupt(since, self.now)
        self.late = []  # who was late for the end as it was
        self.ask(Resumed(self.now))


JudicialMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=15, deadline=None)
TestJudicial = JudicialMachine.TestCase
