"""An honest record of a falling clock passes, opened or not; each way of cheating is named."""

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.auctions import checks, rules
from exchange.auctions.model import Announce, State
from ledger.kernel import instant
from tests import make_auctions as make
from tests.make_auctions import ANN, BEN, CAI, END, FALLING, INSTANT, NOON

MINUTE = timedelta(minutes=1)
GRACE = timedelta(milliseconds=500)
SETTLED = NOON + 2 * MINUTE + GRACE


def story(*, opened=True, clicks=True, appraisal_fen=None):
    """Ann clicks at 12:02, Ben a moment before and Cai a moment after; Ben's, handed over second, has it at 990.00."""
    record, eve = make.Record(opened=opened), NOON - make.DAY
    lot = make.draft("exchange-dutch@1", increments=(), form=FALLING, appraisal_fen=appraisal_fen)
    lot = record.take(rules.decide(lot, Announce(), make.cause(make.SELLER, eve)), eve)
    for organisation in (ANN, BEN, CAI):
        lot = record.take(rules.decide(lot, make.deposit(organisation), make.cause(make.OFFICER, eve)), eve)
    if clicks:
        for number, organisation, step, at in (
            (1, ANN, 2, NOON + 2 * MINUTE),
            (2, BEN, 0, NOON + 2 * MINUTE - INSTANT),
            (3, CAI, 1, SETTLED - INSTANT),
        ):
            lot = record.take(make.take(lot, organisation, step, at, number), at)
    due = rules.due_at(lot)
    lot = record.take(make.tick(lot, due), due)
    return record.entries, lot


def kind(entries, name, nth=0):
    return [entry for entry in entries if entry["kind"] == f"auction.{name}"][nth]


class TestCheck:
    @pytest.mark.parametrize("opened", [True, False])
    @pytest.mark.parametrize(("clicks", "state"), [(True, State.SOLD), (False, State.UNSOLD)])
    def test_finds_nothing_wrong_with_an_honest_record(self, opened, clicks, state):
        entries, lot = story(opened=opened, clicks=clicks)

        assert lot.state is state
        assert checks.check(entries) == []
        assert [checks.check(entries[:length]) for length in range(len(entries))] == [[]] * len(entries)
        assert replace(checks.fold(entries), codes=()) == make.amounts_to(lot)

    def test_finds_no_fault_but_the_version_where_there_is_no_grace(self):
        record, eve = make.Record(), NOON - make.DAY
        lot = make.draft("exchange-dutch@1", increments=(), form=FALLING)
        lot = replace(lot, profile=replace(lot.profile, grace_ms=0))
        lot = record.take(rules.decide(lot, Announce(), make.cause(make.SELLER, eve)), eve)
        lot = record.take(rules.decide(lot, make.deposit(), make.cause(make.OFFICER, eve)), eve)
        lot = record.take(make.take(lot, ANN, 0, NOON), NOON)
        record.take(make.tick(lot, NOON), NOON)

        assert checks.check(record.entries) == ["entry 0 (auction.lot_announced) misquotes exchange-dutch@1"]

    def test_is_one_entry_for_everything_that_happened(self):
        entries, _ = story()

        assert [entry["kind"].removeprefix("auction.") for entry in entries] == [
            *("lot_announced", "form_announced"),
            *("deposit_confirmed",) * 3,
            *("bid_parked",) * 3,
            *("price_taken", "take_refused", "take_refused", "lot_sold"),
        ]


CHEATS = []


def cheat(finding):
    def register(function):
        CHEATS.append((finding, function))
        return function

    return register


@cheat("(auction.price_taken) should be step 1 at 99000 fen")
def lower_the_price(entries):
    kind(entries, "price_taken")["data"]["price_fen"] = "98000"
    kind(entries, "lot_sold")["data"]["price_fen"] = "98000"


@cheat("(auction.price_taken) should be step 1 at 99000 fen")
def raise_the_step(entries):
    kind(entries, "price_taken")["data"]["step"] = 2


@cheat("(auction.price_taken) takes step 2, which nobody could have seen")
def pretend_the_bidder_saw_less(entries):
    kind(entries, "price_taken")["data"]["seen"] = 2


@cheat("(auction.take_refused) should be step 2 at 98000 fen")
def misstate_what_a_loser_would_have_paid(entries):
    kind(entries, "take_refused")["data"]["price_fen"] = "97999"


@cheat("(auction.price_taken) should end bidding at 2026-03-02T12:01:59.999999+00:00")
def leave_the_end_as_it_was_announced(entries):
    kind(entries, "price_taken")["data"]["ends_at"] = instant.render(END)


@cheat("which arrived earlier")
def give_the_lot_to_the_first_handed_over(entries):
    taken, lost, sold = kind(entries, "price_taken"), kind(entries, "take_refused"), kind(entries, "lot_sold")
    winner, loser = deepcopy(taken["data"]), deepcopy(lost["data"])
    opened = deepcopy((taken["opened"], lost["opened"]))
    taken["data"] = {name: loser[name] for name in ("bid", "code", "step", "seen", "price_fen", "placed_at")}
    taken["data"] |= {"number": 1, "ends_at": loser["placed_at"]}
    lost["data"] = {name: winner[name] for name in ("bid", "code", "step", "seen", "price_fen", "placed_at")}
    lost["data"] |= {"number": 2, "reason": "auctions/already-taken"}
    taken["opened"]["bidder"], lost["opened"]["bidder"] = opened[1]["bidder"], opened[0]["bidder"]
    sold["data"] |= {"bid": loser["bid"], "code": loser["code"], "price_fen": loser["price_fen"]}
    sold["opened"]["buyer"] = opened[1]["bidder"]


