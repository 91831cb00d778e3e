"""Cheats whose sums are right and whose parts are wrong: the rules themselves divide, but by other terms than agreed.

Whoever keeps the record could do this: every transfer, every sum and every payout of the forged entry agrees with every
other, and only what was agreed on before it speaks against it.
"""

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest

from ledger.kernel.money import Fen
from settlement.escrow import checks, rules
from settlement.escrow.model import Band, ConfirmRelease, Owner, Scale, TerminateRoyalty
from settlement.escrow.model.terms import Band as FeeBand
from settlement.escrow.rules import royalties
from tests import make_escrow as make
from tests import make_plans, make_royalties
from tests.make_auctions import Record

WHOLE = (Owner(organisation=make.SELLER, share_bp=10_000),)
SWAPPED = (make.share(1, 1), make.share(2, 3, "乙"))
DEARER = replace(make.settlement("due").terms, fee_bands=(FeeBand(Fen(0), 300),))


def forged_plan(*steps, last, cause=None, **changes):
    """The record of a plan whose last entry is decided as if the plan were another; and where that entry stands."""
    record, lived = Record(), make_plans.lived(*steps)
    for decision, at in lived:
        record.write(decision.events, at.at)
    plan, cause = lived[-1][0].plan, cause or make_plans.ASKED[type(last)]
    honest = len(record.entries)
    record.write(rules.decide_plan(replace(plan, **changes), last, cause).events, cause.at)
    return record.entries, honest


def divided_plan(**changes):
    return forged_plan(make_plans.AGREES, make_plans.pay(1), last=make_plans.divide(), **changes)


def shares(**changes):
    return {"sharing": make_plans.sharing(**changes)}


def found(entries, place):
    """What is found, all of it in the forged entry and behind it; without the place."""
    wrong = checks.check(entries)
    assert all(int(one.split()[1]) >= place for one in wrong), wrong
    return [one.partition(") ")[2] for one in wrong]


