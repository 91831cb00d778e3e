"""An honest record passes with and without its disclosures; each way of cheating is named."""

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.auctions import checks, rules
from exchange.auctions.model import Announce, Band, State, Withdraw
from ledger.kernel import instant
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, END, GRACE, INSTANT, NOON, SELLER, WINDOW


def story(*, opened=True, reserve_fen=None, lots=None):
    """Three bidders, two bids, three parked ones that an extension covers, the close. `lots` gets each lot."""
    record = make.Record(opened=opened)
    lot = make.draft(reserve_fen=reserve_fen, increments=(Band(0, 1_000), Band(101_000, 2_000)))

    def take(decision, at):
        lot = record.take(decision, at)
        if lots is not None:
            lots.append((len(record.entries), lot))
        return lot

    eve = NOON - make.DAY
    lot = take(rules.decide(lot, Announce(), make.cause(SELLER, eve)), eve)
    for organisation in (ANN, BEN, CAI):
        lot = take(rules.decide(lot, make.deposit(organisation), make.cause(make.OFFICER, eve)), eve)
    for organisation, amount_fen, at, number in (
        (ANN, 100_000, NOON, 1),
        (BEN, 102_000, END + INSTANT, 2),  # parked
        (ANN, 103_000, END, 3),  # parked behind it, though it arrived earlier
        (CAI, 101_000, END - INSTANT, 4),  # arrived in time, decided late: extends
        (CAI, 104_999, END + INSTANT, 5),  # parked although the end has moved; one fen short
    ):
        lot = take(make.offer(lot, organisation, amount_fen, at, number), at)
    lot = take(make.tick(lot, END + GRACE), END + GRACE)
    due = rules.due_at(lot)
    lot = take(make.tick(lot, due), due)
    return record.entries, lot


def kind(entries, name, nth=0):
    return [entry for entry in entries if entry["kind"] == f"auction.{name}"][nth]


class TestCheck:
    @pytest.mark.parametrize("opened", [True, False])
    @pytest.mark.parametrize(("reserve_fen", "state"), [(None, State.SOLD), (103_001, State.UNSOLD)])
    def test_finds_nothing_wrong_with_an_honest_record(self, opened, reserve_fen, state):
        entries, lot = story(opened=opened, reserve_fen=reserve_fen)

        assert lot.state is state
        assert checks.check(entries) == []
        assert [checks.check(entries[:length]) for length in range(len(entries))] == [[]] * len(entries)

    def test_finds_nothing_wrong_with_a_replay_which_has_no_listing(self):
        record = make.Record()
        lot = record.take(rules.decide(make.draft("replay@1"), Announce(), make.cause(SELLER, NOON)), NOON)
        lot = record.take(make.offer(lot, ANN, 100_000, NOON), NOON)
        record.take(make.tick(lot, END), END)

        assert checks.check(record.entries) == []

    def test_finds_nothing_wrong_with_a_withdrawal(self):
        record, lot, at = make.Record(), make.draft(), NOON - INSTANT
        for command in (Announce(), Withdraw()):
            decision = rules.decide(lot, command, make.cause(SELLER, at))
            record.write(decision.events, at)
            lot = decision.lot

        assert checks.check(record.entries) == []
        assert checks.fold(record.entries).state is State.WITHDRAWN

    @pytest.mark.parametrize("entries", [[], [{"subject": "ach_1", "kind": "achievement.disclosed", "seq": 0}]])
    def test_leaves_other_subjects_alone(self, entries):
        assert checks.check(entries) == []
        assert checks.fold(entries) is None

    def test_finds_entries_of_an_auction_that_hang_on_no_lot(self):
        entries = [{"subject": "ach_1", "kind": "auction.bid_accepted", "seq": 3}]

        assert checks.check(entries) == ["entry 3 (auction.bid_accepted) is about no lot"]

    def test_names_the_entry(self):
        entries, _ = story()
        kind(entries, "bid_accepted")["data"]["amount_fen"] = "99999"

        assert checks.check(entries)[0] == (
            "entry 4 (auction.bid_accepted) accepts bid_00000000000000000000000001, which deserved auctions/below-start"
        )


