"""Build payment plans by living them; a test overrides only what it is about.

The usual plan: of 200,000.33 the first 80,000.33 within five working days, the deposit counting; 60,000.00 by the end
of June when a milestone is accepted, 60,000.00 by the end of November, at 3.65 % a year: 6 fen a day on each 60,000.00.
The seller keeps 70 % of the owners' part, a second holder 30 %; a broker has 2 %; half of net income is two inventors'.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ledger.kernel.cause import Actor, Cause
from ledger.kernel.ids import PersonId
from ledger.kernel.money import Fen
from settlement.books.model import Kind, Order
from settlement.escrow import checks, rules
from settlement.escrow.model import (
    Adopt,
    Agree,
    Broker,
    ConfirmRelease,
    Decision,
    Decline,
    Dispute,
    Divide,
    Elapse,
    Outcome,
    Owner,
    PartTerms,
    PayPart,
    Plan,
    PlanCommand,
    PlanDecision,
    PlanId,
    PlanTerms,
    Propose,
    ProposeRelease,
    Resolve,
    Resume,
    Settlement,
    Sharing,
    StopPlan,
    TakeUp,
    Withdraw,
    Withholding,
)
from tests import make_escrow as escrow
from tests import make_freezes
from tests.make_auctions import Record
from tests.make_escrow import ANN, BEN, CAI, NOON, PAY_BY, SELLER, by, clock, cost, officer, share

ID = PlanId.from_number(1)
PRICE, DEPOSIT = escrow.PRICE, escrow.DEPOSIT
FIRST, SECOND, THIRD = Fen(8_000_033), Fen(6_000_000), Fen(6_000_000)
AGREED = NOON + timedelta(hours=1)  # Monday
FIRST_DUE = PAY_BY  # Monday next, over
TRIAL_UNTIL = datetime(2026, 5, 29, 16, tzinfo=UTC)  # a Friday's end
SECOND_ON, THIRD_ON = date(2026, 6, 30), date(2026, 11, 30)
SECOND_DUE, THIRD_DUE = datetime(2026, 6, 30, 16, tzinfo=UTC), datetime(2026, 11, 30, 16, tzinfo=UTC)
SECOND_INTEREST, THIRD_INTEREST = Fen(72_000), Fen(163_800)  # 120 and 273 days at 600 fen
PAID = AGREED + timedelta(days=2)  # Wednesday
DIVIDE_BY = datetime(2026, 3, 25, 16, tzinfo=UTC)  # the fifteenth working day after it is over
LIFTED = PAID + timedelta(days=1)  # Thursday
LIFTED_DIVIDE_BY = datetime(2026, 3, 26, 16, tzinfo=UTC)
TRIAL_FROZEN = TRIAL_UNTIL - timedelta(hours=1)
EXTENDED_UNTIL = datetime(2026, 6, 3, 16, tzinfo=UTC)  # the third working day after that Friday is over
AGREE_LATER = datetime(2026, 3, 12, 16, tzinfo=UTC)  # lifted on Monday, when the price was due: Thursday is over
EXTENDED_AGAIN = datetime(2026, 6, 8, 16, tzinfo=UTC)  # Thursday, Friday, and Monday next
ZOE = PersonId.from_number(8)  # another person of the buyer's


def terms(**changes: Any) -> PlanTerms:
    usual = PlanTerms(
        parts=(
            PartTerms(amount_fen=FIRST, within_workdays=5),
            PartTerms(amount_fen=SECOND, due_on=SECOND_ON, milestone="中试线连续运行 72 小时"),
            PartTerms(amount_fen=THIRD, due_on=THIRD_ON),
        ),
        interest_bp=365,
        security_sha256="d" * 64,
    )
    return replace(usual, **changes)


def sharing(**changes: Any) -> Sharing:
    usual = Sharing(
        owners=(Owner(organisation=SELLER, share_bp=7_000), Owner(organisation=CAI, share_bp=3_000)),
        broker=Broker(organisation=BEN, commission_bp=200),
        reward_bp=5_000,
        inventors=(share(1, 3), share(2, 1, "乙")),
    )
    return replace(usual, **changes)


def propose(**changes: Any) -> Propose:
    return Propose(terms=terms(**changes), sharing=sharing())


def settlement() -> Settlement:
    return escrow.settlement("due")


def person(who: PersonId, at: datetime = AGREED) -> Cause:
    return Cause(actor=Actor(organisation=ANN, person=who, capabilities=frozenset()), at=at, request_id="r")


ASKED: dict[type[PlanCommand], Cause] = {
    Propose: by(SELLER),
    Withdraw: by(SELLER),
    Agree: by(ANN, at=AGREED),
    TakeUp: by(ANN, at=AGREED + timedelta(days=1)),
    Decline: by(ANN, at=AGREED + timedelta(days=1)),
    Elapse: clock(TRIAL_UNTIL),
    PayPart: officer(PAID),
    ProposeRelease: by(SELLER, at=AGREED + timedelta(days=3)),
    ConfirmRelease: person(ZOE, AGREED + timedelta(days=4)),
    Dispute: by(ANN, at=AGREED + timedelta(days=4)),
    Resolve: officer(AGREED + timedelta(days=5)),
    Divide: by(SELLER, at=AGREED + timedelta(days=6)),
    StopPlan: officer(THIRD_DUE),
    Resume: make_freezes.regulator(LIFTED),
}
"""Who usually gives each command, and when."""


def opening(command: Propose | None = None, cause: Cause | None = None) -> PlanDecision:
    return rules.open_plan(ID, settlement(), command or propose(), cause or by(SELLER))


def adopted(*, trial: bool) -> Decision:
    return rules.decide(settlement(), Adopt(plan=ID, trial=trial), by(ANN, at=AGREED))


def agree(plan: Plan) -> Agree:
    return Agree(terms_sha256=rules.terms_sha256(plan))


def pay(part: int, **changes: Any) -> PayPart:
    due = {1: FIRST - DEPOSIT, 2: SECOND + SECOND_INTEREST, 3: THIRD + THIRD_INTEREST}
    return replace(PayPart(part=part, amount_fen=Fen(due.get(part, 1)), reference=f"bank-part-{part}"), **changes)


def reached(part: int = 2) -> ProposeRelease:
    return ProposeRelease(part=part, evidence_sha256="e" * 64)


def dispute(part: int = 2) -> Dispute:
    return Dispute(part=part, reason="产线未达到约定指标")


def judged(outcome: Outcome = Outcome.RELEASED, part: int = 2, **changes: Any) -> Resolve:
    return replace(Resolve(part=part, outcome=outcome, document_sha256="f" * 64), **changes)


def divide(part: int = 1) -> Divide:
    costs = (cost(400_000),) if part == 1 else ()
    return Divide(part=part, costs=costs, withheld=(Withholding(inventor=1, amount_fen=Fen(1_000)),))


def resume(frozen_at: datetime = PAID, **changes: Any) -> Resume:
    return replace(Resume(frozen_at=frozen_at), **changes)


AGREES = "agrees"  # to whatever is proposed then
Step = PlanCommand | str | tuple[PlanCommand, datetime]

_TRIES = (propose(trial_until=TRIAL_UNTIL), AGREES)
_LASTS = (*_TRIES, (resume(TRIAL_FROZEN), TRIAL_UNTIL - timedelta(minutes=1)))
_WAITS = (AGREES, pay(1, frozen=(make_freezes.FIRST,)))
_FIRST = (AGREES, pay(1))
_THINKS = ((resume(), PAY_BY - timedelta(minutes=1)),)
LIVES: dict[str, tuple[Step, ...]] = {
    "proposed": (),
    "withdrawn": (Withdraw(),),
    "lapsed": (Elapse(),),
    "trial": (propose(trial_until=TRIAL_UNTIL), AGREES),
    "declined": (propose(trial_until=TRIAL_UNTIL), AGREES, Decline()),
    "silent": (propose(trial_until=TRIAL_UNTIL), AGREES, Elapse()),
    "taken up": (propose(trial_until=TRIAL_UNTIL), AGREES, TakeUp()),
    "active": (AGREES,),
    "funded": (*_FIRST, pay(2)),
    "confirming": (*_FIRST, pay(2), reached()),
    "accepted": (*_FIRST, pay(2), reached(), ConfirmRelease(part=2)),
    "disputed": (*_FIRST, pay(2), dispute()),
    "judged": (*_FIRST, pay(2), reached(), dispute(), judged()),
    "returned": (*_FIRST, pay(2), dispute(), judged(Outcome.RETURNED)),
    "divided": (*_FIRST, divide()),
    "defaulted": (*_FIRST, pay(2), StopPlan(part=3)),
    "broken": (*_FIRST, pay(2), divide(), StopPlan(part=3)),
    "broken later": (*_FIRST, pay(2), dispute(), StopPlan(part=3), judged(), divide(2), divide()),
    "closed": (
        *_FIRST,
        divide(),
        pay(2),
        reached(),
        ConfirmRelease(part=2),
        pay(3),
        divide(3),
        divide(2),
    ),
    "proposal extended": _THINKS,
    "proposal extended and replaced": (*_THINKS, (propose(interest_bp=400), AGREE_LATER - escrow.INSTANT)),
    "proposal extended and withdrawn": (*_THINKS, (Withdraw(), AGREE_LATER)),
    "proposal extended and lapsed": (*_THINKS, Elapse()),
    "proposal extended and agreed to": (*_THINKS, (AGREES, AGREE_LATER - escrow.INSTANT)),
    "proposal extended and tried": (*_TRIES[:1], *_THINKS, (AGREES, AGREE_LATER - escrow.INSTANT)),
    "extended": _LASTS,
    "extended when it was over": (*_TRIES, (resume(TRIAL_FROZEN, over=True), TRIAL_UNTIL + timedelta(days=1))),
    "extended twice": (*_LASTS, (resume(TRIAL_UNTIL), EXTENDED_UNTIL - timedelta(hours=1))),
    "extended and taken up": (*_LASTS, (TakeUp(), EXTENDED_UNTIL - escrow.INSTANT)),
    "extended and declined": (*_LASTS, (Decline(), TRIAL_UNTIL)),
    "extended and silent": (*_LASTS, Elapse()),
    "waiting": _WAITS,
    "waiting after a default": (*_WAITS, StopPlan(part=3)),
    "resumed": (*_WAITS, resume()),
    "broken when it was resumed": (*_WAITS, StopPlan(part=3), resume(), divide()),
    "divided by time": (*_FIRST, Elapse()),
    "divided by time to its end": (
        *_FIRST,
        pay(2),
        reached(),
        ConfirmRelease(part=2),
        (pay(3), PAID + timedelta(days=5)),
        Elapse(),
        Elapse(),
        Elapse(),
    ),
    "closed with a return": (*_FIRST, divide(), pay(3), divide(3), pay(2), dispute(), judged(Outcome.RETURNED)),
}
"""How a plan comes to each state."""


def lived(*steps: Step, first: Propose | None = None) -> list[tuple[PlanDecision, Cause]]:
    """Propose a plan and have it take each step from whoever usually takes it, a minute after the one before."""
    at = by(SELLER).at
    decisions = [(opening(first), by(SELLER))]
    for one in steps:
        plan = decisions[-1][0].plan
        step, moment = one if isinstance(one, tuple) else (one, None)
        command = agree(plan) if isinstance(step, str) else step
        usual = ASKED[type(command)]
        if isinstance(command, Elapse) and plan.acts_at is not None:
            usual = clock(plan.acts_at)
        at = moment or max(at + timedelta(minutes=1), usual.at)
        cause = replace(usual, at=at)
        decisions.append((rules.decide_plan(plan, command, cause, code="0011"), cause))
    return decisions


def plan(life: str, **changes: Any) -> Plan:
    return replace(lived(*LIVES[life])[-1][0].plan, **changes)


def orders_of(decisions: Sequence[tuple[PlanDecision, Cause]]) -> list[Order]:
    """All that moved, the settlement's own letting go of the deposit first."""
    made: list[Order] = []
    for decision, _ in decisions:
        if decision.orders and not any(order.debit.startswith("pln_") for order in made):
            made += adopted(trial=decision.plan.terms.trial_until is not None).orders if not made else ()
        made += decision.orders
    return made


