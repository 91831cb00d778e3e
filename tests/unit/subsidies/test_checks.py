"""An honest record passes with and without its disclosures; each way of cheating is found."""

import json
from copy import deepcopy
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.subsidies import checks, rules
from settlement.subsidies.model import ClaimId, DealFacts, ProgrammeId
from tests import make_subsidies as make
from tests.make_subsidies import CLAIM, DEPARTMENT, PROGRAMME, SELLER, STRANGER
from tests.unit.subsidies.test_assessment import FAILS, WORKED, some_facts

OTHER = ClaimId.from_number(2)


def as_exported(entries):
    """What an auditor reads: JSON, with no type of ours in it."""
    return json.loads(json.dumps(entries))


def programme():
    return as_exported(make.programme_entries())


def assessed(**changes):
    return as_exported(make.claim_entries(**changes))


def refused():
    return as_exported(make.claim_entries(related_parties=True))


def paid(**remains):
    return as_exported(make.claim_entries(pays=remains))


def much_later(entries):
    """The same, recorded when everything that facts may tell of is past."""
    return [entry | {"recorded_at": "2027-03-01T00:00:00.000000Z"} for entry in entries]


class TestCheck:
    @pytest.mark.parametrize("opened", [True, False])
    def test_finds_nothing_wrong_with_an_honest_record(self, opened):
        for entries in (
            make.programme_entries(opened_values=opened),
            make.claim_entries(opened_values=opened),
            make.claim_entries(opened_values=opened, sanctioned=True),
            make.claim_entries(opened_values=opened, pays={}),
            make.claim_entries(opened_values=opened, pays={"received_fen": 18_000_000, "cap_open": True}),
        ):
            assert checks.check(as_exported(entries)) == []

    @pytest.mark.parametrize(("_", "changes"), FAILS)
    def test_finds_nothing_wrong_with_what_a_clause_refuses(self, _, changes):
        assert checks.check(much_later(assessed(**changes))) == []

    @pytest.mark.parametrize(("paid_fen", "received_fen", "amount_fen"), WORKED)
    def test_finds_nothing_wrong_with_what_was_worked_out_by_hand(self, paid_fen, received_fen, amount_fen):
        entries = assessed(paid_fen=paid_fen, received_fen=received_fen)

        assert entries[0]["data"]["amount_fen"] == str(amount_fen)
        assert checks.check(entries) == []

    @given(facts=some_facts, received_fen=st.integers(0, 25_000_000))
    def test_agrees_with_the_rules_on_whatever_is_claimed(self, facts, received_fen):
        changes = {one.name: getattr(facts, one.name) for one in fields(DealFacts)}
        entries = make.claim_entries(received_fen=received_fen, **changes)

        assert checks.check(much_later(as_exported(entries))) == []

    @pytest.mark.parametrize("entries", [[], [{"subject": "lot_1", "kind": "auction.lot_sold", "seq": 0}]])
    def test_leaves_other_subjects_alone(self, entries):
        assert checks.check(entries) == []
        assert checks.tally(entries) is None

    def test_finds_entries_of_a_claim_that_hang_on_nothing_of_ours(self):
        entries = [{"subject": "lot_1", "kind": "subsidy.claim_paid", "seq": 3}]

        assert checks.check(entries) == ["entry 3 (subsidy.claim_paid) is about neither a programme nor a claim"]

    def test_names_the_entry_and_the_step(self):
        entries = paid()
        entries[0]["data"]["trace"][11]["after_fen"] = "3000001"

        assert checks.check(entries) == ["entry 0 (subsidy.claim_assessed) misstates step 12 (art. 6, rate)"]


def cheat(make_entries, finding):
    def register(function):
        CHEATS.append(pytest.param(make_entries, finding, function, id=function.__name__))
        return function

    return register


CHEATS = []


@cheat(programme, "does not move the money as it should")
def fund_less(entries):
    entries[0]["data"]["transfers"][0]["amount_fen"] = "9999999"


@cheat(programme, "does not move the money as it should")
def promise_more(entries):
    entries[0]["data"]["budget_fen"] = "10000001"


@cheat(programme, "does not move the money as it should")
def fund_another(entries):
    entries[0]["data"]["transfers"][0]["credit"] = f"{ProgrammeId.from_number(2)}:budget"


