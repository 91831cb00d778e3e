"""Every state, every command. Written by hand: never import the table under test, or the test agrees with whatever the
table says."""

from dataclasses import replace

import pytest

from ledger.kernel.calendar import YearNotLoaded
from settlement.escrow import model, rules
from settlement.escrow.model import (
    Award,
    ReceiveBalance,
    RequestDeposit,
    Require,
    Settle,
    SettleByTime,
    State,
    TakeDeposit,
)
from settlement.escrow.rules import misdirected
from tests import make_escrow as make
from tests.escrow_outcomes import SENT, cases

# What each command leads to in each state, given by whoever may give it, and when it may be given; `-` is wrong-state.
OUTCOMES = """
    life      RequestDeposit TakeDeposit Award   Release  Require ReceiveBalance Settle  SettleByTime Forfeit   DeclareDefault GiveBack  Adopt

    asked     bidding        bidding     awarded released -       -              -       -            -         -              -         -
    bidding   bidding        bidding     awarded released -       -              -       -            -         -              -         -
    awarded   -              -           -       -        due     -              -       -            forfeited -              returned  -
    due       -              -           -       -        -       paid           -       -            -         forfeited      -         planned
    paid      -              -           -       -        -       already-paid   settled settled      -         -              -         -
    settled   -              -           -       -        -       already-paid   -       -            -         -              -         -
    divided   -              -           -       -        -       already-paid   -       -            -         -              -         -
    overdue   -              -           -       -        -       already-paid   -       -            -         -              -         -
    released  -              -           -       -        -       -              -       -            -         -              -         -
    returned  -              -           -       -        -       -              -       -            -         -              -         -
    forfeited -              -           -       -        -       -              -       -            -         -              -         -
    defaulted -              -           -       -        -       -              -       -            -         -              -         -
    planned   -              -           -       -        -       -              -       -            -         -              -         -
    tried     -              -           -       -        -       -              -       -            -         -              -         -
"""  # noqa: E501 - a table


class TestDecide:
    @pytest.mark.parametrize(("life", "command", "expected"), list(cases(OUTCOMES, "wrong-state")))
    def test_follows_the_outcome_table(self, life, command, expected):
        assert make.outcome(make.settlement(life), SENT[command], make.ASKED[type(SENT[command])]) == expected

    def test_covers_every_state_and_command(self):
        assert {make.settlement(life).state for life in make.LIVES} == set(State)
        assert set(SENT) == {command.__name__ for command in model.COMMANDS}
        assert {case.id for case in cases(OUTCOMES, "wrong-state")} == {
            f"{life}-{command}" for life in make.LIVES for command in SENT
        }

    @pytest.mark.parametrize("life", make.LIVES)
    @pytest.mark.parametrize(
        ("command", "needs"),
        [
            ("TakeDeposit", "deposits.confirm"),
            ("ReceiveBalance", "payments.record"),
            ("DeclareDefault", "payments.record"),
        ],
    )
    def test_tells_nobody_but_an_officer_of_the_state(self, life, command, needs):
        everything_else = {"deposits.confirm", "payments.record", "deals.read_all", "settlements.settle"} - {needs}
        for organisation in (make.ANN, make.SELLER, make.STRANGER, make.OPERATOR):
            cause = make.by(organisation, *everything_else, at=make.PAY_BY)
            refusal = make.refused(rules.decide, make.settlement(life), SENT[command], cause)

            assert isinstance(refusal, rules.NotAnOfficer)
            assert refusal.facts == {"needs": needs}

    @pytest.mark.parametrize("life", make.LIVES)
    @pytest.mark.parametrize("organisation", [make.ANN, make.STRANGER, make.OPERATOR])
    def test_lets_nobody_settle_another_organisations_sale(self, life, organisation):
        cause = make.by(organisation, "payments.record", "deals.read_all", "settlements.settle")

        assert make.outcome(make.settlement(life), make.settle(), cause) == "not-the-seller"

    @pytest.mark.parametrize("life", make.LIVES)
    def test_leaves_the_settlement_it_was_given_alone(self, life):
        given, kept = make.settlement(life), make.settlement(life)
        for command in SENT.values():
            make.refused(rules.decide, given, command, make.ASKED[type(command)])

        assert given == kept

    def test_refuses_for_the_first_reason_that_applies(self):
        bad = make.balance(amount_fen=make.BALANCE + 1, reference=" ")
        assert make.outcome(make.settlement("awarded"), bad, make.seller()) == "not-an-officer"
        assert make.outcome(make.settlement("awarded"), bad) == "wrong-state"
        assert make.outcome(make.settlement("paid"), bad) == "already-paid"
        assert make.outcome(make.settlement("due"), bad) == "unusable-field"
        assert make.outcome(make.settlement("due"), replace(bad, reference="r")) == "wrong-amount"

        worst = make.settle(costs=(make.cost(0),), reward_bp=1, shares=())
        assert make.outcome(make.settlement("due"), worst, make.officer()) == "not-the-seller"
        assert make.outcome(make.settlement("due"), worst) == "wrong-state"
        assert make.outcome(make.settlement("paid"), worst) == "unusable-field"
        dear = replace(worst, costs=(make.cost(make.PRICE),))
        assert make.outcome(make.settlement("paid"), dear) == "shares-missing"
        dear = replace(dear, shares=(make.share(0),))
        assert make.outcome(make.settlement("paid"), dear) == "bad-shares"
        dear = replace(dear, shares=(make.share(),))
        assert make.outcome(make.settlement("paid"), dear) == "reward-too-small"
        assert make.outcome(make.settlement("paid"), replace(dear, reward_bp=5_000)) == "costs-exceed-price"

    @pytest.mark.parametrize(
        "command", [Award, Require, Settle, SettleByTime, ReceiveBalance, RequestDeposit, TakeDeposit]
    )
    def test_says_which_state_it_is_in(self, command):
        sent = SENT[command.__name__]
        refusal = make.refused(rules.decide, make.settlement("returned"), sent, make.ASKED[command])

        assert isinstance(refusal, rules.WrongState)
        assert refusal.facts == {"state": "returned"}


