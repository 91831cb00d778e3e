"""The calculation once more, plainly, from what an entry publishes; no rule of the wing is called.

Every line is written out as an entry writes it, so that the two can be compared as they stand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from ledger.audit.reading import Reader, UnreadableError
from ledger.kernel import instant

WHOLE_BP: Final = 10_000
CHINA_AHEAD: Final = timedelta(hours=8)
INSTANTS: Final = ("listed_at", "signed_at", "registered_at", "paid_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculation:
    """The lines of a calculation as an entry writes them, what they amount to, and the clause that refuses."""

    lines: list[dict[str, object]]
    amount_fen: int
    refused_by: str | None


def assess(terms: Reader, facts: Reader, received_fen: int) -> Calculation:
    """Calculate from quoted terms and told facts. Raises `UnreadableError`."""
    answers = _answers(terms, facts)
    lines: list[dict[str, object]] = []
    for clause in terms.each("clauses"):
        condition = clause.text("condition")
        if condition not in answers:
            raise UnreadableError(f"{condition} is no condition")
        holds, told = answers[condition]
        lines.append(_line(clause.text("number"), "condition", f"{condition}: {told}", 0, 0, holds=holds))
    amount = 0
    if all(line["holds"] for line in lines):
        lines += _money_lines(terms, facts.fen("paid_fen"), received_fen)
        amount = int(str(lines[-1]["after_fen"]))
    refused_by = next((str(line["clause"]) for line in lines if not line["holds"]), None)
    return Calculation(lines=lines, amount_fen=amount, refused_by=refused_by)


def year_cap(terms: Reader, amount_fen: int, received_fen: int) -> dict[str, object]:
    """Write the line that cuts an amount down to what is left of the yearly cap."""
    cap = terms.fen("year_cap_fen")
    left = cap - received_fen if received_fen < cap else 0
    after = min(amount_fen, left)
    told = f"at most {yuan(cap)} less {yuan(received_fen)} received"
    return _line(terms.text("year_cap_clause"), "year-cap", told, amount_fen, after, holds=after > 0)


def china_day(at: datetime) -> date:
    """Return the day it is in China."""
    return (at.astimezone(UTC) + CHINA_AHEAD).date()


def yuan(fen: int) -> str:
    """Write fen as yuan with two places."""
    digits = f"{fen:03d}"
    return f"{digits[:-2]}.{digits[-2:]}"


def moment(facts: Reader, name: str) -> datetime | None:
    """Return an instant, or None where the field is null."""
    return None if facts.text_or_none(name) is None else facts.instant(name)


def _money_lines(terms: Reader, paid: int, received: int) -> list[dict[str, object]]:
    rate_bp, clause = terms.number("rate_bp"), terms.text("rate_clause")
    whole, rest = divmod(paid * rate_bp, WHOLE_BP)
    rated = whole + (1 if 2 * rest >= WHOLE_BP else 0)
    cap = terms.fen("project_cap_fen")
    capped = min(rated, cap)
    told = f"{rate_bp}/{WHOLE_BP} of {yuan(paid)}, half up to the fen"
    return [
        _line(clause, "base", "the amount actually paid", 0, paid, holds=paid > 0),
        _line(clause, "rate", told, paid, rated, holds=rated > 0),
        _line(terms.text("project_cap_clause"), "project-cap", f"at most {yuan(cap)}", rated, capped, holds=capped > 0),
        year_cap(terms, capped, received),
    ]


def _answers(terms: Reader, facts: Reader) -> Mapping[str, tuple[bool, str]]:
    """Answer every condition there is, and say what was looked at."""
    listed, signed, registered, paid = (moment(facts, name) for name in INSTANTS)
    seller, buyer = facts.flag("seller_verified"), facts.flag("buyer_verified")
    places, region = (facts.text("seller_region"), facts.text("buyer_region")), terms.text("region")
    first, last = (date.fromisoformat(terms.text(name)) for name in ("from_day", "to_day"))
    total, least = facts.fen("party_total_fen"), terms.fen("total_least_fen")
    fiscal, equity = facts.flag("fiscal_funded"), facts.flag("equity_unrealised")
    related, sanctioned = facts.flag("related_parties"), facts.flag("sanctioned")
    return {
        "real-name": (seller and buyer, f"seller verified {_yes(seller)}, buyer verified {_yes(buyer)}"),
        "on-platform": (_after(listed, signed), f"listed {_at(listed)}, signed {_at(signed)}"),
        "registered": (_after(signed, registered), f"signed {_at(signed)}, registered {_at(registered)}"),
        "in-region": (
            places[0][: len(region)] == region == places[1][: len(region)],
            f"seller of {places[0]}, buyer of {places[1]}, region {region}",
        ),
        "paid-in-window": (
            paid is not None and first <= china_day(paid) <= last,
            f"paid {_at(paid)}, from {first.isoformat()} to {last.isoformat()} in China",
        ),
        "total-reached": (total >= least, f"total {yuan(total)}, at least {yuan(least)}"),
        "not-fiscal": (not fiscal, f"fiscal funds, declared: {_yes(fiscal)}"),
        "not-equity": (not equity, f"equity not realised: {_yes(equity)}"),
        "not-related": (not related, f"related parties, declared: {_yes(related)}"),
        "not-sanctioned": (not sanctioned, f"a party sanctioned: {_yes(sanctioned)}"),
    }


def _after(first: datetime | None, second: datetime | None) -> bool:
    return first is not None and second is not None and second >= first


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"


def _at(when: datetime | None) -> str:
    return "not yet" if when is None else instant.render(when)


def _line(clause: str, step: str, formula: str, before: int, after: int, *, holds: bool) -> dict[str, object]:
    return {
        "clause": clause,
        "step": step,
        "formula": formula,
        "before_fen": str(before),
        "after_fen": str(after),
        "holds": holds,
        "binding": step.endswith("-cap") and after < before,
    }