@cheat(programme, "does not move the money as it should")
def fund_from_elsewhere(entries):
    entries[0]["data"]["transfers"][0]["debit"] = "custody:ordered"


@cheat(programme, "does not move the money as it should")
def fund_by_nothing(entries):
    entries[0]["data"]["transfers"] = []


@cheat(programme, "does not move the money as it should")
def fund_under_another_name(entries):
    entries[0]["data"]["transfers"][0]["id"] = "trf_" + "0" * 26


@cheat(programme, "opens an empty budget")
def open_for_nothing(entries):
    entries[0]["data"]["budget_fen"] = "0"


@cheat(programme, "opens the programme again")
def open_twice(entries):
    entries.append(deepcopy(entries[0]))


@cheat(programme, "misquotes mkj-platform-2026@1")
def raise_the_rate(entries):
    entries[0]["data"]["terms"]["rate_bp"] = 200


@cheat(programme, "misquotes mkj-platform-2026@1")
def call_it_law(entries):
    entries[0]["data"]["terms"]["illustrative"] = False


@cheat(programme, "which was never published")
def invent_a_rule(entries):
    entries[0]["rule"] = "mkj-platform-2026@2"


@cheat(programme, "comes outside the rule's interval")
def open_too_late(entries):
    entries[0]["arrived_at"] = entries[0]["recorded_at"] = "2026-12-31T16:00:00.000000Z"


@cheat(programme, "comes outside the rule's interval")
def open_too_early(entries):
    entries[0]["arrived_at"] = "2025-12-31T15:59:59.999999Z"


@cheat(programme, "is another organisation's to do")
def open_for_another(entries):
    entries[0]["data"]["keeper"] = STRANGER


@cheat(programme, "cannot be read: keeper")
def keep_it_for_nobody(entries):
    entries[0]["data"]["keeper"] = "somebody"


@cheat(programme, "names no payment")
def name_no_payment(entries):
    entries[0]["opened"]["reference"] = ""


@cheat(programme, "was recorded before it arrived")
def record_before_arrival(entries):
    entries[0]["recorded_at"] = "2026-03-01T00:00:00.000000Z"


@cheat(programme, "publishes reference")
def publish_the_payment(entries):
    entries[0]["data"]["reference"] = "回单 1"


@cheat(programme, "is not something that happens to a programme")
def claim_on_a_programme(entries):
    entries.append(assessed()[0] | {"subject": PROGRAMME, "seq": 1})


@cheat(assessed, "should amount to 3000000 fen")
def assess_a_fen_more(entries):
    entries[0]["data"]["amount_fen"] = "3000001"


@cheat(assessed, "should amount to 3000000 fen")
def assess_a_fen_less(entries):
    entries[0]["data"]["amount_fen"] = "2999999"


@cheat(assessed, "misstates step 14 (art. 7 (2), year-cap)")
def misstate_the_last_step(entries):
    entries[0]["data"]["trace"][-1]["after_fen"] = "3000001"


@cheat(assessed, "misstates step 12 (art. 6, rate)")
def retell_a_formula(entries):
    entries[0]["data"]["trace"][11]["formula"] = "2 %"


@cheat(assessed, "misstates step 13 (art. 7 (1), project-cap)")
def call_a_cap_binding(entries):
    entries[0]["data"]["trace"][12]["binding"] = True


@cheat(assessed, "misstates step 1 (art. 4 (1), condition)")
def swap_two_steps(entries):
    trace = entries[0]["data"]["trace"]
    trace[0], trace[1] = trace[1], trace[0]


@cheat(assessed, "has 13 steps, not 14")
def leave_a_step_out(entries):
    entries[0]["data"]["trace"].pop()


@cheat(assessed, "has 15 steps, not 14")
def add_a_step(entries):
    entries[0]["data"]["trace"].append(entries[0]["data"]["trace"][-1])


@cheat(assessed, "misstates step 12 (art. 6, rate)")
def change_what_was_paid(entries):
    entries[0]["data"]["facts"]["paid_fen"] = "300000100"


@cheat(assessed, "misstates step 14 (art. 7 (2), year-cap)")
def change_what_was_received(entries):
    entries[0]["data"]["received_fen"] = "1"


