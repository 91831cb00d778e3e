"""Honest days: nothing is found, whatever happened on them, however much is opened, wherever a checkpoint stands."""

import random
from datetime import timedelta

import pytest

from exchange.assurance import Assurance
from exchange.assurance.figures import Figures
from exchange.auctions import rules as auction_rules
from exchange.auctions.model import Announce
from ledger.kernel.money import Fen
from tests import make_auctions
from tests import make_days as make
from tests.make_auctions import NOON
from tests.make_days import BUYER, LIVES, LOSER, Day, Deal, Fund, alone, assured, subjects, whole_day

WHOLE = whole_day()


def taken(entries):
    assurance = Assurance()
    for own in subjects(entries).values():
        assurance.take(own)
    return assurance


class TestHonestDay:
    @pytest.mark.parametrize("life", LIVES)
    @pytest.mark.parametrize("opened", [True, False])
    def test_has_no_finding_however_a_deal_goes(self, life, opened):
        fund = Fund()
        day = Day(opened=opened).live(fund, Deal(life, fund=fund))

        assert alone(day.entries) == []
        assert [one for cut in day.cuts for one in assured(day.entries[:cut])] == []

    @pytest.mark.parametrize("opened", [True, False])
    @pytest.mark.parametrize("backwards", [True, False])
    def test_has_no_finding_with_deals_of_every_kind_at_any_checkpoint(self, opened, backwards):
        day = whole_day(opened=opened)

        assert alone(day.entries) == []
        assert [one for cut in day.cuts for one in assured(day.entries[:cut], backwards=backwards)] == []

    def test_would_be_suspected_at_most_cuts_through_a_transaction(self):
        """Why a checkpoint never cuts one."""
        within = set(range(len(WHOLE.entries))) - set(WHOLE.cuts)
        suspected = [cut for cut in sorted(within) if assured(WHOLE.entries[:cut])]

        assert len(suspected) > len(within) / 2

    def test_may_be_told_in_any_order_of_subjects(self):
        own = list(subjects(WHOLE.entries).values())
        lines = set()
        for seed in range(10):
            random.Random(seed).shuffle(own)
            assurance = Assurance()
            for entries in own:
                assurance.take(entries)
            assert assurance.findings() == []
            lines.add(assurance.figures.line)
        assert len(lines) == 1

    def test_may_be_asked_twice(self):
        assurance = taken(WHOLE.entries)

        assert assurance.findings() == assurance.findings() == []

    def test_holds_two_subsidised_deals_of_one_seller_and_one_cap(self):
        fund = Fund()
        deals = [
            Deal("subsidised", number, price_fen=900_000_000, later=number * timedelta(hours=1), fund=fund)
            for number in (1, 2, 3)
        ]
        day = Day().live(fund, *deals)

        assert alone(day.entries) == assured(day.entries) == []
        assert taken(day.entries).figures.subsidies_fen == 3 * 5_000_000  # the cap of a project

    def test_holds_a_lot_that_is_offered_again_after_it_fell_through(self):
        first = Deal("returned")
        day = Day().live(first)
        again = Deal("settled", 2, later=timedelta(days=40))
        again.listing, again.asset, again.listing_id = first.listing, first.asset, first.listing_id
        again.steps = lambda: [one for one in Deal.steps(again) if one[0] >= make.ANNOUNCED + again.later]
        day.live(again)

        assert alone(day.entries) == assured(day.entries) == []


