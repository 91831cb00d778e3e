"""Any bids, by anyone, at any time, over HTTP: each answer is what a simple model foretells, and the record agrees.

The model knows one lot as a list of accepted amounts and an end; it shares no line with the rules.
"""

from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from ledger.kernel import instant
from tests.market import Market, yuan

START, STEP, RESERVE = 100_000, 1_000, 103_000
EXTENSION, GRACE = timedelta(minutes=5), timedelta(seconds=2)


class Exchange(RuleBasedStateMachine):
    market: Market  # a fresh one for every run, given by the test

    @initialize()
    def open_a_lot(self) -> None:
        market = self.market
        self.lot = market.running_lot(market.member("university"), reserve=yuan(str(RESERVE)))
        self.bidders = [market.bidder(self.lot) for _ in range(3)]
        self.now = market.now()
        self.end = instant.parse(market.read_lot(self.lot)["ends_at"])
        self.accepted: list[tuple[int, int]] = []  # (amount, bidder)
        self.parked = None  # the end at which parking began
        self.waiting: list[tuple[str, dict, object]] = []
        self.closed = False

    def foretell(self, who: int, amount: int) -> int:
        """The status a bid of `amount` by bidder `who` gets now."""
        if self.closed or self.now >= (self.parked or self.end) + GRACE:
            return 409
        if self.now >= (self.parked or self.end):
            return 202
        least = self.accepted[-1][0] + STEP if self.accepted else START
        leads = bool(self.accepted) and self.accepted[-1][1] == who
        return 201 if amount >= least and not leads else 409

    @rule(who=st.integers(0, 2), over=st.integers(-1, 3), aside=st.booleans())
    def bid(self, who: int, over: int, aside: bool) -> None:
        base = self.accepted[-1][0] if self.accepted else START - STEP
        amount = max(1, base + STEP * over - aside)
        foretold = self.foretell(who, amount)
        body, key = {"amount": yuan(str(amount))}, f"bid-{id(self)}-{len(self.waiting)}-{self.now}-{who}-{amount}"
        answer = self.market.call("POST", f"/v1/lots/{self.lot}/bids", self.bidders[who], body, key=key)
        if answer.headers.get("idempotency-replayed"):
            return
        assert answer.status_code == foretold, answer.text
        again = self.market.call("POST", f"/v1/lots/{self.lot}/bids", self.bidders[who], body, key=key)
        assert (again.status_code, again.json()) == (answer.status_code, answer.json())
        if foretold == 201:
            self.accepted.append((amount, who))
            self.end = max(self.end, self.now + EXTENSION)
        elif foretold == 202:
            self.parked = self.parked or self.end

    @rule(seconds=st.sampled_from([1, 60, 3_000, 20_000, 90_000]))
    def wait(self, seconds: int) -> None:
        self.move(self.now + timedelta(seconds=seconds))

    @rule(offset=st.sampled_from([-EXTENSION, -timedelta(seconds=1), timedelta(0), timedelta(milliseconds=1_999)]))
    def rush_to_the_end(self, offset: timedelta) -> None:
        if not self.closed and self.end + offset > self.now:
            self.move(self.end + offset)

    def move(self, to) -> None:
        self.market.move(to)
        self.now = to
        if self.now >= (self.parked or self.end) + GRACE:
            self.closed, self.parked = True, None

    @invariant()
    def a_reader_sees_what_the_model_foretells(self) -> None:
        seen = self.market.read_lot(self.lot)
        highest = self.accepted[-1][0] if self.accepted else 0
        sold = "sold" if highest >= RESERVE else "unsold"
        assert seen["state"] == (sold if self.closed else "announced")
        assert seen["price"] == (yuan(f"{highest}.00") if self.accepted else None)
        assert instant.parse(seen["ends_at"]) == self.end
        assert seen["bids"] == len(self.accepted)


@pytest.mark.parametrize("run", range(6))
def test_an_exchange_keeps_its_word(market, run):
    """One run a database; when it is over, the fixture holds the world against its record."""
    machine = type(f"Run{run}", (Exchange,), {"market": market})
    run_state_machine_as_test(machine, settings=settings(max_examples=3, stateful_step_count=15, deadline=None))
