"""Every state of a plan and of a part, every command. Written by hand: never import the tables under test."""

from dataclasses import replace
from datetime import timedelta

import pytest

from settlement.escrow import model, rules
from settlement.escrow.checks import plan_money
from settlement.escrow.model import (
    ConfirmRelease,
    Decline,
    Elapse,
    Outcome,
    PartState,
    PlanState,
    StopPlan,
    TakeUp,
    Withdraw,
)
from tests import make_escrow as escrow
from tests import make_plans as make
from tests.escrow_outcomes import cases

# What each command leads to in each state, given by whoever may give it, and when it may be given; `-` is
# wrong-plan-state. Commands about a part name the second, but Divide the first and StopPlan the third.
OUTCOMES = """
    life         Propose  Withdraw  Agree  TakeUp Decline  Elapse   PayPart ProposeRelease ConfirmRelease Dispute Resolve Divide StopPlan  Resume

    proposed     proposed withdrawn active -      -        lapsed   -       -              -              -       -       -      -         proposed
    trial        -        -         -      active declined declined -       -              -              -       -       -      -         trial
    extended     -        -         -      active declined not-due  -       -              -              -       -       -      -         trial
    active       -        -         -      -      -        not-due  active  part           part           part    part    part   broken    active
    waiting      -        -         -      -      -        not-due  active  part           part           part    part    part   defaulted active
    resumed      -        -         -      -      -        active   active  part           part           part    part    active defaulted active
    defaulted    -        -         -      -      -        broken   -       -              -              -       part    broken -         defaulted
    stopped      -        -         -      -      -        not-due  -       -              -              -       part    part   -         defaulted
    closed       -        -         -      -      -        -        -       -              -              -       -       -      -         -
    broken       -        -         -      -      -        -        -       -              -              -       -       -      -         -
    declined     -        -         -      -      -        -        -       -              -              -       -       -      -         -
    silent       -        -         -      -      -        -        -       -              -              -       -       -      -         -
    withdrawn    -        -         -      -      -        -        -       -              -              -       -       -      -         -
    lapsed       -        -         -      -      -        -        -       -              -              -       -       -      -         -
"""  # noqa: E501 - a table is read across

# The same of the second part of an active plan; `-` is wrong-part-state.
PART_OUTCOMES = """
    life         PayPart      ProposeRelease ConfirmRelease Dispute  Resolve  Divide StopPlan

    active       funded       -              -              -        -        -      cancelled
    funded       already-paid confirming     -              disputed -        -      -
    confirming   already-paid -              released       disputed -        -      -
    disputed     already-paid -              -              -        released -      -
    accepted     already-paid -              -              -        -        closed -
    returned     already-paid -              -              -        -        -      -
"""

# And of the first part, which has no milestone and came while the deal was frozen; time and lifting name no part.
WAITING_OUTCOMES = """
    life         PayPart      ProposeRelease ConfirmRelease Dispute  Resolve  Divide StopPlan Elapse  Resume

    active       released     -              -              -        -        -      cancelled not-due open
    waiting      already-paid -              -              -        -        -      -         not-due released
    resumed      already-paid -              -              -        -        closed -         closed  released
    timed        already-paid -              -              -        -        -      -         not-due closed
    stopped      plan         plan           plan           plan     -        -      plan      not-due released
"""


def sent(plan, part=2):
    return {
        "Propose": make.propose(),
        "Withdraw": Withdraw(),
        "Agree": make.agree(plan),
        "TakeUp": TakeUp(),
        "Decline": Decline(),
        "Elapse": Elapse(),
        "PayPart": make.pay(part),
        "ProposeRelease": make.reached(part),
        "ConfirmRelease": ConfirmRelease(part=part),
        "Dispute": make.dispute(part),
        "Resolve": make.judged(part=part),
        "Divide": make.divide(part),
        "StopPlan": StopPlan(part=part),
        "Resume": make.resume(),
    }


