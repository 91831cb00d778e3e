"""What becomes of the price: asked for, paid, divided by the seller or, when it does not, by time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ledger.kernel.calendar import YEARS, YearPlan, deadline, known_deadline, may_be_open
from ledger.kernel.cause import Cause
from ledger.kernel.errors import invariant
from ledger.kernel.money import WHOLE_BP
from settlement.books.model import written

from ..model import (
    BALANCE_DUE,
    BALANCE_PAID,
    PLANNED,
    Adopt,
    Cost,
    Decision,
    DepositState,
    Owner,
    ReceiveBalance,
    Require,
    Settle,
    SettleByTime,
    Settlement,
    Sharing,
    State,
    Sums,
    Withholding,
)
from . import orders
from .deposits import RETURN_IT, NotDue, WrongAmount, turned
from .division import divide, require_costs, require_sharing, shares_of
from .fields import require_reference
from .freezes import require_time
from .practice import practice_on
from .sharing import shared


def require(settlement: Settlement, command: Require) -> Decision:
    """Ask for the balance, within the terms' working days of the contract's taking effect.

    Where they cannot be counted yet, `pay_by` is left open: a contract that was signed late, since its deal was frozen,
    binds all the same. Of two signatures the later may have been decided first: the contract then took effect after
    this cause arrived.
    """
    pay_by = known_deadline(command.effective_at, settlement.terms.pay_within_days)
    event = BALANCE_DUE(
        settlement.id,
        rule=settlement.terms.ref,
        contract=command.contract,
        balance_fen=settlement.balance_fen,
        effective_at=command.effective_at,
        pay_by=pay_by,
    )
    after = replace(
        settlement,
        state=State.DUE,
        contract=command.contract,
        effective_at=command.effective_at,
        pay_by=pay_by,
    )
    return Decision(settlement=after, events=(event,))


def receive(settlement: Settlement, command: ReceiveBalance, cause: Cause) -> Decision:
    """Record that the balance has arrived. Refuses `UnusableField`, `WrongAmount`.

    One that arrives after `pay_by` is received as well, as long as no officer has declared the default.
    """
    won, balance_fen = settlement.won, settlement.balance_fen
    assert won is not None
    assert balance_fen is not None
    require_reference(command.reference)
    if command.amount_fen != balance_fen:
        raise WrongAmount(f"exactly the balance is taken: {RETURN_IT}", expected_fen=balance_fen)
    made = orders.pay(settlement.id, won, balance_fen)
    event = BALANCE_PAID(
        settlement.id,
        rule=settlement.terms.ref,
        amount_fen=balance_fen,
        applied_fen=won.amount_fen,
        price_fen=settlement.price_fen,
        transfers=written(made),
        payer=won.payer,
        reference=command.reference,
        by=cause.actor.named,
    )
    deposits = turned(settlement, DepositState.APPLIED, {won.code})
    after = replace(settlement, state=State.PAID, deposits=deposits, paid_at=cause.at, settle_by=_settle_by(cause.at))
    return Decision(settlement=after, orders=made, events=(event,))


def adopt(settlement: Settlement, command: Adopt, cause: Cause) -> Decision:
    """Leave the price to a plan. What the deposit then becomes is the plan's to say, and to move."""
    won = settlement.won
    assert won is not None
    made = orders.adopt(settlement.id, won, trial=command.trial)
    event = PLANNED(
        settlement.id,
        rule=settlement.terms.ref,
        plan=command.plan,
        trial=command.trial,
        code=won.code,
        applied_fen=won.amount_fen,
        price_fen=settlement.price_fen,
        transfers=written(made),
        by=cause.actor.named,
    )
    deposits = turned(settlement, DepositState.APPLIED, {won.code})
    return Decision(
        settlement=replace(settlement, state=State.PLANNED, deposits=deposits), orders=made, events=(event,)
    )


