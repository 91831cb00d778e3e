"""What a rule makes of a deal: every condition in the rule's order, then the amount, step by step.

Every step is a line, and the lines are all there is: each begins with the amount the one before it left, and the last
one leaves what is assessed. Conditions are all looked at, so that a claimant sees everything that stands in the way;
where one is not met nothing is computed. Whole fen throughout; the one rounding, half up, is the rate's.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from ledger.kernel import calendar, instant
from ledger.kernel.errors import invariant
from ledger.kernel.money import MAX_FEN, WHOLE_BP, Fen, format_yuan, share

from ..model import Assessment, Condition, DealFacts, Rule, Step, TraceLine

_NOTHING: Final = Fen(0)


def evaluate(rule: Rule, facts: DealFacts, received_fen: Fen) -> Assessment:
    """Return the traced assessment of a deal whose claimant has been paid `received_fen` in the year under the rule.

    The first line that does not hold names the clause that refuses: a condition that is not met, or, where all are, the
    step that left nothing to pay. A refused assessment amounts to nothing. Not checked: that the facts are true.
    """
    invariant(0 <= facts.paid_fen <= MAX_FEN and received_fen >= 0, "amounts are in range")
    trace = list(_conditions(rule, facts))
    if all(line.holds for line in trace):
        trace += _amounts(rule, facts, received_fen)
    refused_by = next((line.clause for line in trace if not line.holds), None)
    return Assessment(trace=tuple(trace), amount_fen=trace[-1].after_fen, refused_by=refused_by)


def year_cap_line(rule: Rule, amount_fen: Fen, received_fen: Fen) -> TraceLine:
    """Return the line that cuts an amount down to what is left of the claimant's yearly cap."""
    left = Fen(max(0, rule.year_cap_fen - received_fen))
    received = f"{format_yuan(rule.year_cap_fen)} less {format_yuan(received_fen)} received"
    return _cap(rule.year_cap_clause, Step.YEAR_CAP, amount_fen, left, received)


def trace_text(trace: Sequence[TraceLine]) -> str:
    """Return a calculation as lines of text for people, one a step, and a last one with the amount in yuan."""
    amount = trace[-1].after_fen if trace else _NOTHING
    return "\n".join([*(line.text for line in trace), f"  {'amount':<24} {format_yuan(amount)} yuan"])


def _conditions(rule: Rule, facts: DealFacts) -> Iterable[TraceLine]:
    for clause in rule.clauses:
        holds, formula = _ASKED[clause.condition](rule, facts)
        yield TraceLine(
            clause=clause.number,
            step=Step.CONDITION,
            formula=f"{clause.condition}: {formula}",
            before_fen=_NOTHING,
            after_fen=_NOTHING,
            holds=holds,
        )


def _amounts(rule: Rule, facts: DealFacts, received_fen: Fen) -> list[TraceLine]:
    paid = facts.paid_fen
    base = TraceLine(
        clause=rule.rate_clause,
        step=Step.BASE,
        formula="the amount actually paid",
        before_fen=_NOTHING,
        after_fen=paid,
        holds=paid > 0,
    )
    rated = share(paid, rule.rate_bp)
    rate = TraceLine(
        clause=rule.rate_clause,
        step=Step.RATE,
        formula=f"{rule.rate_bp}/{WHOLE_BP} of {format_yuan(paid)}, half up to the fen",
        before_fen=paid,
        after_fen=rated,
        holds=rated > 0,
    )
    most = rule.project_cap_fen
    project = _cap(rule.project_cap_clause, Step.PROJECT_CAP, rated, most, format_yuan(most))
    return [base, rate, project, year_cap_line(rule, project.after_fen, received_fen)]


def _cap(clause: str, step: Step, amount: Fen, most: Fen, told: str) -> TraceLine:
    after = min(amount, most)
    return TraceLine(
        clause=clause,
        step=step,
        formula=f"at most {told}",
        before_fen=amount,
        after_fen=after,
        holds=after > 0,
        binding=after < amount,
    )


def _real_name(_: Rule, facts: DealFacts) -> tuple[bool, str]:
    told = f"seller verified {_yes(facts.seller_verified)}, buyer verified {_yes(facts.buyer_verified)}"
    return facts.seller_verified and facts.buyer_verified, told


def _on_platform(_: Rule, facts: DealFacts) -> tuple[bool, str]:
    signed = facts.signed_at
    told = f"listed {_when(facts.listed_at)}, signed {_when(signed)}"
    return signed is not None and signed >= facts.listed_at, told


def _registered(_: Rule, facts: DealFacts) -> tuple[bool, str]:
    signed, registered = facts.signed_at, facts.registered_at
    told = f"signed {_when(signed)}, registered {_when(registered)}"
    return signed is not None and registered is not None and registered >= signed, told


def _in_region(rule: Rule, facts: DealFacts) -> tuple[bool, str]:
    told = f"seller of {facts.seller_region}, buyer of {facts.buyer_region}, region {rule.region}"
    return all(place.startswith(rule.region) for place in (facts.seller_region, facts.buyer_region)), told


def _paid_in_window(rule: Rule, facts: DealFacts) -> tuple[bool, str]:
    paid = facts.paid_at
    told = f"paid {_when(paid)}, from {rule.from_day} to {rule.to_day} in China"
    return paid is not None and rule.from_day <= calendar.local_date(paid) <= rule.to_day, told


def _total_reached(rule: Rule, facts: DealFacts) -> tuple[bool, str]:
    told = f"total {format_yuan(facts.party_total_fen)}, at least {format_yuan(rule.total_least_fen)}"
    return facts.party_total_fen >= rule.total_least_fen, told


_ASKED: Final[Mapping[Condition, Callable[[Rule, DealFacts], tuple[bool, str]]]] = MappingProxyType(
    {
        Condition.REAL_NAME: _real_name,
        Condition.ON_PLATFORM: _on_platform,
        Condition.REGISTERED: _registered,
        Condition.IN_REGION: _in_region,
        Condition.PAID_IN_WINDOW: _paid_in_window,
        Condition.TOTAL_REACHED: _total_reached,
        Condition.NOT_FISCAL: lambda _, facts: (
            not facts.fiscal_funded,
            f"fiscal funds, declared: {_yes(facts.fiscal_funded)}",
        ),
        Condition.NOT_EQUITY: lambda _, facts: (
            not facts.equity_unrealised,
            f"equity not realised: {_yes(facts.equity_unrealised)}",
        ),
        Condition.NOT_RELATED: lambda _, facts: (
            not facts.related_parties,
            f"related parties, declared: {_yes(facts.related_parties)}",
        ),
        Condition.NOT_SANCTIONED: lambda _, facts: (
            not facts.sanctioned,
            f"a party sanctioned: {_yes(facts.sanctioned)}",
        ),
    }
)
"""Whether a condition is met, and what was looked at."""


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"


def _when(at: datetime | None) -> str:
    return "not yet" if at is None else instant.render(at)
