"""Deals that are paid by a plan, with royalties, invoices and money nobody expected: honest ones, and cheats that every
subject agrees with."""

from datetime import timedelta

import pytest

from ledger.kernel import instant
from ledger.kernel.money import Fen
from settlement.escrow.model import Occasion, PlanId, SettlementId
from tests.make_days import PLAN, PRICE, SOLD, STEP, STRANGER, Day, Deal, Fund, alone, assured
from tests.make_parts import FIRST, MORE, WAYS, Parted
from tests.unit.assurance.test_cheats import told

INSTANT = timedelta(microseconds=1)
OTHER_PLAN, OTHER_DEAL, OTHER = PlanId.from_number(9), f"lot_{9:026d}", SettlementId.from_number(9)
LEAST = "owes the inventors another least share than stl1"
DEAL = "has not the deal and the seller of stl1"
PRICED = "has not the seller, the price and the deposit of stl1"

# id: (life, what a step is told, what is found); an invoice is of the number after its deal's
CHEATS = {
    # plans
    "a plan for another price": ("begun", {"due": {"price_fen": Fen(PRICE + STEP)}}, [f"pln1: {PRICED}"]),
    "a plan of another seller": ("begun", {"due": {"seller": STRANGER}}, [f"pln1: {PRICED}"]),
    "a plan with another buyer": ("begun", {"due": {"buyer": STRANGER}}, ["pln1: is with another buyer than stl1"]),
    "a plan of another deal": ("begun", {"due": {"deal": OTHER_DEAL}}, ["pln1: is of another deal than stl1"]),
    "a plan that owes the inventors nothing": ("begun", {"due": {"reward_min_bp": 0}}, [f"pln1: {LEAST}"]),
    "a plan divided with nothing for the inventors": ("divided", {"due": {"reward_min_bp": 0}}, [f"pln1: {LEAST}"]),
    "a plan that takes another settlement over": (
        "begun",
        {"due": {"id": OTHER}},
        [
            "stl1: is left to pln1, which did not take it over",
            "pln1: takes over stl9, which was not left to it",
            f"{OTHER}:escrow: leaves less than nothing",
        ],
    ),
    "a settlement that is left to another plan": (
        "begun",
        {"adopt": {"plan": OTHER_PLAN}},
        ["stl1: is left to pln9, which did not take it over", "pln1: takes over stl1, which was not left to it"],
    ),
    # royalties
    "a royalty that owes the inventors nothing": ("earning", {"beside": {"reward_min_bp": 0}}, [f"rty1: {LEAST}"]),
    "a royalty with another buyer": (
        "earning",
        {"beside": {"buyer": STRANGER}},
        ["rty1: is with another buyer than stl1"],
    ),
    "a royalty of another seller": ("earning", {"beside": {"seller": STRANGER}}, [f"rty1: {DEAL}"]),
    "a royalty of another deal": ("earning", {"beside": {"deal": OTHER_DEAL}}, [f"rty1: {DEAL}"]),
    "a royalty beside nothing": (
        "earning",
        {"beside": {"id": OTHER}},
        ["rty1: is beside stl9, of which no contract had taken effect"],
    ),
    # invoices
    "an invoice of more than was paid": ("paid", {"invoices": (FIRST + 1,)}, ["invoices more than was paid"]),
    "a second invoice of the same": ("paid", {"invoices": (FIRST, 1)}, ["invoices more than was paid"]),
    "an invoice of a part that nobody paid": ("paid", {"payment": {"number": 3}}, ["invoices more than was paid"]),
    "an invoice of another occasion": (
        "paid",
        {"payment": {"occasion": Occasion.ROYALTY, "subject": f"rty_{1:026d}"}},
        ["is of money that is not that of stl1", "invoices more than was paid"],
    ),
    "an invoice of another plan": (
        "paid",
        {"payment": {"subject": OTHER_PLAN}},
        ["is of money that is not that of stl1", "invoices more than was paid"],
    ),
    "an invoice in another deal": ("paid", {"invoiced": OTHER}, ["is of money that is not that of stl9"]),
    "two invoices of one number": ("paid", {"invoices": (1, 1), "invoice number": 1}, ["has a number of inv_"]),
    # money that nobody expected
    "a part assigned to another plan": (
        "found",
        {"to": OTHER_PLAN},
        ["is not received for pln9, which it is assigned to", "pln1: rests on mis_"],
    ),
    # claims for a price that is paid by parts
    "a claim for a fen more than was paid": (
        "claimed",
        {"facts": {"paid_fen": Fen(FIRST + 1)}},
        [f"clm1: tells of {FIRST + 1} fen paid, of which 1 parts of pln1 come to others"],
    ),
    "a claim for the whole price after its first part": (
        "claimed",
        {"facts": {"paid_fen": PRICE}},
        [f"clm1: tells of {PRICE} fen paid, of which 1 parts of pln1 come to others"],
    ),
    "a claim for a part that went back": (
        "claimed after a return",
        {"facts": {"paid_fen": PRICE}},
        [f"clm1: tells of {PRICE} fen paid, of which 1 parts of pln1 come to others"],
    ),
    "a claim that counts the whole price towards the total": (
        "claimed",
        {"facts": {"party_total_fen": PRICE}},
        [f"clm1: tells of a total of {PRICE} fen, which is {FIRST} fen"],
    ),
    "a claim paid earlier": ("claimed", {"facts": {"paid_at": SOLD}}, ["clm1: tells another paid_at than pln1"]),
    "a claim paid at its last part": (
        "claimed in full",
        {"facts": {"paid_at": MORE["second"]}},
        ["clm1: tells another paid_at than pln1"],
    ),
}