class TestMaySee:
    @pytest.mark.parametrize(
        ("cause", "before", "after"),
        [
            (make.seller(), True, True),
            (make.by(make.ANN), False, True),
            (make.by(make.BEN), False, False),
            (make.by(make.STRANGER, "deals.read"), False, False),
            (make.by(make.STRANGER, "deals.read_all"), True, True),
            (make.clock(), False, False),
        ],
    )
    def test_is_for_the_parties_and_supervisors(self, cause, before, after):
        assert rules.may_see(make.settlement("bidding"), cause) is before
        assert rules.may_see(make.settlement("awarded"), cause) is after
        assert rules.may_see(make.settlement("settled"), cause) is after


class TestRefusals:
    def test_have_distinct_codes_and_titles_in_two_languages(self):
        mine = [one for one in rules.REFUSALS if one.code().startswith("escrow/")]

        assert len({one.code() for one in mine}) == len({one.title() for one in mine}) == len({one.zh for one in mine})
        assert [one.code() for one in rules.REFUSALS if one not in mine] == []
        assert len(set(rules.REFUSALS)) == len(rules.REFUSALS) == 22

    def test_are_all_in_the_tuple(self):
        from ledger.kernel.errors import Refusal

        known = {one for one in Refusal.__subclasses__() if one.__module__.startswith("settlement.escrow")}
        lists = (
            rules.REFUSALS,
            rules.PLAN_REFUSALS,
            rules.royalties.REFUSALS,
            rules.invoices.REFUSALS,
            rules.FREEZE_REFUSALS,
            misdirected.MISDIRECTED_REFUSALS,
        )
        assert known == {one for each in lists for one in each} - {YearNotLoaded}


class TestDiagram:
    def test_draws_every_final_state(self):
        lines = rules.diagram().splitlines()

        assert lines[:2] == ["stateDiagram-v2", "    [*] --> bidding: RequestDeposit, TakeDeposit"]
        assert [line for line in lines if line.endswith("[*]")] == [
            "    settled --> [*]",
            "    planned --> [*]",
            "    released --> [*]",
            "    returned --> [*]",
            "    forfeited --> [*]",
        ]
        assert "    due --> paid: ReceiveBalance" in lines
