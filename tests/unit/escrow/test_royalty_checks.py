"""What an auditor finds in a royalty's entries: nothing in lives that were lived, and every lie told in them."""

import copy
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ledger.kernel import instant
from settlement.escrow import checks
from settlement.escrow.model import ElapseRoyalty
from settlement.escrow.rules import royalties as rules
from tests import make_escrow as escrow
from tests import make_royalties as make

LATER = datetime(2028, 1, 1, tzinfo=UTC)
OTHER = {
    "due_fen": "1",
    "amount_fen": "1",
    "fee_fen": "1",
    "commission_fen": "1",
    "net_fen": "1",
    "reward_fen": "1",
    "owners_fen": "1",
    "withheld_fen": "999",
    "audit_fen": "1",
    "costs_fen": "1",
    "paid_fen": "1",
    "pay_by": "2026-07-23T16:00:00.000000Z",
    "audit_from": "2026-07-14T16:00:00.000000Z",
    "starts_on": "2026-04-02",
    "every": "year",
    "periods": 3,
    "period": 2,
    "understated": False,
    "ground": "default",
    "cancelled": 7,
    "settled_under": "settlement-1999@1",
}
"""Another value for each field that an auditor can hold against something."""

SEALED = {"sales_fen": "1", "terms_sha256": "0" * 64, "buyer": escrow.STRANGER, "payer": escrow.STRANGER}
NOBODYS = {"settlement", "deal", "seller", "reward_min_bp", "statement_sha256", "document_sha256", "transfers"}
"""What this subject alone does not show, or what has a test of its own."""


def lies():
    for life in make.LIVES:
        for place, entry in enumerate(make.entries(life)):
            yield from ((life, place, "data", name) for name in entry["data"] if name in OTHER)
            yield from ((life, place, "opened", name) for name in entry["opened"] if name in SEALED)


