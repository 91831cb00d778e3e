"""Bidding down against a list of quotes: late, out of order, parked, with and without a reserve."""

from hypothesis import settings

from tests import make_auctions as make
from tests.models.reverse import Quotes

from .hearing import Hearing


class ReverseMachine(Hearing):
    PROFILES = ("exchange-reverse@1",)
    RESERVES = (None, 100_000, 95_000)
    STEP = -1_000

    def model(self, profile: str) -> Quotes:
        return Quotes(100_000, 1_000, make.END, make.WINDOW)


ReverseMachine.TestCase.settings = settings(max_examples=120, stateful_step_count=20, deadline=None)
TestReverse = ReverseMachine.TestCase