class TestFigures:
    def test_are_those_of_a_settled_deal(self):
        day = Day().live(Deal("settled"))

        assert taken(day.entries).figures.line == (
            "money: ok deposits=400000.00 refunded=200000.00 applied=200000.00 forfeited=0.00 held=0.00"
            " prices=2500000.00 fees=30000.00 rewards=1231500.00 sellers=1238500.00 subsidies=0.00"
            " plans=0.00 royalties=0.00"
        )

    def test_tell_of_plans_and_royalties_last_and_of_everybodys_fees(self):
        sums = {"deposits_fen": 100, "plans_fen": 30_001, "royalties_fen": 5_002}
        fees = {"fees_fen": 1, "plan_fees_fen": 20, "royalty_fees_fen": 300}
        figures = Figures(**sums, **fees)

        assert figures.every_fee_fen == 321
        assert figures.line == (
            "money: ok deposits=1.00 refunded=0.00 applied=0.00 forfeited=0.00 held=0.00 prices=0.00 fees=3.21"
            " rewards=0.00 sellers=0.00 subsidies=0.00 plans=300.01 royalties=50.02"
        )

    def test_split_a_forfeited_deposit_between_the_fee_and_the_seller(self):
        figures = taken(Day().live(Deal("forfeited")).entries).figures

        assert (figures.forfeited_fen, figures.fees_fen + figures.sellers_fen) == (make.DEPOSIT, make.DEPOSIT)

    @pytest.mark.parametrize("cut", WHOLE.cuts)
    def test_are_conserved_after_every_transaction(self, cut):
        figures = taken(WHOLE.entries[:cut]).figures

        gone = figures.refunded_fen + figures.applied_fen + figures.forfeited_fen
        assert figures.deposits_fen == gone + figures.held_fen
        assert figures.received_fen == figures.ordered_fen + figures.fees_fen + figures.in_custody_fen

    def test_are_the_same_with_everything_sealed(self):
        assert taken(whole_day(opened=False).entries).figures.line == taken(WHOLE.entries).figures.line

    def test_are_none_of_a_log_without_money(self):
        assert not Assurance().figures.kept
        assert not taken([one for one in WHOLE.entries if one["subject"][:3] in {"lot", "lst"}]).figures.kept

    def test_are_of_a_log_that_has_but_a_programme(self):
        assert taken(Day().live(Fund()).entries).figures.kept


OLD = {"skip": {"deposit buyer", "deposit loser", "award", "release", "open", "give back", "forfeit"}}


class TestOldLog:
    """A log from before money was kept, and before contracts were."""

    @pytest.mark.parametrize("life", ["awarded", "unsold", "withdrawn", "bidding"])
    def test_has_no_finding(self, life):
        day = Day().live(Deal(life, cheat=OLD))

        assert {one["subject"][:3] for one in day.entries} == {"lst", "lot"}
        assert assured(day.entries) == []

    def test_is_asked_for_nothing_when_money_begins_to_be_kept(self):
        old = Deal("awarded", cheat=OLD)
        new = Deal("settled", 2, buyer=BUYER, loser=LOSER, later=timedelta(days=30))

        assert assured(Day().live(old, new).entries) == []

    def test_that_has_begun_to_keep_money_must_go_on(self):
        new = Deal("settled", 1)
        late = Deal("awarded", 2, later=timedelta(days=30), cheat=OLD)
        found = [one.what for one in assured(Day().live(new, late).entries)]

        assert f"{late.lot_id}: confirmed a deposit of 0212, which nobody holds" in found
        assert f"{late.lot_id}: has no contract, though {late.listing_id} was awarded to it" in found

    def test_of_a_replay_has_neither_listings_nor_money(self):
        record, early = make_auctions.Record(), NOON - make_auctions.DAY
        lot = make_auctions.draft("replay@1", deposit_fen=Fen(0))
        lot = record.take(auction_rules.decide(lot, Announce(), make_auctions.cause(lot.seller, early)), early)
        lot = record.take(make_auctions.offer(lot, make_auctions.ANN, 100_000, NOON), NOON)
        record.take(make_auctions.tick(lot, make_auctions.END), make_auctions.END)
        entries = [entry | {"index": index} for index, entry in enumerate(record.entries)]

        assert entries[-1]["kind"] == "auction.lot_sold"
        assert alone(entries) == assured(entries) == []


class TestUnreadable:
    @pytest.mark.parametrize("value", [None, "", -1, [], {}, "x" * 50, True])
    def test_is_passed_over_for_the_wing_to_find(self, value):
        """Whatever a field holds, no reader falls over it; what is found then is found, and nothing is raised."""
        rng = random.Random(str(value))
        for entry in WHOLE.entries:
            member = rng.choice(["data", "opened"])
            for name in rng.sample(sorted(entry[member]), min(3, len(entry[member]))):
                spoiled = entry | {member: entry[member] | {name: value}}
                own = [spoiled if one is entry else one for one in subjects(WHOLE.entries)[entry["subject"]]]
                assurance = Assurance()
                assurance.take(own)
                assurance.findings()

    def test_may_be_the_whole_entry(self):
        assurance = Assurance()
        assurance.take([])
        assurance.take([{"subject": "lot_x"}, {"subject": "lot_x", "index": 1, "kind": "auction.lot_sold"}])
        assurance.take([{"subject": "clm_x", "index": "1", "kind": []}])

        assert assurance.findings() == []
