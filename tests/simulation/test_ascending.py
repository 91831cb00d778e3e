"""Open ascending bidding against a plain loop."""

from hypothesis import settings

from tests.make_auctions import END
from tests.models.ascending import Ascending

from .hearing import Hearing


class AscendingMachine(Hearing):
    PROFILES = ("judicial-2016@1",)
    RESERVES = (None, 105_000)

    def model(self, profile: str) -> Ascending:
        return Ascending(ends_at=END, reserve=self.reserve_fen or 0)


AscendingMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=20, deadline=None)
TestAscending = AscendingMachine.TestCase
