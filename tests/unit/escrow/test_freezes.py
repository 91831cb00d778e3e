"""Orders that freeze a deal: what they stop, in every state, and who records and lifts them. Written by hand: never
import the tables under test."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.kernel.errors import Kind
from settlement.escrow import checks, model, rules
from settlement.escrow.model import (
    DeclareDefault,
    FreezeState,
    State,
)
from tests import make_escrow as make
from tests import make_freezes as freezes
from tests.escrow_outcomes import SENT, cases
from tests.make_freezes import FIRST, SECOND

# What each command leads to while an order stands, given by whoever may give it; `-` is wrong-state.
OUTCOMES = """
    life      RequestDeposit TakeDeposit Award   Release  Require ReceiveBalance Settle  SettleByTime Forfeit   DeclareDefault GiveBack  Adopt

    asked     bidding        bidding     awarded released -       -              -       -            -         -              -         -
    bidding   bidding        bidding     awarded released -       -              -       -            -         -              -         -
    awarded   -              -           -       -        due     -              -       -            frozen    -              frozen    -
    due       -              -           -       -        -       paid           -       -            -         frozen         -         frozen
    paid      -              -           -       -        -       already-paid   frozen  frozen       -         -              -         -
    settled   -              -           -       -        -       already-paid   -       -            -         -              -         -
    divided   -              -           -       -        -       already-paid   -       -            -         -              -         -
    overdue   -              -           -       -        -       already-paid   -       -            -         -              -         -
    planned   -              -           -       -        -       -              -       -            -         -              -         -
    tried     -              -           -       -        -       -              -       -            -         -              -         -
