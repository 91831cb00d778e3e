"""What each command does in each state, to whom it is refused, and which money moves."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ledger.kernel.cause import TIME, VISITOR, Cause
from ledger.kernel.errors import Kind
from ledger.kernel.money import MAX_FEN
from settlement.subsidies import rules
from settlement.subsidies.model import COMMANDS, ClaimId, ClaimState, PayClaim
from tests import make_subsidies as make
from tests.make_auctions import refused
from tests.make_subsidies import DEPARTMENT, INSTANT, OTHER_DEPARTMENT, PROGRAMME, SELLER, STRANGER

OPENS = datetime(2025, 12, 31, 16, tzinfo=UTC)
CLOSES = datetime(2026, 12, 31, 16, tzinfo=UTC)


def code_of(refusal):
    return refusal.code().removeprefix("subsidies/") if refusal else "accepted"


def moves(orders):
    return [(one.kind.value, one.debit, one.credit, one.amount_fen) for one in orders]


def try_open(cause=None, **changes):
    return refused(rules.open_programme, make.opening(**changes), cause or make.officer())


def try_claim(cause=None, *, live=None, **changes):
    return refused(rules.make_claim, make.programme(), make.making(**changes), cause or make.seller(), live=live)


def try_pay(claim, cause=None, **changes):
    return refused(
        rules.decide,
        claim,
        PayClaim(),
        cause or make.officer(make.PAYS),
        programme=make.programme(),
        remaining=make.remaining(**changes),
    )


class TestOpenProgramme:
    def test_keeps_the_whole_budget_for_the_department(self):
        decision = make.opened()

        assert decision.programme.keeper == DEPARTMENT
        assert decision.programme.rule is rules.MKJ_PLATFORM_2026
        assert moves(decision.orders) == [("move", "custody:bank", f"{PROGRAMME}:budget", 10_000_000)]

    def test_records_the_rule_with_its_numbers_and_seals_the_payment(self):
        (event,) = make.opened().events

        assert (event.kind, event.subject, event.rule) == (
            "subsidy.programme_opened",
            PROGRAMME,
            "mkj-platform-2026@1",
        )
        assert event.data["terms"] == make.RULE.to_json()
        assert event.data["budget_fen"] == "10000000"
        assert [one["amount_fen"] for one in event.data["transfers"]] == ["10000000"]
        assert event.sealed["reference"] == "回单 1"
        assert event.sealed["by"]["organisation"] == DEPARTMENT
        assert "回单 1" not in str(event.data)

    @pytest.mark.parametrize(
        ("code", "changes"),
        [
            ("accepted", {}),
            ("unknown-rule", {"rule": "mkj-platform-2026@2"}),
            ("amount-out-of-range", {"budget_fen": 0}),
            ("accepted", {"budget_fen": 1}),
            ("accepted", {"budget_fen": MAX_FEN}),
            ("amount-out-of-range", {"budget_fen": MAX_FEN + 1}),
            ("amount-out-of-range", {"budget_fen": -1}),
            ("unusable-field", {"reference": ""}),
            ("unusable-field", {"reference": " "}),
            ("unusable-field", {"reference": " 回单"}),
            ("unusable-field", {"reference": "a\nb"}),
            ("accepted", {"reference": "x" * 200}),
            ("unusable-field", {"reference": "x" * 201}),
        ],
    )
    def test_answers(self, code, changes):
        assert code_of(try_open(**changes)) == code

    @pytest.mark.parametrize(
        ("at", "code"),
        [
            (OPENS - INSTANT, "rule-not-in-force"),
            (OPENS, "accepted"),
            (CLOSES - INSTANT, "accepted"),
            (CLOSES, "rule-not-in-force"),
        ],
    )
    def test_needs_the_rule_to_be_in_force_in_china(self, at, code):
        assert code_of(try_open(make.officer(at))) == code

    @pytest.mark.parametrize(
        "cause",
        [
            make.cause(DEPARTMENT),
            make.cause(SELLER, make.NOON, "subsidies.claim", "deals.read_all"),
            Cause(actor=VISITOR, at=make.NOON, request_id="r"),
            Cause(actor=TIME, at=make.NOON, request_id="r"),
        ],
    )
    def test_is_refused_to_all_but_departments_before_anything_else(self, cause):
        assert code_of(try_open(cause, rule="none", budget_fen=0)) == "not-the-department"

    def test_asks_in_order(self):
        late = make.officer(CLOSES)
        assert code_of(try_open(late, rule="none", budget_fen=0, reference="")) == "unknown-rule"
        assert code_of(try_open(late, budget_fen=0, reference="")) == "rule-not-in-force"
        assert code_of(try_open(budget_fen=0, reference="")) == "amount-out-of-range"


class TestMakeClaim:
    def test_is_assessed_with_the_whole_trace_on_the_record(self):
        decision = make.made()
        (event,) = decision.events

        assert decision.claim.state is ClaimState.ASSESSED
        assert decision.orders == ()
        assert event.kind == "subsidy.claim_assessed"
        assert event.data["amount_fen"] == "3000000"
        assert [line["clause"] for line in event.data["trace"]][-4:] == ["art. 6", "art. 6", "art. 7 (1)", "art. 7 (2)"]
        assert event.data["facts"] == make.facts().to_json()
        assert event.data["claimant"] == SELLER
        assert event.sealed == {"by": {"organisation": SELLER, "person": make.seller().actor.person}}

    def test_that_a_clause_refuses_is_decided_and_recorded_too(self):
        decision = make.made(related_parties=True)
        (event,) = decision.events

        assert decision.claim.state is ClaimState.REFUSED
        assert decision.claim.assessment.refused_by == "art. 5 (3)"
        assert event.kind == "subsidy.claim_refused"
        assert event.data["clause"] == "art. 5 (3)"
        assert len(event.data["trace"]) == 10
        assert "amount_fen" not in event.data

    def test_that_finds_the_year_used_up_is_refused_by_the_clause_of_the_cap(self):
        claim = make.made(received_fen=20_000_000).claim

        assert (claim.state, claim.assessment.refused_by) == (ClaimState.REFUSED, "art. 7 (2)")

    def test_may_come_after_the_rule_has_ended(self):
        assert code_of(try_claim(make.seller(CLOSES + 30 * make.DAY))) == "accepted"

    @pytest.mark.parametrize(
        ("code", "changes"),
        [
            ("accepted", {}),
            ("unusable-field", {"deal": ""}),
            ("accepted", {"deal": "d" * 100}),
            ("unusable-field", {"deal": "d" * 101}),
            ("unusable-field", {"deal": "d\x00"}),
            ("claimed-already", {"live": ClaimId.from_number(9)}),
            ("claimed-already", {"live": ClaimId.from_number(9), "related_parties": True}),
            ("unusable-field", {"live": ClaimId.from_number(9), "deal": ""}),
        ],
    )
    def test_answers(self, code, changes):
        assert code_of(try_claim(**changes)) == code

    @pytest.mark.parametrize("cause", [make.officer(), make.cause(STRANGER, make.CLAIMED, "subsidies.claim")])
    def test_is_refused_to_all_but_the_seller_before_anything_else(self, cause):
        assert code_of(try_claim(cause, deal="", live=ClaimId.from_number(9))) == "not-the-claimant"

    def test_names_the_claim_that_stands(self):
        assert try_claim(live=ClaimId.from_number(9)).facts == {"claim": ClaimId.from_number(9)}


OUTCOMES = {
    (ClaimState.ASSESSED, PayClaim): "paid",
    (ClaimState.REFUSED, PayClaim): "wrong-state",
    (ClaimState.PAID, PayClaim): "wrong-state",
}
CLAIMS = {
    ClaimState.ASSESSED: make.assessed,
    ClaimState.REFUSED: make.refused_claim,
    ClaimState.PAID: make.paid,
}


class TestDecide:
    def test_is_tried_in_every_state_with_every_command(self):
        assert set(OUTCOMES) == {(state, command) for state in ClaimState for command in COMMANDS}

    @pytest.mark.parametrize(("state", "command"), OUTCOMES)
    def test_does_what_the_table_says(self, state, command):
        claim = CLAIMS[state]()
        assert claim.state is state

        refusal = try_pay(claim)
        outcome = code_of(refusal) if refusal else make.pay(claim).claim.state.value
        assert outcome == OUTCOMES[state, command]

    @pytest.mark.parametrize("state", CLAIMS)
    @pytest.mark.parametrize(
        "cause",
        [
            make.seller(make.PAYS),
            make.cause(DEPARTMENT, make.PAYS, "deals.read_all"),
            make.officer(make.PAYS, OTHER_DEPARTMENT),
        ],
    )
    def test_is_refused_to_all_but_the_keeper_whatever_the_state(self, state, cause):
        assert code_of(try_pay(CLAIMS[state](), cause, budget_fen=0)) == "not-the-department"

    def test_tells_the_state_it_refuses_in(self):
        assert try_pay(make.paid()).facts == {"state": "paid"}

    def test_is_only_asked_of_the_claims_own_programme(self):
        stranger = replace(make.programme(), id=type(PROGRAMME).from_number(2))

        with pytest.raises(AssertionError):
            rules.decide(make.assessed(), PayClaim(), make.officer(), programme=stranger, remaining=make.remaining())


class TestPayClaim:
    def test_moves_budget_and_quota_and_opens_the_cap_first(self):
        decision = make.pay(make.assessed())
        cap = f"{PROGRAMME}:cap:{SELLER}:2026"

        assert moves(decision.orders) == [
            ("move", "quota:granted", cap, 20_000_000),
            ("move", f"{PROGRAMME}:budget", "custody:ordered", 3_000_000),
            ("move", cap, f"{PROGRAMME}:used", 3_000_000),
        ]
        assert (decision.claim.state, decision.claim.paid_fen) == (ClaimState.PAID, 3_000_000)

    def test_does_not_open_a_cap_that_is_open(self):
        assert [one.debit for one in make.pay(make.assessed(), cap_open=True).orders] == [
            f"{PROGRAMME}:budget",
            f"{PROGRAMME}:cap:{SELLER}:2026",
        ]

    def test_counts_towards_the_year_in_china_in_which_the_money_arrived(self):
        first = datetime(2025, 12, 31, 16, tzinfo=UTC)
        (event,) = make.pay(make.assessed(paid_at=first)).events

        assert event.data["year"] == 2026

    def test_records_the_payment_with_its_own_line(self):
        (event,) = make.pay(make.assessed(), received_fen=18_000_000).events

        assert event.kind == "subsidy.claim_paid"
        assert (event.data["amount_fen"], event.data["received_fen"]) == ("2000000", "18000000")
        assert event.data["trace"] == [
            {
                "clause": "art. 7 (2)",
                "step": "year-cap",
                "formula": "at most 200000.00 less 180000.00 received",
                "before_fen": "3000000",
                "after_fen": "2000000",
                "holds": True,
                "binding": True,
            }
        ]
        assert [one["amount_fen"] for one in event.data["transfers"]] == ["20000000", "2000000", "2000000"]

    @pytest.mark.parametrize(
        ("remaining", "outcome"),
        [
            ({"budget_fen": 3_000_001}, 3_000_000),
            ({"budget_fen": 3_000_000}, 3_000_000),  # exactly used up
            ({"budget_fen": 2_999_999}, "budget-exhausted"),
            ({"budget_fen": 0}, "budget-exhausted"),
            ({"received_fen": 17_000_000}, 3_000_000),
            ({"received_fen": 17_000_001}, 2_999_999),
            ({"received_fen": 19_999_999}, 1),
            ({"received_fen": 20_000_000}, "year-cap-reached"),
            ({"received_fen": 20_000_001}, "year-cap-reached"),
            ({"received_fen": 20_000_000, "budget_fen": 0}, "year-cap-reached"),
            ({"received_fen": 17_000_001, "budget_fen": 2_999_999}, 2_999_999),
            ({"received_fen": 17_000_001, "budget_fen": 2_999_998}, "budget-exhausted"),
        ],
    )
    def test_pays_what_cap_and_budget_allow(self, remaining, outcome):
        refusal = try_pay(make.assessed(), **remaining)

        assert (code_of(refusal) if refusal else make.pay(make.assessed(), **remaining).claim.paid_fen) == outcome

    def test_tells_what_is_left(self):
        exhausted, reached = try_pay(make.assessed(), budget_fen=7), try_pay(make.assessed(), received_fen=20_000_000)

        assert exhausted.facts == {"left_fen": 7, "needed_fen": 3_000_000}
        assert reached.facts == {"cap_fen": 20_000_000, "year": 2026}

    def test_leaves_the_assessment_as_it_was(self):
        claim = make.assessed()

        assert make.pay(claim, received_fen=18_000_000).claim.assessment == claim.assessment

    def test_makes_the_same_transfers_for_the_same_claim_and_others_for_another(self):
        first, again = (make.pay(make.assessed()).orders for _ in range(2))
        other = make.pay(make.assessed(id=ClaimId.from_number(2))).orders

        assert first == again
        assert [one.id for one in first[:1]] == [one.id for one in other[:1]]  # the cap is opened once
        assert not {one.id for one in first[1:]} & {one.id for one in other[1:]}
        assert len({one.id for one in first}) == 3


class TestAccounts:
    def test_of_a_programme_cannot_be_overdrawn_but_for_the_world_outside(self):
        told = {one.name: (one.side.value, one.book.value) for one in rules.programme_accounts(PROGRAMME)}

        assert told == {
            "custody:bank": ("debit", "money"),
            "custody:ordered": ("credit", "money"),
            f"{PROGRAMME}:budget": ("credit", "money"),
            "quota:granted": ("either", "quota"),
            f"{PROGRAMME}:used": ("credit", "quota"),
        }

    def test_of_a_cap_cannot_be_overdrawn(self):
        (cap,) = rules.cap_accounts(PROGRAMME, SELLER, 2026)

        assert (cap.name, cap.side.value, cap.book.value) == (f"{PROGRAMME}:cap:{SELLER}:2026", "credit", "quota")


class TestRefusals:
    def test_are_each_told_in_both_languages(self):
        for one in rules.REFUSALS:
            assert one.code().startswith("subsidies/")
            assert one.title()
            assert one.zh
            assert isinstance(one.kind, Kind)

    def test_have_the_codes_that_callers_know(self):
        assert [code_of(one) for one in rules.REFUSALS] == [
            "no-such-programme",
            "no-such-claim",
            "not-the-department",
            "not-the-claimant",
            "unknown-rule",
            "rule-not-in-force",
            "amount-out-of-range",
            "unusable-field",
            "claimed-already",
            "declared-otherwise",
            "nothing-changed",
            "wrong-state",
            "sanctioned",
            "year-cap-reached",
            "budget-exhausted",
        ]


def test_the_diagram_shows_every_way_and_every_end():
    assert rules.diagram() == (
        "stateDiagram-v2\n"
        "    [*] --> assessed: MakeClaim\n"
        "    [*] --> refused: MakeClaim\n"
        "    assessed --> paid: PayClaim\n"
        "    refused --> [*]\n"
        "    paid --> [*]\n"
    )
