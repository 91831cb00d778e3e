"""What becomes of a part before it is divided: paid, released by two people, disputed, given back, never paid."""

from dataclasses import replace

from ledger.kernel import instant
from ledger.kernel.cause import Cause
from ledger.kernel.errors import Kind, Refusal
from ledger.kernel.money import Fen
from settlement.books.model import written

from ...model import (
    DISPUTE_RESOLVED,
    MAX_TEXT,
    OUTCOME_OFFERED,
    PART_DISPUTED,
    PART_PAID,
    PART_RELEASED,
    PART_RETURNED,
    PART_WAITS,
    PLAN_DEFAULTED,
    PLAN_DEPOSIT_LOST,
    RELEASE_PROPOSED,
    ConfirmRelease,
    Dispute,
    Offer,
    Outcome,
    PartState,
    PayPart,
    Plan,
    PlanDecision,
    PlanPart,
    PlanState,
    ProposeRelease,
    Resolve,
)
from ..authority import RECORD_PAYMENTS
from ..deposits import RETURN_IT, NotYetOverdue, WrongAmount, lost
from ..fields import UnusableField, require_reference, require_sha256
from ..practice import PRACTICES
from ..terms import fee
from . import orders
from .reckoning import divide_by


class NotAnotherPerson(Refusal):
    """A second person has to confirm this."""

    kind = Kind.FORBIDDEN
    zh = "须由另一名人员复核确认"


_ENDED = frozenset({PartState.CLOSED, PartState.RETURNED, PartState.CANCELLED})


def whole_fen(part: PlanPart) -> Fen:
    """Return what of a part stands in escrow once it is paid: its amount and its interest."""
    return Fen(part.terms.amount_fen + part.interest_fen)


def pay(plan: Plan, part: PlanPart, command: PayPart, cause: Cause) -> PlanDecision:
    """Record that a part has arrived; without a milestone it is the seller's. Refuses `UnusableField`, `WrongAmount`.

    One that arrives after it was due is received as well, as long as no officer has declared the default. One that
    would be the seller's at once waits in escrow while orders to freeze stand.
    """
    require_reference(command.reference)
    due_fen = plan.due_fen[part.number - 1]
    if command.amount_fen != due_fen:
        raise WrongAmount(f"exactly what is due is taken: {RETURN_IT}", expected_fen=due_fen)
    made = orders.pay(plan, part.number, due_fen)
    event = PART_PAID(
        plan.id,
        rule=plan.practice,
        part=part.number,
        paid_fen=due_fen,
        interest_fen=part.interest_fen,
        price_fen=part.terms.amount_fen,
        transfers=written(made),
        payer=plan.buyer,
        reference=command.reference,
        by=cause.actor.named,
    )
    paid = replace(part, state=PartState.FUNDED, paid_at=cause.at)
    decision = PlanDecision(plan=with_part(plan, paid), orders=made, events=(event,))
    if part.terms.milestone is not None:
        return decision
    return then(
        decision, _wait(decision.plan, paid, command) if command.frozen else release(decision.plan, paid, cause)
    )


def propose_release(plan: Plan, part: PlanPart, command: ProposeRelease, cause: Cause) -> PlanDecision:
    """Say that a milestone is reached. Refuses `NotAnotherPerson` whoever is no person, `UnusableField`."""
    if cause.actor.person is None:
        raise NotAnotherPerson("a person proposes a release")
    require_sha256(command.evidence_sha256, "evidence_sha256")
    event = RELEASE_PROPOSED(
        plan.id,
        rule=plan.practice,
        part=part.number,
        evidence_sha256=command.evidence_sha256,
        by=cause.actor.named,
    )
    after = replace(part, state=PartState.CONFIRMING, proposed_by=cause.actor.person)
    return PlanDecision(plan=with_part(plan, after), events=(event,))


def confirm_release(plan: Plan, part: PlanPart, _command: ConfirmRelease, cause: Cause) -> PlanDecision:
    """Accept a milestone. Refuses `NotAnotherPerson` whoever proposed it, and whoever is no person."""
    if cause.actor.person is None or cause.actor.person == part.proposed_by:
        raise NotAnotherPerson("whoever proposes a release does not confirm it")
    return release(plan, part, cause)


def dispute(plan: Plan, part: PlanPart, command: Dispute, cause: Cause) -> PlanDecision:
    """Stop a part. Refuses `UnusableField`."""
    if not 0 < len(command.reason) <= MAX_TEXT or command.reason != command.reason.strip():
        raise UnusableField(f"say in 1 to {MAX_TEXT} characters what is disputed", field="reason")
    event = PART_DISPUTED(plan.id, rule=plan.practice, part=part.number, reason=command.reason, by=cause.actor.named)
    after = replace(part, state=PartState.DISPUTED, proposed_by=None, disputed_reason=command.reason)
    return PlanDecision(plan=with_part(plan, after), events=(event,))


