"""The transfers a plan makes, each named by what it is for and for which part. Nothing is moved where there is nothing.

Escrow keeps what is paid and not yet the seller's; `released` what is, until it is divided.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ledger.kernel import instant
from ledger.kernel.money import Fen
from settlement.books.model import AccountName, Kind, Order, TransferId, expiry_of

from ...model import (
    BANK,
    FEES,
    ORDERED,
    Cut,
    Plan,
    Purpose,
    bidder_account,
    broker_account,
    buyer_account,
    escrow_account,
    inventor_account,
    owner_account,
    released_account,
    reward_account,
    seller_account,
    tax_account,
    transfer_for,
)


def adopt(plan: Plan) -> tuple[Order, ...]:
    """Return the deposit's way from the settlement, where it has been posted, into the plan's escrow."""
    return _move(plan, Purpose.ADOPT, escrow_account(plan.settlement), escrow_account(plan.id), plan.deposit_fen)


def try_out(plan: Plan, code: str) -> tuple[Order, ...]:
    """Return the deposit's way from the bidder's account, where it is free, to being set aside for the trial."""
    mine = buyer_account(plan.id)
    came = _move(plan, Purpose.ADOPT, bidder_account(plan.settlement, code), mine, plan.deposit_fen)
    return (*came, _set_aside(plan))


def hold_longer(plan: Plan, until: datetime, *, over: bool) -> tuple[Order, ...]:
    """Return what sets a trial's deposit aside anew, `until` a later instant: given back first, or `over` already.

    Both names carry an instant that a trial has once, since it only ever moves on.
    """
    assert plan.trial_until is not None
    freed = _resolve(plan, Kind.VOID, Purpose.RESUME, whose=instant.render(plan.trial_until))
    return (_over(freed) if over else freed, _set_aside(replace(plan, extended_until=until)))


def take_up(plan: Plan) -> tuple[Order, ...]:
    """Return what lets the trial's deposit arrive in escrow."""
    return (_resolve(plan, Kind.POST, Purpose.TAKE_UP),)


def decline(plan: Plan, *, over: bool) -> tuple[Order, ...]:
    """Return the trial's deposit's way back: given back before the trial is `over`, else because it is."""
    back = _move(plan, Purpose.REFUND, buyer_account(plan.id), ORDERED, plan.deposit_fen)
    freed = _resolve(plan, Kind.VOID, Purpose.DECLINE)
    return (_over(freed) if over else freed, *back)


def pay(plan: Plan, part: int, amount_fen: Fen) -> tuple[Order, ...]:
    """Return a part's arrival."""
    return _move(plan, Purpose.PART, BANK, escrow_account(plan.id), amount_fen, whose=str(part))


def release(plan: Plan, part: int, amount_fen: Fen) -> tuple[Order, ...]:
    """Return a part's becoming the seller's."""
    return _move(plan, Purpose.RELEASE, escrow_account(plan.id), released_account(plan.id), amount_fen, whose=str(part))


def give_back(plan: Plan, part: int, amount_fen: Fen) -> tuple[Order, ...]:
    """Return a part's way back to the buyer."""
    return _move(plan, Purpose.RETURN, escrow_account(plan.id), ORDERED, amount_fen, whose=str(part))


def forfeit(plan: Plan, parts: Mapping[str, Fen]) -> tuple[Order, ...]:
    """Return a lost deposit's way to those who have a part in it, `fee` and `seller`, in the order they come in."""
    theirs = seller_account(plan.id)
    ways = {
        "fee": _move(plan, Purpose.FEE, escrow_account(plan.id), FEES, parts["fee"]),
        "seller": (
            *_move(plan, Purpose.SELLER, escrow_account(plan.id), theirs, parts["seller"]),
            *_move(plan, Purpose.SELLER_OUT, theirs, ORDERED, parts["seller"]),
        ),
    }
    return tuple(order for whose in parts for order in ways[whose])


def divide(
    plan: Plan, part: int, *, fee_fen: Fen, commission_fen: Fen, reward_fen: Fen, owners_fen: Fen
) -> tuple[Order, ...]:
    """Return what everybody may see of a part's division: how much, not whose."""
    whose = str(part)
    source, broker = released_account(plan.id), broker_account(plan.id)
    return (
        *_move(plan, Purpose.FEE, source, FEES, fee_fen, whose=whose),
        *_move(plan, Purpose.BROKER, source, broker, commission_fen, whose=whose),
        *_move(plan, Purpose.BROKER_OUT, broker, ORDERED, commission_fen, whose=whose),
        *_move(plan, Purpose.REWARD, source, reward_account(plan.id), reward_fen, whose=whose),
        *_move(plan, Purpose.SELLER, source, seller_account(plan.id), owners_fen, whose=whose),
    )


def pay_inventor(plan: Plan, part: int, cut: Cut) -> tuple[Order, ...]:
    """Return an inventor's part's way out, and that of the tax on it."""
    whose = f"{part}:{cut.inventor}"
    source, theirs, tax = reward_account(plan.id), inventor_account(plan.id, cut.inventor), tax_account(plan.id)
    return (
        *_move(plan, Purpose.INVENTOR, source, theirs, cut.paid_fen, whose=whose),
        *_move(plan, Purpose.INVENTOR_OUT, theirs, ORDERED, cut.paid_fen, whose=whose),
        *_move(plan, Purpose.TAX, source, tax, cut.withheld_fen, whose=whose),
        *_move(plan, Purpose.TAX_OUT, tax, ORDERED, cut.withheld_fen, whose=whose),
    )


def pay_owner(plan: Plan, part: int, place: int, amount_fen: Fen) -> tuple[Order, ...]:
    """Return a holder's part's way out."""
    whose, theirs = f"{part}:{place}", owner_account(plan.id, place)
    return (
        *_move(plan, Purpose.OWNER, seller_account(plan.id), theirs, amount_fen, whose=whose),
        *_move(plan, Purpose.OWNER_OUT, theirs, ORDERED, amount_fen, whose=whose),
    )


def _move(
    plan: Plan,
    purpose: Purpose,
    debit: AccountName,
    credit: AccountName,
    amount_fen: Fen,
    *,
    whose: str = "",
) -> tuple[Order, ...]:
    named = transfer_for(plan.id, purpose, whose)
    order = Order(id=named, kind=Kind.MOVE, debit=debit, credit=credit, amount_fen=amount_fen) if amount_fen else None
    return (order,) if order else ()


def _set_aside(plan: Plan) -> Order:
    return Order(
        id=_hold_of(plan),
        kind=Kind.HOLD,
        debit=buyer_account(plan.id),
        credit=escrow_account(plan.id),
        amount_fen=plan.deposit_fen,
        expires_at=plan.trial_until,
    )


def _hold_of(plan: Plan) -> TransferId:
    """Return the name of the hold that stands: the first one has no instant in it."""
    whose = "" if plan.extended_until is None else instant.render(plan.extended_until)
    return transfer_for(plan.id, Purpose.TRIAL, whose)


def _resolve(plan: Plan, kind: Kind, purpose: Purpose, *, whose: str = "") -> Order:
    return Order(
        id=transfer_for(plan.id, purpose, whose),
        kind=kind,
        debit=buyer_account(plan.id),
        credit=escrow_account(plan.id),
        amount_fen=plan.deposit_fen,
        hold=_hold_of(plan),
    )


def _over(freed: Order) -> Order:
    """Return what gives a hold back that is over, in the place of what would have before."""
    assert freed.hold is not None
    return replace(freed, id=expiry_of(freed.hold), kind=Kind.EXPIRE)
