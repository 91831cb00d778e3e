"""What an auditor finds wrong with a plan, by its entries alone; and nothing in any honest life."""

from copy import deepcopy

import pytest

from ledger.kernel.cause import TIME
from settlement.escrow import checks
from tests import make_plans as make

SEALED = ("buyer", "by", "sharing", "milestones", "payer", "reference", "costs", "split", "owners", "payouts", "reason")


def kind(entries, name):
    return next(entry for entry in entries if entry["kind"] == f"escrow.{name}")


def standing(part):
    return (part.number, part.state, part.due_at, part.interest_fen, part.paid_at, part.divide_by)


class TestCheck:
    @pytest.mark.parametrize("opened", [True, False])
    @pytest.mark.parametrize("life", make.LIVES)
    def test_finds_nothing_wrong_with_an_honest_life(self, life, opened):
        assert checks.check(make.entries(life, opened=opened)) == []

    @pytest.mark.parametrize("life", make.LIVES)
    @pytest.mark.parametrize("name", SEALED)
    def test_finds_nothing_wrong_when_one_field_is_not_opened(self, life, name):
        entries = make.entries(life)
        for entry in entries:
            entry.get("opened", {}).pop(name, None)
        assert checks.check(entries) == []

    def test_has_nothing_to_say_of_a_plan_astray(self):
        entries = [entry | {"subject": "lot_" + "0" * 26} for entry in make.entries("active")]
        assert all("is about no settlement" in one for one in checks.check(entries))


class TestFold:
    @pytest.mark.parametrize("life", make.LIVES)
    def test_is_the_plan_at_the_end(self, life):
        folded, plan = checks.fold_plan(make.entries(life)), make.plan(life)
        assert (folded.state, folded.effective_at) == (plan.state, plan.effective_at)
        assert (folded.rule, folded.settlement, folded.price_fen) == (plan.practice, plan.settlement, plan.price_fen)
        if plan.parts:
            assert list(map(standing, folded.parts)) == list(map(standing, plan.parts))
        assert (folded.trial_until, folded.extended_until) == (plan.trial_until, plan.extended_until)
        sums = (folded.divided_fen, folded.fee_fen, folded.costs_fen, folded.commission_fen, folded.reward_fen)
        assert sums == (
            plan.sums.amount_fen,
            plan.sums.fee_fen,
            plan.sums.costs_fen,
            plan.sums.commission_fen,
            plan.sums.reward_fen,
        )


CHEATS = []


def cheat(life, finding):
    def register(function):
        CHEATS.append(pytest.param(life, finding, function, id=function.__name__))
        return function

    return register


@cheat("active", "precedes the proposal")
def agree_to_nothing(entries):
    del entries[0]


@cheat("active", "is not something that happens to a plan")
def invent_a_kind(entries):
    entries.append(deepcopy(entries[-1]) | {"kind": "escrow.plan_forgotten"})


@cheat("closed", "happens to a plan that is closed")
def go_on_after_the_end(entries):
    entries.append(deepcopy(kind(entries, "part_paid")))


@cheat("active", "was not decided under escrow-2026@1")
def change_the_practice(entries):
    entries[-1]["rule"] = "escrow-2026@2"


@cheat("proposed", "under escrow-2027@1, which was never published")
def invent_a_practice(entries):
    entries[0]["rule"] = "escrow-2027@1"


@cheat("proposed", "under settlement-2027@1, which was never published")
def invent_terms(entries):
    entries[0]["data"]["settled_under"] = "settlement-2027@1"


@cheat("proposed", "has parts of 20000032 of 20000033 fen")
def shrink_a_part(entries):
    entries[0]["data"]["terms"]["parts"][2]["amount_fen"] = "5999999"


@cheat("proposed", "asks too little first")
def ask_little_first(entries):
    first, second, _ = entries[0]["data"]["terms"]["parts"]
    first["amount_fen"], second["amount_fen"] = "6000009", "7999924"


@cheat("proposed", "gives another time for the first part")
def wait_long_for_the_first(entries):
    entries[0]["data"]["terms"]["parts"][0]["within_workdays"] = 6


@cheat("proposed", "asks for a part too late")
def ask_too_late(entries):
    entries[0]["data"]["terms"]["parts"][2]["due_on"] = "2027-03-03"