@cheat("(auction.lot_sold) should sell to 0012 at 99000 fen by bid_00000000000000000000000002")
def sell_to_another(entries):
    kind(entries, "lot_sold")["data"].update(bid=make.bid_id(1), code="0011")


@cheat("(auction.lot_sold) should sell to 0012 at 99000 fen")
def sell_for_less(entries):
    kind(entries, "lot_sold")["data"]["price_fen"] = "98999"


@cheat("(auction.price_taken) changes bid_00000000000000000000000002 since it was parked")
def move_the_winners_arrival(entries):
    kind(entries, "price_taken")["data"].update(placed_at=instant.render(NOON), step=0, price_fen="100000")


@cheat("accepts bid_00000000000000000000000001, which deserved auctions/already-taken")
def let_two_win(entries):
    lost = kind(entries, "take_refused")
    lost["kind"] = "auction.price_taken"
    lost["data"]["ends_at"] = lost["data"]["placed_at"]
    del lost["data"]["reason"]


@cheat("which deserved auctions/already-taken")
def give_another_reason(entries):
    kind(entries, "take_refused")["data"]["reason"] = "auctions/past-end"


@cheat("(auction.take_refused) refuses bid_00000000000000000000000002, which deserved acceptance")
def refuse_the_winner(entries):
    taken = kind(entries, "price_taken")
    taken["kind"] = "auction.take_refused"
    taken["data"]["reason"] = "auctions/already-taken"
    del taken["data"]["ends_at"]


@cheat("(auction.lot_sold) closes the lot over 1 parked bids")
def forget_a_click(entries):
    entries.remove(kind(entries, "take_refused", 1))


@cheat("before the grace is over")
def decide_at_once_in_spite_of_the_grace(entries):
    for name in ("price_taken", "take_refused", "lot_sold"):
        kind(entries, name)["arrived_at"] = instant.render(NOON + 2 * MINUTE)


@cheat("(auction.bid_parked) did not arrive within the grace")
def park_what_arrived_after_the_grace(entries):
    kind(entries, "bid_parked", 2)["arrived_at"] = instant.render(SETTLED)
    kind(entries, "take_refused", 1)["data"]["placed_at"] = instant.render(SETTLED)


@cheat("(auction.bid_parked) precedes the terms of its format")
def never_announce_the_clock(entries):
    entries.remove(kind(entries, "form_announced"))


@cheat("(auction.form_announced) changes the terms of the format")
def announce_another_clock_later(entries):
    form = deepcopy(kind(entries, "form_announced"))
    form["data"]["form"]["clock"]["floor_fen"] = "80000"
    entries.insert(5, form)


@cheat("(auction.form_announced) states terms that are not of this format")
def announce_units_instead(entries):
    kind(entries, "form_announced")["data"]["form"] = {"units": {"count": 3}}


@cheat("(auction.form_announced) does not fall to a floor below the start")
def let_the_clock_rise(entries):
    kind(entries, "form_announced")["data"]["form"]["clock"]["floor_fen"] = "100000"


@cheat("(auction.form_announced) does not fall to a floor below the start")
def let_the_clock_stand(entries):
    kind(entries, "form_announced")["data"]["form"]["clock"]["step_fen"] = "0"


@cheat("(auction.form_announced) lets a price stand too briefly")
def hurry_the_clock(entries):
    kind(entries, "form_announced")["data"]["form"]["clock"]["step_s"] = 9


@cheat("(auction.form_announced) does not reach its floor in time")
def announce_a_floor_that_is_never_reached(entries):
    kind(entries, "form_announced")["data"]["form"]["clock"]["step_s"] = 7_855


@cheat("(auction.form_announced) falls too far below the appraisal")
def appraise_it_higher(entries):
    kind(entries, "lot_announced")["data"]["appraisal_fen"] = "100556"


@cheat("(auction.form_announced) goes with a reserve or increments, which a falling price has not")
def keep_a_reserve(entries):
    kind(entries, "lot_announced")["data"]["has_reserve"] = True
    kind(entries, "lot_announced")["opened"]["reserve_fen"] = "100000"


@cheat("(auction.bid_accepted) is not how bids are decided under this format")
def decide_it_as_an_ascending_bid(entries):
    taken = kind(entries, "price_taken")
    taken["kind"] = "auction.bid_accepted"
    taken["data"] = {name: value for name, value in taken["data"].items() if name not in {"step", "seen"}}
    taken["data"]["amount_fen"] = taken["data"]["price_fen"]


class TestCheats:
    @pytest.mark.parametrize(("finding", "forge"), CHEATS, ids=lambda one: getattr(one, "__name__", ""))
    def test_are_found(self, finding, forge):
        entries, _ = story()
        forge(entries)

        found = checks.check(entries)

        assert any(finding in one for one in found), found

    @pytest.mark.parametrize("nth", range(3))
    def test_in_a_parked_click_are_found_when_it_is_opened(self, nth):
        entries, _ = story()
        kind(entries, "bid_parked", nth)["opened"]["amount_fen"] = "12345"

        assert any("since it was parked" in one for one in checks.check(entries))

    def test_behind_a_code_are_found_when_it_is_opened(self):
        entries, _ = story()
        kind(entries, "price_taken")["opened"]["bidder"] = CAI

        assert any("puts a second organisation behind code 0012" in one for one in checks.check(entries))