@cheat(assessed, "assesses what art. 5 (3) refuses")
def overlook_a_relation(entries):
    entries[0]["data"]["facts"]["related_parties"] = True


@cheat(assessed, "assesses what art. 4 (2) refuses")
def sign_before_listing(entries):
    entries[0]["data"]["facts"]["listed_at"] = "2026-04-01T04:00:00.000001Z"


@cheat(assessed, "knows paid_at before it happened")
def foresee_the_payment(entries):
    entries[0]["data"]["facts"]["paid_at"] = "2026-05-01T04:00:00.000001Z"


@cheat(assessed, "tells other facts than a claim's")
def tell_one_fact_more(entries):
    entries[0]["data"]["facts"]["buyer"] = STRANGER


@cheat(assessed, "cannot be read: sanctioned is missing")
def tell_one_fact_less(entries):
    del entries[0]["data"]["facts"]["sanctioned"]


@cheat(assessed, "cannot be read: sanctioned is neither true nor false")
def tell_a_number_for_a_flag(entries):
    entries[0]["data"]["facts"]["sanctioned"] = 0


@cheat(assessed, "misquotes mkj-platform-2026@1")
def lower_the_threshold(entries):
    entries[0]["data"]["terms"]["total_least_fen"] = "100"


@cheat(assessed, "misquotes mkj-platform-2026@1")
def drop_a_clause(entries):
    entries[0]["data"]["terms"]["clauses"].pop()


@cheat(assessed, "cannot be read: kindness is no condition")
def invent_a_condition(entries):
    entries[0]["data"]["terms"]["clauses"][0]["condition"] = "kindness"


@cheat(assessed, "names no deal")
def claim_for_no_deal(entries):
    entries[0]["data"]["deal"] = ""


@cheat(assessed, "cannot be read: programme")
def claim_from_nothing(entries):
    entries[0]["data"]["programme"] = "prg_1"


@cheat(assessed, "is another organisation's to do")
def claim_for_another(entries):
    entries[0]["opened"]["by"]["organisation"] = STRANGER


@cheat(assessed, "decides the claim again")
def assess_twice(entries):
    entries.append(entries[0] | {"seq": 1})


@cheat(assessed, "is not something that happens to a claim")
def open_a_claim(entries):
    entries.append(programme()[0] | {"subject": CLAIM, "seq": 1})


@cheat(assessed, "does not publish trace")
def publish_no_trace(entries):
    del entries[0]["data"]["trace"]


@cheat(refused, "should be refused by art. 5 (3)")
def name_another_clause(entries):
    entries[0]["data"]["clause"] = "art. 5 (4)"


@cheat(refused, "refuses what amounts to 3000000 fen")
def refuse_without_reason(entries):
    entries[0]["data"]["facts"]["related_parties"] = False


@cheat(refused, "misstates step 9 (art. 5 (3), condition)")
def hide_the_reason(entries):
    entries[0]["data"]["trace"][8]["holds"] = True


@cheat(refused, "pays what is not assessed, or is paid")
def pay_what_is_refused(entries):
    entries.append(paid()[1])


@cheat(paid, "pays what is not assessed, or is paid")
def pay_twice(entries):
    entries.append(entries[1] | {"seq": 2})


@cheat(paid, "pays what is not assessed, or is paid")
def pay_first(entries):
    del entries[0]


@cheat(paid, "decides the claim again")
def refuse_what_is_paid(entries):
    entries.append(refused()[0] | {"seq": 2, "recorded_at": entries[1]["recorded_at"]})


@cheat(paid, "should pay 3000000 fen")
def pay_less(entries):
    entries[1]["data"]["amount_fen"] = "2999999"


@cheat(paid, "pays more than the 3000000 fen assessed")
def pay_more(entries):
    entries[1]["data"]["amount_fen"] = "3000001"


@cheat(paid, "misstates step 1 (art. 7 (2), year-cap)")
def hide_what_was_received(entries):
    entries[1]["data"]["received_fen"] = "18000000"


@cheat(lambda: paid(received_fen=18_000_000), "should pay 2000000 fen")
def pay_above_the_cap(entries):
    entries[1]["data"]["amount_fen"] = "3000000"


@cheat(paid, "should count towards 2026")
def count_towards_another_year(entries):
    entries[1]["data"]["year"] = 2027