SHORT = {"stopped": "waiting after a default", "timed": "divided by time"}


class TestDecide:
    @pytest.mark.parametrize(("life", "command", "expected"), list(cases(OUTCOMES, "wrong-plan-state")))
    def test_follows_the_outcome_table(self, life, command, expected):
        plan = make.plan(SHORT.get(life, life))
        part = {"Divide": 1, "StopPlan": 3}.get(command, 2)
        found = make.outcome(plan, sent(plan, part)[command])
        assert found == {"part": "wrong-part-state"}.get(expected, expected)

    @pytest.mark.parametrize(("life", "command", "expected"), list(cases(PART_OUTCOMES, "wrong-part-state")))
    def test_follows_the_outcome_table_of_a_part(self, life, command, expected):
        plan, command = make.plan(life), sent(None or make.plan(life))[command]
        cause = make.ASKED[type(command)]
        refusal = escrow.refused(rules.decide_plan, plan, command, cause)
        if refusal is not None:
            assert refusal.code() == f"escrow/{expected}"
        else:
            assert rules.decide_plan(plan, command, cause).plan.parts[1].state == expected

    @pytest.mark.parametrize(("life", "command", "expected"), list(cases(WAITING_OUTCOMES, "wrong-part-state")))
    def test_follows_the_outcome_table_of_a_part_that_waits(self, life, command, expected):
        plan = make.plan(SHORT.get(life, life))
        command = sent(plan, 1)[command]
        cause = make.ASKED[type(command)]
        refusal = escrow.refused(rules.decide_plan, plan, command, cause)
        if refusal is None:
            assert rules.decide_plan(plan, command, cause).plan.parts[0].state == expected
        else:
            assert refusal.code() == f"escrow/{'wrong-plan-state' if expected == 'plan' else expected}"

    def test_answers_nothing_about_a_part_that_is_over(self):
        """CLOSED and CANCELLED: the first part of a plan that was divided, the third of one that was broken."""
        divided, broken = make.plan("divided"), make.plan("defaulted")
        for name, command in sent(divided, 1).items():
            if name in {"PayPart", "ProposeRelease", "ConfirmRelease", "Dispute", "Resolve", "Divide", "StopPlan"}:
                expected = "already-paid" if name == "PayPart" else "wrong-part-state"
                assert make.outcome(divided, command) == expected
        assert make.outcome(broken, make.judged(part=3)) == "wrong-part-state"
        assert make.outcome(broken, make.divide(3)) == "wrong-part-state"

    def test_covers_every_state_and_command(self):
        assert {make.plan(life).state for life in make.LIVES} == set(PlanState)
        assert {part.state for life in make.LIVES for part in make.plan(life).parts} == set(PartState)
        assert set(sent(make.plan("proposed"))) == {command.__name__ for command in model.PLAN_COMMANDS}
        states = {make.plan(SHORT.get(case.values[0], case.values[0])).state for case in cases(OUTCOMES, "")}
        assert states == set(PlanState)

    @pytest.mark.parametrize("part", [0, 4, -1])
    def test_knows_no_part_beyond_the_plan(self, part):
        assert make.outcome(make.plan("active"), make.pay(part)) == "no-such-part"

    @pytest.mark.parametrize("life", make.LIVES)
    @pytest.mark.parametrize(
        ("commands", "reason", "organisations"),
        [
            ("Propose Withdraw Divide", "not-the-seller", (escrow.ANN, escrow.STRANGER)),
            ("Agree TakeUp Decline ConfirmRelease", "not-the-buyer", (escrow.SELLER, escrow.STRANGER)),
            ("ProposeRelease Dispute Resolve", "not-a-party", (escrow.STRANGER,)),
            ("PayPart StopPlan", "not-an-officer", (escrow.ANN, escrow.SELLER, escrow.STRANGER)),
            ("Resume", "not-an-authority", (escrow.ANN, escrow.SELLER, escrow.STRANGER)),
        ],
    )
    def test_tells_nobody_of_the_state_who_may_not_ask(self, life, commands, reason, organisations):
        plan = make.plan(life)
        for command in commands.split():
            for organisation in organisations:
                cause = escrow.by(organisation, "deposits.confirm", "deals.read_all", at=make.THIRD_DUE)
                assert make.outcome(plan, sent(plan)[command], cause) == reason