class TestCheck:
    @pytest.mark.parametrize("life", make.LIVES)
    @pytest.mark.parametrize("opened", [True, False])
    def test_finds_nothing_wrong_with_a_life_that_was_lived(self, life, opened):
        assert checks.check(make.entries(life, opened=opened)) == []

    @pytest.mark.parametrize("life", make.LIVES)
    def test_amounts_to_the_royalty(self, life):
        assert checks.fold_royalty(make.entries(life)) == make.amounts_to(make.royalty(life))

    @pytest.mark.parametrize(("life", "place", "where", "name"), list(lies()))
    def test_finds_another_value_of_any_field(self, life, place, where, name):
        written = copy.deepcopy(make.entries(life))
        other = OTHER[name] if where == "data" else SEALED[name]
        if written[place][where][name] == other:
            pytest.skip("it says so already")
        written[place][where][name] = other
        if (where, name) == ("opened", "buyer") and len(written) == 1:
            pytest.skip("nothing else tells of the buyer")
        if name in {"buyer", "payer"} and not any("payer" in one["opened"] for one in written):
            pytest.skip("nothing else tells of the buyer")
        assert checks.check(written) != []

    @pytest.mark.parametrize("life", ["paid", "divided", "twice"])
    def test_finds_money_that_goes_elsewhere(self, life):
        for place, entry in enumerate(make.entries(life)):
            for at in range(len(entry["data"].get("transfers", []))):
                for name, other in (("credit", "exchange:fees"), ("amount_fen", "3"), ("id", "trf_" + "1" * 26)):
                    written = copy.deepcopy(make.entries(life))
                    if written[place]["data"]["transfers"][at][name] == other:
                        continue
                    written[place]["data"]["transfers"][at][name] = other
                    assert checks.check(written) != [], (place, at, name)

    def test_finds_a_payout_to_another(self):
        written = copy.deepcopy(make.entries("divided"))
        first, second = written[4]["opened"]["payouts"][:2]
        first["amount_fen"], second["amount_fen"] = "5", "5"
        assert "entry 4 (escrow.royalty_divided) pays out otherwise" in checks.check(written)

    @pytest.mark.parametrize("life", ["paid", "audited", "divided", "twice", "defaulted", "cancelled"])
    def test_finds_an_entry_that_is_missing(self, life):
        whole = make.entries(life)
        for place in range(len(whole) - 1):
            without = [one for at, one in enumerate(whole) if at != place]
            assert checks.check(without) != [], place

    @pytest.mark.parametrize("life", make.LIVES)
    def test_finds_an_entry_that_is_told_twice(self, life):
        whole = make.entries(life)
        for place in range(1, len(whole)):
            twice = [*whole[: place + 1], whole[place], *whole[place + 1 :]]
            if (life, whole[place]["kind"]) != ("fell-through", "escrow.royalty_terminated") and not _again(
                whole[place]
            ):
                assert checks.check(twice) != [], place

    @pytest.mark.parametrize("whose", ["buyer", "seller", "holder"])
    def test_finds_a_broker_who_is_a_party(self, whose):
        written = copy.deepcopy(make.entries("running"))
        proposed = written[0]
        named = {
            "buyer": proposed["opened"]["buyer"],
            "seller": proposed["data"]["seller"],
            "holder": proposed["opened"]["sharing"]["owners"][1]["organisation"],
        }
        proposed["opened"]["sharing"]["broker"]["organisation"] = named[whose]
        what = "entry 0 (escrow.royalty_proposed) has a party of the sale for its broker"
        assert what in checks.check(written)

    def test_finds_an_end_that_nobody_tells_of(self):
        told = checks.check(make.entries("ended")[:-1])
        assert told == ["entry 6 (escrow.royalty_divided) leaves nothing owed, and no end is told of"]

    @pytest.mark.parametrize(
        ("life", "place"), [("proposed", 0), ("running", 1), ("stated", 2), ("called", 4), ("divided", 4)]
    )
    def test_finds_another_organisations_act(self, life, place):
        written = copy.deepcopy(make.entries(life))
        written[place]["opened"]["by"]["organisation"] = escrow.STRANGER
        assert any("was another organisation's act" in one for one in checks.check(written))

    @pytest.mark.parametrize(("life", "place"), [("divided-by-time", 4), ("audited-by-time", 6), ("twice-by-time", 8)])
    def test_finds_a_division_by_time_that_came_too_early(self, life, place):
        written = copy.deepcopy(make.entries(life))
        begun = make.DIVIDE_BY if place < 8 else make.DIVIDE_AGAIN_BY
        assert written[place]["kind"] == "escrow.royalty_divided"
        early = instant.render(begun - escrow.INSTANT)
        written[place] |= {"arrived_at": early, "recorded_at": early}
        kind = "(escrow.royalty_divided)"
        told = [f"entry {place} {kind} was divided by time before the seller's was over"]
        assert checks.check(written[: place + 1]) == told

    def test_finds_the_sellers_division_put_down_to_time(self):
        written = copy.deepcopy(make.entries("divided"))
        written[4]["opened"]["by"] = copy.deepcopy(make.entries("divided-by-time")[4]["opened"]["by"])
        assert checks.check(written) == [
            "entry 4 (escrow.royalty_divided) was divided by time before the seller's was over",
            "entry 4 (escrow.royalty_divided) was divided by time, with costs or tax taken off",
        ]

    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            ({"costs": (escrow.cost(1),), "withheld": ()}, "was divided by time, with costs or tax taken off"),
            ({"costs": ()}, "was divided by time, with costs or tax taken off"),
        ],
    )
    def test_finds_what_time_cannot_have_stated(self, changes, fault):
        steps = (*make.PAID, (make.divide(**changes), make.seller(make.DIVIDE_BY)))
        asked = [make.seller(make.PROPOSED_AT), *(cause for _, cause in steps)]
        written = copy.deepcopy(make.record_of(make.lived(*steps), asked))
        written[4]["opened"]["by"] = copy.deepcopy(make.entries("divided-by-time")[4]["opened"]["by"])
        assert checks.check(written) == [f"entry 4 (escrow.royalty_divided) {fault}"]

    @pytest.mark.parametrize(
        "sharing",
        [
            make.sharing(reward_bp=6_000),
            make.sharing(broker=None),
            make.sharing(inventors=(escrow.share(1, 1), escrow.share(2, 1, "乙"))),
            make.sharing(owners=(make.Owner(organisation=escrow.SELLER, share_bp=10_000),)),
        ],
    )
    def test_finds_a_division_by_time_with_other_shares(self, sharing):
        paid = make.lived(*make.PAID)
        forged = rules.decide(replace(paid[-1].royalty, sharing=sharing), ElapseRoyalty(), make.clock(make.DIVIDE_BY))
        asked = [make.seller(make.PROPOSED_AT), *(cause for _, cause in make.LIVES["divided-by-time"])]
        assert checks.check(make.record_of([*paid, forged], asked)) != []

    def test_finds_a_seller_that_divides_while_the_buyer_owes_what_an_audit_found(self):
        written = copy.deepcopy(make.entries("audited-by-time"))
        written[6]["opened"]["by"] = copy.deepcopy(written[4]["opened"]["by"])
        assert checks.check(written) == ["entry 6 (escrow.royalty_divided) divides before what an audit found is paid"]

    def test_finds_that_too_where_nothing_is_opened(self):
        written = copy.deepcopy(make.entries("audited-by-time", opened=False))
        early = instant.render(make.AUDITED_AT)
        written[6] |= {"arrived_at": early, "recorded_at": early}
        assert checks.check(written) == [
            "entry 6 (escrow.royalty_divided) was divided by time before the seller's was over"
        ]

    def test_finds_a_division_by_time_where_no_calendar_reaches(self):
        at = datetime(2026, 12, 21, 4, tzinfo=UTC)
        paid = make.lived(*make.STATED, (make.pay(), make.officer(at)))
        known = replace(paid[-1].royalty.periods[0], divide_by=at)
        forged = rules.decide(
            replace(paid[-1].royalty, periods=(known, replace(paid[-1].royalty.periods[1], statement_by=LATER))),
            ElapseRoyalty(),
            make.clock(at),
        )
        asked = [make.seller(make.PROPOSED_AT), *(cause for _, cause in make.STATED), make.officer(at), make.clock(at)]
        assert "entry 4 (escrow.royalty_divided) was divided by time before the seller's was over" in checks.check(
            make.record_of([*paid, forged], asked)
        )

    def test_finds_what_belongs_to_no_royalty(self):
        paid = make.entries("paid")[3] | {"subject": "lot_" + "0" * 26}
        assert checks.check([paid]) == ["entry 3 (escrow.royalty_paid) is about no settlement"]
        astray = make.entries("paid")
        astray[2] = astray[2] | {"kind": "escrow.opened"}
        assert any("is not something that happens to a royalty" in one for one in checks.check(astray))

    def test_says_what_cannot_be_read(self):
        written = copy.deepcopy(make.entries("stated"))
        written[2]["data"]["due_fen"] = -3
        assert any("cannot be read" in one for one in checks.check(written))


def _again(entry):
    """Whether an entry may be told again: an officer may look at the bank as often as it likes."""
    return entry["kind"] == "escrow.royalty_overdue"
