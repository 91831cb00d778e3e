"""Whatever becomes of a plan, no fen is made or lost, and a plan that is over has nothing left."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.kernel.errors import Refusal
from ledger.kernel.money import Fen
from settlement.escrow import rules
from settlement.escrow.model import (
    ConfirmRelease,
    Decline,
    Elapse,
    Outcome,
    PartState,
    PartTerms,
    PlanState,
    Propose,
    StopPlan,
    TakeUp,
    Withholding,
)
from tests import make_escrow as escrow
from tests import make_freezes
from tests import make_plans as make

KEPT = {PartState.FUNDED, PartState.CONFIRMING, PartState.DISPUTED, PartState.WAITING, PartState.RELEASED}
OVER = {PlanState.CLOSED, PlanState.BROKEN, PlanState.DECLINED}


class TestEveryLife:
    @pytest.mark.parametrize("life", [one for one, steps in make.LIVES.items() if make.AGREES in steps])
    def test_keeps_exactly_what_it_must(self, life):
        decisions = make.lived(*make.LIVES[life])
        purse = make.Purse()
        purse.take(make.orders_of(decisions))
        plan = decisions[-1][0].plan
        kept = sum(one.terms.amount_fen + one.interest_fen for one in plan.parts if one.state in KEPT)
        waiting = bool(plan.parts) and plan.parts[0].state is PartState.OPEN
        waiting = waiting or plan.state is PlanState.TRIAL
        assert sum(purse.own().values()) == kept + waiting * make.DEPOSIT

    def test_divides_as_a_hand_has_reckoned(self):
        """80,000.33 less fee 1,200.00 (1.5 %, 1,200.00495), commission 1,600.01 (2 %, 1,600.0066), costs 4,000.00:
        73,200.32, half of it 36,600.16 to the inventors as 3 : 1; of the other half and the costs, 40,600.16, 7 : 3."""
        purse = make.Purse()
        decisions = make.lived(*make.LIVES["divided"])
        purse.take(make.orders_of(decisions))
        said = decisions[-1][0].events[-1]
        assert said.data | {"transfers": None} == {
            "part": 1,
            "price_fen": "8000033",
            "interest_fen": "0",
            "fee_fen": "120000",
            "commission_fen": "160001",
            "costs_fen": "400000",
            "net_fen": "7320032",
            "reward_fen": "3660016",
            "owners_fen": "4060016",
            "withheld_fen": "1000",
            "transfers": None,
        }
        assert said.sealed["split"] == [
            {"inventor": 1, "amount_fen": "2745012", "withheld_fen": "1000"},
            {"inventor": 2, "amount_fen": "915004", "withheld_fen": "0"},
        ]
        assert said.sealed["owners"] == [
            {"organisation": escrow.SELLER, "amount_fen": "2842012"},
            {"organisation": escrow.CAI, "amount_fen": "1218004"},
        ]
        assert purse.own() == {}

    def test_costs_no_more_fee_in_parts_than_in_one(self):
        plan = make.plan("closed")
        assert plan.sums.amount_fen == make.PRICE
        assert plan.sums.fee_fen == rules.fee(plan.settled_under, make.PRICE)

    def test_leaves_the_interest_to_the_holders_whole(self):
        decisions = make.lived(*make.LIVES["closed"])
        third = next(
            event
            for decision, _ in decisions
            for event in decision.events
            if event.kind == "escrow.part_divided" and event.data["part"] == 3
        )
        data = {name: int(value) for name, value in third.data.items() if name.endswith("_fen")}
        assert data["interest_fen"] == make.THIRD_INTEREST
        parts = data["fee_fen"] + data["commission_fen"] + data["reward_fen"] + data["owners_fen"]
        assert parts == data["price_fen"] + data["interest_fen"]


@st.composite
def proposals(draw):
    """A lawful plan: its first part large enough, the others anything."""
    first = draw(st.integers(6_000_010, int(make.PRICE)))
    amounts, left = [], int(make.PRICE) - first
    while left and len(amounts) < 4:
        amounts.append(draw(st.integers(1, left)))
        left -= amounts[-1]
    texts = st.sampled_from([None, "验收"])
    parts = [PartTerms(amount_fen=Fen(first + left), within_workdays=5, milestone=draw(texts))]
    for place, fen in enumerate(amounts):
        day = make.SECOND_ON + timedelta(days=7 * place)
        parts.append(PartTerms(amount_fen=Fen(fen), due_on=day, milestone=draw(texts)))
    trial = draw(st.sampled_from([None, make.TRIAL_UNTIL]))
    terms = make.terms(parts=tuple(parts), interest_bp=draw(st.integers(300, 2_400)), trial_until=trial)
    return Propose(terms=terms, sharing=make.sharing(reward_bp=draw(st.integers(5_000, 10_000))))


def asked(draw, plan, at):
    """Some command, likely a lawful one, and who gives it."""
    part = draw(st.integers(1, max(len(plan.parts), 1)))
    due = plan.due_fen[part - 1] if plan.parts else Fen(1)
    outcomes = st.sampled_from(list(Outcome))
    return draw(
        st.sampled_from(
            [
                TakeUp(),
                Decline(),
                Elapse(),
                make.pay(part, amount_fen=due, reference=f"b-{at}"),
                make.pay(part, amount_fen=due, reference=f"f-{at}", frozen=(make_freezes.FIRST,)),
                make.resume(at - timedelta(days=1), over=plan.trial_until is not None and at >= plan.trial_until),
                make.reached(part),
                ConfirmRelease(part=part),
                make.dispute(part),
                make.judged(draw(outcomes), part),
                replace(make.divide(part), costs=(), withheld=(Withholding(inventor=1, amount_fen=Fen(0)),)),
                StopPlan(part=part),
            ]
        )
    )


class TestAnySequence:
    @given(data=st.data(), first=proposals())
    def test_makes_and_loses_no_fen(self, data, first):
        opened = make.opening(first).plan
        plan = rules.decide_plan(opened, make.agree(opened), escrow.by(escrow.ANN, at=make.AGREED), code="0011")
        purse = make.Purse()
        purse.take((*make.adopted(trial=first.terms.trial_until is not None).orders, *plan.orders))
        now, at = plan.plan, make.AGREED
        for _ in range(data.draw(st.integers(0, 25))):
            at += data.draw(st.sampled_from([timedelta(minutes=1), timedelta(days=10)]))
            command = asked(data.draw, now, at)
            try:
                made = rules.decide_plan(now, command, replace(make.ASKED[type(command)], at=at))
            except Refusal:
                continue
            purse.take(made.orders)
            now = made.plan
            kept = sum(one.terms.amount_fen + one.interest_fen for one in now.parts if one.state in KEPT)
            unpaid = now.state is PlanState.TRIAL or (
                now.state is PlanState.ACTIVE and now.parts[0].state is PartState.OPEN
            )
            assert sum(purse.own().values()) == kept + unpaid * make.DEPOSIT
        if now.state in OVER:
            assert purse.own() == {}
