"""A lot on no listing leaves nothing in escrow, however it ended: its contract is made elsewhere."""

import pytest

from exchange.assurance.deals import Deals
from exchange.assurance.facts import Deposit, Facts, Lot, Settlement


def told(*, listing=None, end="sold", released=True, code=None):
    """What is found of one lot and its settlement."""
    deposit = Deposit(index=1, bidder="org_1", reference="p-1", amount_fen=100)
    lot = Lot(id="lot_1", index=0, listing=listing, seller="org_9", deposit_fen=100, deposits={"0011": deposit})
    lot.end, lot.end_index, lot.code, lot.price_fen = end, 4, "0011", 900
    held = Settlement(id="stl_1", index=2, deal="lot_1", seller="org_9", deposit_fen=100, deposits={"0011": deposit})
    held.code, held.price_fen, held.award_index = code, 900 if code else None, 5 if code else -1
    if released:
        held.end, held.end_index = "released", 5
    facts = Facts(lots={lot.id: lot}, settlements={held.id: held})
    return [one.what for one in Deals(facts, began_at=0).findings()]


class TestUnlisted:
    @pytest.mark.parametrize("end", ["sold", "unsold", "withdrawn"])
    def test_has_its_deposits_back_however_it_ended(self, end):
        assert told(end=end) == []

    @pytest.mark.parametrize("end", ["sold", "unsold", "withdrawn"])
    def test_is_found_where_it_has_them_not(self, end):
        assert told(end=end, released=False) == [f"lot_1: is {end} on no listing, and stl_1 is not released"]

    def test_may_keep_them_while_it_is_bid_for(self):
        assert told(end="", released=False) == []

    def test_is_found_where_they_go_back_before_its_end(self):
        assert told(end="") == ["stl_1: is released, and lot_1 was neither unsold nor withdrawn"]

    def test_is_found_where_its_winner_is_kept_to_a_price(self):
        assert told(code="0011", released=False) == ["lot_1: is sold on no listing, and stl_1 is not released"]

    def test_differs_in_that_from_a_listed_one(self):
        assert told(listing="lst_1") == [
            "stl_1: is released, and lot_1 was neither unsold nor withdrawn",
            "lot_1: was sold, and stl_1 is not awarded",
        ]
