"""The auditor of rounds: an honest record passes, each way of cheating with a round is named."""

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.auctions import checks, rules
from exchange.auctions.model import Announce, State
from ledger.kernel import instant
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, GRACE, NOON, SELLER, WINDOW

FREE = make.END
CLOSES = FREE + WINDOW
SECOND = timedelta(seconds=1)
STRICT = "exchange-rounds-strict@1"


def story(profile=STRICT, *, opened=True):
    """Ann and Ben bid freely, then in a round each; Cai, who did not, is parked and then refused."""
    record, eve = make.Record(opened=opened), NOON - make.DAY
    lot = record.take(rules.decide(make.draft(profile, closes_at=CLOSES), Announce(), make.cause(SELLER, eve)), eve)
    for organisation in (ANN, BEN, CAI):
        lot = record.take(rules.decide(lot, make.deposit(organisation), make.cause(make.OFFICER, eve)), eve)
    for organisation, amount_fen, at, number in (
        (ANN, 100_000, NOON, 1),
        (BEN, 101_000, FREE - SECOND, 2),
        (ANN, 102_000, FREE + SECOND, 3),  # round 2
        (CAI, 105_000, CLOSES + SECOND, 4),  # parked
        (BEN, 103_000, CLOSES, 5),  # in time for round 2, begins round 3
    ):
        lot = record.take(make.offer(lot, organisation, amount_fen, at, number), at)
    while lot.state is State.ANNOUNCED:
        due = rules.due_at(lot)
        lot = record.take(make.tick(lot, due), due)
    return record.entries, lot


def kind(entries, name, nth=0):
    return [entry for entry in entries if entry["kind"] == f"auction.{name}"][nth]


def findings(change):
    entries, _ = deepcopy(story())
    change(entries)
    return checks.check(entries)


class TestHonest:
    @pytest.mark.parametrize("opened", [True, False])
    @pytest.mark.parametrize("profile", [STRICT, "exchange-rounds@1"])
    def test_records_pass_at_every_length(self, profile, opened):
        entries, lot = story(profile, opened=opened)

        assert lot.state is State.SOLD
        assert [checks.check(entries[:length]) for length in range(len(entries) + 1)] == [[]] * (len(entries) + 1)

    def test_records_amount_to_the_lot(self):
        entries, lot = story()

        assert replace(checks.fold(entries), codes=()) == make.amounts_to(lot)
        assert (lot.extra_rounds, lot.bid_freely) == (2, {"0011", "0012"})
        assert kind(entries, "bid_refused")["data"]["reason"] == "auctions/did-not-bid-freely"


CHEATS = {
    "misnumber a round": (
        lambda e: kind(e, "round_begun", 1)["data"].update(round=4),
        "should be round 3",
    ),
    "name another bid": (
        lambda e: kind(e, "round_begun")["data"].update(bid=make.bid_id(1)),
        f"should name {make.bid_id(3)}, which began the round",
    ),
    "end a round otherwise": (
        lambda e: kind(e, "round_begun")["data"].update(ends_at=instant.render(CLOSES)),
        "should end the round at 2026-03-03T12:05:01+00:00",
    ),
    "leave a round untold": (
        lambda e: e.remove(kind(e, "round_begun")),
        f"comes where {make.bid_id(3)} began a round",
    ),
    "tell a round twice": (
        lambda e: e.insert(e.index(kind(e, "round_begun")), kind(e, "round_begun")),
        "begins a round that no bid began",
    ),
    "begin a round in the free period": (
        lambda e: e.insert(e.index(kind(e, "bid_accepted")) + 1, kind(e, "round_begun")),
        "begins a round that no bid began",
    ),
    "let in who did not bid freely": (
        lambda e: kind(e, "bid_accepted", 1)["data"].update(code="0013"),
        f"accepts {make.bid_id(5)}, which deserved auctions/did-not-bid-freely",
    ),
    "shut out who bid freely": (
        lambda e: kind(e, "bid_refused")["data"].update(code="0011"),
        f"refuses {make.bid_id(4)}, which deserved acceptance",
    ),
    "refuse for another reason": (
        lambda e: kind(e, "bid_refused")["data"].update(reason="auctions/below-increment"),
        f"refuses {make.bid_id(4)}, which deserved auctions/did-not-bid-freely",
    ),
    "move the end too far": (
        lambda e: kind(e, "bid_accepted", 2)["data"].update(ends_at=instant.render(CLOSES + WINDOW)),
        "should end bidding at 2026-03-03T12:05:01+00:00",
    ),
    "close before the last round is over": (
        lambda e: e[-1].update(arrived_at=instant.render(CLOSES + WINDOW + GRACE - make.INSTANT)),
        "closes the lot before its time",
    ),
    "sell to the wrong one": (
        lambda e: kind(e, "lot_sold")["data"].update(code="0011"),
        "should sell to 0012",
    ),
    "bound the rounds otherwise": (
        lambda e: kind(e, "lot_announced")["data"]["profile"].update(rounds_most=13),
        "misquotes exchange-rounds-strict@1",
    ),
    "bound the rounds at one": (
        lambda e: kind(e, "lot_announced")["data"]["profile"].update(rounds_most=1),
        "should end bidding at 2026-03-03T12:05:00+00:00",
    ),
    "leave too little free time": (
        lambda e: kind(e, "lot_announced")["data"].update(opens_at=instant.render(NOON + make.INSTANT)),
        "leaves too little time for bids",
    ),
    "withhold the format": (
        lambda e: kind(e, "lot_announced")["data"]["profile"].pop("format"),
        "begins round 2 where bids are not heard in rounds",
    ),
}


class TestCheck:
    @pytest.mark.parametrize("name", CHEATS)
    def test_finds_a_way_to(self, name):
        change, expected = CHEATS[name]

        assert any(expected in one for one in findings(change)), findings(change)

    def test_holds_the_last_round_to_the_published_bound(self):
        """Twelve rounds, and a bid in the last: the end it would have moved must not move."""
        record, eve = make.Record(), NOON - make.DAY
        draft = make.draft(STRICT, closes_at=CLOSES)
        lot = record.take(rules.decide(draft, Announce(), make.cause(SELLER, eve)), eve)
        for number, organisation in enumerate((ANN, BEN)):
            lot = record.take(rules.decide(lot, make.deposit(organisation), make.cause(make.OFFICER, eve)), eve)
            lot = record.take(make.offer(lot, organisation, 100_000 + 1_000 * number, NOON, number), NOON)
        for number in range(2, 14):
            at = lot.ends_at - SECOND
            lot = record.take(make.offer(lot, (ANN, BEN)[number % 2], 100_000 + 1_000 * number, at, number), at)
        assert (lot.extra_rounds, lot.ends_at - at) == (11, SECOND)
        assert checks.check(record.entries) == []

        record.entries[-1]["data"]["ends_at"] = instant.render(at + WINDOW)

        assert checks.check(record.entries) == [
            f"entry {len(record.entries) - 1} (auction.bid_accepted) should end bidding at {lot.ends_at.isoformat()}"
        ]
