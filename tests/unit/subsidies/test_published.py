"""The one published rule says what it is, and its numbers are those it was taken from."""

import json
from dataclasses import fields, replace
from datetime import date

import pytest

from settlement.subsidies import rules
from settlement.subsidies.model import Condition, Rule
from tests import make_subsidies as make
from tests.make_auctions import refused

RULE = rules.MKJ_PLATFORM_2026


class TestMkjPlatform2026:
    def test_says_plainly_that_it_is_no_law(self):
        assert RULE.illustrative
        assert "an illustration, not law" in RULE.title
        assert "示例" in RULE.title
        assert "FJ-PLATFORM-2024" in RULE.source
        assert "no rule of Inner Mongolia" in RULE.source

    def test_has_the_numbers_of_the_model_rule(self, shared):
        written = json.loads((shared / "data/policies/rules.json").read_text())
        every = written if isinstance(written, list) else written["rules"]
        (model,) = (one for one in every if one["id"] == "FJ-PLATFORM-2024")

        assert f"{RULE.rate_bp / 10_000}" == model["calc"]["rate"]
        assert RULE.project_cap_fen == model["caps"]["per_project"] * 100
        assert RULE.year_cap_fen == model["caps"]["per_party_year"] * 100
        assert any(f">= {RULE.total_least_fen // 100:,}" in one for one in model["conditions"])

    def test_is_for_the_year_2026_in_inner_mongolia(self):
        assert (RULE.from_day, RULE.to_day, RULE.region) == (date(2026, 1, 1), date(2026, 12, 31), "15")

    def test_asks_for_every_condition_once_under_its_own_number(self):
        assert [one.condition for one in RULE.clauses] == list(Condition)
        numbers = [one.number for one in RULE.clauses]
        numbers += [RULE.rate_clause, RULE.project_cap_clause, RULE.year_cap_clause]
        assert len(set(numbers)) == len(numbers) == 13
        assert all(number.startswith("art. ") for number in numbers)

    def test_survives_being_written(self):
        assert Rule.from_json(json.loads(json.dumps(RULE.to_json()))) == RULE

    @pytest.mark.parametrize("name", [one.name for one in fields(Rule)])
    def test_is_not_read_with_a_field_missing(self, name):
        written = RULE.to_json()
        del written[name]

        with pytest.raises(AssertionError):
            Rule.from_json(written)


class TestFind:
    def test_finds_what_is_cited(self):
        assert rules.find("mkj-platform-2026@1") is RULE

    @pytest.mark.parametrize("ref", ["mkj-platform-2026@2", "mkj-platform-2026", "FJ-PLATFORM-2024", ""])
    def test_refuses_what_was_never_published(self, ref):
        refusal = refused(rules.find, ref)

        assert refusal.code() == "subsidies/unknown-rule"
        assert refusal.facts == {"published": "mkj-platform-2026@1"}

    def test_has_every_rule_under_its_own_name(self):
        assert {ref: rule.ref for ref, rule in rules.RULES.items()} == {RULE.ref: RULE.ref}


class TestFacts:
    def test_survive_being_written(self):
        for facts in (make.facts(), make.facts(signed_at=None, registered_at=None, paid_at=None)):
            assert type(facts).from_json(json.loads(json.dumps(facts.to_json()))) == facts

    def test_are_not_read_with_one_too_many(self):
        with pytest.raises(AssertionError):
            type(make.facts()).from_json(make.facts().to_json() | {"buyer": "org"})

    @pytest.mark.parametrize(
        ("at", "year"),
        [
            ("2025-12-31T15:59:59.999999+00:00", 2025),
            ("2025-12-31T16:00:00+00:00", 2026),
            ("2026-12-31T15:59:59.999999+00:00", 2026),
            ("2026-12-31T16:00:00+00:00", 2027),
        ],
    )
    def test_are_of_the_year_in_china_in_which_the_money_arrived(self, at, year):
        assert make.facts(paid_at=make.NOON.fromisoformat(at)).year == year

    def test_are_of_no_year_while_nothing_is_paid(self):
        assert make.facts(paid_at=None).year is None

    def test_make_lines_that_survive_being_written(self):
        for line in make.assessed().assessment.trace:
            assert type(line).from_json(json.loads(json.dumps(line.to_json()))) == line

    def test_are_immutable(self):
        with pytest.raises(AttributeError):
            make.facts().paid_fen = 1
        assert replace(make.facts(), paid_fen=1).paid_fen == 1