class TestFold:
    @pytest.mark.parametrize("fault", ["seller", "buyer"])
    def test_follows_a_sale_that_fell_through(self, fault):
        entries, _ = story()
        fall_through(entries, fault=fault)

        assert checks.check(entries) == []
        assert checks.fold(entries).state is State.FELL_THROUGH

    def test_is_the_lot_at_every_step(self):
        lots = []
        entries, _ = story(lots=lots)

        assert [length for length, _ in lots] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13]
        for length, lot in lots:
            folded = checks.fold(entries[:length])
            assert replace(folded, codes=()) == make.amounts_to(lot)
            assert folded.codes == ("0011", "0012", "0013")[: length - 1]


def cheat(name):
    def register(function):
        CHEATS.append((name, function))
        return function

    return register


CHEATS = []


@cheat("which deserved auctions/below-increment")
def lower_a_bid(entries):
    kind(entries, "bid_accepted", 1)["data"].update(amount_fen="100999", price_fen="100999")


@cheat("accepts bid_00000000000000000000000003, which deserved auctions/below-increment")
def lower_a_bid_by_one_fen_at_the_edge_of_a_band(entries):
    kind(entries, "bid_accepted", 2)["data"].update(amount_fen="102999", price_fen="102999")


@cheat("which deserved auctions/past-end")
def admit_a_late_bid(entries):
    entry = kind(entries, "bid_accepted", 1)
    entry["arrived_at"] = entry["data"]["placed_at"] = instant.render(END)


@cheat("which deserved auctions/not-yet-open")
def admit_an_early_bid(entries):
    entry = kind(entries, "bid_accepted")
    entry["arrived_at"] = entry["data"]["placed_at"] = instant.render(NOON - INSTANT)


@cheat("which deserved auctions/already-leading")
def bid_up_oneself(entries):
    kind(entries, "bid_accepted", 1)["data"]["code"] = "0011"


@cheat("moves the arrival")
def predate_a_bid(entries):
    kind(entries, "bid_accepted", 1)["data"]["placed_at"] = instant.render(END - WINDOW)


@cheat("should be decision 2")
def remove_a_bid(entries):
    entries.remove(kind(entries, "bid_accepted", 1))


@cheat("closes the lot over 1 parked bids")
def forget_a_parked_bid(entries):
    entries.remove(kind(entries, "bid_refused"))


@cheat("should sell to 0011 at 103000 fen")
def change_the_winner(entries):
    kind(entries, "lot_sold")["data"]["code"] = "0012"


@cheat("should sell to 0011 at 103000 fen by")
def sell_for_less(entries):
    kind(entries, "lot_sold")["data"]["price_fen"] = "102999"


@cheat("should count 3 bids")
def miscount(entries):
    kind(entries, "lot_sold")["data"]["bids"] = 4


@cheat("should end bidding at")
def end_too_soon(entries):
    kind(entries, "bid_accepted", 1)["data"]["ends_at"] = instant.render(END)


@cheat("closes the lot before its time")
def close_too_soon(entries):
    kind(entries, "lot_sold")["arrived_at"] = instant.render(END + WINDOW)


@cheat("states another price")
def state_another_price(entries):
    kind(entries, "bid_accepted")["data"]["price_fen"] = "100001"


@cheat("lets 0012 bid without a deposit")
def bid_without_a_deposit(entries):
    entries.remove(kind(entries, "deposit_confirmed", 1))


@cheat("gives code 0011 a second time")
def share_a_code(entries):
    kind(entries, "deposit_confirmed", 1)["data"]["code"] = "0011"


@cheat("comes after bidding ended")
def take_a_late_deposit(entries):
    kind(entries, "deposit_confirmed")["arrived_at"] = instant.render(END)


@cheat("changes bid_00000000000000000000000003 since it was parked")
def give_a_parked_bid_to_another(entries):
    kind(entries, "bid_accepted", 2)["data"]["code"] = "0012"


@cheat("did not arrive within the grace")
def park_too_late(entries):
    kind(entries, "bid_parked")["arrived_at"] = instant.render(END + GRACE)


@cheat("before bid_00000000000000000000000003, which arrived earlier")
def decide_out_of_order(entries):
    first, second = entries.index(kind(entries, "bid_accepted", 2)), entries.index(kind(entries, "bid_refused"))
    entries[first], entries[second] = entries[second], entries[first]


