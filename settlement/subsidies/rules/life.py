"""Programmes and claims from opening to payment: who may do what, in which state, and what it moves.

A claim that a clause refuses is no refused command: it is decided, and recorded with its whole trace, so that the
claimant can contest it. Nothing leaves REFUSED, because a claim made when the facts have changed is a new one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from ledger.kernel import calendar
from ledger.kernel.canonical import Json
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal, invariant
from ledger.kernel.money import MAX_FEN
from settlement.books.model import written

from ..model import (
    CLAIM_ASSESSED,
    CLAIM_PAID,
    CLAIM_REFUSED,
    DECIDE,
    MAX_DEAL,
    MAX_REFERENCE,
    PROGRAMME_OPENED,
    Claim,
    ClaimDecision,
    ClaimId,
    ClaimState,
    Command,
    Condition,
    MakeClaim,
    OpenProgramme,
    PayClaim,
    Programme,
    ProgrammeDecision,
    Remaining,
)
from . import money, published
from .assessment import evaluate, year_cap_line

TRANSITIONS: Mapping[tuple[ClaimState, type[Command]], ClaimState] = MappingProxyType(
    {
        (ClaimState.ASSESSED, PayClaim): ClaimState.PAID,
    }
)
FINAL = frozenset({ClaimState.REFUSED, ClaimState.PAID})
"""Nothing leaves these."""


class NoSuchProgramme(Refusal):
    """There is no such programme."""

    kind = Kind.NOT_FOUND
    zh = "没有这个补助计划"


class NoSuchClaim(Refusal):
    """There is no such claim that you may see."""

    kind = Kind.NOT_FOUND
    zh = "没有您可以查看的该补助申请"


class NotTheDepartment(Refusal):
    """Only the department that keeps the programme may do this."""

    kind = Kind.FORBIDDEN
    zh = "只有该补助计划的主管部门可以办理"


class NotTheClaimant(Refusal):
    """Only the seller of the deal may claim."""

    kind = Kind.FORBIDDEN
    zh = "只有该笔交易的卖方可以申请"


class RuleNotInForce(Refusal):
    """This version of the subsidy rule is not in force."""

    kind = Kind.CONFLICT
    zh = "该补助规则版本不在施行期内"


class AmountOutOfRange(Refusal):
    """The amount is not one this exchange handles."""

    kind = Kind.MALFORMED
    zh = "金额超出平台受理范围"


class UnusableField(Refusal):
    """A field cannot be used as written."""

    kind = Kind.MALFORMED
    zh = "字段内容不可用"


class ClaimedAlready(Refusal):
    """The subsidy of this deal has been claimed already."""

    kind = Kind.CONFLICT
    zh = "该笔交易已申请补助"


class DeclaredOtherwise(Refusal):
    """An earlier claim for this deal declared otherwise."""

    kind = Kind.CONFLICT
    zh = "此前就该笔交易的申报与本次不一致"


class NothingChanged(Refusal):
    """Nothing has changed since this deal's last claim was refused."""

    kind = Kind.CONFLICT
    zh = "自上次申请被驳回以来情况没有变化"


class Sanctioned(Refusal):
    """A party to the deal has been suspended since the claim was assessed."""

    kind = Kind.CONFLICT
    zh = "申请核定后交易当事人已被暂停资格"


class WrongState(Refusal):
    """The claim is not in a state that allows this."""

    kind = Kind.CONFLICT
    zh = "该申请当前状态不允许此操作"


class YearCapReached(Refusal):
    """The claimant has received all that it may in the year."""

    kind = Kind.CONFLICT
    zh = "该单位当年补助已达上限"


class BudgetExhausted(Refusal):
    """What is left of the programme's budget is not enough."""

    kind = Kind.CONFLICT
    zh = "补助计划的剩余预算不足"


def open_programme(command: OpenProgramme, cause: Cause) -> ProgrammeDecision:
    """Open a programme, kept by the acting department, with its whole budget funded.

    Refuses `NotTheDepartment`, `UnknownRule`, `RuleNotInForce`, `AmountOutOfRange`, `UnusableField`. Not checked: that
    the payment has arrived, which is the department's word, and that it has funded nothing else, which the store sees.
    """
    require_department(cause)
    rule = published.find(command.rule)
    if not rule.from_day <= calendar.local_date(cause.at) <= rule.to_day:
        interval = {"from_day": rule.from_day.isoformat(), "to_day": rule.to_day.isoformat()}
        raise RuleNotInForce("a programme is opened while its rule is in force", **interval)
    if not 1 <= command.budget_fen <= MAX_FEN:
        raise AmountOutOfRange("give an amount in range", smallest_fen=1, largest_fen=MAX_FEN)
    _require_usable("payment_reference", command.reference, longest=MAX_REFERENCE)
    programme = Programme(
        id=command.id,
        rule=rule,
        keeper=cause.actor.organisation,
        budget_fen=command.budget_fen,
        opened_at=cause.at,
    )
    orders = money.fund(programme)
    event = PROGRAMME_OPENED(
        programme.id,
        rule=rule.ref,
        keeper=programme.keeper,
        terms=rule.to_json(),
        budget_fen=programme.budget_fen,
        transfers=written(orders),
        reference=command.reference,
        by=cause.actor.named,
    )
    return ProgrammeDecision(programme=programme, orders=orders, events=(event,))