class TestPlan:
    def test_is_found_in_order_when_nothing_is_other(self):
        assert found(*divided_plan()) == []

    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            (shares(broker=None), "should state 160001 fen as commission"),  # the seller keeps it
            (shares(broker=replace(make_plans.sharing().broker, commission_bp=100)), "should state 160001 fen as comm"),
            (shares(reward_bp=4_000), "should state 3660016 fen as reward"),
            (shares(reward_bp=9_999), "should state 3660016 fen as reward"),
            (shares(inventors=SWAPPED), "shares otherwise"),
            (shares(inventors=(make.share(1, 3),)), "shares otherwise"),
            (shares(owners=WHOLE), "names other parts of the holders"),
            (shares(owners=WHOLE), "pays out otherwise than it shares"),
            ({"settled_under": DEARER}, "should state 120000 fen as fee"),  # another tier
            ({"price_fen": Fen(1)}, None),  # says nothing about a part
        ],
    )
    def test_is_divided_by_other_terms(self, changes, fault):
        told = found(*divided_plan(**changes))

        assert told == [] if fault is None else any(fault in one for one in told), told

    def test_pays_the_inventor_what_is_withheld(self):
        entries, place = divided_plan()
        payouts = entries[place]["opened"]["payouts"]
        taxed = [one for one in payouts if ":tax" in one["debit"] + one["credit"]]
        assert [one["amount_fen"] for one in taxed] == ["1000", "1000"]
        for one in payouts[:2]:
            one["amount_fen"] = str(int(one["amount_fen"]) + 1_000)
        entries[place]["opened"]["payouts"] = [one for one in payouts if one not in taxed]

        assert "pays out otherwise than it shares" in found(entries, place)

    def test_withholds_nothing_and_says_it_does(self):
        entries, place = divided_plan()
        entries[place]["opened"]["split"][0]["withheld_fen"] = "0"

        assert found(entries, place) == [
            "withholds another sum than it states",
            "pays out otherwise than it shares",
        ]

    def test_releases_a_milestone_by_one_person(self):
        steps = (make_plans.AGREES, make_plans.pay(1), make_plans.pay(2))
        plan = make_plans.lived(*steps)[-1][0].plan
        by_zoe = make_plans.person(make_plans.ZOE, make_plans.AGREED + timedelta(days=3))
        record = Record()
        for decision, at in make_plans.lived(*steps):
            record.write(decision.events, at.at)
        asked = rules.decide_plan(plan, make_plans.reached(), by_zoe)
        record.write(asked.events, by_zoe.at)
        forgetful = tuple(replace(one, proposed_by=None) for one in asked.plan.parts)
        place = len(record.entries)
        confirm = rules.decide_plan(replace(asked.plan, parts=forgetful), ConfirmRelease(part=2), by_zoe)
        record.write(confirm.events, by_zoe.at)

        assert found(record.entries, place) == ["is confirmed by whoever proposed it"]

    @pytest.mark.parametrize(
        ("first", "fault"),
        [(6_000_010, []), (6_000_009, ["asks too little first"]), (1_000_000, ["asks too little first"])],
    )
    def test_asks_for_less_than_three_tenths_first(self, first, fault):
        one, two, three = make_plans.terms().parts
        left = Fen(make_plans.PRICE - first - three.amount_fen)
        parts = (replace(one, amount_fen=Fen(first)), replace(two, amount_fen=left), three)
        plan = make_plans.plan("proposed", terms=make_plans.terms(parts=parts))
        entries = make_plans.entries("proposed")
        entries[0]["data"] |= {"terms": plan.published(), "terms_sha256": rules.terms_sha256(plan)}

        assert found(entries, 0)[:1] == fault

    def test_holds_a_trials_deposit_longer_than_the_trial(self):
        entries = deepcopy(make_plans.entries("trial"))
        entries[2]["data"]["transfers"][1]["expires_at"] = "2026-06-29T16:00:00.000000Z"

        assert found(entries, 2) == ["holds the deposit until another instant"]

    def test_seals_another_commission_of_the_broker(self):
        entries = deepcopy(make_plans.entries("proposed"))
        entries[0]["opened"]["sharing"]["broker"]["commission_bp"] = 900

        assert found(entries, 0) == ["seals another commission of the broker"]

    def test_publishes_the_hash_of_another_milestone(self):
        entries = deepcopy(make_plans.entries("proposed"))
        entries[0]["opened"]["milestones"][1] = "设备到货"

        assert found(entries, 0) == ["publishes the hash of another milestone", "publishes the hash of other terms"]

    @pytest.mark.parametrize(
        ("life", "kind", "fault"),
        [
            ("funded", "part_released", "comes before escrow.part_released of part 1"),
            ("judged", "dispute_resolved", "comes before escrow.part_released of part 2"),
        ],
    )
    def test_keeps_what_is_to_go_on_at_once(self, life, kind, fault):
        entries = make_plans.entries(life)
        at = next(nth for nth, one in enumerate(entries) if one["kind"] == f"escrow.{kind}")
        kept = [*entries[:at], *entries[at + 1 :]] if life == "funded" else [*entries[: at + 1], entries[at]]

        assert fault in found(kept, 0)

    @pytest.mark.parametrize(
        ("life", "left", "owed"),
        [
            ("accepted", 4, "escrow.part_released of part 1"),
            ("judged", 1, "escrow.part_released of part 2"),
            ("returned", 1, "escrow.part_returned of part 2"),
            ("defaulted", 1, "escrow.part_returned of part 2"),
        ],
    )
    def test_ends_before_what_belongs_to_its_last_entry(self, life, left, owed):
        entries = make_plans.entries(life)[:-left]

        assert found(entries, 0) == [f"is followed by no {owed}"]