@cheat("decides bid_00000000000000000000000003 before the grace is over")
def decide_too_soon(entries):
    kind(entries, "bid_accepted", 2)["arrived_at"] = instant.render(END + GRACE - INSTANT)


@cheat("comes between parked bids")
def slip_in_between(entries):
    between = deepcopy(kind(entries, "bid_parked"))
    between["data"]["bid"] = make.bid_id(77)
    entries.insert(entries.index(kind(entries, "bid_refused")), between)


@cheat("deserved auctions/below-increment")
def give_a_false_reason(entries):
    kind(entries, "bid_refused")["data"]["reason"] = "auctions/past-end"


@cheat("refuses a bid that was not parked")
def refuse_out_of_nowhere(entries):
    kind(entries, "bid_refused")["data"]["bid"] = make.bid_id(77)


@cheat("counts bid_00000000000000000000000001 twice")
def repeat_a_bid(entries):
    again = deepcopy(kind(entries, "bid_accepted"))
    entries.insert(entries.index(kind(entries, "bid_accepted")) + 1, again)


@cheat("before parked bids that arrived earlier")
def overtake_the_parked(entries):
    entry = kind(entries, "bid_accepted", 1)
    entry["arrived_at"] = entry["data"]["placed_at"] = instant.render(END + timedelta(seconds=1))


@cheat("sells a lot nobody bid for")
def sell_to_nobody(entries):
    entries[:] = [entry for entry in entries if "bid_" not in entry["kind"]]


@cheat("should give the reason no-bids")
def withhold_without_bids(entries):
    entries[:] = [entry for entry in entries if "bid_" not in entry["kind"]]
    unsell(entries)


@cheat("without a reserve")
def unsell(entries):
    entry = kind(entries, "lot_sold")
    entry.update(kind="auction.lot_unsold", data={"reason": "reserve-not-met", "bids": entry["data"]["bids"]})


@cheat("withdraws the lot after bidding began")
def withdraw_during_bidding(entries):
    kind(entries, "lot_sold").update(kind="auction.lot_withdrawn", data={})


@cheat("follows the end of a lot that is sold")
def go_on_after_the_end(entries):
    entries.append(deepcopy(kind(entries, "lot_sold")))


def fall_through(entries, **said):
    sold = kind(entries, "lot_sold")
    data = {"code": sold["data"]["code"], "fault": "buyer"} | said
    entries.append(deepcopy(sold) | {"kind": "auction.sale_fell_through", "data": data, "sealed": {}, "opened": {}})


@cheat("follows the end of a lot that is fell_through")
def sell_what_fell_through(entries):
    fall_through(entries)
    entries.append(deepcopy(kind(entries, "lot_sold")))


@cheat("follows the end of a lot that is announced")
def fall_through_before_the_sale(entries):
    fall_through(entries)
    entries.remove(kind(entries, "lot_sold"))


@cheat("blames neither the seller nor the buyer")
def blame_the_weather(entries):
    fall_through(entries, fault="weather")


@cheat("who had won")
def blame_another_bidder(entries):
    fall_through(entries, code="9999")


@cheat("precedes the announcement")
def announce_nothing(entries):
    del entries[0]


@cheat("announces the lot again")
def announce_twice(entries):
    entries.insert(1, deepcopy(entries[0]))


@cheat("is not something that happens to a lot")
def invent_a_kind(entries):
    entries.insert(3, deepcopy(entries[2]) | {"kind": "auction.price_corrected"})


@cheat("was not decided under judicial-2016@1")
def change_the_rules(entries):
    kind(entries, "bid_accepted")["rule"] = "replay@1"


@cheat("misquotes judicial-2016@1")
def bend_the_rules(entries):
    entries[0]["data"]["profile"]["extension_s"] = 1


def rule_all(entries, ref, **numbers):
    for entry in entries:
        entry["rule"] = ref
    entries[0]["data"]["profile"].update(numbers)


@cheat("quotes favour-friends@9 and is held under friends@9")
def invent_rules(entries):
    rule_all(entries, "friends@9", id="favour-friends", version=9)


@cheat("is held under replay@2, which was never published")
def invent_rules_of_replays(entries):
    rule_all(entries, "replay@2", id="replay", version=2)