def make_claim(
    programme: Programme, command: MakeClaim, cause: Cause, *, live: ClaimId | None, earlier: Sequence[Claim] = ()
) -> ClaimDecision:
    """Assess a claim: ASSESSED with an amount, or REFUSED by a clause; both are decisions, and recorded.

    `live` is the claim for the same deal under the same rule that is not refused; `earlier` are those that are, the
    first first. What was once declared binds: nobody finds out which answer is paid by trying both.

    Refuses `NotTheClaimant`, `UnusableField`, `ClaimedAlready`, `DeclaredOtherwise`, `NothingChanged`. A claim may come
    after the rule's interval: the money must have come within it.
    """
    if cause.actor.organisation != command.seller:
        raise NotTheClaimant("the seller of the deal claims for it")
    _require_usable("deal", command.deal, longest=MAX_DEAL)
    if live is not None:
        raise ClaimedAlready("a deal is subsidised once under a rule", claim=live)
    _require_new(command, earlier)
    rule = programme.rule
    assessment = evaluate(rule, command.facts, command.received_fen)
    claim = Claim(
        id=command.id,
        programme=programme.id,
        deal=command.deal,
        claimant=command.seller,
        state=ClaimState.ASSESSED if assessment.refused_by is None else ClaimState.REFUSED,
        facts=command.facts,
        assessment=assessment,
        claimed_at=cause.at,
    )
    said: dict[str, Json] = {
        "programme": programme.id,
        "deal": claim.deal,
        "claimant": claim.claimant,
        "terms": rule.to_json(),
        "facts": command.facts.to_json(),
        "received_fen": command.received_fen,
        "trace": [line.to_json() for line in assessment.trace],
        "by": cause.actor.named,
    }
    if assessment.refused_by is None:
        event = CLAIM_ASSESSED(claim.id, rule=rule.ref, amount_fen=assessment.amount_fen, **said)
    else:
        event = CLAIM_REFUSED(claim.id, rule=rule.ref, clause=assessment.refused_by, **said)
    return ClaimDecision(claim=claim, events=(event,))


def decide(
    claim: Claim,
    command: Command,
    cause: Cause,
    *,
    programme: Programme,
    remaining: Remaining,
    sanctioned: bool = False,
) -> ClaimDecision:
    """Return what `command` changes; `sanctioned` is whether a party is now what `NOT_SANCTIONED` asks it not to be.

    Refuses `NotTheDepartment`, `WrongState`, `Sanctioned`, `YearCapReached`, `BudgetExhausted`.

    What was assessed is paid, or what is left of the claimant's yearly cap if that has become less since: then the
    payment's own line says so. A cap with nothing left refuses, and the claim stays as it is.
    """
    invariant(claim.programme == programme.id, "a claim is paid from its own programme")
    require_department(cause, programme)
    target = TRANSITIONS.get((claim.state, type(command)))
    if target is None:
        raise WrongState(f"the claim is {claim.state}", state=claim.state.value)
    if sanctioned:
        clauses = {one.condition: one.number for one in programme.rule.clauses}
        clause = clauses.get(Condition.NOT_SANCTIONED, "")
        raise Sanctioned("it is looked at again when it is paid", clause=clause)
    decision = _pay(claim, cause, programme, remaining)
    invariant(decision.claim.state is target, "a decision stays within the table")
    return decision


def require_department(cause: Cause, programme: Programme | None = None) -> None:
    """Refuse `NotTheDepartment` for who may not decide on subsidies, or keeps another programme."""
    if not cause.actor.may(DECIDE):
        raise NotTheDepartment("departments decide on subsidies")
    if programme is not None and cause.actor.organisation != programme.keeper:
        raise NotTheDepartment("this programme is another department's")


def diagram() -> str:
    """Return the table as a Mermaid state diagram, for the documentation."""
    lines = ["stateDiagram-v2"]
    lines += [f"    [*] --> {state}: MakeClaim" for state in (ClaimState.ASSESSED, ClaimState.REFUSED)]
    lines += [f"    {source} --> {target}: {command.__name__}" for (source, command), target in TRANSITIONS.items()]
    lines += [f"    {state} --> [*]" for state in ClaimState if state in FINAL]
    return "\n".join(lines) + "\n"


def _pay(claim: Claim, cause: Cause, programme: Programme, remaining: Remaining) -> ClaimDecision:
    rule, year = programme.rule, claim.facts.year
    assert year is not None, "what is assessed has been paid for"
    line = year_cap_line(rule, claim.assessment.amount_fen, remaining.received_fen)
    amount = line.after_fen
    if not amount:
        raise YearCapReached("nothing is left of the year's cap", cap_fen=rule.year_cap_fen, year=year)
    if amount > remaining.budget_fen:
        raise BudgetExhausted("the budget does not suffice", left_fen=remaining.budget_fen, needed_fen=amount)
    grant = () if remaining.cap_open else (money.grant(programme.id, claim.claimant, year, rule),)
    orders = (*grant, *money.pay(claim, year, amount))
    event = CLAIM_PAID(
        claim.id,
        rule=rule.ref,
        programme=programme.id,
        amount_fen=amount,
        year=year,
        received_fen=remaining.received_fen,
        trace=[line.to_json()],
        transfers=written(orders),
        by=cause.actor.named,
    )
    paid = replace(claim, state=ClaimState.PAID, paid_fen=amount, paying=(line,))
    return ClaimDecision(claim=paid, orders=orders, events=(event,))


def _require_new(command: MakeClaim, earlier: Sequence[Claim]) -> None:
    now = command.facts
    for one in earlier:
        before = one.facts
        if (before.fiscal_funded and not now.fiscal_funded) or (before.related_parties and not now.related_parties):
            raise DeclaredOtherwise("ask the department, which can see both", claim=one.id)
    if earlier and earlier[-1].facts == now:
        raise NothingChanged("claim again when the facts have changed", claim=earlier[-1].id)


def _require_usable(field: str, text: str, *, longest: int) -> None:
    if not (1 <= len(text) <= longest and text.isprintable() and text == text.strip()):
        raise UnusableField("write plain text without blanks at its ends", field=field, longest=longest)
