"""A contract that stands still: what waits, what time it has afterwards, and what an auditor finds."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from exchange.contracts import checks
from exchange.contracts.model import Resume, State, Stay, Tick
from exchange.contracts.rules import agreements as rules
from tests import make_agreements as make
from tests.make_agreements import BUYER, INSTANT, LAPSES_AT, SELLER, SIGN_BY

STAYED_AT = make.AWARDED_AT + timedelta(hours=2)
RESUMED_AT = datetime(2026, 4, 1, 1, tzinfo=UTC)  # a Wednesday, weeks after it would have lapsed
LEFT = datetime(2026, 4, 7, 16, tzinfo=UTC)  # Thursday, Friday and Tuesday are over: Monday is Qingming's holiday


def stayed(contract, at=STAYED_AT):
    return rules.decide_contract(contract, Stay(), make.clock(at)).contract


def resumed(contract, at=RESUMED_AT):
    return rules.decide_contract(contract, Resume(), make.clock(at)).contract


def refused(contract, command, cause):
    with pytest.raises(rules.CONTRACT_REFUSALS) as caught:
        rules.decide_contract(contract, command, cause)
    return caught.value.code().removeprefix("contracts/")


class TestStay:
    @pytest.mark.parametrize("state", [State.AWARDED, State.OFFERED, State.EFFECTIVE])
    def test_changes_nothing_but_that_it_stands_still(self, state):
        contract = make.contract(state)

        assert replace(stayed(contract), stayed_at=None) == contract
        assert stayed(contract).stayed_at == STAYED_AT

    @pytest.mark.parametrize("state", [State.AWARDED, State.OFFERED])
    def test_takes_time_off_it(self, state):
        contract = stayed(make.contract(state))

        assert rules.due_at(contract) is None
        assert contract.awaited == ()
        assert refused(contract, Tick(), make.clock(LAPSES_AT + timedelta(days=99))) == "stayed"

    def test_says_since_when(self):
        with pytest.raises(rules.Stayed) as caught:
            rules.decide_contract(stayed(make.contract()), make.terms(), make.cause(SELLER, STAYED_AT))

        assert caught.value.facts == {"stayed_at": "2026-03-02T03:00:00.000000Z"}

    def test_tells_a_stranger_nothing(self):
        contract = stayed(make.contract(State.OFFERED))

        assert refused(contract, make.signature(), make.cause(make.STRANGER)) == "no-such-contract"


class TestResume:
    @pytest.mark.parametrize("state", [State.AWARDED, State.OFFERED])
    def test_leaves_the_days_of_an_answer_to_write_and_to_sign(self, state):
        contract = resumed(stayed(make.contract(state)))

        assert contract.sign_by == contract.write_by == LEFT
        written = rules.decide_contract(contract, make.terms(), make.cause(SELLER, LEFT - INSTANT)).contract
        assert written.sign_by > LEFT
        assert refused(contract, make.terms(), make.cause(SELLER, LEFT)) == "past-deadline"

    def test_lets_it_lapse_at_the_end_of_them(self):
        contract = resumed(stayed(make.contract()))
        due = LEFT + timedelta(minutes=1)

        assert rules.due_at(contract) == due
        assert refused(contract, Tick(), make.clock(due - INSTANT)) == "not-due"
        assert rules.decide_contract(contract, Tick(), make.clock(due)).contract.state is State.LAPSED

    def test_takes_no_time_away(self):
        contract = resumed(stayed(make.contract()), STAYED_AT + timedelta(hours=1))

        assert (contract.sign_by, contract.write_by) == (SIGN_BY, SIGN_BY)

    def test_leaves_a_contract_in_force_as_it_was(self):
        contract = make.contract(State.EFFECTIVE)

        assert replace(resumed(stayed(contract)), resumed_at=None) == contract

    def test_may_happen_again(self):
        twice = resumed(stayed(resumed(stayed(make.contract())), RESUMED_AT + INSTANT), RESUMED_AT + timedelta(days=1))

        assert twice.sign_by == datetime(2026, 4, 8, 16, tzinfo=UTC)


def told(*steps, opened=True):
    record = make.Record(opened=opened)
    cause = make.clock(make.AWARDED_AT)
    contract = record.take(rules.open_contract(make.opening(), cause), cause.at)
    for command, by in steps:
        given = make.signature(contract) if command == "sign" else command
        contract = record.take(rules.decide_contract(contract, given, by), by.at)
    return record.entries, contract


STAY, RESUME = (Stay(), make.clock(STAYED_AT)), (Resume(), make.clock(RESUMED_AT))
WRITTEN = (make.terms(), make.cause(SELLER, make.AWARDED_AT + timedelta(hours=1)))
WRITTEN_AFTER = (make.terms(), make.cause(SELLER, LEFT - INSTANT))
SIGNED_AFTER = (("sign", make.cause(SELLER, LEFT - INSTANT)), ("sign", make.cause(BUYER, LEFT - INSTANT)))
LIVES = {
    "stayed": (STAY,),
    "resumed": (STAY, RESUME),
    "written after": (STAY, RESUME, WRITTEN_AFTER),
    "signed after": (WRITTEN, STAY, RESUME, *SIGNED_AFTER),
    "lapsed after": (STAY, RESUME, (Tick(), make.clock(LEFT + timedelta(minutes=1)))),
}


class TestCheck:
    @pytest.mark.parametrize("opened", [True, False])
    @pytest.mark.parametrize("life", LIVES)
    def test_finds_nothing_wrong_with_an_honest_life(self, life, opened):
        entries, contract = told(*LIVES[life], opened=opened)

        assert checks.check_contract(entries) == []
        if opened:
            assert checks.fold_contract(entries) == make.amounts_to(contract)

    def test_finds_what_happens_to_a_contract_that_stands_still(self):
        entries, _ = told(*LIVES["signed after"])
        [resuming] = [one for one in entries if one["kind"] == "contract.resumed"]
        entries.remove(resuming)

        found = checks.check_contract(entries)
        assert any("finds it standing still" in finding for finding in found)

    def test_finds_a_contract_that_goes_on_and_did_not_stand_still(self):
        entries, _ = told(*LIVES["resumed"])
        [staying] = [one for one in entries if one["kind"] == "contract.stayed"]
        entries.remove(staying)

        assert any("finds it running" in finding for finding in checks.check_contract(entries))

    @pytest.mark.parametrize("kind", ["contract.stayed", "contract.resumed"])
    def test_finds_another_time_for_signing(self, kind):
        entries, _ = told(*LIVES["resumed"])
        forged = deepcopy(entries)
        [one] = [entry for entry in forged if entry["kind"] == kind]
        one["data"]["sign_by"] = "2026-05-01T16:00:00.000000Z"

        assert any(f"({kind})" in finding for finding in checks.check_contract(forged))
