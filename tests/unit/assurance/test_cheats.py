"""Cheats that every subject agrees with: each wing finds its own in order, and the whole does not fit.

A name in a finding is written `lot`, `lst`, `ctr`, `stl`, `clm` with the number of its deal. The first finding listed
is about the subject where one must look; what else the cheat leaves behind is written out too, so that nothing is found
by accident.
"""

from datetime import timedelta
from typing import Any

import pytest

from exchange.auctions.model import LotId
from exchange.contracts.model import ContractId, Fault
from ledger.kernel.money import Fen
from listings.achievements.model import AssetId, ListingId, Mode, Region
from settlement.escrow.model import Release
from settlement.subsidies.model import ProgrammeId
from tests import make_days as make
from tests.make_days import (
    DEPOSIT,
    HOUR,
    LOSER,
    PRICE,
    SOLD,
    STEP,
    STRANGER,
    Day,
    Deal,
    Fund,
    alone,
    assured,
    organisation,
)

LATER = timedelta(days=1)
NOBODYS_LOT, NOBODYS_CONTRACT = LotId.from_number(9), ContractId.from_number(9)
HALF = Fen(DEPOSIT // 2)
SIGNED = ("bids", "end", "write", "sign", "countersign")

# id: (life, what the step is told, what is found)
ONE_DEAL: dict[str, tuple[str | tuple[str, ...], dict[str, Any], list[str]]] = {
    # contracts
    "a contract for another price": (
        "awarded",
        {"open": {"price_fen": Fen(PRICE - STEP)}},
        ["ctr1: has not the price, the seller and the listing of lot1"],
    ),
    "a contract with another seller": (
        "awarded",
        {"open": {"seller": STRANGER}},
        ["ctr1: has not the price, the seller and the listing of lot1"],
    ),
    "a contract of another listing": (
        "awarded",
        {"open": {"listing": ListingId.from_number(9)}},
        [
            "ctr1: has not the price, the seller and the listing of lot1",
            "ctr1: is of lst9, which was not awarded to lot1",
        ],
    ),
    "a contract of another place": (
        "awarded",
        {"open": {"region": Region.HOHHOT}},
        ["ctr1: is of another place than lst1"],
    ),
    "a contract with another buyer": (
        "awarded",
        {"open": {"buyer": STRANGER}},
        ["ctr1: is with another buyer than lot1 was sold to"],
    ),
    "a contract of a lot nobody knows": (
        "awarded",
        {"open": {"lot": NOBODYS_LOT}},
        ["lot1: has no contract, though lst1 was awarded to it", "ctr1: is of lot9, which was not sold"],
    ),
    "a sale without a contract": (
        "awarded",
        {"skip": {"open"}},
        ["lot1: has no contract, though lst1 was awarded to it"],
    ),
    "a contract over a burden": (
        "signed",
        {"skip": {"listing.award"}},
        ["ctr1: is of lst1, which was not awarded to lot1"],
    ),
    "a contract in force that costs nothing": (
        "signed",
        {"skip": {"require"}},
        ["ctr1: took effect, and no balance fell due for it"],
    ),
    # listings
    "a lot of another listing": (
        "awarded",
        {"listing": ListingId.from_number(9)},
        [
            "lot1: offers lst9, which is not held for it",
            "lst1: is held for lot1, which does not offer it",
            "lst1: is awarded to lot1, which is no sale of it",
            "ctr1: has not the price, the seller and the listing of lot1",
        ],
    ),
    "an offer taken from its buyer": (
        "returned",
        {"skip": {"fall through"}},
        [
            "ctr1: is lapsed by fault of the seller, unlike lot1",
            "stl1: is returned, and the sale of lot1 did not so fall through",
            "lst1: is taken from lot1, which has not come to nothing",
        ],
    ),
    "a lot whose listing is free for others": (
        "bidding",
        {"skip": {"listing.reserve"}},
        ["lot1: offers lst1, which is not held for it"],
    ),
    "a lot of somebody else's listing": (
        "bidding",
        {"offerer": STRANGER, "settlement": {"seller": STRANGER}},
        ["lot1: is offered by another than the owner of lst1"],
    ),
    "an offer kept from others after bids in vain": (
        ("end",),
        {"skip": {"listing.release"}},
        ["lot1: is unsold, and lst1 is not back on offer"],
    ),
    "an offer kept from others after a withdrawal": (
        "withdrawn",
        {"skip": {"listing.release"}},
        ["lot1: is withdrawn, and lst1 is not back on offer"],
    ),
    "an offer that does not come back": (
        "returned",
        {"skip": {"listing.release"}},
        ["lot1: fell through, and lst1 is not back on offer"],
    ),
    # settlements
    "a settlement of a lot nobody knows": (
        "bidding",
        {"settlement": {"deal": str(NOBODYS_LOT)}},
        [
            "stl1: is of lot9, which is no lot that was announced",
            "lot1: confirmed a deposit of 0113, which nobody holds",
        ],
    ),
    "a settlement for another seller": (
        "bidding",
        {"settlement": {"seller": STRANGER}},
        ["stl1: has another seller than lot1"],
    ),
    "a deposit that nobody holds": (
        "bidding",
        {"skip": {"deposit loser"}},
        ["lot1: confirmed a deposit of 0113, which nobody holds"],
    ),
    "a deposit that no lot knows": (
        "bidding",
        {"deposit loser": {"code": "0199"}},
        [
            "lot1: confirmed a deposit of 0113, which nobody holds",
            "stl1: holds a deposit of 0199, which lot1 never confirmed",
        ],
    ),
    "deposits of another amount": (
        "bidding",
        {f"deposit {who}": {"due_fen": HALF, "paid_fen": HALF} for who in ("buyer", "loser")},
        [
            f"stl1: asks for {HALF} fen, lot1 for {DEPOSIT} fen",
            "stl1: holds another amount of 0112 than lot1 asks for",
            "stl1: holds another amount of 0113 than lot1 asks for",
        ],
    ),
    "a deposit of somebody else": (
        "bidding",
        {"deposit loser": {"payer": STRANGER}},
        ["stl1: holds of 0113 another payment than lot1 confirmed"],
    ),
    "a deposit by another payment": (
        "bidding",
        {"deposit loser": {"reference": "回单99"}},
        ["stl1: holds of 0113 another payment than lot1 confirmed"],
    ),
    "an award at another price": (
        "settled",
        {"award": {"price_fen": Fen(PRICE + STEP)}},
        ["stl1: is awarded otherwise than lot1 was sold"],
    ),
    "an award to the loser": (
        "awarded",
        {"award": {"code": "0113", "buyer": LOSER}},
        [
            "stl1: is awarded otherwise than lot1 was sold",
            "stl1: is awarded to another buyer than lot1 was sold to",
        ],
    ),
    "an award to a straw man": (
        "awarded",
        {"deposit buyer": {"payer": STRANGER}, "award": {"buyer": STRANGER}},
        [
            "stl1: holds of 0112 another payment than lot1 confirmed",
            "stl1: is awarded to another buyer than lot1 was sold to",
        ],
    ),
    "a sale that is not awarded": (
        "awarded",
        {"skip": {"award"}},
        ["lot1: was sold, and stl1 is not awarded"],
    ),
    "a sale whose deposits go back": (
        "awarded",
        {"instead": {"award": Release()}},
        [
            "lot1: was sold, and stl1 is not awarded",
            "stl1: is released, and lot1 was neither unsold nor withdrawn",
        ],
    ),
    "deposits kept from those who bid in vain": (
        "unsold",
        {"skip": {"release"}},
        ["lot1: is unsold, and stl1 is not released"],
    ),
    "deposits kept of a lot that is withdrawn": (
        "withdrawn",
        {"skip": {"release"}},
        ["lot1: is withdrawn, and stl1 is not released"],
    ),
    "a balance due by another contract": (
        "signed",
        {"require": {"contract": str(NOBODYS_CONTRACT)}},
        [
            "ctr1: took effect, and no balance fell due for it",
            "stl1: falls due by ctr9, which is no contract of lot1",
        ],
    ),
    "a balance due from another hour": (
        "settled",
        {"require": {"effective_at": SOLD + HOUR}},
        ["stl1: falls due by another hour than ctr1 took effect at"],
    ),
    # sales that fall through
    "a seller's fault that the buyer pays for": (
        "returned",
        {"money fault": Fault.BUYER},
        [
            "stl1: is forfeited, and the sale of lot1 did not so fall through",
            "lot1: fell through, and stl1 is not returned",
        ],
    ),
    "a buyer's fault that costs it nothing": (
        "forfeited",
        {"money fault": Fault.SELLER},
        [
            "stl1: is returned, and the sale of lot1 did not so fall through",
            "lot1: fell through, and stl1 is not forfeited",
        ],
    ),
    "a fault that the lot tells otherwise": (
        "returned",
        {"lot fault": Fault.BUYER},
        [
            "ctr1: is lapsed by fault of the seller, unlike lot1",
            "stl1: is returned, and the sale of lot1 did not so fall through",
            "lot1: fell through, and stl1 is not forfeited",
        ],
    ),
    "a lapse that leaves the deposit where it is": (
        "returned",
        {"skip": {"give back"}},
        ["lot1: fell through, and stl1 is not returned"],
    ),
    "a default that leaves the contract in force": (
        "defaulted",
        {"skip": {"rescind"}},
        ["lot1: fell through, and no contract of it ended"],
    ),
    "a contract rescinded that was paid for": (
        (*SIGNED, "pay", "default"),
        {"skip": {"default"}},
        [
            "stl1: is paid, and ctr1 is rescinded",
            "lot1: fell through, and stl1 is not forfeited",
        ],
    ),
    # claims
    "a claim of somebody else": (
        "subsidised",
        {"claimant": STRANGER, "facts": {"party_total_fen": PRICE}},
        [
            "clm1: is made by another than the seller of ctr1",
            f"clm1: tells of a total of {PRICE} fen, which is 0 fen",
        ],
    ),
    "a claim for no deal": (
        "subsidised",
        {"claimed deal": str(NOBODYS_CONTRACT)},
        ["clm1: is for ctr9, which is no contract"],
    ),
    "a claim that was listed earlier": (
        "subsidised",
        {"facts": {"listed_at": make.SUBMITTED}},
        ["clm1: tells another listed_at than lst1"],
    ),
    "a claim that was signed earlier": (
        "subsidised",
        {"facts": {"signed_at": SOLD + HOUR}},
        ["clm1: tells another signed_at than ctr1"],
    ),
    "a claim that was registered earlier": (
        "subsidised",
        {"facts": {"registered_at": SOLD + LATER}},
        ["clm1: tells another registered_at than ctr1"],
    ),
    "a claim for what was never registered": (
        (*SIGNED, "pay", "settle", "claims", "subsidy"),
        {"facts": {"registered_at": SOLD + LATER}},
        ["clm1: tells another registered_at than ctr1"],
    ),
    "a claim refused for a registration that was made": (
        (*SIGNED, "pay", "settle", "register", "claims"),
        {"facts": {"registered_at": None}},
        ["clm1: tells another registered_at than ctr1"],
    ),
    "a claim refused for a payment that was made": (
        (*SIGNED, "pay", "register", "claims"),
        {"facts": {"paid_at": None, "paid_fen": Fen(0), "party_total_fen": PRICE}},
        ["clm1: tells another paid_at than stl1"],
    ),
    "a claim for what was never paid": (
        (*SIGNED, "register", "claims", "subsidy"),
        {"facts": {"paid_at": SOLD + LATER, "paid_fen": PRICE, "party_total_fen": PRICE}},
        [
            "clm1: tells another paid_at than stl1",
            f"clm1: tells of a total of {PRICE} fen, which is 0 fen",
        ],
    ),
    "a claim that was paid another day": (
        "subsidised",
        {"facts": {"paid_at": SOLD + LATER + HOUR}},
        ["clm1: tells another paid_at than stl1"],
    ),
    "a claim for more than was paid": (
        "subsidised",
        {"facts": {"paid_fen": Fen(PRICE + 1)}},
        [f"clm1: tells of {PRICE + 1} fen paid, which are {PRICE} fen"],
    ),
    "a claim with a larger total": (
        "subsidised",
        {"facts": {"party_total_fen": Fen(PRICE + 1)}},
        [f"clm1: tells of a total of {PRICE + 1} fen, which is {PRICE} fen"],
    ),
    "a claim refused for a smaller total": (
        (*SIGNED, "pay", "settle", "register", "claims"),
        {"facts": {"party_total_fen": Fen(0)}},
        [f"clm1: tells of a total of 0 fen, which is {PRICE} fen"],
    ),
    "a claim that hides what was given for it": (
        "subsidised",
        {"terms": {"mode": Mode.INVESTMENT}, "facts": {"equity_unrealised": False}},
        ["clm1: tells of another kind of deal than lst1"],
    ),
}


def told(day: Day) -> list[str]:
    """What is found, with short names, each once, in the order of the log."""
    return list(dict.fromkeys(short(one.what) for one in assured(day.entries)))


def short(what: str) -> str:
    words = []
    for word in what.split(" "):
        prefix, _, rest = word.partition("_")
        digits, end = rest.rstrip(":,"), rest[len(rest.rstrip(":,")) :]
        words.append(f"{prefix}{int(digits)}{end}" if len(digits) == 26 and digits.isdigit() else word)
    return " ".join(words)


class TestCheat:
    @pytest.mark.parametrize("what", ONE_DEAL)
    def test_in_one_deal_is_found_though_every_subject_agrees(self, what):
        life, cheat, found = ONE_DEAL[what]
        fund = Fund()
        day = Day().live(fund, Deal(life, fund=fund, cheat=cheat))

        assert alone(day.entries) == []
        assert sorted(told(day)) == sorted(found)

    @pytest.mark.parametrize("what", [one for one in ONE_DEAL if "terms" not in ONE_DEAL[one][1]])
    def test_does_not_spoil_the_deals_beside_it(self, what):
        life, cheat, found = ONE_DEAL[what]
        fund = Fund()
        spoilt = Deal(life, fund=fund, cheat=cheat)
        beside = [
            Deal(one, number, seller=organisation(30 + number), later=number * HOUR, fund=fund)
            for number, one in enumerate(("subsidised", "forfeited", "unsold"), 2)
        ]
        about = {what.split(":")[0] for what in told(Day().live(fund, spoilt, *beside))}

        assert about <= {what.split(":")[0] for what in found} | {"stl1", "lot1"}

    @pytest.mark.parametrize("what", ONE_DEAL)
    def test_is_pointed_at_in_the_subject_it_names(self, what):
        life, cheat, _ = ONE_DEAL[what]
        fund = Fund()
        day = Day().live(fund, Deal(life, fund=fund, cheat=cheat))

        for one in assured(day.entries):
            assert one.entry is not None
            subject = day.entries[one.entry]["subject"]
            assert one.what.startswith(f"{subject}: ") or " awarded to it" in one.what

    def test_needs_opened_values_only_where_somebody_is_named(self):
        sealed = {
            what
            for what, (life, cheat, _) in ONE_DEAL.items()
            if not assured(Day(opened=False).live(fund := Fund(), Deal(life, fund=fund, cheat=cheat)).entries)
        }

        assert sealed == {
            "a contract with another buyer",
            "a deposit of somebody else",
            "a deposit by another payment",
            "an award to a straw man",
        }


def two(first: str, second: str, cheat: dict[str, Any], **more: Any) -> Day:
    fund = Fund()
    day = Day().live(fund, Deal(first, fund=fund), Deal(second, 2, later=LATER, fund=fund, cheat=cheat, **more))
    assert alone(day.entries) == []
    return day


class TestOneAsset:
    @pytest.mark.parametrize("life", ["bidding", "awarded", "settled"])
    def test_is_not_promised_twice(self, life):
        day = two(life, "bidding", {"asset": AssetId.from_number(1)})

        assert told(day) == ["ast1: is promised to lot2 while lot1 holds it"]

    @pytest.mark.parametrize("life", ["withdrawn", "returned"])
    def test_may_be_promised_again_when_the_first_deal_came_to_nothing(self, life):
        later = Deal("settled", 2, later=timedelta(days=40), cheat={"asset": AssetId.from_number(1)})

        assert told(Day().live(Deal(life), later)) == []

    @pytest.mark.parametrize(
        ("mode", "found"),
        [(Mode.ORDINARY_LICENCE, []), (Mode.SOLE_LICENCE, ["ast1: is promised to lot2 while lot1 holds it"])],
    )
    def test_may_be_licensed_to_several_if_none_is_promised_to_be_the_only_one(self, mode, found):
        terms = {"mode": mode}
        later = Deal("settled", 2, later=timedelta(days=40), cheat={"asset": AssetId.from_number(1), "terms": terms})

        assert told(Day().live(Deal("settled", cheat={"terms": terms}), later)) == found


class TestTwoDeals:
    def test_have_two_contracts(self):
        lot, listing = LotId.from_number(1), ListingId.from_number(1)
        day = two("awarded", "awarded", {"open": {"lot": lot, "listing": listing, "price_fen": PRICE}})

        assert "ctr2: is of lot1, as ctr1 is" in told(day)

    def test_have_two_numbers(self):
        assert told(two("settled", "settled", {"register": {"serial": 1}})) == [
            "ctr2: is registered under the number of ctr1"
        ]

    def test_have_two_settlements(self):
        day = two("awarded", "bidding", {"settlement": {"deal": str(LotId.from_number(1))}})

        assert "stl2: is of lot1, as stl1 is" in told(day)

    def test_have_escrow_once_money_is_kept(self):
        day = two("settled", "unsold", {"skip": {"deposit buyer", "deposit loser"}})

        assert told(day) == [f"lot2: confirmed a deposit of {code}, which nobody holds" for code in ("0212", "0213")]

    def test_have_contracts_once_money_is_kept(self):
        skipped = {"deposit buyer", "deposit loser", "award", "open"}

        assert "lot2: has no contract, though lst2 was awarded to it" in told(
            two("settled", "awarded", {"skip": skipped})
        )

    def test_rest_on_two_payments(self):
        day = two("paid", "paid", {"balance": {"reference": "回单1-3"}})

        assert told(day) == ["stl2: rests on a payment that stl1 rests on"]
        assert "回单" not in str(assured(day.entries))

    def test_do_not_rest_on_the_payment_of_a_programme(self):
        fund = Fund(reference="回单1-3")

        assert told(Day().live(fund, Deal("paid", fund=fund))) == [
            "stl1: rests on a payment that prg_00000000000000000000000001 rests on".replace("prg_" + "0" * 25, "prg")
        ]

    def test_count_together_towards_the_total_of_their_seller(self):
        fund = Fund()
        cheat = {"facts": {"party_total_fen": PRICE}}
        day = Day().live(fund, Deal("settled"), Deal("subsidised", 2, later=LATER, fund=fund, cheat=cheat))

        assert alone(day.entries) == []
        assert told(day) == [f"clm2: tells of a total of {PRICE} fen, which is {2 * PRICE} fen"]

    def test_of_two_sellers_do_not(self):
        fund = Fund()
        other = Deal("subsidised", 2, seller=STRANGER, later=LATER, fund=fund)

        assert told(Day().live(fund, Deal("settled"), other)) == []

    def test_are_paid_for_out_of_one_budget(self):
        fund = Fund(budget_fen=4_000_000)
        cheat = {"remaining": {"budget_fen": Fen(4_000_000)}}
        other = Deal("subsidised", 2, seller=STRANGER, later=LATER, fund=fund, cheat=cheat)
        day = Day().live(fund, Deal("subsidised", fund=fund), other)

        assert alone(day.entries) == []
        found = [one.what for one in assured(day.entries)]
        programme = ProgrammeId.from_number(1)
        assert f"{programme}:budget: leaves less than nothing" in found
        assert f"{programme}: pays 5000000 fen out of a budget of 4000000 fen" in found

    def test_are_counted_towards_one_cap(self):
        fund = Fund()
        deals = [
            Deal("subsidised", number, price_fen=900_000_000, later=number * HOUR, fund=fund, cheat=cheat)
            for number, cheat in enumerate([{}, {"remaining": {"received_fen": Fen(0)}}], 1)
        ]
        found = told(Day().live(fund, *deals))

        assert any(what.startswith("clm2: is paid after 0 fen received") for what in found)
