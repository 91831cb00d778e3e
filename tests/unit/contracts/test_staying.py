"""A contract that stands still: what waits, what time it has afterwards, and what an auditor finds."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from exchange.contracts import checks
from exchange.contracts.model import Party, Resume, State, Stay, Tick
from exchange.contracts.rules import agreements as rules
from ledger.kernel import instant
from tests import make_agreements as make
from tests import make_calendar
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


LAST = make_calendar.LAST_FOR[3]
OPEN = LAST + INSTANT  # the first instant after which three working days are not all loaded


class TestOpenEnded:
    """An order that is lifted when the working days that follow are not published."""

    @pytest.mark.parametrize("state", [State.AWARDED, State.OFFERED])
    def test_goes_on_with_its_time_left_open(self, state):
        known, left_open = (resumed(stayed(make.contract(state)), at) for at in (LAST, OPEN))

        assert (known.sign_by, known.write_by) == (make_calendar.YEAR_END, make_calendar.YEAR_END)
        assert (left_open.sign_by, left_open.write_by) == (None, None)
        assert (left_open.stayed_at, left_open.resumed_at, left_open.answer_from) == (None, OPEN, OPEN)
        assert rules.due_at(left_open) is None
        assert refused(left_open, Tick(), make.clock(OPEN + timedelta(days=900))) == "not-due"

    def test_is_written_and_signed_whenever_it_is(self):
        contract = resumed(stayed(make.contract()), OPEN)
        for command, by in (
            (make.terms(), SELLER),
            (None, SELLER),
            (None, BUYER),
        ):
            given = command or make.signature(contract)
            contract = rules.decide_contract(contract, given, make.cause(by, OPEN + timedelta(days=9))).contract

        assert (contract.state, contract.sign_by, contract.register_by) == (State.EFFECTIVE, None, None)

    @pytest.mark.parametrize("state", [State.AWARDED, State.OFFERED])
    def test_is_counted_from_the_resumption_once_the_calendar_is_loaded(self, state):
        left_open = resumed(stayed(make.contract(state)), OPEN)
        known = rules.reckoned(left_open, make_calendar.LOADED)

        assert rules.reckoned(left_open) is None
        assert known == replace(left_open, sign_by=make_calendar.FIRST_COUNTED)
        assert rules.due_at(known) == make_calendar.FIRST_COUNTED + timedelta(minutes=1)
        assert rules.reckoned(known, make_calendar.LOADED) is None

    def test_is_counted_from_the_latest_writing(self):
        contract = resumed(stayed(make.contract()), OPEN)
        written = rules.decide_contract(contract, make.terms(), make.cause(SELLER, OPEN + timedelta(days=1))).contract
        earlier = rules.decide_contract(written, make.terms(), make.cause(SELLER, OPEN + INSTANT)).contract

        expected = make_calendar.FIRST_COUNTED + timedelta(days=1)
        assert rules.reckoned(written, make_calendar.LOADED).sign_by == expected
        assert rules.reckoned(earlier, make_calendar.LOADED).sign_by == expected

    def test_has_its_period_to_be_registered_counted_from_its_effect(self):
        at = make_calendar.LAST_FOR[15] + INSTANT
        offered = make.contract(State.OFFERED, signed=[Party.SELLER], sign_by=at + timedelta(days=1))
        contract = rules.decide_contract(offered, make.signature(), make.cause(BUYER, at)).contract

        assert contract.register_by is None
        known = rules.reckoned(contract, make_calendar.LOADED)
        assert known == replace(contract, register_by=make_calendar.FIRST_COUNTED)

    def test_may_be_stayed_and_go_on_again(self):
        again = resumed(stayed(resumed(stayed(make.contract()), OPEN), OPEN + INSTANT), OPEN + timedelta(days=2))

        assert (again.sign_by, again.answer_from) == (None, OPEN + timedelta(days=2))

    @pytest.mark.parametrize("state", list(State))
    def test_is_nothing_where_every_deadline_is_known(self, state):
        assert rules.reckoned(make.contract(state), make_calendar.LOADED) is None


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


LIFTED = (Resume(), make.clock(OPEN))
LATE = OPEN + timedelta(days=2)
OPEN_LIVES = {
    "lifted": (STAY, LIFTED),
    "written": (STAY, LIFTED, (make.terms(), make.cause(SELLER, LATE))),
    "signed": (WRITTEN, STAY, LIFTED, ("sign", make.cause(SELLER, LATE)), ("sign", make.cause(BUYER, LATE))),
    "stayed again": (STAY, LIFTED, (Stay(), make.clock(LATE))),
    "stayed in force": (
        WRITTEN,
        STAY,
        LIFTED,
        ("sign", make.cause(SELLER, LATE)),
        ("sign", make.cause(BUYER, LATE)),
        (Stay(), make.clock(LATE + INSTANT)),
        (Resume(), make.clock(LATE + timedelta(days=1))),
    ),
}


class TestOpenEndedCheck:
    @pytest.mark.parametrize("opened", [True, False])
    @pytest.mark.parametrize("life", OPEN_LIVES)
    def test_finds_nothing_wrong_before_and_after_the_calendar_is_loaded(self, life, opened, monkeypatch):
        entries, contract = told(*OPEN_LIVES[life], opened=opened)

        assert checks.check_contract(entries) == []
        if opened:
            assert checks.fold_contract(entries) == make.amounts_to(contract)
        make_calendar.load(monkeypatch)
        assert checks.check_contract(entries) == []
        if opened:
            known = rules.reckoned(contract, make_calendar.LOADED)
            assert checks.fold_contract(entries) == make.amounts_to(known)

    @pytest.mark.parametrize("late", [-INSTANT, timedelta()])
    def test_holds_a_lapse_against_the_time_as_it_is_counted_later(self, late, monkeypatch):
        entries, contract = told(STAY, LIFTED)
        make_calendar.load(monkeypatch)
        known = rules.reckoned(contract, make_calendar.LOADED)
        over = rules.due_at(known)
        record = make.Record()
        record.entries = entries
        record.take(rules.decide_contract(known, Tick(), make.clock(over)), over + late)

        found = checks.check_contract(entries)
        assert [one.rpartition(") ")[2] for one in found] == (["lapses before its time"] if late else [])

    def test_finds_a_lapse_while_nobody_can_say(self):
        entries, contract = told(STAY, LIFTED)
        record = make.Record()
        record.entries = entries
        known = rules.reckoned(contract, make_calendar.LOADED)
        lapsed = rules.decide_contract(known, Tick(), make.clock(rules.due_at(known)))
        record.take(lapsed, rules.due_at(known))

        assert any("lapses before its time" in one for one in checks.check_contract(entries))

    def test_believes_no_time_left_open_that_could_be_counted(self):
        entries, _ = told(STAY, (Resume(), make.clock(LAST)))
        entries[-1]["data"]["sign_by"] = None

        [finding] = checks.check_contract(entries)
        assert finding.endswith(f"should leave time to sign until {make_calendar.YEAR_END.isoformat()}")

    def test_believes_no_time_that_no_calendar_reaches(self):
        entries, _ = told(STAY, LIFTED)
        entries[-1]["data"]["sign_by"] = instant.render(make_calendar.FIRST_COUNTED)

        [finding] = checks.check_contract(entries)
        assert finding.endswith("the working days of 2027 are not loaded")

    def test_finds_another_time_than_was_left_open(self):
        entries, _ = told(*OPEN_LIVES["stayed again"])
        entries[-1]["data"]["sign_by"] = instant.render(make_calendar.FIRST_COUNTED + INSTANT)

        assert any("changes the time for signing" in one for one in checks.check_contract(entries))


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
