"""Whose turn it is in a plan, written by hand of every state, and who sees how its seller's side shares."""

from dataclasses import replace

import pytest

from settlement.escrow import rules
from settlement.escrow.model import Offer, Outcome, PartState, PlanState
from tests import make_plans as make
from tests.make_auctions import ANN, BEN, SELLER

PLANS = {
    "proposed": "buyer",
    "trial": "buyer",
    "active": "buyer seller",
    "defaulted": "seller",
    "closed": "",
    "broken": "",
    "declined": "",
    "withdrawn": "",
    "lapsed": "",
}
PARTS = {
    "open": "buyer",
    "funded": "buyer seller",
    "confirming": "buyer",
    "disputed": "buyer seller officer",
    "waiting": "",
    "released": "seller",
    "closed": "",
    "returned": "",
    "cancelled": "",
}


def test_every_state_stands_in_the_tables():
    assert (set(PLANS), set(PARTS)) == ({one.value for one in PlanState}, {one.value for one in PartState})


@pytest.mark.parametrize(("state", "turn"), PARTS.items())
def test_a_part_waits_for(state, turn):
    plan = make.plan("active")
    part = replace(plan.parts[1], state=PartState(state))
    assert " ".join(rules.part_waits_for(plan, part)) == turn


@pytest.mark.parametrize(("state", "turn"), PLANS.items())
def test_a_plan_waits_for(state, turn):
    after = {"active": PartState.OPEN, "defaulted": PartState.CANCELLED}.get(state, PartState.CLOSED)
    plan = make.plan("active")
    first, *others = plan.parts
    parts = (replace(first, state=PartState.RELEASED), *(replace(one, state=after) for one in others))
    over = state in {"closed", "broken"}
    plan = replace(plan, state=PlanState(state), parts=plan.parts if over else parts)
    assert " ".join(rules.plan_waits_for(plan)) == turn


def test_a_plan_waits_for_an_officer_where_a_part_does():
    assert " ".join(rules.plan_waits_for(make.plan("disputed"))) == "buyer seller officer"


def test_a_plan_of_which_all_waits_for_an_order_waits_for_nobody():
    assert rules.plan_waits_for(make.plan("waiting after a default")) == ()


@pytest.mark.parametrize(("who", "turn"), [(SELLER, "buyer officer"), (ANN, "seller officer")])
def test_who_has_offered_waits_for_the_other_side(who, turn):
    plan = make.plan("disputed")
    part = replace(plan.parts[1], offer=Offer(organisation=who, outcome=Outcome.RETURNED))
    assert " ".join(rules.part_waits_for(plan, part)) == turn


@pytest.mark.parametrize("outcome", Outcome)
def test_a_reason_is_kept_until_the_dispute_is_over(outcome):
    asked = make.dispute()
    steps = (*make.LIVES["disputed"], make.judged(outcome))
    disputed, ended = (decision.plan.parts[1] for decision, _ in make.lived(*steps)[-2:])
    assert (disputed.disputed_reason, ended.disputed_reason) == (asked.reason, None)


def test_the_reason_is_sealed_in_the_entry():
    *_, (decision, _) = make.lived(*make.LIVES["disputed"])
    (event,) = decision.events
    assert "reason" not in event.data


@pytest.mark.parametrize(("who", "seen"), [(SELLER, True), (ANN, False), (BEN, False)])
def test_the_sellers_side_and_nobody_else_sees_how_it_shares(who, seen):
    assert rules.may_see_sharing(make.plan("active"), make.by(who)) is seen


def test_a_supervisor_sees_how_it_is_shared():
    assert rules.may_see_sharing(make.plan("active"), make.by(BEN, "deals.read_all"))