"""  # noqa: E501 - a table
IMPOSED = {
    "asked": "standing",
    "bidding": "standing",
    "awarded": "standing",
    "due": "standing",
    "paid": "standing",
    "settled": "standing",
    "divided": "standing",
    "overdue": "standing",
    "planned": "standing",
    "tried": "standing",
    "released": "nothing-to-freeze",
    "returned": "nothing-to-freeze",
    "forfeited": "nothing-to-freeze",
    "defaulted": "nothing-to-freeze",
}


def code(act, *given):
    refusal = make.refused(act, *given)
    return refusal and refusal.code().removeprefix("escrow/")


class TestDecideWhileFrozen:
    @pytest.mark.parametrize(("life", "command", "expected"), list(cases(OUTCOMES, "wrong-state")))
    def test_follows_the_outcome_table(self, life, command, expected):
        frozen = freezes.frozen(make.settlement(life))

        assert make.outcome(frozen, SENT[command], make.ASKED[type(SENT[command])]) == expected

    def test_covers_every_command_and_every_state_that_can_be_frozen(self):
        assert set(SENT) == {command.__name__ for command in model.COMMANDS}
        freezable = {life for life, word in IMPOSED.items() if word == "standing"}
        assert {case.id for case in cases(OUTCOMES, "wrong-state")} == {
            f"{life}-{command}" for life in freezable for command in SENT
        }

    def test_names_every_order_that_stands_and_nothing_sealed(self):
        frozen = freezes.frozen(make.settlement("paid"), FIRST, SECOND)
        refusal = make.refused(rules.decide, frozen, make.settle(), make.seller())

        assert (refusal.kind, refusal.facts) == (Kind.CONFLICT, {"freezes": f"{FIRST} {SECOND}"})

    def test_asks_first_whose_it_is_and_in_which_state(self):
        frozen = freezes.frozen(make.settlement("due"))

        assert make.outcome(frozen, make.settle(), make.officer()) == "not-the-seller"
        assert make.outcome(frozen, make.settle()) == "wrong-state"
        assert make.outcome(frozen, DeclareDefault(), make.officer(make.NOON)) == "frozen"

    def test_goes_on_once_the_last_order_is_lifted(self):
        settlement = make.settlement("paid")
        first = freezes.imposed(settlement)
        second = freezes.imposed(first.settlement, freezes.order(SECOND))
        one_left = rules.decide_freeze(first.freeze, second.settlement, freezes.lift(), freezes.regulator())
        none_left = rules.decide_freeze(second.freeze, one_left.settlement, freezes.lift(), freezes.regulator())

        assert make.outcome(one_left.settlement, make.settle()) == "frozen"
        assert (one_left.settlement.thawed_at, one_left.settlement.quiet_until) == (None, None)
        assert none_left.settlement == replace(settlement, thawed_at=make.NOON)
        assert make.outcome(none_left.settlement, make.settle()) == "settled"


class TestImpose:
    @pytest.mark.parametrize("life", make.LIVES)
    def test_follows_the_outcome_table(self, life):
        given = make.settlement(life)

        found = code(freezes.imposed, given) or freezes.imposed(given).freeze.state.value
        assert found == IMPOSED[life]

    def test_covers_every_state(self):
        assert {make.settlement(life).state for life in IMPOSED} == set(State)

    @pytest.mark.parametrize("cause", [make.seller(), make.officer(), make.by(make.ANN, "deals.read_all")])
    def test_is_the_regulators_alone(self, cause):
        refusal = make.refused(rules.impose, make.settlement("released"), freezes.order(), cause)

        assert isinstance(refusal, rules.NotAnAuthority)
        assert refusal.facts == {"needs": "deals.freeze"}

    @pytest.mark.parametrize(
        ("field", "value", "usable"),
        [
            ("order_number", "", False),
            ("order_number", " 1", False),
            ("order_number", "一" * 200, True),
            ("order_number", "一" * 201, False),
            ("reason", "", False),
            ("reason", "a\nb", False),
            ("reason", "一" * 1_000, True),
            ("reason", "一" * 1_001, False),
            ("document_sha256", "c" * 63, False),
            ("document_sha256", "C" * 64, False),
        ],
    )
    def test_needs_an_order_that_can_be_read(self, field, value, usable):
        command = freezes.order(**{field: value})

        assert code(freezes.imposed, make.settlement("due"), command) == (None if usable else "unusable-field")

    def test_seals_the_number_the_reason_and_who_recorded_it(self):
        [event] = freezes.imposed(make.settlement("due")).events

        assert event.kind == "escrow.frozen"
        assert set(event.data) == {"freeze", "authority", "document_sha256"}
        assert set(event.sealed) == {"order_number", "reason", "by"}

    def test_moves_no_money_and_changes_nothing_else(self):
        before = make.settlement("paid")

        assert replace(freezes.frozen(before), frozen=()) == before


class TestLift:
    def test_lifts_an_order_once(self):
        decision = freezes.imposed(make.settlement("due"))
        lifted = rules.decide_freeze(decision.freeze, decision.settlement, freezes.lift(), freezes.regulator())

        assert (lifted.freeze.state, lifted.freeze.lifted_at) == (FreezeState.LIFTED, make.NOON)
        again = (lifted.freeze, lifted.settlement, freezes.lift(), freezes.regulator())
        assert code(rules.decide_freeze, *again) == "already-lifted"

    def test_asks_first_whose_it_is(self):
        decision = freezes.imposed(make.settlement("due"))
        lifted = replace(decision.freeze, state=FreezeState.LIFTED)

        given = (lifted, decision.settlement, freezes.lift(document_sha256=""), make.officer())
        assert code(rules.decide_freeze, *given) == "not-an-authority"

    def test_needs_a_document(self):
        decision = freezes.imposed(make.settlement("due"))
        given = (decision.freeze, decision.settlement, freezes.lift(document_sha256="d"), freezes.regulator())

        assert code(rules.decide_freeze, *given) == "unusable-field"


QUIET_UNTIL = datetime(2026, 3, 26, 16, tzinfo=UTC)  # the third working day after Monday the 23rd is over


class TestTimeOnceTheLastOrderIsLifted:
    """The price was paid, frozen, and thawed on the last day that the seller had to settle."""

    thawed_at = datetime(2026, 3, 23, 4, tzinfo=UTC)

    @pytest.fixture
    def thawed(self):
        decision = freezes.imposed(make.settlement("paid"))
        given = (decision.freeze, decision.settlement, freezes.lift(), freezes.regulator(self.thawed_at))
        return rules.decide_freeze(*given).settlement

    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (make.SETTLE_BY, "not-due"),
            (QUIET_UNTIL - make.INSTANT, "not-due"),
            (QUIET_UNTIL, "settled"),
            (QUIET_UNTIL + make.INSTANT, "settled"),
        ],
    )
    def test_waits_for_the_days_of_an_answer(self, thawed, at, expected):
        assert thawed.quiet_until == QUIET_UNTIL
        assert make.outcome(thawed, make.overdue(), make.clock(at)) == expected
        assert make.outcome(thawed, make.settle(), make.seller(at)) == "settled"

    def test_does_not_come_sooner_for_an_order_lifted_long_before(self):
        decision = freezes.imposed(make.settlement("paid"))
        lifted = rules.decide_freeze(decision.freeze, decision.settlement, freezes.lift(), freezes.regulator())

        assert lifted.settlement.quiet_until < make.SETTLE_BY
        early = make.clock(make.SETTLE_BY - make.INSTANT)
        assert make.outcome(lifted.settlement, make.overdue(), early) == "not-due"
        assert make.outcome(lifted.settlement, make.overdue(), make.clock(make.SETTLE_BY)) == "settled"

    def test_does_not_wait_where_no_calendar_reaches_that_far(self):
        late = freezes.regulator(datetime(2026, 12, 30, 4, tzinfo=UTC))
        decision = freezes.imposed(make.settlement("paid"))
        thawed = rules.decide_freeze(decision.freeze, decision.settlement, freezes.lift(), late).settlement

        assert (thawed.thawed_at, thawed.quiet_until) == (late.at, None)
        assert make.outcome(thawed, make.overdue(), make.clock(late.at)) == "settled"


class TestADefaultOnceTheLastOrderIsLifted:
    """The price was due by the end of Monday the ninth of March, and the order lifted on Monday at noon."""

    QUIET = datetime(2026, 3, 12, 16, tzinfo=UTC)
    thawed_at = datetime(2026, 3, 9, 4, tzinfo=UTC)

    def thawed(self, at):
        decision = freezes.imposed(make.settlement("due"))
        return lifting(decision, freezes.regulator(at)).settlement

    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (make.PAY_BY - make.INSTANT, "not-yet-overdue"),
            (make.PAY_BY, "not-yet-overdue"),
            (QUIET - make.INSTANT, "not-yet-overdue"),
            (QUIET, "forfeited"),
            (QUIET + make.INSTANT, "forfeited"),
        ],
    )
    def test_waits_for_the_days_of_an_answer(self, at, expected):
        assert make.outcome(self.thawed(self.thawed_at), DeclareDefault(), make.officer(at)) == expected

    def test_says_until_when(self):
        refusal = make.refused(rules.decide, self.thawed(self.thawed_at), DeclareDefault(), make.officer(make.PAY_BY))
        assert refusal.facts == {"due_at": "2026-03-12T16:00:00.000000Z"}

    @pytest.mark.parametrize(
        ("at", "expected"), [(make.PAY_BY - make.INSTANT, "not-yet-overdue"), (make.PAY_BY, "forfeited")]
    )
    def test_does_not_come_sooner_for_an_order_lifted_long_before(self, at, expected):
        assert make.outcome(self.thawed(make.NOON), DeclareDefault(), make.officer(at)) == expected

    def test_waits_where_no_calendar_reaches_that_far(self):
        late = datetime(2026, 12, 30, 4, tzinfo=UTC)
        assert self.thawed(late).quiet_until is None
        assert make.outcome(self.thawed(late), DeclareDefault(), make.officer(late)) == "not-yet-overdue"

    @pytest.mark.parametrize(
        ("at", "early"), [(QUIET - make.INSTANT, True), (QUIET, False), (QUIET + make.INSTANT, False)]
    )
    def test_that_comes_sooner_is_found(self, at, early):
        def declared(thawed, _):
            return rules.decide(replace(thawed.settlement, thawed_at=None), DeclareDefault(), make.officer(at))

        entries, _ = told("due", then=[lifting, declared], moments=[self.thawed_at, at])
        found = [one for one in checks.check(entries) if "declares a default before the term is over" in one]
        assert (len(found) == 1) == early
        assert early or checks.check(entries) == []


class TestNothingToFreeze:
    @pytest.mark.parametrize("life", ["planned", "tried"])
    @pytest.mark.parametrize("state", [*model.PlanState, None])
    def test_is_left_of_a_plan_whose_trial_was_declined(self, life, state):
        settlement = make.settlement(life)
        refusal = make.refused(rules.impose, settlement, freezes.order(), freezes.regulator(), plan=state)
        found = refusal and refusal.code()
        assert found == ("escrow/nothing-to-freeze" if state == "declined" else None)

    @pytest.mark.parametrize("life", ["due", "paid", "settled"])
    def test_is_no_matter_of_plans_where_the_price_was_left_to_none(self, life):
        assert rules.freezable(make.settlement(life), model.PlanState.DECLINED)

    def test_is_said_to_a_regulator_alone(self):
        given = (make.settlement("tried"), freezes.order(), make.officer())
        refusal = make.refused(rules.impose, *given, plan=model.PlanState.DECLINED)
        assert refusal.code() == "escrow/not-an-authority"


class TestRefusals:
    def test_have_distinct_codes_and_titles_in_two_languages(self):
        found = {*rules.REFUSALS, *rules.FREEZE_REFUSALS}

        assert len({one.code() for one in found}) == len({one.title() for one in found}) == len(found)
        assert len({one.zh for one in found}) == len(found)

    def test_draws_the_table(self):
        assert rules.freeze_diagram() == (
            "stateDiagram-v2\n    [*] --> standing: Impose\n    standing --> lifted: Lift\n    lifted --> [*]\n"
        )


def told(settlement_life="paid", *, then=(), opened=True, moments=()):
    """The record of a life, an order in it, and what comes then; the last decision's settlement beside it."""
    decisions = make.lived(*make.LIVES[settlement_life])
    asked = [make.officer(), *make.causes(*make.LIVES[settlement_life])]
    record = make.Record(opened=opened)
    for decision, cause in zip(decisions, asked, strict=True):
        record.write(decision.events, cause.at)
    at = asked[-1].at
    frozen = rules.impose(decisions[-1].settlement, freezes.order(), freezes.regulator(at))
    record.write(frozen.events, at)
    for act, moment in zip(then, moments or [at] * len(then), strict=True):
        frozen = act(frozen, freezes.regulator(moment))
        record.write(frozen.events, moment)
    return record.entries, frozen.settlement