def entries(life: str, *, opened: bool = True) -> list[dict[str, Any]]:
    """What a life leaves in the record of the plan."""
    record = Record(opened=opened)
    for decision, cause in lived(*LIVES[life]):
        record.write(decision.events, cause.at)
    return record.entries


def outcome(plan: Plan, command: PlanCommand, cause: Cause | None = None) -> str:
    """The state a command leads to, or the reason it is refused for."""
    asked = cause or ASKED[type(command)]
    refusal = escrow.refused(rules.decide_plan, plan, command, asked, code="0011")
    if refusal is not None:
        return refusal.code().removeprefix("escrow/")
    return rules.decide_plan(plan, command, asked, code="0011").plan.state.value


def row_of(plan: Plan) -> dict[str, Any]:
    """What a plan's row and its parts' rows say, as its entries would."""
    broker = plan.sharing.broker
    return {
        "state": plan.state,
        "settlement": plan.settlement,
        "deal": plan.deal,
        "seller": plan.seller,
        "price_fen": plan.price_fen,
        "deposit_fen": plan.deposit_fen,
        "rule": plan.practice,
        "settled_under": plan.settled_under.ref,
        "agree_by": plan.agree_by,
        "terms_sha256": rules.terms_sha256(plan),
        "reward_bp": plan.sharing.reward_bp,
        "commission_bp": broker.commission_bp if broker else 0,
        "effective_at": plan.effective_at,
        "trial_until": plan.trial_until,
        "extended_until": plan.extended_until,
        "amounts": [one.amount_fen for one in plan.terms.parts],
        "parts": [(one.state, one.due_at, one.interest_fen, one.paid_at, one.divide_by) for one in plan.parts],
        "divided_fen": plan.sums.amount_fen,
        "fee_fen": plan.sums.fee_fen,
        "costs_fen": plan.sums.costs_fen,
        "commission_fen": plan.sums.commission_fen,
        "reward_fen": plan.sums.reward_fen,
    }


