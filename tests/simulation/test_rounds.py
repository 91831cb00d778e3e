"""The free period and its timed rounds against a slate: late, out of order, parked, and with a bound on the rounds."""

from datetime import timedelta
from itertools import cycle
from typing import ClassVar

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import invariant, precondition, rule

from exchange.auctions import rules
from tests import make_auctions as make
from tests.models.rounds import Slate

from .hearing import Hearing

FREE = make.END
CLOSES = FREE + make.WINDOW


class RoundsMachine(Hearing):
    PROFILES = ("exchange-rounds@1", "exchange-rounds-strict@1")
    TERMS: ClassVar = {"closes_at": CLOSES}
    RESERVES = (None, 105_000)
    BEGINS = FREE - timedelta(seconds=4)

    def model(self, profile: str) -> Slate:
        strict = profile == "exchange-rounds-strict@1"
        return Slate(100_000, 1_000, FREE, make.WINDOW, asks_free_bid=strict, most_rounds=12 if strict else 0)

    @rule(seconds=st.integers(-1, 1))
    def wait_until_about_the_first_round(self, seconds: int) -> None:
        target = FREE + timedelta(seconds=seconds)
        if target > self.now:
            self.wait((target - self.now) // timedelta(milliseconds=1))

    @precondition(lambda self: not self.waiting and not self.parked and self.now < self.lot.ends_at)
    @rule(many=st.integers(2, 11), last=st.sampled_from([1, 1_000, 200_000]))
    def hold_many_rounds(self, many: int, last: int) -> None:
        """Two who may, or who may not, outbid each other, each shortly before the end as it then is."""
        rivals = cycle((self.plain.free or [make.ANN, make.BEN])[:2])
        for _ in range(many):
            self.now = max(self.now, self.lot.ends_at - timedelta(milliseconds=last))
            self.send(next(rivals), self.standing() + 1_000)
            self.hand_over(self.waiting.pop())

    @invariant()
    def the_rounds_and_who_may_bid_in_them_are_as_on_the_slate(self) -> None:
        if self.record.entries:
            assert self.lot.extra_rounds == len(self.plain.later_rounds)
            assert self.lot.bid_freely == {make.CODES[one] for one in self.plain.free}
            assert rules.round_at(self.lot, CLOSES) == 1 + len(self.plain.later_rounds)


RoundsMachine.TestCase.settings = settings(max_examples=120, stateful_step_count=25, deadline=None)
TestRounds = RoundsMachine.TestCase
