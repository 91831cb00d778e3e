"""The auditor of judicial-2016@2: an honest record passes, and each number of it that is changed is found."""

from copy import deepcopy
from dataclasses import replace

import pytest

from exchange.auctions import checks
from exchange.auctions.model import State
from ledger.kernel import instant
from tests import make_auctions as make
from tests import make_judicial as judicial
from tests.make_auctions import ANN, BEN, CAI, DAY, END, GRACE, INSTANT, NOON, SELLER


def kind(entries, name, nth=0):
    return [entry for entry in entries if entry["kind"] == f"auction.{name}"][nth]


def change(name, nth=0, **values):
    def act(entries):
        kind(entries, name, nth)["data"].update(values)

    return act


def arrive(name, at, nth=0):
    def act(entries):
        entry = kind(entries, name, nth)
        entry["arrived_at"] = entry["recorded_at"] = instant.render(at)

    return act


def drop(name, nth=0):
    def act(entries):
        entries.remove(kind(entries, name, nth))

    return act


def move(name, behind, nth=0):
    def act(entries):
        entry = kind(entries, name, nth)
        entries.remove(entry)
        entries.insert(entries.index(kind(entries, behind, -1)) + 1, entry)

    return act


def tell(nth, **values):
    """Change what is said of the nth holder."""

    def act(entries):
        kind(entries, "holders_named")["data"]["holders"][nth].update(values)

    return act


def quote(**numbers):
    def act(entries):
        entries[0]["data"]["profile"].update(numbers)

    return act


RESUMED = END - 10 * DAY / 1440 + DAY

CHEATS = [
    ("starts too far below the appraisal", drop("reauction_announced")),
    ("gives too short a notice", drop("reauction_announced")),
    ("gives too short a notice", arrive("lot_announced", judicial.REPUBLISHED + INSTANT)),
    ("states no appraisal", change("lot_announced", appraisal_fen=None)),
    ("keeps a reserve beside its start price", change("lot_announced", has_reserve=True)),
    ("cuts the start price too deep", change("reauction_announced", previous_start_price_fen="125001")),
    ("is offered again too late", change("reauction_announced", previous_ended_at=instant.render(NOON - 31 * DAY))),
    ("follows a lot that has not ended", change("reauction_announced", previous_ended_at=instant.render(NOON))),
    ("should not be offered as attempt 3", change("reauction_announced", attempt=3)),
    ("should not be offered as attempt 1", change("reauction_announced", attempt=1)),
    ("cannot be read: previous is not an identifier", change("reauction_announced", previous="lot_x")),
    ("says after the announcement which lot it follows", move("reauction_announced", "deposit_confirmed")),
    ("names holders after the announcement", move("holders_named", "deposit_confirmed")),
    ("told a holder too late", tell(0, notified_at=instant.render(judicial.REPUBLISHED))),
    ("gives a holder the rank 0", tell(1, rank=0)),
    ("rests a holder's right on nothing known", tell(1, right="friendship")),
    ("names no holder", change("holders_named", holders=[])),
    ("confirms the rank 1, which no holder was named with", tell(0, rank=2)),
    ("confirms the rank 3, which no holder was named with", change("priority_confirmed", rank=3)),
    ("ranks 0012 apart from its deposit", change("priority_confirmed", code="0012")),
    ("ranks 0012 apart from its deposit", move("priority_confirmed", "deposit_confirmed", 1)),
    ("which deserved auctions/below-increment", drop("priority_confirmed", 1)),
    (
        "accepts bid_00000000000000000000000003, which deserved auctions/below-increment",
        change("priority_confirmed", rank=2),
    ),
    ("should sell to 0011 at 100000 fen", change("lot_sold", code="0012")),
    ("gives no reason that is known", change("lot_suspended", reason="mood")),
    ("names no order", change("lot_suspended", reason="ordered")),
    ("suspends a lot whose bidding is over", arrive("lot_suspended", END)),
    ("ends its cause outside of the suspension", change("lot_resumed", cause_ended_at=instant.render(END - DAY))),
    ("ends its cause outside of the suspension", change("lot_resumed", cause_ended_at=instant.render(END + 9 * DAY))),
    ("should end bidding at", change("lot_resumed", ends_at=instant.render(RESUMED))),
    ("should end bidding at", arrive("lot_resumed", RESUMED - INSTANT)),
    ("which deserved auctions/suspended", drop("lot_resumed")),
    ("should open bidding at", change("lot_resumed", opens_at=instant.render(NOON + DAY))),
    ("resumes the lot later than the law allows", arrive("lot_resumed", END + 6 * DAY)),
    ("follows the end of a lot that is suspended", drop("lot_resumed")),
    ("follows the end of a lot that is announced", drop("lot_suspended")),
    ("misquotes judicial-2016@2", quote(notice_s=0)),
    ("misquotes judicial-2016@2", quote(renotice_s=1)),
    ("misquotes judicial-2016@2", quote(attempts_max=9)),
    ("names holders, who can match nothing under this profile", quote(matches=False)),
]


