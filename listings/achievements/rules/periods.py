"""Disclosure rules as dated data (信息披露期). A listing keeps the version its period was set by."""

from dataclasses import dataclass
from datetime import date, datetime

from ledger.kernel import calendar
from ledger.kernel.errors import Kind, Refusal


class NoRuleInForce(Refusal):
    """No disclosure rule is in force at this instant."""

    kind = Kind.UNAVAILABLE
    zh = "当前没有生效的信息披露规则"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureRule:
    """One version of the rule: how many working days at least, from which instant on."""

    version: str
    effective_at: datetime
    shortest_days: int


DISCLOSURE_RULES = (
    DisclosureRule(
        version="disclosure-2026@1",
        effective_at=calendar.end_of(date(2025, 2, 17)),  # the day 国资发产权规〔2025〕17号 replaced its forerunner
        shortest_days=20,
    ),
)
"""In the order they came into force."""


def rule_in_force(at: datetime, *, rules: tuple[DisclosureRule, ...] = DISCLOSURE_RULES) -> DisclosureRule:
    """Return the latest rule effective at `at`. Refuses `NoRuleInForce`."""
    effective = [rule for rule in rules if rule.effective_at <= at]
    if not effective:
        raise NoRuleInForce("disclosure cannot be counted before the first rule")
    return effective[-1]