@cheat(paid, "is paid by another programme")
def pay_from_another_programme(entries):
    entries[1]["data"]["programme"] = ProgrammeId.from_number(2)


@cheat(paid, "is not paid under mkj-platform-2026@1")
def pay_under_another_rule(entries):
    entries[1]["rule"] = "mkj-platform-2026@2"


@cheat(paid, "does not move the money as it should")
def pay_out_of_custody(entries):
    entries[1]["data"]["transfers"][1]["debit"] = "custody:bank"


@cheat(paid, "does not move the money as it should")
def pay_out_of_another_budget(entries):
    entries[1]["data"]["transfers"][1]["debit"] = f"{ProgrammeId.from_number(2)}:budget"


@cheat(paid, "does not move the money as it should")
def move_a_fen_more(entries):
    entries[1]["data"]["transfers"][1]["amount_fen"] = "3000001"


@cheat(paid, "does not move the money as it should")
def grant_a_larger_cap(entries):
    entries[1]["data"]["transfers"][0]["amount_fen"] = "20000001"


@cheat(paid, "does not move the money as it should")
def leave_the_quota_alone(entries):
    entries[1]["data"]["transfers"].pop()


@cheat(paid, "does not move the money as it should")
def use_another_partys_cap(entries):
    entries[1]["data"]["transfers"][2]["debit"] = f"{PROGRAMME}:cap:{STRANGER}:2026"


@cheat(paid, "does not move the money as it should")
def hold_only(entries):
    entries[1]["data"]["transfers"][1]["kind"] = "hold"


@cheat(paid, "was recorded before the entry it follows")
def pay_before_it_was_claimed(entries):
    entries[1]["arrived_at"] = entries[1]["recorded_at"] = "2026-03-03T00:00:00.000000Z"


@cheat(paid, "cannot be read: organisation")
def pay_as_nobody(entries):
    entries[1]["opened"]["by"]["organisation"] = None


@pytest.mark.parametrize(("make_entries", "finding", "tamper"), CHEATS)
def test_each_way_of_cheating_is_found(make_entries, finding, tamper):
    entries = make_entries()
    assert checks.check(entries) == []

    tamper(entries)

    assert any(finding in one for one in checks.check(entries)), checks.check(entries)