class TestCheck:
    @pytest.mark.parametrize("opened", [True, False])
    @pytest.mark.parametrize(("cancelled", "state"), [(False, State.SOLD), (True, State.WITHDRAWN)])
    def test_finds_nothing_wrong_with_an_honest_record(self, opened, cancelled, state):
        entries, lot = judicial.story(opened=opened, cancelled=cancelled)

        assert lot.state is state
        assert checks.check(entries) == []
        assert replace(checks.fold(entries), codes=()) == make.amounts_to(lot)

    def test_finds_nothing_wrong_at_any_step_after_the_announcement(self):
        entries, _ = judicial.story()

        assert [checks.check(entries[:length]) for length in range(3, len(entries))] == [[]] * (len(entries) - 3)

    def test_finds_nothing_wrong_with_bids_that_a_held_up_suspension_turned_away(self):
        record, lot = make.Record(), judicial.draft(holders=())
        for command, who, at in (
            (judicial.Announce(), SELLER, judicial.PUBLISHED),
            (judicial.deposit(CAI, None), make.OFFICER, judicial.PUBLISHED),
            (judicial.deposit(BEN, None), make.OFFICER, judicial.PUBLISHED),
        ):
            lot = record.take(judicial.rules.decide(lot, command, make.cause(who, at)), at)
        lot = record.take(judicial.offer(lot, CAI, 100_000), NOON)
        lot = record.take(judicial.offer(lot, BEN, 101_000, END, 2, 0), END)
        lot = record.take(judicial.suspend(lot, END - INSTANT), END - INSTANT)

        assert checks.check(record.entries) == []
        assert replace(checks.fold(record.entries), codes=()) == make.amounts_to(lot)
        turned = kind(record.entries, "bid_refused")
        turned["data"]["reason"] = "auctions/past-end"
        assert "which deserved auctions/suspended" in checks.check(record.entries)[0]

    def test_follows_a_suspension_before_the_opening(self):
        record, at = make.Record(), judicial.PUBLISHED
        lot = record.take(judicial.rules.decide(judicial.draft(), judicial.Announce(), make.cause(SELLER, at)), at)
        lot = record.take(judicial.suspend(lot, at + DAY), at + DAY)
        lot = record.take(judicial.resume(lot, at + 3 * DAY), at + 3 * DAY)
        lot = record.take(make.tick(lot, END + 2 * DAY + GRACE), END + 2 * DAY + GRACE)

        assert (lot.state, checks.check(record.entries)) == (State.UNSOLD, [])
        assert checks.fold(record.entries).opens_at == NOON + 2 * DAY


