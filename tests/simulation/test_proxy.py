"""Bidding by maxima against the definition of the price, worked out anew from every maximum."""

from hypothesis import settings

from tests.make_auctions import END
from tests.models.proxy import Proxy

from .hearing import Hearing


class ProxyMachine(Hearing):
    PROFILES = ("exchange-proxy@1",)
    RESERVES = (None, 105_000)

    def model(self, profile: str) -> Proxy:
        return Proxy(ends_at=END, reserve=self.reserve_fen or 0)


ProxyMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=20, deadline=None)
TestProxy = ProxyMachine.TestCase