def forged_royalty(steps, last, cause, **changes):
    """The record of a royalty whose last entry is decided as if it were another; and where that entry stands."""
    lived = make_royalties.lived(*steps)
    asked = [make_royalties.seller(make_royalties.PROPOSED_AT), *(one for _, one in steps)]
    entries = make_royalties.record_of(lived, asked)
    forged = royalties.decide(replace(lived[-1].royalty, **changes), last, cause)
    whole = make_royalties.record_of([*lived, forged], [*asked, cause])
    return whole, len(entries)


def divided_royalty(**changes):
    at = make_royalties.seller(make_royalties.DIVIDED_AT)
    return forged_royalty(make_royalties.PAID, make_royalties.divide(), at, **changes)


def stated(sales_fen, **changes):
    at = make_royalties.buyer(make_royalties.STATED_AT)
    command = make_royalties.state(sales_fen=Fen(sales_fen))
    return forged_royalty(make_royalties.AGREED, command, at, terms=make_royalties.terms(**changes))


def agreed(**changes):
    return {"sharing": make_royalties.sharing(**changes)}


class TestRoyalty:
    def test_is_found_in_order_when_nothing_is_other(self):
        assert found(*divided_royalty()) == found(*stated(make_royalties.SALES)) == []

    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            (agreed(broker=None), "should state 114074 fen as commission"),
            (agreed(reward_bp=4_000), "should state 2602037 fen as reward"),
            (agreed(inventors=SWAPPED), "shares otherwise"),
            (agreed(owners=WHOLE), "names other parts of the holders"),
            (agreed(owners=WHOLE), "pays out otherwise"),
            ({"settled_under": DEARER}, "should state 85556 fen as fee"),
        ],
    )
    def test_is_divided_by_other_terms(self, changes, fault):
        told = found(*divided_royalty(**changes))

        assert any(fault in one for one in told), told

    @pytest.mark.parametrize(
        ("sales", "changes", "fault"),
        [
            (100_000, {"minimum_fen": Fen(0)}, ["should ask for 50000 fen"]),  # under the minimum
            (0, {"minimum_fen": Fen(49_999)}, ["should ask for 50000 fen"]),
            (0, {}, []),
            (make_royalties.SALES, {"scale": Scale.FLAT}, ["should ask for 5703704 fen"]),
            (make_royalties.SALES, {"bands": (Band(Fen(0), 300),)}, ["should ask for 5703704 fen"]),
            (make_royalties.SALES, {"cap_fen": Fen(60_000)}, ["should ask for 5703704 fen"]),
        ],
    )
    def test_is_stated_by_other_terms(self, sales, changes, fault):
        assert found(*stated(sales, **changes)) == fault

    def test_is_agreed_on_with_less_than_the_law_gives_the_inventors(self):
        owed = replace(make.settlement("paid"), reward_min_bp=0)
        command = make_royalties.propose(sharing=make_royalties.sharing(reward_bp=4_999))
        at = make_royalties.seller(make_royalties.PROPOSED_AT)
        entries = make_royalties.record_of([make_royalties.opening(command, settlement=owed)], [at])
        assert found(entries, 0) == []
        entries[0]["data"]["reward_min_bp"] = 5_000

        assert found(entries, 0) == ["gives the inventors too little"]

    def test_ends_by_two_signatures_of_one_party(self):
        at = make_royalties.seller(make_royalties.AGREED_AT)
        steps = (*make_royalties.AGREED, (TerminateRoyalty(), at))
        entries, place = forged_royalty(steps, TerminateRoyalty(), at, signed_by=make.ANN)

        assert found(entries, place) == ["is ended by one party's two signatures"]

    @pytest.mark.parametrize("life", ["running", "withdrawn", "lapsed", "closing"])
    def test_is_of_one_settlement_to_the_end(self, life):
        entries = deepcopy(make_royalties.entries(life))
        last = max(nth for nth, one in enumerate(entries) if "settlement" in one["data"])
        entries[last]["data"]["settlement"] = "stl_" + "9" * 26

        assert found(entries, last) == ["is beside another settlement"]