class TestCheats:
    @pytest.mark.parametrize("opened", [True, False])
    @pytest.mark.parametrize(("finding", "act"), CHEATS)
    def test_are_named(self, finding, act, opened):
        entries, _ = judicial.story(opened=opened)
        act(entries)

        assert any(finding in found for found in checks.check(entries)), checks.check(entries)

    @pytest.mark.parametrize(
        ("finding", "act"),
        [
            ("names no order", change("lot_cancelled", order=None)),
            ("gives no reason that is known", change("lot_cancelled", reason="")),
            ("follows the end of a lot that is announced", drop("lot_suspended")),
            ("follows the end of a lot that is withdrawn", lambda e: e.append(deepcopy(e[-1]))),
        ],
    )
    def test_of_a_cancelling_are_named(self, finding, act):
        entries, _ = judicial.story(cancelled=True)
        act(entries)

        assert any(finding in found for found in checks.check(entries)), checks.check(entries)

    def test_are_a_bid_while_suspended(self):
        entries, _ = judicial.story()
        resumed = kind(entries, "lot_resumed")
        bid = kind(entries, "bid_accepted", 2)
        entries.remove(bid)
        entries.insert(entries.index(resumed), bid)

        assert any("which deserved auctions/suspended" in found for found in checks.check(entries))

    def test_are_turning_away_what_came_before_the_suspension(self):
        entries, _ = judicial.story()
        sneaked = deepcopy(kind(entries, "bid_parked"))
        halted = kind(entries, "lot_suspended")
        at = halted["arrived_at"]
        sneaked["arrived_at"] = sneaked["recorded_at"] = instant.render(NOON + DAY / 2)
        refused = deepcopy(sneaked) | {"kind": "auction.bid_refused", "arrived_at": at, "recorded_at": at}
        refused["data"] = {
            "bid": sneaked["data"]["bid"],
            "code": "0013",
            "amount_fen": "101000",
            "placed_at": sneaked["arrived_at"],
            "number": 3,
            "reason": "auctions/suspended",
        }
        entries.insert(entries.index(halted), sneaked)
        entries.insert(entries.index(halted) + 1, refused)

        assert any("which came before" in found for found in checks.check(entries)), checks.check(entries)


def open_up(entries, name, nth=0, **values):
    kind(entries, name, nth)["opened"].update(values)


class TestOpened:
    """What only a disclosure can show."""

    @pytest.mark.parametrize(
        ("finding", "act"),
        [
            ("names 2 holders and seals 1", lambda e: open_up(e, "holders_named", organisations=[ANN])),
            (
                "ranks 0011, which is no holder of rank 1",
                lambda e: open_up(e, "holders_named", organisations=[CAI, BEN]),
            ),
            ("puts a second organisation behind code 0012", lambda e: open_up(e, "priority_confirmed", 1, bidder=CAI)),
            ("was the seller's own act", lambda e: open_up(e, "lot_suspended", by=make.acted(SELLER, NOON))),
            ("was the seller's own act", lambda e: open_up(e, "lot_resumed", by=make.acted(SELLER, NOON))),
        ],
    )
    def test_cheats_are_named(self, finding, act):
        entries, _ = judicial.story()
        act(entries)

        assert any(finding in found for found in checks.check(entries)), checks.check(entries)


class TestUnreadable:
    @pytest.mark.parametrize(
        ("nth", "name"), [(nth, name) for nth, entry in enumerate(judicial.story()[0]) for name in entry["data"]]
    )
    @pytest.mark.parametrize("value", [None, 1.5, "", [7], {"a": 1}, 10**400])
    def test_fields_are_findings_and_never_a_crash(self, nth, name, value):
        entries, _ = judicial.story()
        before = entries[nth]["data"][name]
        entries[nth]["data"][name] = value

        assert checks.check(entries) or value == before or name in {"listing", "order"}

    def test_fields_that_are_missing_are_findings(self):
        for nth, entry in enumerate(judicial.story()[0]):
            for name in entry["data"]:
                entries, _ = judicial.story()
                del entries[nth]["data"][name]

                assert checks.check(entries)