def settle(settlement: Settlement, command: Settle, cause: Cause) -> Decision:
    """Divide the price. Net income is the price less fee, commission and the seller's own costs (转化直接成本).

    Refuses as `division.require_sharing` and `division.divide` do, `UnusableField` first. Not checked: that the costs
    are true (the record keeps the hashes of their vouchers), that the tax is what the law asks for, and that holders
    and inventors are the asset's.
    """
    require_costs(command.costs)
    alone = (Owner(organisation=settlement.seller, share_bp=WHOLE_BP),)
    sharing = Sharing(
        owners=command.owners or alone,
        broker=command.broker,
        reward_bp=command.reward_bp,
        inventors=command.shares,
    )
    return _divide(settlement, sharing, cause, costs=command.costs, withheld=command.withheld)


def settle_by_time(settlement: Settlement, command: SettleByTime, cause: Cause) -> Decision:
    """Divide the price of a seller that let its time pass: no costs, the least reward, shared by all inventors alike.

    Refuses `NotDue`. What the seller would have stated cannot be stated afterwards.
    """
    if settlement.settle_by is None or cause.at < settlement.settle_by:
        raise NotDue("the seller may settle until then")
    require_time(settlement, cause)
    assert settlement.reward_min_bp is not None
    weights = [(place, 1) for place in range(1, len(command.inventors) + 1)] if settlement.reward_min_bp else []
    sharing = Sharing(
        owners=command.owners,
        broker=None,
        reward_bp=settlement.reward_min_bp,
        inventors=shares_of(command.inventors, weights),
    )
    return _divide(settlement, sharing, cause)


def _divide(
    settlement: Settlement,
    sharing: Sharing,
    cause: Cause,
    *,
    costs: Sequence[Cost] = (),
    withheld: Sequence[Withholding] = (),
) -> Decision:
    assert settlement.buyer is not None
    assert settlement.price_fen is not None
    assert settlement.reward_min_bp is not None
    require_sharing(
        sharing,
        buyer=settlement.buyer,
        reward_min_bp=settlement.reward_min_bp,
        commission_max_bp=practice_on(cause.at).commission_max_bp,
    )
    invariant(any(one.organisation == settlement.seller for one in sharing.owners), "who sells holds a part")
    divided = divide(
        sharing, settlement.price_fen, terms=settlement.terms, before=Sums(), costs=costs, withheld=withheld
    )
    return shared(settlement, sharing, divided, cause)


def reckoned(settlement: Settlement, years: Mapping[int, YearPlan] = YEARS) -> Settlement | None:
    """Return it with the deadlines that were left open, each counted from its own instant; None where none can be.

    Also of what has been paid or settled meanwhile: the record amounts to the same. What is None for another reason
    stays so: a price that was paid before there was any term to settle in.
    """
    pay_by, settle_by = settlement.pay_by, settlement.settle_by
    if pay_by is None and settlement.effective_at is not None:
        pay_by = known_deadline(settlement.effective_at, settlement.terms.pay_within_days, years=years)
    if settle_by is None and settlement.paid_at is not None:
        due = _settle_by(settlement.paid_at, years=years)
        settle_by = due if may_be_open(due, settlement.paid_at) else None
    if (pay_by, settle_by) == (settlement.pay_by, settlement.settle_by):
        return None
    return replace(settlement, pay_by=pay_by, settle_by=settle_by)


def with_time_to_pay(settlement: Settlement) -> Settlement:
    """Return a settlement that is due with the time to pay that a plan has to be agreed in. Refuses `YearNotLoaded`."""
    if settlement.state is not State.DUE or settlement.pay_by is not None:
        return settlement
    assert settlement.effective_at is not None
    return replace(settlement, pay_by=deadline(settlement.effective_at, settlement.terms.pay_within_days))


def _settle_by(paid_at: datetime, *, years: Mapping[int, YearPlan] = YEARS) -> datetime | None:
    """Return until when the seller may settle; None where no calendar is loaded: a payment is received nevertheless."""
    return known_deadline(paid_at, practice_on(paid_at).settle_within_workdays, years=years)