@cheat("comes before ours@1 is in force")
def announce_before_the_rules_are_in_force(entries):
    rule_all(entries, "ours@1", id="ours", effective_from="2026-03-03")


@cheat("is held under judicial-2016@9, which was never published")
def invent_a_version(entries):
    rule_all(entries, "judicial-2016@9", version=9)


@cheat("sells what is listed under replay@1")
def sell_a_listing_as_a_replay(entries):
    rule_all(entries, "replay@1")
    entries[0]["data"]["profile"] = rules.REPLAY.to_json()


@cheat("comes after bidding opened")
def announce_late(entries):
    entries[0]["arrived_at"] = instant.render(NOON + INSTANT)


@cheat("leaves too little time for bids")
def shorten_the_bidding(entries):
    entries[0]["data"]["opens_at"] = instant.render(NOON + INSTANT)


@cheat("ends bidding before it opens")
def reverse_the_bidding(entries):
    entries[0]["data"]["opens_at"] = instant.render(END)


@cheat("starts too far below the appraisal")
def sell_cheaply(entries):
    entries[0]["data"]["appraisal_fen"] = "142858"


@cheat("asks for an unlawful deposit")
def ask_for_more(entries):
    entries[0]["data"]["deposit_fen"] = "20001"


@cheat("has no increments")
def drop_the_increments(entries):
    entries[0]["data"]["increments"] = []


@cheat("names no listing")
def drop_the_listing(entries):
    entries[0]["data"]["listing"] = None


@cheat("entry 4 (auction.bid_accepted) publishes bidder")
def publish_a_bidder(entries):
    entry = kind(entries, "bid_accepted")
    entry["data"]["bidder"] = ANN


@cheat("entry 4 (auction.bid_accepted) does not seal bidder")
def seal_nothing(entries):
    kind(entries, "bid_accepted").update(sealed={}, opened={})


@cheat("entry 3 (auction.deposit_confirmed) does not seal by")
def hide_who_confirmed(entries):
    entry = kind(entries, "deposit_confirmed", 2)
    del entry["sealed"]["by"]
    entry.get("opened", {}).pop("by", None)


@cheat("(auction.lot_sold) seals discount_fen")
def seal_something_more(entries):
    kind(entries, "lot_sold")["sealed"]["discount_fen"] = "0" * 64


@cheat("(auction.lot_sold) publishes seq")
def publish_something_more(entries):
    kind(entries, "lot_sold")["data"]["seq"] = 12


@cheat("(auction.lot_announced) does not publish excluded_count")
def bar_in_secret(entries):
    del entries[0]["data"]["excluded_count"]


@cheat("bars -1 and says -1")
def bar_fewer_than_none(entries):
    entries[0]["data"]["excluded_count"] = -1
    entries[0].get("opened", {}).pop("excluded", None)


@cheat("entry 4 (auction.bid_accepted) was recorded before it arrived")
def record_a_bid_before_it_arrived(entries):
    kind(entries, "bid_accepted")["recorded_at"] = instant.render(NOON - INSTANT)


@cheat("entry 5 (auction.bid_parked) was recorded before the entry it follows")
def record_backwards(entries):
    kind(entries, "bid_accepted")["recorded_at"] = instant.render(END + 2 * INSTANT)


@cheat("before it was placed")
def place_a_bid_after_it_arrived(entries):
    entry = kind(entries, "bid_accepted")
    entry["data"]["placed_at"] = instant.render(NOON + INSTANT)


class TestCheats:
    @pytest.mark.parametrize("opened", [True, False])
    @pytest.mark.parametrize(("finding", "act"), [pytest.param(*item, id=item[1].__name__) for item in CHEATS])
    def test_are_named(self, finding, act, opened):
        entries, _ = story(opened=opened)
        act(entries)

        assert any(finding in found for found in checks.check(entries)), checks.check(entries)


def open_up(entries, name, nth=0, **values):
    kind(entries, name, nth)["opened"].update(values)


BENS = make.acted(BEN, NOON)