@cheat("proposed", "do not follow each other")
def turn_parts_round(entries):
    entries[0]["data"]["terms"]["parts"][2]["due_on"] = "2026-06-30"


@cheat("proposed", "has no security")
def go_without_security(entries):
    entries[0]["data"]["terms"]["security_sha256"] = None


@cheat("proposed", "bears too little interest")
def lend_for_nothing(entries):
    entries[0]["data"]["terms"]["interest_bp"] = 299


@cheat("trial", "tries for another time than is allowed")
def try_for_ever(entries):
    for entry in entries[:2]:
        entry["data"]["terms"]["trial_until"] = "2027-05-29T16:00:00.000000Z"


@cheat("proposed", "gives the broker too much")
def bribe(entries):
    entries[0]["data"]["commission_bp"] = 1_001


@cheat("proposed", "has a party of the sale for its broker")
def have_the_buyer_for_broker(entries):
    sharing = entries[0]["opened"]["sharing"]
    sharing["broker"]["organisation"] = entries[0]["opened"]["buyer"]


@cheat("proposed", "has a party of the sale for its broker")
def have_the_seller_for_broker(entries):
    entries[0]["opened"]["sharing"]["broker"]["organisation"] = entries[0]["data"]["seller"]


@cheat("proposed", "has a party of the sale for its broker")
def have_a_holder_for_broker(entries):
    sharing = entries[0]["opened"]["sharing"]
    sharing["broker"]["organisation"] = sharing["owners"][1]["organisation"]


@cheat("proposed", "gives the inventors too little")
def starve_inventors(entries):
    entries[0]["data"]["reward_bp"] = 4_999


@cheat("proposed", "is proposed after the price fell due")
def propose_late(entries):
    entries[0]["data"]["agree_by"] = "2026-03-02T04:00:00.000000Z"


@cheat("active", "is about other terms")
def agree_to_something_else(entries):
    entries[1]["data"]["terms_sha256"] = "0" * 64


@cheat("active", "should ask for 72000 of interest")
def forgive_interest(entries):
    entries[1]["data"]["schedule"][1]["interest_fen"] = "71999"


@cheat("active", "should ask until 2026-06-30T16:00:00.000000Z")
def move_a_date(entries):
    entries[1]["data"]["schedule"][1]["due_at"] = "2026-07-01T16:00:00.000000Z"


@cheat("active", "should apply 1000000 fen")
def apply_less(entries):
    entries[1]["data"]["applied_fen"] = "1"


@cheat("active", "leaves 0 fen where 1000000 are kept")
def keep_the_deposit(entries):
    entries[1]["data"]["transfers"] = []


@cheat("lapsed", "lapses before its time")
def lapse_early(entries):
    entries[1]["arrived_at"] = "2026-03-09T15:59:59.999999Z"


@cheat("taken up", "is agreed to too late")
def take_up_late(entries):
    entries[-1]["arrived_at"] = entries[-1]["recorded_at"] = "2026-05-29T16:00:00.000000Z"


@cheat("declined", "should refund 1000000 fen")
def keep_of_a_trial(entries):
    entries[-1]["data"]["refunded_fen"] = "999999"


@cheat("funded", "should take 6072000 fen")
def take_less(entries):
    [*_, last] = [entry for entry in entries if entry["kind"] == "escrow.part_paid"]
    last["data"]["paid_fen"] = "6071999"


@cheat("funded", "happens to a part that is released")
def pay_twice(entries):
    entries.append(deepcopy(kind(entries, "part_paid")))


@cheat("accepted", "releases what nobody has accepted")
def release_alone(entries):
    entries.remove(kind(entries, "release_proposed"))


@cheat("accepted", "is confirmed by whoever proposed it")
def confirm_oneself(entries):
    entries[-1]["opened"]["by"]["person"] = kind(entries, "release_proposed")["opened"]["by"]["person"]


@cheat("accepted", "is not confirmed by the buyer")
def confirm_for_the_buyer(entries):
    entries[-1]["opened"]["by"]["organisation"] = "org_" + "9" * 26


@cheat("returned", "returns what is not to be returned")
def return_what_was_to_be_released(entries):
    kind(entries, "dispute_resolved")["data"]["outcome"] = "released"


@cheat("returned", "ends a dispute by what nobody had offered")
def end_a_dispute_alone(entries):
    kind(entries, "dispute_resolved")["data"]["document_sha256"] = None