def lived(life, *, opened=True, **cheat):
    fund = Fund()
    return Day(opened=opened).live(fund, Parted(life, fund=fund, cheat=cheat))


class TestHonest:
    @pytest.mark.parametrize("life", WAYS)
    @pytest.mark.parametrize("opened", [True, False])
    def test_deal_has_no_finding_at_any_checkpoint(self, life, opened):
        day = lived(life, opened=opened)

        assert alone(day.entries) == []
        assert [one for cut in day.cuts for one in assured(day.entries[:cut])] == []

    def test_deals_stand_beside_each_other(self):
        fund = Fund()
        deals = [
            Parted(life, number, later=number * timedelta(minutes=1), fund=fund)
            for number, life in enumerate(("divided", "paid", "found", "earning"), 1)
        ]
        day = Day().live(fund, *deals, Deal("settled", 5))

        assert alone(day.entries) == assured(day.entries) == []
        assert assured(day.entries, backwards=True) == []


class TestCheat:
    @pytest.mark.parametrize("what", CHEATS)
    def test_is_found_though_every_subject_agrees(self, what):
        life, cheat, expected = CHEATS[what]
        day = lived(life, **cheat)
        found = told(day)

        assert alone(day.entries) == []
        assert len(found) == len(expected), found
        assert all(any(one in each for each in found) for one in expected), found

    @pytest.mark.parametrize("what", CHEATS)
    def test_is_pointed_at_in_an_entry(self, what):
        life, cheat, _ = CHEATS[what]

        assert any(one.entry is not None for one in assured(lived(life, **cheat).entries))

    def test_needs_opened_values_only_where_somebody_is_named(self):
        sealed = {
            what for what, (life, cheat, _) in CHEATS.items() if not assured(lived(life, opened=False, **cheat).entries)
        }

        assert sealed == {
            "a plan with another buyer",
            "a royalty with another buyer",
            "two invoices of one number",
        }


class TestClaimByParts:
    """What a claim may not know yet: a part that is being recorded while it is made may be counted or not."""

    @pytest.mark.parametrize(
        ("before", "told_fen", "lawful"),
        [
            (timedelta(seconds=30) - INSTANT, FIRST, True),
            (timedelta(seconds=30) - INSTANT, PRICE, True),
            (timedelta(seconds=30) - INSTANT, PRICE - FIRST, False),  # the first was seen by everybody
            (timedelta(seconds=30), FIRST, False),
            (timedelta(seconds=30), PRICE, True),
        ],
    )
    def test_may_leave_out_what_is_being_recorded(self, before, told_fen, lawful):
        facts = {"paid_fen": Fen(told_fen), "party_total_fen": Fen(max(told_fen, FIRST))}
        day = lived("claimed in full", facts=facts)
        at = instant.render(PLAN["claims"] - before)
        last = [one for one in day.entries if one["kind"] == "escrow.part_paid" and one["data"]["part"] == 2]
        for entry in last:
            entry["arrived_at"] = entry["recorded_at"] = at

        assert (assured(day.entries) == []) is lawful

    def test_counts_what_was_kept_and_not_what_went_back(self):
        day = lived("claimed after a return")
        [facts] = [one["data"]["facts"] for one in day.entries if one["kind"] == "subsidy.claim_assessed"]

        assert (facts["paid_fen"], facts["party_total_fen"]) == (str(FIRST), str(FIRST))
        assert assured(day.entries) == []