class TestAgree:
    def test_takes_only_the_terms_that_stand(self):
        before = make.agree(make.plan("proposed"))
        later = rules.decide_plan(make.plan("proposed"), make.propose(interest_bp=400), escrow.by(escrow.SELLER)).plan
        assert make.outcome(later, before, make.ASKED[type(before)]) == "other-terms"

    @pytest.mark.parametrize("change", ["settlement", "price_fen", "milestone", "due_on"])
    def test_binds_to_everything_the_buyer_reads(self, change):
        plan = make.plan("proposed")
        first, second, third = plan.terms.parts
        other = {
            "settlement": replace(plan, settlement=model.SettlementId.from_number(9)),
            "price_fen": replace(plan, price_fen=plan.price_fen + 1),
            "milestone": replace(plan, terms=make.terms(parts=(first, replace(second, milestone="别的里程碑"), third))),
            "due_on": replace(
                plan, terms=make.terms(parts=(first, second, replace(third, due_on=make.THIRD_ON - timedelta(days=1))))
            ),
        }[change]
        assert rules.terms_sha256(other) != rules.terms_sha256(plan)

    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (escrow.PAY_BY - escrow.INSTANT, "active"),
            (escrow.PAY_BY, "too-late"),
            (escrow.PAY_BY + escrow.INSTANT, "too-late"),
        ],
    )
    def test_comes_before_the_price_is_overdue(self, at, expected):
        plan = make.plan("proposed")
        assert make.outcome(plan, make.agree(plan), escrow.by(escrow.ANN, at=at)) == expected

    def test_fixes_every_date_and_the_interest(self):
        parts = make.plan("active").parts
        assert [one.due_at for one in parts] == [make.FIRST_DUE, make.SECOND_DUE, make.THIRD_DUE]
        assert [one.interest_fen for one in parts] == [0, make.SECOND_INTEREST, make.THIRD_INTEREST]
        assert make.plan("active").due_fen == (7_000_033, 6_072_000, 6_163_800)


class TestTrial:
    @pytest.mark.parametrize(
        ("after", "up", "silence"),
        [
            (-escrow.INSTANT, "active", "not-due"),
            (timedelta(), "too-late", "declined"),
            (escrow.INSTANT, "too-late", "declined"),
        ],
    )
    def test_ends_at_its_instant(self, after, up, silence):
        plan, at = make.plan("trial"), make.TRIAL_UNTIL + after
        assert make.outcome(plan, TakeUp(), escrow.by(escrow.ANN, at=at)) == up
        assert make.outcome(plan, Elapse(), escrow.clock(at)) == silence

    def test_keeps_the_deposit_the_buyers_own(self):
        purse = make.Purse()
        purse.take(make.orders_of(make.lived(*make.LIVES["trial"])))
        assert purse.own() == {f"{make.ID}:buyer": make.DEPOSIT}
        assert purse.left(f"{make.ID}:buyer") == 0

    @pytest.mark.parametrize("life", ["declined", "silent"])
    def test_gives_the_deposit_back(self, life):
        purse = make.Purse()
        purse.take(make.orders_of(make.lived(*make.LIVES[life])))
        assert purse.own() == {}
        assert purse.posted["custody:ordered"] == make.DEPOSIT

    def test_counts_interest_from_when_it_is_taken_up(self):
        plan = make.plan("taken up")
        assert plan.effective_at == make.AGREED + timedelta(days=1)
        assert plan.parts[1].interest_fen == make.SECOND_INTEREST - 600

    def test_may_be_declined_until_it_is_over_only(self):
        late = escrow.by(escrow.ANN, at=make.TRIAL_UNTIL)
        assert make.outcome(make.plan("trial"), Decline(), late) == "declined"


