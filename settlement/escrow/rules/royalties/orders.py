"""The transfers a royalty makes, each named by what it is for, for which period, and for which payment of it.

Escrow keeps what is paid until the seller divides it. Nothing is moved where there is nothing.
"""

from ledger.kernel.money import Fen
from settlement.books.model import AccountName, Kind, Order

from ...model import (
    BANK,
    FEES,
    ORDERED,
    Cut,
    Period,
    Purpose,
    RoyaltyId,
    broker_account,
    escrow_account,
    inventor_account,
    owner_account,
    reward_account,
    seller_account,
    tax_account,
    transfer_for,
)


def pay(id: RoyaltyId, period: Period) -> tuple[Order, ...]:
    """Return the arrival of what is due for a period."""
    whose = f"{period.number}:{period.payments + 1}"
    return _move(id, Purpose.ROYALTY, BANK, escrow_account(id), period.due_fen, whose)


def pay_back_audit(id: RoyaltyId, period: Period, costs_fen: Fen) -> tuple[Order, ...]:
    """Return the way of what an audit has cost the seller: to it alone, past fee and reward."""
    whose, theirs = _whose(period), seller_account(id)
    return (
        *_move(id, Purpose.AUDIT, escrow_account(id), theirs, costs_fen, whose),
        *_move(id, Purpose.AUDIT_OUT, theirs, ORDERED, costs_fen, whose),
    )


def divide(
    id: RoyaltyId, period: Period, *, fee_fen: Fen, commission_fen: Fen, reward_fen: Fen, owners_fen: Fen
) -> tuple[Order, ...]:
    """Return what everybody may see of a division: how much, not whose."""
    whose, source, broker = _whose(period), escrow_account(id), broker_account(id)
    return (
        *_move(id, Purpose.FEE, source, FEES, fee_fen, whose),
        *_move(id, Purpose.BROKER, source, broker, commission_fen, whose),
        *_move(id, Purpose.BROKER_OUT, broker, ORDERED, commission_fen, whose),
        *_move(id, Purpose.REWARD, source, reward_account(id), reward_fen, whose),
        *_move(id, Purpose.SELLER, source, seller_account(id), owners_fen, whose),
    )


def pay_inventor(id: RoyaltyId, period: Period, cut: Cut) -> tuple[Order, ...]:
    """Return an inventor's part's way out, and that of the tax on it."""
    whose = f"{_whose(period)}:{cut.inventor}"
    source, theirs, tax = reward_account(id), inventor_account(id, cut.inventor), tax_account(id)
    return (
        *_move(id, Purpose.INVENTOR, source, theirs, cut.paid_fen, whose),
        *_move(id, Purpose.INVENTOR_OUT, theirs, ORDERED, cut.paid_fen, whose),
        *_move(id, Purpose.TAX, source, tax, cut.withheld_fen, whose),
        *_move(id, Purpose.TAX_OUT, tax, ORDERED, cut.withheld_fen, whose),
    )


def pay_owner(id: RoyaltyId, period: Period, place: int, amount_fen: Fen) -> tuple[Order, ...]:
    """Return a holder's part's way out."""
    whose, theirs = f"{_whose(period)}:{place}", owner_account(id, place)
    return (
        *_move(id, Purpose.OWNER, seller_account(id), theirs, amount_fen, whose),
        *_move(id, Purpose.OWNER_OUT, theirs, ORDERED, amount_fen, whose),
    )


def _whose(period: Period) -> str:
    """Return how the transfers of a division are named: by the last payment that it divides."""
    return f"{period.number}:{period.payments}"


def _move(
    id: RoyaltyId, purpose: Purpose, debit: AccountName, credit: AccountName, amount_fen: Fen, whose: str
) -> tuple[Order, ...]:
    if not amount_fen:
        return ()
    named = transfer_for(id, purpose, whose)
    return (Order(id=named, kind=Kind.MOVE, debit=debit, credit=credit, amount_fen=amount_fen),)