def lifting(frozen, cause):
    return rules.decide_freeze(frozen.freeze, frozen.settlement, freezes.lift(), cause)


def settling_all_the_same(frozen, cause):
    return rules.decide(replace(frozen.settlement, frozen=()), make.settle(), make.seller(cause.at))


class TestCheck:
    @pytest.mark.parametrize("opened", [True, False])
    @pytest.mark.parametrize("life", ["bidding", "awarded", "due", "paid", "settled"])
    @pytest.mark.parametrize("then", [(), (lifting,)])
    def test_finds_nothing_wrong_with_an_honest_record(self, life, opened, then):
        entries, settlement = told(life, then=then, opened=opened)

        assert checks.check(entries) == []
        assert checks.fold(entries) == make.amounts_to(settlement)

    def test_finds_money_that_left_while_an_order_stood(self):
        entries, _ = told("paid", then=[settling_all_the_same])

        assert checks.check(entries) == [f"entry {len(entries) - 1} (escrow.settled) comes while {FIRST} stands"]

    def test_finds_nothing_when_it_left_after_the_order_was_lifted(self):
        entries, _ = told("paid", then=[lifting, settling_all_the_same])

        assert checks.check(entries) == []

    @pytest.mark.parametrize(("at", "early"), [(QUIET_UNTIL - make.INSTANT, True), (QUIET_UNTIL, False)])
    def test_finds_a_price_that_time_settled_before_there_was_time_to(self, at, early):
        def lifted(frozen, _):
            thawed_at = TestTimeOnceTheLastOrderIsLifted.thawed_at
            given = (frozen.freeze, frozen.settlement, freezes.lift(), freezes.regulator(thawed_at))
            return rules.decide_freeze(*given)

        def settled(thawed, _):
            return rules.decide(replace(thawed.settlement, thawed_at=None), make.overdue(), make.clock(at))

        entries, _ = told("paid", then=[lifted, settled], moments=[TestTimeOnceTheLastOrderIsLifted.thawed_at, at])

        found = [one for one in checks.check(entries) if "kept from it by an order" in one]
        assert (found != []) == early
        assert early or checks.check(entries) == []

    def test_finds_an_order_lifted_twice_recorded_twice_or_late(self):
        entries, _ = told("due", then=[lifting, lambda lifted, _: lifted])
        assert any("does not stand" in finding for finding in checks.check(entries))

        entries, _ = told("due", then=[lambda frozen, _: frozen])
        found = checks.check(entries)
        assert any("a second time" in finding for finding in found)
        assert any("recorded before" in finding for finding in found)


class TestSequences:
    @given(st.lists(st.sampled_from(["impose", "lift", "settle"]), max_size=12))
    def test_keep_the_money_while_any_order_stands(self, words):
        settlement, standing, number, purse = make.settlement("paid"), [], 0, make.Purse()
        for decision in make.lived(*make.LIVES["paid"]):
            purse.take(decision)
        for word in words:
            if word == "impose":
                number += 1
                made = freezes.imposed(settlement, freezes.order(model.FreezeId.from_number(number)))
                settlement, standing = made.settlement, [*standing, made.freeze]
            elif word == "lift" and standing:
                settlement = rules.decide_freeze(
                    standing.pop(), settlement, freezes.lift(), freezes.regulator()
                ).settlement
            elif word == "settle" and settlement.state is State.PAID:
                refusal = make.refused(rules.decide, settlement, make.settle(), make.seller())
                assert isinstance(refusal, rules.Frozen) == bool(standing)
                if refusal is None:
                    decision = rules.decide(settlement, make.settle(), make.seller())
                    purse.take(decision)
                    settlement = decision.settlement
            assert settlement.frozen == tuple(one.id for one in standing)
            assert bool(purse.own()) == (settlement.state is State.PAID)