class TestPayPart:
    @pytest.mark.parametrize("more", [-1, 1])
    def test_is_taken_to_the_fen(self, more):
        command = make.pay(2, amount_fen=make.pay(2).amount_fen + more)
        assert make.outcome(make.plan("active"), command) == "wrong-amount"

    @pytest.mark.parametrize("reference", ["", " a", "a ", "a\n", "x" * 201])
    def test_needs_the_banks_reference(self, reference):
        assert make.outcome(make.plan("active"), make.pay(1, reference=reference)) == "unusable-field"

    def test_is_the_sellers_at_once_without_a_milestone(self):
        assert make.lived(make.AGREES, make.pay(1))[-1][0].plan.parts[0].state is PartState.RELEASED
        assert make.lived(make.AGREES, make.pay(2))[-1][0].plan.parts[1].state is PartState.FUNDED

    def test_is_taken_late_until_an_officer_declares_the_default(self):
        late = escrow.officer(make.FIRST_DUE + timedelta(days=30))
        assert make.outcome(make.plan("active"), make.pay(1), late) == "active"
        assert make.outcome(make.plan("defaulted"), make.pay(3), late) == "wrong-plan-state"


class TestRelease:
    def test_needs_two_people(self):
        plan = make.lived(*make.LIVES["funded"])[-1][0].plan
        asked = make.person(escrow.PERSON, make.AGREED + timedelta(days=3))
        proposed = rules.decide_plan(plan, make.reached(), asked).plan
        assert make.outcome(proposed, ConfirmRelease(part=2), asked) == "not-another-person"
        assert make.outcome(proposed, ConfirmRelease(part=2), make.person(make.ZOE)) == "active"

    def test_is_confirmed_by_the_buyers_person_alone(self):
        seller = replace(make.person(make.ZOE), actor=replace(make.person(make.ZOE).actor, organisation=escrow.SELLER))
        assert make.outcome(make.plan("confirming"), ConfirmRelease(part=2), seller) == "not-the-buyer"

    def test_is_nothing_a_clock_can_do(self):
        nobody = replace(make.person(make.ZOE), actor=replace(make.person(make.ZOE).actor, person=None))
        assert make.outcome(make.plan("confirming"), ConfirmRelease(part=2), nobody) == "not-another-person"
        assert make.outcome(make.plan("funded"), make.reached(), nobody) == "not-another-person"

    def test_needs_evidence(self):
        command = replace(make.reached(), evidence_sha256="E" * 64)
        assert make.outcome(make.plan("funded"), command) == "unusable-field"


class TestResolve:
    def test_is_both_sides_same_word(self):
        offer = make.judged(Outcome.RETURNED, document_sha256=None)
        seller, buyer = (escrow.by(one, at=make.THIRD_DUE) for one in (escrow.SELLER, escrow.ANN))
        once = rules.decide_plan(make.plan("disputed"), offer, seller).plan
        again = rules.decide_plan(once, offer, seller).plan
        assert [one.parts[1].state for one in (once, again)] == [PartState.DISPUTED] * 2
        both = rules.decide_plan(again, offer, buyer)
        assert both.plan.parts[1].state is PartState.RETURNED
        assert [one.kind for one in both.events] == ["escrow.dispute_resolved", "escrow.part_returned"]

    def test_is_not_two_different_words(self):
        seller, buyer = (escrow.by(one, at=make.THIRD_DUE) for one in (escrow.SELLER, escrow.ANN))
        once = rules.decide_plan(make.plan("disputed"), make.judged(document_sha256=None), seller).plan
        other = rules.decide_plan(once, make.judged(Outcome.RETURNED, document_sha256=None), buyer).plan
        assert other.parts[1].state is PartState.DISPUTED
        assert rules.decide_plan(other, make.judged(Outcome.RETURNED), seller).plan.parts[1].state is PartState.RETURNED

    def test_needs_a_document_from_an_officer(self):
        assert make.outcome(make.plan("disputed"), make.judged(document_sha256=None)) == "unusable-field"
        assert make.outcome(make.plan("disputed"), make.judged(document_sha256="no")) == "unusable-field"

    def test_returns_the_part_with_its_interest(self):
        purse = make.Purse()
        purse.take(make.orders_of(make.lived(*make.LIVES["returned"])))
        assert purse.posted["custody:ordered"] == make.SECOND + make.SECOND_INTEREST


