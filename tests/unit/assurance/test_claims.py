"""What a claim may not know yet: who looks while something is being recorded may see it or not."""

from datetime import timedelta

import pytest

from exchange.assurance.claims import MAX_UNCERTAIN, SLACK
from ledger.kernel import instant
from ledger.kernel.money import Fen
from tests import make_days as make
from tests.make_days import PRICE, SOLD, Day, Deal, Fund, alone, assured, organisation

INSTANT = timedelta(microseconds=1)
SIGNED = ("bids", "end", "write", "sign", "countersign", "pay", "settle")
CLAIMED_AT = make.PLAN["claims"]
UNREGISTERED = {"facts": {"registered_at": None}}


def recorded(day: Day, kind: str, at, number: int = 1) -> Day:
    """Have a deal's entry of this kind arrive and be recorded at another time."""
    for entry in day.entries:
        if entry["kind"] == kind and entry["subject"].endswith(f"{number}"):
            entry["arrived_at"] = entry["recorded_at"] = instant.render(at)
    return day


class TestRegistration:
    @pytest.mark.parametrize(
        ("before", "found"),
        [
            (timedelta(0), False),
            (SLACK - INSTANT, False),
            (SLACK, True),
            (SLACK + INSTANT, True),
            (-timedelta(days=1), False),  # it came after the claim
        ],
    )
    def test_may_be_left_out_only_while_it_is_being_recorded(self, before, found):
        fund = Fund()
        day = Day().live(fund, Deal((*SIGNED, "register", "claims"), fund=fund, cheat=UNREGISTERED))
        recorded(day, "contract.registered", CLAIMED_AT - before)

        assert bool(assured(day.entries)) is found

    @pytest.mark.parametrize(("after", "found"), [(timedelta(0), False), (INSTANT, True)])
    def test_may_be_told_only_when_it_has_come(self, after, found):
        fund = Fund()
        at = CLAIMED_AT + after
        cheat = {"facts": {"registered_at": at}}
        day = Day().live(fund, Deal((*SIGNED, "register", "claims"), fund=fund, cheat=cheat))
        recorded(day, "contract.registered", at)

        assert bool(assured(day.entries)) is found

    def test_that_comes_later_does_not_spoil_the_claim(self):
        fund = Fund()
        deal = Deal((*SIGNED, "claims"), fund=fund)
        day = Day().live(fund, deal)
        deal.register(day, CLAIMED_AT + timedelta(days=1))

        assert alone(day.entries) == assured(day.entries) == []


class TestTotal:
    @pytest.mark.parametrize(("times", "lawful"), [(0, False), (1, True), (2, True), (3, False)])
    def test_may_leave_out_what_is_being_recorded(self, times, lawful):
        fund = Fund()
        claimed = Deal("subsidised", fund=fund, cheat={"facts": {"party_total_fen": Fen(times * PRICE)}})
        if times * PRICE < 200_000_000:
            claimed.life = (*SIGNED, "register", "claims")
        day = Day().live(fund, claimed, Deal("paid", 2))
        recorded(day, "escrow.balance_paid", CLAIMED_AT - INSTANT, 2)

        assert (assured(day.entries) == []) is lawful

    @pytest.mark.parametrize(("told", "lawful"), [(0, True), (1, False), (2, True), (-1, False)])
    def test_of_very_many_at_once_is_held_to_its_bounds(self, told, lawful):
        fund = Fund()
        many = MAX_UNCERTAIN + 1
        others = [
            Deal("paid", number, buyer=organisation(100 + number), loser=organisation(200 + number))
            for number in range(2, 2 + many)
        ]
        total = {0: PRICE, 2: PRICE * (1 + many), 1: PRICE * (2 + many), -1: PRICE - 1}[told]
        claimed = Deal("subsidised", fund=fund, cheat={"facts": {"party_total_fen": Fen(total)}})
        day = Day().live(fund, claimed, *others)
        for entry in day.entries:
            if entry["kind"] == "escrow.balance_paid" and not entry["subject"].endswith("0001"):
                entry["arrived_at"] = entry["recorded_at"] = instant.render(CLAIMED_AT - INSTANT)

        assert (assured(day.entries) == []) is lawful

    @pytest.mark.parametrize(
        ("paid_at", "counts"),
        [
            ("2025-12-31T15:59:59.999999Z", False),
            ("2025-12-31T16:00:00.000000Z", True),
            ("2026-12-31T15:59:59.999999Z", True),
            ("2026-12-31T16:00:00.000000Z", False),
        ],
    )
    def test_counts_the_days_of_the_rule_in_china(self, paid_at, counts):
        fund = Fund()
        both = {"facts": {"party_total_fen": Fen(2 * PRICE)}}
        day = Day().live(fund, Deal("subsidised", fund=fund, cheat=both), Deal("paid", 2))
        for entry in day.entries:
            if entry["kind"] == "subsidy.claim_assessed":
                entry["arrived_at"] = entry["recorded_at"] = "2027-02-01T00:00:00.000000Z"
        recorded(day, "escrow.balance_paid", instant.parse(paid_at), 2)

        assert (assured(day.entries) == []) is counts

    def test_is_not_held_against_a_window_that_cannot_be_read(self):
        fund = Fund()
        day = Day().live(fund, Deal("subsidised", fund=fund))
        for entry in day.entries:
            if "terms" in entry["data"] and "to_day" in entry["data"]["terms"]:
                entry["data"]["terms"] = entry["data"]["terms"] | {"to_day": "9999-12-31"}

        assert assured(day.entries) == []
        assert alone(day.entries)  # the wing sees that the rule is misquoted

    def test_is_of_the_usual_deal_exactly_its_price(self):
        fund = Fund()
        day = Day().live(fund, Deal("subsidised", fund=fund))
        told = [one["data"]["facts"] for one in day.entries if one["kind"] == "subsidy.claim_assessed"]

        assert [one["party_total_fen"] for one in told] == [str(PRICE)]
        assert told[0]["signed_at"] == instant.render(SOLD + 3 * make.HOUR)
