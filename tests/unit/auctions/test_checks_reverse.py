"""The auditor of bids down: an honest record passes, each way of cheating with the lowest is named."""

from copy import deepcopy
from dataclasses import replace

import pytest

from exchange.auctions import checks, rules
from exchange.auctions.model import Announce, Band, State
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, END, INSTANT, NOON, SELLER

PROFILE = "exchange-reverse@1"


def story(*, opened=True, reserve_fen=None):
    """Ann at the ceiling, Ben under her, Cai parked too high, then the close."""
    record, eve = make.Record(opened=opened), NOON - make.DAY
    draft = make.draft(PROFILE, reserve_fen=reserve_fen, increments=(Band(0, 1_000), Band(95_000, 2_000)))
    lot = record.take(rules.decide(draft, Announce(), make.cause(SELLER, eve)), eve)
    for organisation in (ANN, BEN, CAI):
        lot = record.take(rules.decide(lot, make.deposit(organisation), make.cause(make.OFFICER, eve)), eve)
    for organisation, amount_fen, at, number in (
        (ANN, 100_000, NOON, 1),
        (CAI, 97_999, END, 2),  # parked
        (BEN, 98_000, END - INSTANT, 3),  # extends
    ):
        lot = record.take(make.offer(lot, organisation, amount_fen, at, number), at)
    while lot.state is State.ANNOUNCED:
        due = rules.due_at(lot)
        lot = record.take(make.tick(lot, due), due)
    return record.entries, lot


def kind(entries, name, nth=0):
    return [entry for entry in entries if entry["kind"] == f"auction.{name}"][nth]


def announced(entries, **opened):
    """Let the announcement have sealed another reserve."""
    kind(entries, "lot_announced")["opened"].update(opened)
    kind(entries, "lot_announced")["data"].update(has_reserve=True)


class TestHonest:
    @pytest.mark.parametrize("opened", [True, False])
    @pytest.mark.parametrize(
        ("reserve_fen", "state"), [(None, State.SOLD), (98_000, State.SOLD), (97_999, State.UNSOLD)]
    )
    def test_records_pass_at_every_length(self, reserve_fen, state, opened):
        entries, lot = story(opened=opened, reserve_fen=reserve_fen)

        assert lot.state is state
        assert [checks.check(entries[:length]) for length in range(len(entries) + 1)] == [[]] * (len(entries) + 1)
        assert replace(checks.fold(entries), codes=()) == make.amounts_to(lot)

    def test_records_refuse_what_is_not_low_enough(self):
        assert kind(story()[0], "bid_refused")["data"]["reason"] == "auctions/not-low-enough"


CHEATS = {
    "take a first bid above the ceiling": (
        lambda e: kind(e, "bid_accepted")["data"].update(amount_fen="100001", price_fen="100001"),
        f"accepts {make.bid_id(1)}, which deserved auctions/above-ceiling",
    ),
    "take a bid that is one fen too high": (
        lambda e: kind(e, "bid_accepted", 1)["data"].update(amount_fen="98001", price_fen="98001"),
        f"accepts {make.bid_id(3)}, which deserved auctions/not-low-enough",
    ),
    "let a higher bid lead": (
        lambda e: kind(e, "bid_accepted", 1)["data"].update(amount_fen="101000", price_fen="101000"),
        f"accepts {make.bid_id(3)}, which deserved auctions/not-low-enough",
    ),
    "let the lowest undercut itself": (
        lambda e: kind(e, "bid_accepted", 1)["data"].update(code="0011"),
        f"accepts {make.bid_id(3)}, which deserved auctions/already-lowest",
    ),
    "refuse what was low enough": (
        lambda e: kind(e, "bid_refused")["data"].update(amount_fen="96000"),
        f"refuses {make.bid_id(2)}, which deserved acceptance",
    ),
    "refuse in the words of another format": (
        lambda e: kind(e, "bid_refused")["data"].update(reason="auctions/below-increment"),
        f"refuses {make.bid_id(2)}, which deserved auctions/not-low-enough",
    ),
    "state another price than the bid's": (
        lambda e: kind(e, "bid_accepted", 1)["data"].update(price_fen="97000"),
        "states another price than the bid's",
    ),
    "keep the end where it was": (
        lambda e: kind(e, "bid_accepted", 1)["data"].update(ends_at=kind(e, "bid_accepted")["data"]["ends_at"]),
        "should end bidding at",
    ),
    "award it to the higher": (
        lambda e: kind(e, "lot_sold")["data"].update(code="0011", price_fen="100000", bid=make.bid_id(1)),
        f"should sell to 0012 at 98000 fen by {make.bid_id(3)}",
    ),
    "pay more than the reserve": (
        lambda e: announced(e, reserve_fen="97999"),
        "sells above the reserve",
    ),
    "reserve more than the ceiling": (
        lambda e: announced(e, reserve_fen="100001"),
        "has a reserve above its ceiling",
    ),
    "sell a listing": (
        lambda e: kind(e, "lot_announced")["data"].update(listing="lst_00000000000000000000000001"),
        "sells what is listed under exchange-reverse@1",
    ),
}


class TestCheck:
    @pytest.mark.parametrize("name", CHEATS)
    def test_finds_a_way_to(self, name):
        change, expected = CHEATS[name]
        entries, _ = deepcopy(story())
        change(entries)

        assert any(expected in one for one in checks.check(entries)), checks.check(entries)

    def test_finds_nothing_wrong_with_a_reserve_that_was_met(self):
        entries, _ = deepcopy(story())
        announced(entries, reserve_fen="98000")

        assert checks.check(entries) == []

    def test_finds_a_lot_withheld_though_its_reserve_is_met(self):
        entries, _ = deepcopy(story(reserve_fen=97_999))
        announced(entries, reserve_fen="98000")

        assert [one.partition(") ")[2] for one in checks.check(entries)] == [
            "withholds the lot though the reserve is met"
        ]
