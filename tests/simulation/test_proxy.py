"""Bidding by maxima against the definition of the price, worked out anew from every maximum."""

from hypothesis import settings

from tests.make_auctions import END
from tests.models.proxy import Proxy
from tests.simulation.bidding import BiddingMachine


class ProxyMachine(BiddingMachine):
    PROFILE = "exchange-proxy@1"

    def foretold(self, reserve_fen: int) -> Proxy:
        return Proxy(ends_at=END, reserve=reserve_fen)


ProxyMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=20, deadline=None)
TestProxy = ProxyMachine.TestCase