@cheat("returned", "there is no part 4")
def return_nothing(entries):
    entries[-1]["data"]["part"] = 4


@cheat("divided", "should state 120000 fen as fee")
def take_a_larger_fee(entries):
    entries[-1]["data"]["fee_fen"] = "120001"


@cheat("divided", "should state 3660016 fen as reward")
def cheat_inventors(entries):
    entries[-1]["data"]["reward_fen"] = "3660015"


@cheat("divided", "shares otherwise")
def favour_an_inventor(entries):
    split = entries[-1]["opened"]["split"]
    split[0]["amount_fen"], split[1]["amount_fen"] = "2745013", "915003"


@cheat("divided", "withholds another sum than it states")
def hide_a_tax(entries):
    entries[-1]["data"]["withheld_fen"] = "0"


@cheat("divided", "pays out otherwise than it shares")
def pay_another_owner(entries):
    entries[-1]["opened"]["payouts"][-1]["credit"] = "custody:bank"


@cheat("divided", "has costs of 400000 fen and states 399999")
def hide_a_cost(entries):
    entries[-1]["data"]["costs_fen"] = "399999"


@cheat("divided", "was another organisation's act")
def divide_for_the_seller(entries):
    entries[-1]["opened"]["by"]["organisation"] = "org_" + "9" * 26


@cheat("defaulted", "declares what is not yet overdue")
def declare_early(entries):
    kind(entries, "plan_defaulted")["arrived_at"] = "2026-11-30T15:59:59.999999Z"


@cheat("defaulted", "should cancel 1 parts")
def cancel_more(entries):
    kind(entries, "plan_defaulted")["data"]["cancelled"] = 2


@cheat("defaulted", "a second time")
def return_twice(entries):
    entries.append(deepcopy(entries[-1]))


@cheat("active", "was recorded before it arrived")
def record_early(entries):
    entries[-1]["recorded_at"] = "2026-03-01T00:00:00.000000Z"


@cheat("active", "does not publish effective_at")
def leave_a_field_out(entries):
    del entries[-1]["data"]["effective_at"]


@cheat("active", "puts a second buyer into the plan")
def change_the_buyer(entries):
    entries[-1]["opened"]["buyer"] = "org_" + "9" * 26


@cheat("extended", "should last until 2026-06-03T16:00:00.000000Z")
def try_longer_than_is_given(entries):
    entries[-1]["data"]["until"] = "2026-06-04T16:00:00.000000Z"


@cheat("extended", "holds the deposit until another instant")
def hold_longer_than_it_tries(entries):
    entries[-1]["data"]["transfers"][1]["expires_at"] = "2026-06-04T16:00:00.000000Z"


@cheat("extended", "should hold 1000000 fen")
def hold_less_anew(entries):
    entries[-1]["data"]["held_fen"] = "999999"


@cheat("extended", "extends a trial that was not frozen while it lasted")
def freeze_when_it_is_over(entries):
    entries[-1]["data"]["frozen_at"] = "2026-05-29T16:00:00.000000Z"


@cheat("proposal extended", "should last until 2026-03-12T16:00:00.000000Z")
def leave_less_time(entries):
    entries[-1]["data"]["agree_by"] = "2026-03-12T15:59:59.999999Z"


@cheat("proposal extended", "should last until 2026-03-12T16:00:00.000000Z")
def leave_more_time(entries):
    entries[-1]["data"]["agree_by"] = "2026-03-12T16:00:00.000001Z"


@cheat("proposal extended", "extends what lasts as long without")
def leave_time_for_nothing(entries):
    entries.append(deepcopy(entries[-1]))


@cheat("proposal extended and agreed to", "is agreed to too late")
def agree_though_nothing_was_extended(entries):
    entries.remove(kind(entries, "proposal_extended"))


@cheat("proposal extended and agreed to", "is agreed to too late")
def agree_at_the_later_instant(entries):
    entries[-1]["arrived_at"] = entries[-1]["recorded_at"] = "2026-03-12T16:00:00.000000Z"


@cheat("proposal extended and lapsed", "lapses before its time")
def lapse_before_the_later_instant(entries):
    entries[-1]["arrived_at"] = entries[-1]["recorded_at"] = "2026-03-12T15:59:59.999999Z"