def leaves(value, path=()):
    """Every path to a value in nested JSON."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, (*path, place))
    else:
        yield path


def changed(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str) and value.isdigit():
        return str(int(value) + 1)
    return {"2": "3"}.get(value, f"{value}x")


ONE_SAYS_IT = {("deal",)}  # nothing else in a claim's own entries speaks of it
NOT_COMPUTED = {("facts", "paid_fen"), ("received_fen",)}  # where a condition fails, no amount rests on these


@pytest.mark.parametrize(
    ("make_entries", "unseen"),
    [(programme, set()), (assessed, ONE_SAYS_IT), (refused, ONE_SAYS_IT | NOT_COMPUTED), (paid, ONE_SAYS_IT)],
)
def test_no_published_value_can_be_changed_unseen(make_entries, unseen):
    for number, entry in enumerate(make_entries()):
        for path in leaves(entry["data"]):
            entries = make_entries()
            inside = entries[number]["data"]
            for step in path[:-1]:
                inside = inside[step]
            inside[path[-1]] = changed(inside[path[-1]])
            assert bool(checks.check(entries)) == (path not in unseen), path


class TestTally:
    def test_of_a_programme_is_its_budget(self):
        tally = checks.tally(programme())

        assert (tally.budget_fen, tally.assessed_fen, tally.paid_fen) == (10_000_000, 0, 0)
        assert (tally.subject, tally.programme, tally.claimant) == (PROGRAMME, PROGRAMME, None)

    def test_of_a_claim_is_what_was_assessed_and_paid(self):
        tally = checks.tally(paid(received_fen=18_000_000))

        assert (tally.budget_fen, tally.assessed_fen, tally.paid_fen) == (0, 3_000_000, 2_000_000)
        assert (tally.claimant, tally.programme, tally.year) == (SELLER, PROGRAMME, 2026)
        assert (tally.received_fen, tally.received_before_fen) == (0, 18_000_000)

    def test_of_a_refused_claim_is_nothing(self):
        tally = checks.tally(refused())

        assert (tally.assessed_fen, tally.paid_fen, tally.received_before_fen) == (0, 0, None)

    def test_of_what_cannot_be_read_is_none(self):
        entries = assessed()
        del entries[0]["data"]["amount_fen"]

        assert checks.tally(entries) is None
        assert checks.tally([{"subject": CLAIM, "kind": "subsidy.claim_paid", "seq": 0}]) is None
        assert checks.tally([{"subject": PROGRAMME, "kind": "subsidy.claim_paid", "seq": 0}]) is None


def tallies(*claims, budget_fen=10_000_000):
    """Tally a programme and claims, given as (number, deal, received when assessed, when paid or None)."""
    found = [checks.tally(as_exported(make.programme_entries(budget_fen=budget_fen)))]
    for number, deal, received_fen, before_fen in claims:
        pays = None if before_fen is None else {"received_fen": before_fen, "budget_fen": 10_000_000}
        entries = make.claim_entries(id=ClaimId.from_number(number), deal=deal, received_fen=received_fen, pays=pays)
        found.append(checks.tally([entry | {"subject": ClaimId.from_number(number)} for entry in as_exported(entries)]))
    return found


class TestAcross:
    def test_finds_nothing_wrong_with_claims_that_keep_within_everything(self):
        honest = tallies((1, "a", 0, 0), (2, "b", 0, 3_000_000), (3, "c", 6_000_000, None), (4, "d", 3_000_000, None))

        assert checks.across(honest) == []
        assert checks.across(reversed(honest)) == []  # whatever the order
        assert checks.across([]) == []

    def test_finds_a_budget_overspent_by_a_fen(self):
        paid_twice = ((1, "a", 0, 0), (2, "b", 0, 3_000_000))

        assert checks.across(tallies(*paid_twice, budget_fen=6_000_000)) == []
        assert checks.across(tallies(*paid_twice, budget_fen=5_999_999)) == [
            f"{PROGRAMME}: pays 6000000 fen out of a budget of 5999999 fen"
        ]

    def test_finds_a_cap_exceeded_and_a_sum_misstated(self):
        claims = [(number, f"d{number}", 0, 0 if number == 1 else 3_000_000 * (number - 1)) for number in range(1, 8)]
        found = tallies(*claims, budget_fen=30_000_000)
        assert checks.across(found) == []  # 6 x 30,000.00, then the 20,000.00 that were left

        extra = tallies((8, "d8", 0, 18_000_000), budget_fen=30_000_000)[1]
        findings = checks.across([*found, extra])
        assert f"{SELLER}: receives 22000000 fen for 2026 under mkj-platform-2026@1, above the cap of 20000000 fen" in (
            findings
        )
        assert any("is paid after 18000000 fen received, which should be 20000000 fen" in one for one in findings)

    def test_finds_an_assessment_that_was_told_what_never_was_so(self):
        assert checks.across(tallies((1, "a", 0, 0), (2, "b", 2_999_999, None))) == [
            f"{OTHER}: is assessed after 2999999 fen received, which never was so"
        ]

    def test_finds_a_payment_that_was_told_too_much(self):
        assert checks.across(tallies((1, "a", 0, 0), (2, "b", 0, 3_000_001))) == [
            f"{OTHER}: is paid after 3000001 fen received, which should be 3000000 fen"
        ]

    def test_finds_a_deal_subsidised_twice(self):
        assert checks.across(tallies((1, "a", 0, 0), (2, "a", 0, None))) == [
            f"{OTHER}: is for a deal that {CLAIM} is for"
        ]

    def test_finds_claims_from_a_programme_that_was_never_opened(self):
        assert checks.across(tallies((1, "a", 0, None))[1:]) == [
            f"{CLAIM}: claims from {PROGRAMME}, which was never opened"
        ]


def test_the_second_opinion_calls_no_rule_of_the_wing(monkeypatch):
    entries = [programme(), paid(), refused()]
    for name in ("evaluate", "year_cap_line", "make_claim", "decide", "open_programme"):
        monkeypatch.setattr(rules, name, None)
    monkeypatch.setattr("settlement.subsidies.rules.assessment.evaluate", None)

    assert [checks.check(one) for one in entries] == [[], [], []]


def test_the_department_acts_for_itself():
    assert programme()[0]["opened"]["by"]["organisation"] == DEPARTMENT