class TestOpened:
    """What only a disclosure can show."""

    @pytest.mark.parametrize(
        ("finding", "act"),
        [
            ("sells below the reserve", lambda e: open_up(e, "lot_announced", reserve_fen="103001")),
            ("has a reserve below its start", lambda e: open_up(e, "lot_announced", reserve_fen="99999")),
            ("misstates whether there is a reserve", lambda e: open_up(e, "lot_announced", reserve_fen=None)),
            ("changes bid_00000000000000000000000003", lambda e: open_up(e, "bid_parked", 1, amount_fen="104000")),
            ("accepts too small a deposit", lambda e: open_up(e, "deposit_confirmed", amount_fen="9999")),
            ("a second code", lambda e: open_up(e, "deposit_confirmed", 1, bidder=ANN)),
            ("puts a second organisation behind code 0011", lambda e: open_up(e, "bid_accepted", bidder=BEN)),
            ("puts a second organisation behind code 0011", lambda e: open_up(e, "lot_sold", buyer=BEN)),
            ("lets 0013 bid, which may not", lambda e: open_up(e, "deposit_confirmed", 2, bidder=SELLER)),
            ("lets 0013 bid, which may not", lambda e: open_up(e, "deposit_confirmed", 2, bidder=make.OPERATOR)),
            ("lets 0011 bid, which may not", lambda e: open_up(e, "lot_announced", excluded=[ANN])),
            ("bars 2 and says 1", lambda e: open_up(e, "lot_announced", excluded=[make.OPERATOR, make.OFFICER])),
            ("(auction.lot_announced) was another organisation's act", lambda e: open_up(e, "lot_announced", by=BENS)),
            ("(auction.bid_accepted) was another organisation's act", lambda e: open_up(e, "bid_accepted", by=BENS)),
            ("(auction.bid_parked) was another organisation's act", lambda e: open_up(e, "bid_parked", 1, by=BENS)),
        ],
    )
    def test_cheats_are_named(self, finding, act):
        entries, lot = story(reserve_fen=103_000)
        assert (lot.state, checks.check(entries)) == (State.SOLD, [])

        act(entries)

        assert any(finding in found for found in checks.check(entries)), checks.check(entries)

    def test_reserve_shows_a_lot_withheld_without_cause(self):
        entries, lot = story(reserve_fen=103_001)
        assert lot.state is State.UNSOLD

        open_up(entries, "lot_announced", reserve_fen="103000")

        assert checks.check(entries) == ["entry 12 (auction.lot_unsold) withholds the lot though the reserve is met"]


class TestUnreadable:
    @pytest.mark.parametrize("name", ["kind", "rule", "data", "sealed", "arrived_at", "recorded_at"])
    @pytest.mark.parametrize("value", [None, 7, "rubbish", [], {}])
    def test_members_of_an_entry_are_findings(self, name, value):
        entries, _ = story()
        entries[4][name] = value

        assert checks.check(entries)

    @pytest.mark.parametrize(("nth", "entry"), list(enumerate(story()[0])))
    @pytest.mark.parametrize("value", [None, 1.5, True, "", "-1", "²", "9" * 5_000, [7], {"a": 1}, 10**400])
    def test_fields_are_findings_and_never_a_crash(self, nth, entry, value):
        for name in entry["data"]:
            entries, _ = story()
            entries[nth]["data"][name] = value

            unchanged = value == entry["data"][name]
            assert checks.check(entries) or unchanged or (name == "listing" and isinstance(value, str))

    def test_fields_that_are_missing_are_findings(self):
        for nth, entry in enumerate(story()[0]):
            for name in entry["data"]:
                entries, _ = story()
                del entries[nth]["data"][name]

                assert checks.check(entries)


class TestIncrements:
    @pytest.mark.parametrize(
        "bands",
        [[("5", "1000")], [("0", "0")], [("0", "1000"), ("0", "2000")], [("0", "1000"), ("9", "5"), ("7", "5")]],
    )
    def test_that_no_price_could_be_found_in_are_found(self, bands):
        record, eve = make.Record(), make.NOON - make.DAY
        record.take(rules.decide(make.draft(), Announce(), make.cause(make.SELLER, eve)), eve)
        record.entries[0]["data"]["increments"] = [{"from_fen": low, "increment_fen": step} for low, step in bands]

        assert any("has increments that no price could be found in" in one for one in checks.check(record.entries))