class TestStop:
    @pytest.mark.parametrize(
        ("after", "expected"),
        [(-escrow.INSTANT, "not-yet-overdue"), (timedelta(), "defaulted"), (escrow.INSTANT, "defaulted")],
    )
    def test_waits_for_the_part_to_be_overdue(self, after, expected):
        plan = make.lived(make.AGREES, make.pay(1))[-1][0].plan
        assert make.outcome(plan, StopPlan(part=2), escrow.officer(make.SECOND_DUE + after)) == expected

    def test_cancels_what_is_open_and_returns_what_is_not_released(self):
        plan = make.plan("defaulted")
        assert [one.state for one in plan.parts] == [PartState.RELEASED, PartState.RETURNED, PartState.CANCELLED]
        assert plan.paid_fen == make.FIRST

    def test_ends_a_plan_of_which_nothing_is_left(self):
        assert make.plan("broken").state is PlanState.BROKEN

    def test_takes_the_deposit_whose_part_was_never_paid(self):
        decisions = make.lived(make.AGREES, StopPlan(part=1))
        assert decisions[-1][0].plan.state is PlanState.BROKEN
        purse = make.Purse()
        purse.take(make.orders_of(decisions))
        assert purse.own() == {}
        assert purse.posted["exchange:fees"] == escrow.FEE
        assert purse.posted["custody:ordered"] == make.DEPOSIT - escrow.FEE

    @pytest.mark.parametrize(
        ("order", "parts", "credits"),
        [
            (("fee", "seller"), (300_000, 700_000), ["exchange:fees", "seller", "custody:ordered"]),
            (("seller", "fee"), (0, 1_000_000), ["seller", "custody:ordered"]),
        ],
    )
    def test_serves_a_lost_deposit_in_the_published_order(self, monkeypatch, order, parts, credits):
        plan = make.plan("active")
        practice = replace(rules.PRACTICES[plan.practice], forfeit_order=order)
        monkeypatch.setattr("settlement.escrow.rules.plans.parts.PRACTICES", {plan.practice: practice})
        decision = rules.decide_plan(plan, StopPlan(part=1), escrow.officer(make.FIRST_DUE))
        lost = next(one for one in decision.events if one.kind == "escrow.plan_deposit_lost")
        assert (lost.data["fee_fen"], lost.data["seller_fen"]) == tuple(map(str, parts))
        assert [one.credit.removeprefix(f"{plan.id}:") for one in decision.orders] == credits

    @pytest.mark.parametrize(
        ("order", "parts"),
        [
            (("fee", "seller"), {"fee": 300_000, "seller": 700_000}),
            (("seller", "fee"), {"seller": 1_000_000, "fee": 0}),
        ],
    )
    def test_is_checked_against_the_published_order(self, monkeypatch, order, parts):
        practice = replace(rules.PRACTICES["escrow-2026@1"], forfeit_order=order)
        monkeypatch.setattr(plan_money, "PRACTICES", {practice.ref: practice})
        found = plan_money.lost(practice.ref, make.DEPOSIT, escrow.FEE)
        assert list(found.items()) == list(parts.items())

    def test_leaves_what_is_disputed_to_the_dispute(self):
        plan = make.lived(make.AGREES, make.pay(1), make.pay(2), make.dispute(), StopPlan(part=3))[-1][0].plan
        assert plan.parts[1].state is PartState.DISPUTED
        assert plan.state is PlanState.DEFAULTED
