"""The story as it is written: members that could be, offers that add up, and deals kept on believable days."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest

from exchange.app.story import acts
from exchange.app.story.cast import COUNTED, ENTERPRISES, INSTITUTES, MEMBERS, when, yuan
from exchange.app.story.offers import OFFERS
from exchange.members.model import credit_check
from ledger.kernel.calendar import CHINA, deadline, is_working_day

FIRST = [offer for offer in OFFERS if offer.round == 1]
SALES = [offer for offer in OFFERS if offer.deal]
GIVEN = [(offer, turn) for offer in SALES for turn in offer.deal.sequence()]


def ids(offers):
    return [offer.name for offer in offers]


def turn_of(offer, what):
    return next((turn.at for turn in offer.deal.sequence() if turn.what == what and not turn.refusal), None)


class TestCast:
    def test_has_members_of_every_league_and_city(self):
        assert len({member.region for member in MEMBERS.values()}) == 12
        assert len({MEMBERS[offer.seller].region for offer in FIRST}) >= 10

    def test_has_enough_of_each(self):
        assert len(FIRST) >= 12
        assert len({bidder for offer in OFFERS for bidder in offer.bidders()}) >= 62

    def test_gives_everybody_a_credit_code_of_its_own(self):
        codes = [str(member.credit_code()) for member in MEMBERS.values()]
        assert len(set(codes)) == len(codes)
        assert all(credit_check(code[:-1]) == code[-1] for code in codes)

    def test_gives_everybody_something_to_do(self):
        acting = {offer.seller for offer in OFFERS} | {bidder for offer in OFFERS for bidder in offer.bidders()}
        brokers = {offer.deal.broker for offer in OFFERS if offer.deal and offer.deal.broker}
        assert acting | brokers == set(MEMBERS)
        assert not acting & brokers
        assert not INSTITUTES.keys() & ENTERPRISES.keys()


class TestOffers:
    @pytest.mark.parametrize("offer", OFFERS, ids=ids(OFFERS))
    def test_rise_by_their_increments_to_the_winner(self, offer):
        counted = [step for step in offer.steps() if step.outcome in COUNTED]
        assert all(after.amount - before.amount >= offer.increment for before, after in pairwise(counted))
        assert not counted or counted[0].amount >= offer.start
        sold = counted and counted[-1].amount >= (offer.reserve or 0)
        assert offer.winner == (counted[-1].bidder if sold else None)
        assert bool(offer.deal) == bool(offer.winner)

    def test_are_of_every_kind(self):
        endings = Counter(offer.deal.ending for offer in SALES)
        assert endings == {
            "settled": len(SALES) - 5,
            "planned": 1,
            "tried": 1,
            "unsigned": 1,
            "unpaid": 1,
            "unwritten": 1,
        }
        unsold = [offer for offer in OFFERS if not offer.deal]
        assert sorted(bool(offer.price) for offer in unsold) == [False, True]  # no bids, and below the reserve

    def test_offer_again_within_thirty_days_what_a_buyer_did_not_sign(self):
        [again] = [offer for offer in OFFERS if offer.round == 2]
        before = next(offer for offer in FIRST if offer.title == again.title)
        assert (before.deal.ending, before.winner) == ("unsigned", again.barred)
        assert again.winner != before.winner
        assert again.barred not in again.bidders()
        assert when(again.announced) - when(before.closes) < timedelta(days=30)
        assert (again.full_title, again.name) == (before.full_title, "sunflowers again")


class TestDeals:
    @pytest.mark.parametrize("offer", SALES, ids=ids(SALES))
    def test_have_parts_that_add_up_and_inventors_who_share(self, offer):
        assert sum(amount for _, amount, _ in offer.deal.priced()) == offer.price
        assert len(offer.deal.weights) in {0, len(offer.inventors)}
        assert all(amount > 0 for _, amount in offer.deal.itemised())

    @pytest.mark.parametrize(("offer", "turn"), GIVEN, ids=[f"{offer.name}: {turn.what}" for offer, turn in GIVEN])
    def test_are_done_in_working_hours(self, offer, turn):
        local = turn.at.astimezone(CHINA)
        assert is_working_day(local.date())
        assert 9 <= local.hour < 17

    @pytest.mark.parametrize("offer", SALES, ids=ids(SALES))
    def test_are_signed_and_paid_in_time_or_fail_as_they_must(self, offer):
        turns = [turn.at for turn in offer.deal.sequence()]
        assert turns == sorted(turns)
        write_by, written = deadline(when(offer.closes), 5), turn_of(offer, "write")
        sign_by = max(write_by, deadline(written, 3)) if written else write_by
        signed, paid = turn_of(offer, "buyer signs"), turn_of(offer, "pay")
        match offer.deal.ending:
            case "settled":
                assert when(offer.closes) < written < turn_of(offer, "seller signs") < signed < sign_by
                assert written < write_by
                assert signed < paid < deadline(signed, 5)
                assert paid < turn_of(offer, "settle") < turn_of(offer, "register") <= deadline(signed, 15)
            case "planned" | "tried":
                first, agreed = turn_of(offer, "plan"), turn_of(offer, "agree")
                first = first or turn_of(offer, "plan trial")
                assert written < write_by
                assert turn_of(offer, "seller signs") < signed < sign_by
                assert signed < first < agreed < deadline(signed, 5)
                assert paid is None
            case "unpaid":
                assert (paid, turn_of(offer, "default") >= deadline(signed, 5)) == (None, True)
            case _:
                assert (signed, turn_of(offer, "lapsed") > sign_by) == (None, True)
                assert bool(turn_of(offer, "seller signs")) == (offer.deal.ending == "unsigned")

    def test_claim_a_hundredth_and_only_where_it_is_granted(self):
        for offer in SALES:
            if offer.deal.incentive is not None:
                assert offer.deal.incentive == min(offer.price * 100, 50_000)
                assert turn_of(offer, "register") < turn_of(offer, "claim") < turn_of(offer, "incentive")


class TestThingsToDo:
    def test_counts_every_step_of_everybody(self):
        turns = sum(len(list(offer.deal.sequence())) for offer in SALES)
        steps = sum(len([*offer.steps(), *offer.bidders()]) for offer in OFFERS)
        assert acts.things_to_do(OFFERS) == len(MEMBERS) + 2 * len(FIRST) + len(OFFERS) + steps + turns


class TestYuan:
    def test_writes_ten_thousands(self):
        assert yuan(44) == {"amount": "440000.00", "currency": "CNY"}