def resolve(plan: Plan, part: PlanPart, command: Resolve, cause: Cause) -> PlanDecision:
    """End a dispute, or offer to. Refuses `UnusableField`.

    A party ends it by what the other has offered; who offers something else takes the first offer's place. An officer
    who is no party ends it with the document that says so.
    """
    asking = cause.actor.organisation
    party = asking in {plan.seller, plan.buyer}
    if command.document_sha256 is not None:
        require_sha256(command.document_sha256, "document_sha256")
    if not party and (command.document_sha256 is None or not cause.actor.may(RECORD_PAYMENTS)):
        raise UnusableField("hand in the hash of the document that ends the dispute", field="document_sha256")
    agreed = part.offer is not None and part.offer.organisation != asking and part.offer.outcome is command.outcome
    if party and not agreed:
        event = OUTCOME_OFFERED(
            plan.id, rule=plan.practice, part=part.number, outcome=command.outcome, by=cause.actor.named
        )
        offered = replace(part, offer=Offer(organisation=asking, outcome=command.outcome))
        return PlanDecision(plan=with_part(plan, offered), events=(event,))
    ended = DISPUTE_RESOLVED(
        plan.id,
        rule=plan.practice,
        part=part.number,
        outcome=command.outcome,
        document_sha256=command.document_sha256,
        by=cause.actor.named,
    )
    settled = replace(part, offer=None, disputed_reason=None)
    first = PlanDecision(plan=with_part(plan, settled), events=(ended,))
    if command.outcome is Outcome.RELEASED:
        return then(first, release(first.plan, settled, cause))
    return then(first, _return(first.plan, settled))


def stop(plan: Plan, part: PlanPart, cause: Cause) -> PlanDecision:
    """Declare the default: what is open is cancelled, what is not released goes back.

    Refuses `NotYetOverdue`, also while nobody can say when the part falls due.
    What was released stays the seller's, and so does what only waits for an order to be lifted; what is disputed waits
    for the dispute's end. A deposit whose part was
    never paid is lost as that of a price never paid is (法释〔2016〕18号 art. 24).
    """
    if part.due_at is None:
        raise NotYetOverdue("the working days the buyer may pay in cannot be counted yet")
    if cause.at < part.due_at:
        raise NotYetOverdue("the buyer may pay until then", due_at=instant.render(part.due_at))
    parts = tuple(replace(one, state=PartState.CANCELLED) if one.state is PartState.OPEN else one for one in plan.parts)
    event = PLAN_DEFAULTED(
        plan.id,
        rule=plan.practice,
        part=part.number,
        cancelled=sum(one.state is PartState.CANCELLED for one in parts),
        by=cause.actor.named,
    )
    decision = PlanDecision(plan=as_it_stands(replace(plan, parts=parts, state=PlanState.DEFAULTED)), events=(event,))
    if plan.parts[0].state is PartState.OPEN:
        decision = then(decision, _forfeit(decision.plan))
    for one in parts:
        if one.state in {PartState.FUNDED, PartState.CONFIRMING}:
            decision = then(decision, _return(decision.plan, one))
    return decision


def release(plan: Plan, part: PlanPart, cause: Cause) -> PlanDecision:
    """Let a part be the seller's, to divide until its practice's working days are over; then time does."""
    made = orders.release(plan, part.number, whole_fen(part))
    event = PART_RELEASED(
        plan.id,
        rule=plan.practice,
        part=part.number,
        amount_fen=whole_fen(part),
        transfers=written(made),
        by=cause.actor.named,
    )
    after = replace(
        part,
        state=PartState.RELEASED,
        proposed_by=None,
        released_at=cause.at,
        divide_by=divide_by(plan, cause.at),
    )
    return PlanDecision(plan=with_part(plan, after), orders=made, events=(event,))


def with_part(plan: Plan, part: PlanPart) -> Plan:
    """Put a part in its place; a plan whose parts have all gone where they belong is over."""
    parts = tuple(part if one.number == part.number else one for one in plan.parts)
    return as_it_stands(replace(plan, parts=parts))


def as_it_stands(plan: Plan) -> Plan:
    """Return a plan, over if there is nothing left of it to be done."""
    if not all(one.state in _ENDED for one in plan.parts):
        return plan
    return replace(plan, state=PlanState.CLOSED if plan.state is PlanState.ACTIVE else PlanState.BROKEN)


def then(first: PlanDecision, second: PlanDecision) -> PlanDecision:
    """Return what two decisions change, the second made of what the first leaves."""
    return PlanDecision(
        plan=second.plan, orders=(*first.orders, *second.orders), events=(*first.events, *second.events)
    )


def _wait(plan: Plan, part: PlanPart, command: PayPart) -> PlanDecision:
    event = PART_WAITS(plan.id, rule=plan.practice, part=part.number, freezes=list(command.frozen))
    return PlanDecision(plan=with_part(plan, replace(part, state=PartState.WAITING)), events=(event,))


def _return(plan: Plan, part: PlanPart) -> PlanDecision:
    made = orders.give_back(plan, part.number, whole_fen(part))
    event = PART_RETURNED(
        plan.id,
        rule=plan.practice,
        part=part.number,
        amount_fen=whole_fen(part),
        transfers=written(made),
        payer=plan.buyer,
    )
    after = replace(part, state=PartState.RETURNED, proposed_by=None)
    return PlanDecision(plan=with_part(plan, after), orders=made, events=(event,))


def _forfeit(plan: Plan) -> PlanDecision:
    """Take a lost deposit, each who has a part in it in the order that the plan's own practice says."""
    fee_fen = fee(plan.settled_under, plan.price_fen)
    parts = lost(plan.deposit_fen, fee_fen=fee_fen, practice=PRACTICES[plan.practice])
    made = orders.forfeit(plan, parts)
    event = PLAN_DEPOSIT_LOST(
        plan.id,
        rule=plan.practice,
        amount_fen=plan.deposit_fen,
        fee_fen=parts["fee"],
        seller_fen=parts["seller"],
        transfers=written(made),
        payer=plan.buyer,
    )
    return PlanDecision(plan=plan, orders=made, events=(event,))
