"""What a plan may say, and the dates and the interest that follow from it (国资委、财政部令第32号 art. 28).

Everything is held against the day of the proposal and the last instant at which the plan may take effect, so that what
could be proposed can be agreed to, however long the buyer thinks.
"""

from datetime import datetime, timedelta
from typing import Final

from ledger.kernel import canonical
from ledger.kernel.calendar import deadline, local_date
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.money import WHOLE_BP, Fen, share

from ...model import MAX_PARTS, MAX_TEXT, PartTerms, Plan, PlanPart, PlanTerms, Practice
from ..division import percent
from ..fields import UnusableField, require_amount, require_sha256
from .reckoning import due_dates

YEAR_DAYS: Final = 365  # act/365, whatever the year
_INSTANT: Final = timedelta(microseconds=1)


class PartsDoNotAddUp(Refusal):
    """The parts are not the price."""

    kind = Kind.CONFLICT
    zh = "各期款项之和与成交价款不符"


class FirstPartTooSmall(Refusal):
    """The first part is smaller than the rules allow."""

    kind = Kind.CONFLICT
    zh = "首期付款低于规定的比例"


class PartTooLate(Refusal):
    """A part falls due outside the time the rules allow."""

    kind = Kind.CONFLICT
    zh = "付款期限不符合规定"


class SecurityMissing(Refusal):
    """What is paid later needs a security."""

    kind = Kind.CONFLICT
    zh = "分期付款须提供有效担保"


class InterestTooLow(Refusal):
    """What is paid later bears interest."""

    kind = Kind.CONFLICT
    zh = "延期付款利率低于规定"


class TrialTooLong(Refusal):
    """A trial ends within the time the rules allow."""

    kind = Kind.CONFLICT
    zh = "试用期限不符合规定"


def require_terms(
    terms: PlanTerms, *, price_fen: Fen, deposit_fen: Fen, practice: Practice, agree_by: datetime, at: datetime
) -> None:
    """Refuse what cannot be carried out, or what the practice does not allow.

    Refuses `UnusableField`, `PartsDoNotAddUp`, `FirstPartTooSmall`, `TrialTooLong`, `PartTooLate`, `SecurityMissing`,
    `InterestTooLow`, `YearNotLoaded`. Not checked: that the security is worth anything; the record keeps its hash.
    """
    _require_usable(terms)
    whole_fen = sum(one.amount_fen for one in terms.parts)
    if whole_fen != price_fen:
        raise PartsDoNotAddUp("write parts that add up to the price", price_fen=price_fen, parts_fen=whole_fen)
    least_fen = max(share(price_fen, practice.first_share_bp), deposit_fen + 1)
    if terms.parts[0].amount_fen < least_fen:
        raise FirstPartTooSmall(
            "pay at least this share of the price first, and more than the deposit",
            smallest_percent=percent(practice.first_share_bp),
            smallest_fen=least_fen,
        )
    _require_trial(terms, practice, at)
    _require_dates(terms, practice, agree_by, at)
    if len(terms.parts) > 1 and terms.security_sha256 is None:
        raise SecurityMissing("hand in the hash of a security for what is paid later")
    if len(terms.parts) > 1 and terms.interest_bp < practice.interest_min_bp:
        raise InterestTooLow(
            "what is paid later bears at least this", smallest_percent=percent(practice.interest_min_bp)
        )


def terms_sha256(plan: Plan) -> str:
    """Return what the buyer agrees to, as a hash: this settlement, this price, these terms, what must be accepted."""
    texts = [one.milestone for one in plan.terms.parts]
    return canonical.fingerprint(
        ["mengkeju/plan/v1", plan.settlement, str(plan.price_fen), plan.practice, plan.published(), [*texts]]
    )


def interest(amount_fen: Fen, interest_bp: int, days: int) -> Fen:
    """Return the price of time on a part: act/365, rounded once, half up to the fen."""
    whole = WHOLE_BP * YEAR_DAYS
    return Fen((2 * amount_fen * interest_bp * days + whole) // (2 * whole))


def scheduled(plan: Plan, effective_at: datetime) -> tuple[PlanPart, ...]:
    """Return the parts of a plan that takes effect: each with its last instant, and its interest up to it.

    Who pays earlier pays the same: the interest is a price, agreed on with the date. A trial that was frozen may end
    after the day of a later part: that one then falls due with the first, and bears no interest. It may end, too, where
    nobody can say yet when the first part falls due: what was tried is bought nevertheless, and none falls due before.
    """
    parts: list[PlanPart] = []
    for number, (one, due_at) in enumerate(zip(plan.terms.parts, due_dates(plan, effective_at), strict=True), 1):
        days = max((one.due_on - local_date(effective_at)).days, 0) if one.due_on else 0
        bears = interest(one.amount_fen, plan.terms.interest_bp, days)
        parts.append(PlanPart(number=number, terms=one, due_at=due_at, interest_fen=bears))
    return tuple(parts)


def _require_usable(terms: PlanTerms) -> None:
    if not 0 < len(terms.parts) <= MAX_PARTS:
        raise UnusableField(f"write 1 to {MAX_PARTS} parts", field="parts")
    for number, one in enumerate(terms.parts, 1):
        require_amount(one.amount_fen, "parts")
        _require_due(number, one)
        text = one.milestone
        if text is not None and not (0 < len(text) <= MAX_TEXT and text == text.strip()):
            raise UnusableField(f"describe a milestone in 1 to {MAX_TEXT} characters", field="milestone")
    if not 0 <= terms.interest_bp <= WHOLE_BP:
        raise UnusableField("interest is between nothing and 100 % a year", field="interest")
    if terms.security_sha256 is not None:
        require_sha256(terms.security_sha256, "security_sha256")


def _require_due(number: int, one: PartTerms) -> None:
    if number == 1 and (one.within_workdays is None or one.due_on is not None or one.within_workdays < 1):
        raise UnusableField("the first part falls due some working days after the plan takes effect", field="parts")
    if number > 1 and (one.due_on is None or one.within_workdays is not None):
        raise UnusableField("each later part falls due on a day", field="parts")


def _require_trial(terms: PlanTerms, practice: Practice, at: datetime) -> None:
    if terms.trial_until is None:
        return
    last = at + timedelta(days=practice.trial_max_days)
    if not at < terms.trial_until <= last:
        raise TrialTooLong("a trial ends later than now, and within this many days", days=practice.trial_max_days)


def _require_dates(terms: PlanTerms, practice: Practice, agree_by: datetime, at: datetime) -> None:
    within = terms.parts[0].within_workdays
    assert within is not None
    if within > practice.first_within_workdays:
        raise PartTooLate("the first part is paid within these working days", workdays=practice.first_within_workdays)
    if terms.trial_until is not None and terms.trial_until <= agree_by:
        raise TrialTooLong("a trial ends after the last instant to agree to it")
    latest = (terms.trial_until or agree_by) - _INSTANT  # at which it may still take effect
    before = local_date(deadline(latest, within) - _INSTANT)
    last = local_date(at) + timedelta(days=practice.rest_within_days)
    for one in terms.parts[1:]:
        assert one.due_on is not None
        if not before < one.due_on <= last:
            raise PartTooLate(
                "later parts follow the first and each other, the last within the days allowed",
                after=before.isoformat(),
                last=last.isoformat(),
            )
        before = one.due_on
