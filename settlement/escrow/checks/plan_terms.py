"""A plan's terms held against the practice they cite, and the dates and the interest that follow from them."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from math import floor
from typing import cast

from ledger.audit.reading import Reader, due_by, text_of
from ledger.kernel import canonical, instant
from ledger.kernel.calendar import end_of, known_deadline, local_date, may_be_open
from ledger.kernel.canonical import Json

from ..model import RESUMED_WORKDAYS, Practice
from ..rules import PRACTICES, TERMS
from .plan_reading import Part, PlanFold
from .reading import Said


def unlawful(now: PlanFold, terms: Reader, at: datetime) -> Iterator[str]:
    """Yield where the terms are not what the practice they cite allows."""
    practice = PRACTICES.get(now.rule)
    if now.settled_under not in TERMS:
        yield f"is settled under {now.settled_under}, which was never published"
    if practice is None:
        yield f"is proposed under {now.rule}, which was never published"
        return
    if not (practice.effective_from <= local_date(at)):
        yield f"is proposed under {now.rule}, not in force yet"
    yield from _unlike_the_price(now, practice)
    yield from _untimely(now, practice, at)
    if len(now.parts) > 1 and not terms.text_or_none("security_sha256"):
        yield "has no security"
    if len(now.parts) > 1 and now.interest_bp < practice.interest_min_bp:
        yield "bears too little interest"
    if now.commission_bp > practice.commission_max_bp:
        yield "gives the broker too much"
    if now.reward_bp < now.reward_min_bp:
        yield "gives the inventors too little"


def _unlike_the_price(now: PlanFold, practice: Practice) -> Iterator[str]:
    amounts = [one.amount_fen for one in now.parts]
    if sum(amounts) != now.price_fen:
        yield f"has parts of {sum(amounts)} of {now.price_fen} fen"
    least = Fraction(now.price_fen * practice.first_share_bp, 10_000)
    if not (amounts[0] >= floor(least + Fraction(1, 2))):
        yield "asks too little first"
    if not (amounts[0] > now.deposit_fen):
        yield "asks no more first than the deposit"


def _untimely(now: PlanFold, practice: Practice, at: datetime) -> Iterator[str]:
    within = now.parts[0].within_workdays or 0
    if not 0 < within <= practice.first_within_workdays:
        yield "gives another time for the first part"
    days = [one.due_on for one in now.parts[1:]]
    last = local_date(at) + timedelta(days=practice.rest_within_days)
    known = [day for day in days if day is not None]
    if len(known) < len(days) or known != sorted(set(known)):
        yield "has parts that do not follow each other"
    if any(day > last for day in known):
        yield "asks for a part too late"
    if now.trial_until is not None:
        limit = at + timedelta(days=practice.trial_max_days)
        if not now.agree_by < now.trial_until <= limit:
            yield "tries for another time than is allowed"


def unhashed(now: PlanFold, terms: Reader, said: Said) -> Iterator[str]:
    """Yield where published hashes are not those of what is to be accepted, and of the terms, as far as it is opened.

    Raises `ValueError` for texts that are none.
    """
    texts: list[str | None] = []
    if said.opened.has("milestones"):
        read = said.opened.written["milestones"]
        if not isinstance(read, list | tuple) or not all(one is None or isinstance(one, str) for one in read):
            raise ValueError("milestones are texts")
        texts = list(read)
        if [one if one is None else sha256(one.encode()).hexdigest() for one in texts] != [
            one.milestone for one in now.parts
        ]:
            yield "publishes the hash of another milestone"
    elif any(one.milestone for one in now.parts):
        return
    texts = texts or [None for _ in now.parts]
    agreed = [now.settlement, str(now.price_fen), now.rule, terms.written, texts]
    if canonical.fingerprint(cast("Json", ["mengkeju/plan/v1", *agreed])) != now.terms_sha256:
        yield "publishes the hash of other terms"


def undue(now: PlanFold, rows: Sequence[Reader], at: datetime) -> Iterator[str]:
    """Take from when on each part is overdue, and yield where a schedule tells otherwise; refuses `YearNotLoaded`.

    No later part is before the first, where a frozen trial went on. Where no calendar may have reached that one's day
    all are left open.
    """
    told = [row.instant_or_none("due_at") for row in rows]
    if not told:
        return
    first = due_by(told[0], at, now.parts[0].within_workdays or 0)
    left_open = told[0] is None and may_be_open(first, at)
    for part, stated in zip(now.parts, told, strict=False):
        part.due_at = first and max(end_of(part.due_on), first) if part.due_on else first
        expected = None if left_open else part.due_at
        if stated != expected:
            yield f"should ask until {instant.render(expected) if expected else text_of(None)}"


def divide_by(now: PlanFold, released_at: datetime) -> datetime | None:
    """Return until when the seller had to divide what was released; None where no calendar reaches that far."""
    practice = PRACTICES.get(now.rule)  # one that was never published is a finding already
    return known_deadline(released_at, practice.settle_within_workdays) if practice else None


def unlike_resumed(before: datetime | None, until: datetime, at: datetime) -> Iterator[str]:
    """Yield where what goes on after a lifting `at` that instant should last until another one, or need not be told."""
    due = known_deadline(at, RESUMED_WORKDAYS)
    if due != until:
        yield f"should last until {due and instant.render(due)}"
    if before is None or until <= before:
        yield "extends what lasts as long without"


def interest(part: Part, now: PlanFold, day: date) -> int:
    """Return the price of time on a part of a plan that takes effect that day."""
    if part.due_on is None:
        return 0
    exact = Fraction(part.amount_fen * now.interest_bp * max((part.due_on - day).days, 0), 10_000 * 365)
    return floor(exact + Fraction(1, 2))
