"""Open ascending bidding against a plain loop."""

from hypothesis import settings

from tests.make_auctions import END
from tests.models.ascending import Ascending
from tests.simulation.bidding import BiddingMachine


class AscendingMachine(BiddingMachine):
    PROFILE = "judicial-2016@1"

    def foretold(self, reserve_fen: int) -> Ascending:
        return Ascending(ends_at=END, reserve=reserve_fen)


AscendingMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=20, deadline=None)
TestAscending = AscendingMachine.TestCase