def told_of(folded: checks.PlanFold) -> dict[str, Any]:
    """What a plan's entries amount to, as its row would say it."""
    parts = [(one.state, one.due_at, one.interest_fen, one.paid_at, one.divide_by) for one in folded.parts]
    return {name: getattr(folded, name) for name in row_of(plan("proposed")) if name not in {"amounts", "parts"}} | {
        "amounts": [one.amount_fen for one in folded.parts],
        "parts": parts if folded.effective_at else [],
    }


class Purse:
    """The simplest books there are, begun with the winner's deposit held in the settlement."""

    def __init__(self) -> None:
        held = escrow.settlement("due").won
        assert held is not None
        self.posted: dict[str, int] = defaultdict(int, {f"{escrow.ID}:bidder:0011": int(DEPOSIT)})
        self.posted["custody:bank"] = -int(DEPOSIT)
        self.held = {held.hold: (f"{escrow.ID}:bidder:0011", f"{escrow.ID}:escrow", int(DEPOSIT))}
        self.made: set[str] = set()

    def take(self, orders: Sequence[Order]) -> None:
        for order in orders:
            assert order.amount_fen > 0
            assert order.id not in self.made
            self.made.add(order.id)
            if order.kind is Kind.HOLD:
                self.held[order.id] = (order.debit, order.credit, order.amount_fen)
            if order.hold is not None:
                assert self.held.pop(order.hold) == (order.debit, order.credit, order.amount_fen)
            if order.kind in {Kind.MOVE, Kind.POST}:
                self.posted[order.debit] -= order.amount_fen
                self.posted[order.credit] += order.amount_fen
            assert all(self.left(name) >= 0 for name in self.posted if name != "custody:bank")
        assert sum(self.posted.values()) == 0

    def left(self, name: str) -> int:
        return self.posted[name] - sum(fen for debit, _, fen in self.held.values() if debit == name)

    def own(self) -> dict[str, int]:
        """What stands on accounts that are not everybody's."""
        return {name: fen for name, fen in self.posted.items() if fen and name.startswith(("stl_", "pln_"))}
