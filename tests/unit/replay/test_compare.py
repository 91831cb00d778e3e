"""The outcome beside the file: to the fen, lot by lot."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from exchange.app.replay.compare import Comparison, differing
from exchange.app.replay.drive import Closed, Course
from exchange.app.replay.logs import OldAuction, OldBid, OldLog

OPENED, CLOSED = datetime(2001, 12, 3, tzinfo=UTC), datetime(2001, 12, 4, tzinfo=UTC)


def log(*prices):
    auctions = [
        OldAuction(id=f"a{number}", start_price_fen=1, opened_at=OPENED, closes_at=CLOSED, final_price_fen=price)
        for number, price in enumerate(prices)
    ]
    return OldLog(auctions=auctions, bids=[OldBid(auction="a0", bidder="x", at=OPENED, amount_fen=1)] * 3)


def course(*prices):
    closed = {
        f"a{number}": Closed(state="unsold" if price is None else "sold", price_fen=price)
        for number, price in enumerate(prices)
    }
    return Course(accepted=2, refused=Counter({"auctions/past-end": 1}), bidding_s=1.5, closed=closed)


class TestDiffering:
    @pytest.mark.parametrize("price", [None, 1, 82_423_22])
    def test_says_nothing_when_both_agree(self, price):
        assert differing(log(price), course(price)) == []

    @pytest.mark.parametrize(
        ("old", "now", "said"),
        [
            (100, 101, "a0: closed sold at 1.01, the file says 1.00"),
            (100, 99, "a0: closed sold at 0.99, the file says 1.00"),
            (100, None, "a0: closed unsold at no price, the file says 1.00"),
            (None, 100, "a0: closed sold at 1.00, the file says no price"),
        ],
    )
    def test_says_how_they_differ(self, old, now, said):
        assert differing(log(old), course(now)) == [said]

    def test_compares_lot_by_lot_and_not_the_sums(self):
        assert len(differing(log(100, 200), course(200, 100))) == 2


class TestComparison:
    def test_adds_up(self):
        found = Comparison.of(log(10, 20, None, 40), course(10, 20, None, 41), wall_time_s=2.004, entries=9)
        assert (found.auctions, found.bids, found.accepted, found.refused) == (4, 3, 2, {"auctions/past-end": 1})
        assert (found.sold, found.unsold, found.prices_equal, found.prices_different) == (3, 1, 3, 1)
        assert (found.total, found.bids_per_s, found.wall_time_s, found.entries) == ("0.71", 2.0, 2.0, 9)

    def test_of_lots_that_nobody_bought_is_zero(self):
        found = Comparison.of(log(None), course(None), wall_time_s=1, entries=1)
        assert (found.sold, found.unsold, found.total) == (0, 1, "0.00")
