"""An honest record of several licences passes; change one value in it, and the auditor names the entry."""

import pytest

from exchange.auctions import checks, rules
from exchange.auctions.model import State
from tests import make_auctions as make
from tests import make_uniform as uniform
from tests.make_auctions import ANN, BEN, CAI, END, INSTANT, NOON
from tests.make_uniform import DAN


def story(*, opened=True, reserve_fen=None):
    """Four bidders for two licences; Ann is driven out, and Cai gets in out of the parking."""
    record = make.Record(opened=opened)
    lot = uniform.opened(record, reserve_fen=reserve_fen)
    for organisation, amount_fen, at, number in (
        (ANN, 110_000, NOON, 1),
        (BEN, 120_000, NOON, 2),
        (DAN, 115_000, END - INSTANT, 3),
        (CAI, 118_000, END, 4),
    ):
        lot = record.take(make.offer(lot, organisation, amount_fen, at, number), at)
    while lot.state is State.ANNOUNCED:
        due = rules.due_at(lot)
        lot = record.take(make.tick(lot, due), due)
    return record.entries, lot


def kind(entries, name, nth=0):
    return [entry for entry in entries if entry["kind"] == f"auction.{name}"][nth]


BEN_WON, CAI_WON = ({"bid": make.bid_id(number), "code": code} for number, code in ((2, "0012"), (4, "0013")))


class TestCheck:
    @pytest.mark.parametrize("opened", [True, False])
    @pytest.mark.parametrize("reserve_fen", [None, 116_000, 119_000, 120_001])
    def test_finds_nothing_wrong_with_an_honest_record(self, opened, reserve_fen):
        entries, lot = story(opened=opened, reserve_fen=reserve_fen)

        assert lot.state is (State.UNSOLD if reserve_fen == 120_001 else State.SOLD)
        assert [checks.check(entries[:length]) for length in range(len(entries) + 1)] == [[]] * (len(entries) + 1)

    @pytest.mark.parametrize(
        ("name", "nth", "lie", "found"),
        [
            ("bid_accepted", 0, {"amount_fen": "99999"}, "deserved auctions/below-start"),
            ("bid_accepted", 2, {"amount_fen": "110999"}, "deserved auctions/below-increment"),
            ("bid_accepted", 2, {"price_fen": "100000"}, "should price each licence at 110000 fen"),
            ("bid_accepted", 2, {"ends_at": "2026-03-03T12:00:00.000000Z"}, "should end bidding at"),
            ("units_sold", 0, {"price_fen": "118000"}, "should sell at 115000 fen"),
            ("units_sold", 0, {"price_fen": "114999"}, "should sell at 115000 fen"),
            ("units_sold", 0, {"winners": [BEN_WON]}, "should sell to 0012, 0013"),
            ("units_sold", 0, {"winners": [CAI_WON, BEN_WON]}, "should sell to 0012, 0013"),
            ("units_sold", 0, {"winners": [BEN_WON, {"bid": make.bid_id(3), "code": "0014"}]}, "should sell to"),
            ("units_sold", 0, {"winners": []}, "should sell to"),
            ("units_sold", 0, {"bids": 3}, "bids"),
            ("form_announced", 0, {"form": {"units": {"count": 3}}}, "should sell to"),
            ("form_announced", 0, {"form": {"units": {"count": 1}}}, "offers no more than one licence"),
            ("form_announced", 0, {"form": {"units": {"count": 0}}}, "cannot be read"),
        ],
    )
    def test_names_one_changed_value(self, name, nth, lie, found):
        entries, _ = story()
        kind(entries, name, nth)["data"].update(lie)

        findings = checks.check(entries)

        assert any(found in one for one in findings), findings

    def test_names_a_winner_behind_whose_code_is_somebody_else(self):
        entries, _ = story()
        kind(entries, "units_sold")["opened"]["buyers"] = [BEN, ANN]

        assert any("puts a second organisation behind code 0013" in one for one in checks.check(entries))

    def test_names_a_sale_to_one_where_there_are_several(self):
        entries, _ = story()
        sold = kind(entries, "units_sold")
        sold["kind"] = "auction.lot_sold"

        assert any("not how bids and lots are decided" in one for one in checks.check(entries))

    def test_names_a_sale_below_the_reserve(self):
        entries, _ = story(reserve_fen=119_000)
        kind(entries, "units_sold")["data"].update({"price_fen": "115000", "winners": [BEN_WON, CAI_WON]})

        findings = checks.check(entries)

        assert any("should sell at 119000 fen" in one for one in findings)
        assert any("should sell to 0012" in one for one in findings)

    def test_folds_to_the_lot(self):
        entries, lot = story()
        folded = checks.fold(entries)

        assert (folded.price_fen, folded.leader_code, folded.state) == (lot.price_fen, lot.leader.code, lot.state)

    def test_finds_a_lot_withheld_though_its_reserve_is_met(self):
        """The price is the best loser's; the reserve is held against the best bid."""
        entries, _ = story(reserve_fen=116_000)
        told = kind(entries, "units_sold")
        told["kind"], told["data"] = "auction.lot_unsold", {"reason": "reserve-not-met", "bids": told["data"]["bids"]}
        told["sealed"], told["opened"] = {}, {}

        assert any("though the reserve is met" in one for one in checks.check(entries))

    def test_finds_winners_without_their_buyers(self):
        entries, _ = story()
        kind(entries, "units_sold")["opened"]["buyers"] = []

        assert any("names 0 buyers for 2 licences" in one for one in checks.check(entries))