@cheat("proposal extended and agreed to", "happens to a plan that is active")
def extend_what_is_agreed_to(entries):
    entries.append(deepcopy(kind(entries, "proposal_extended")))


@cheat("trial", "tries what is not to be tried, or not any more")
def try_what_is_over(entries):
    entries[-1]["arrived_at"] = entries[-1]["recorded_at"] = "2026-05-29T16:00:00.000000Z"


@cheat("extended", "extends a trial that was not frozen while it lasted")
def lift_before_it_is_frozen(entries):
    entries[-1]["arrived_at"] = "2026-05-29T14:59:59.999999Z"


@cheat("extended", "extends what lasts as long without")
def extend_for_nothing(entries):
    entries.append(deepcopy(entries[-1]))


@cheat("extended when it was over", "makes")
def expire_twice(entries):
    transfers = entries[-1]["data"]["transfers"]
    transfers.insert(0, deepcopy(transfers[0]))


@cheat("extended", "gives back what is over already")
def void_what_is_over(entries):
    entries[-1]["arrived_at"] = entries[-1]["recorded_at"] = "2026-05-29T16:00:00.000000Z"


@cheat("extended and taken up", "is agreed to too late")
def take_up_when_the_longer_trial_is_over(entries):
    entries[-1]["arrived_at"] = entries[-1]["recorded_at"] = "2026-06-03T16:00:00.000000Z"


@cheat("extended and taken up", "is agreed to too late")
def take_up_what_was_never_extended(entries):
    entries.remove(kind(entries, "trial_extended"))


@cheat("extended and silent", "should void 1000000 fen")
def silence_before_the_longer_trial_is_over(entries):
    entries[-1]["arrived_at"] = "2026-06-03T15:59:59.999999Z"


@cheat("waiting", "waits for no order")
def wait_for_nothing(entries):
    entries[-1]["data"]["freezes"] = []


@cheat("waiting", "waits for one order twice")
def wait_for_one_order_twice(entries):
    entries[-1]["data"]["freezes"] *= 2


@cheat("waiting", "cannot be read")
def wait_for_what_is_no_order(entries):
    entries[-1]["data"]["freezes"] = ["frz"]


@cheat("waiting", "cannot be read: orders are named")
def wait_for_a_number_of_orders(entries):
    entries[-1]["data"]["freezes"] = 1


@cheat("funded", "waits for an order, not for its milestone")
def let_a_milestone_wait(entries):
    entries.append(
        deepcopy(entries[-1]) | {"kind": "escrow.part_waits", "data": {"part": 2, "freezes": ["frz_" + "0" * 26]}}
    )


@cheat("resumed", "happens to a part that is waiting")
def divide_what_waits(entries):
    entries[-1] = deepcopy(make.entries("divided")[-1]) | {"seq": entries[-1]["seq"]}


@cheat("broken when it was resumed", "returns what is not to be returned")
def return_what_waits(entries):
    back = kind(entries, "part_released")
    data = {"part": 1, "amount_fen": back["data"]["amount_fen"], "transfers": back["data"]["transfers"]}
    entries[entries.index(back)] = back | {"kind": "escrow.part_returned", "data": data}


@cheat("divided by time", "was divided by time before the seller's was over")
def divide_by_time_too_early(entries):
    entries[-1]["arrived_at"] = "2026-03-25T15:59:59.999999Z"


@cheat("resumed", "was divided by time before the seller's was over")
def count_the_days_from_the_payment(entries):
    """Not from when the order was lifted, a day later."""
    timed = make.entries("divided by time")[-1]
    entries.append(deepcopy(timed) | {"seq": entries[-1]["seq"] + 1})


@cheat("divided", "was divided by time, with costs or tax")
def divide_by_time_with_costs(entries):
    entries[-1]["opened"]["by"]["organisation"] = TIME.organisation
    entries[-1]["arrived_at"] = entries[-1]["recorded_at"] = "2026-03-25T16:00:00.000000Z"


class TestCheats:
    @pytest.mark.parametrize(("life", "finding", "tamper"), CHEATS)
    def test_are_found_where_they_happen(self, life, finding, tamper):
        entries = make.entries(life)
        tamper(entries)
        found = checks.check(entries)
        assert any(finding in one for one in found), found
        assert all(one.startswith("entry ") for one in found)
