"""The transfers that a royalty's entries should tell of, and its divisions reckoned again."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import floor

from settlement.books.model import Kind

from ..model import (
    BANK,
    FEES,
    ORDERED,
    Purpose,
    broker_account,
    escrow_account,
    inventor_account,
    owner_account,
    reward_account,
    seller_account,
    tax_account,
    transfer_for,
)
from . import numbers
from .money import Moved
from .royalty_reading import PeriodFold, RoyaltyFold


def paying(id: str, period: PeriodFold) -> list[Moved]:
    """Return what a payment moves."""
    whose = f"{period.number}:{period.payments + 1}"
    return _moved(id, Purpose.ROYALTY, BANK, escrow_account(id), period.due_fen, whose)


def divided(
    now: RoyaltyFold,
    period: PeriodFold,
    *,
    costs_fen: int,
    commission_fen: int | None,
    reward_bp: int | None,
    fee: Callable[[int], int],
) -> dict[str, int]:
    """Reckon a division after those before it; a rate that is sealed leaves out what follows from it."""
    audit = 0 if period.due_fen else period.costs_fen  # what the buyer still owes of it nobody has
    amount = period.paid_fen - period.divided_fen - audit
    found = {"amount": amount, "audit": audit, "fee": fee(now.divided_fen + amount) - now.fee_fen}
    if commission_fen is None or reward_bp is None:
        return found
    whole = now.divided_fen + amount
    commission = floor(Fraction(whole * commission_fen, 10_000) + Fraction(1, 2)) - now.commission_fen
    commission = min(commission, amount - found["fee"])
    net = amount - found["fee"] - commission - costs_fen
    all_net = whole - (now.fee_fen + found["fee"]) - (now.commission_fen + commission) - (now.costs_fen + costs_fen)
    reward = numbers.reward(all_net, reward_bp) - now.reward_fen if all_net >= 0 else 0
    owners = amount - found["fee"] - commission - reward
    return found | {"commission": commission, "net": net, "reward": reward, "owners": owners}


def dividing(id: str, period: PeriodFold, said: dict[str, int]) -> list[Moved]:
    """Return what a division moves that everybody may see."""
    whose, source = _whose(period), escrow_account(id)
    seller, broker = seller_account(id), broker_account(id)
    return [
        *_moved(id, Purpose.AUDIT, source, seller, said["audit"], whose),
        *_moved(id, Purpose.AUDIT_OUT, seller, ORDERED, said["audit"], whose),
        *_moved(id, Purpose.FEE, source, FEES, said["fee"], whose),
        *_moved(id, Purpose.BROKER, source, broker, said["commission"], whose),
        *_moved(id, Purpose.BROKER_OUT, broker, ORDERED, said["commission"], whose),
        *_moved(id, Purpose.REWARD, source, reward_account(id), said["reward"], whose),
        *_moved(id, Purpose.SELLER, source, seller, said["owners"], whose),
    ]


def paying_out(id: str, period: PeriodFold, cuts: Sequence[tuple[int, int, int]], owners: Sequence[int]) -> list[Moved]:
    """Return what the inventors' (place, part, tax) and the holders' parts move."""
    found: list[Moved] = []
    for place, part, tax in cuts:
        whose, source = f"{_whose(period)}:{place}", reward_account(id)
        found += _moved(id, Purpose.INVENTOR, source, inventor_account(id, place), part - tax, whose)
        found += _moved(id, Purpose.INVENTOR_OUT, inventor_account(id, place), ORDERED, part - tax, whose)
        found += _moved(id, Purpose.TAX, source, tax_account(id), tax, whose)
        found += _moved(id, Purpose.TAX_OUT, tax_account(id), ORDERED, tax, whose)
    for place, part in enumerate(owners, 1):
        whose = f"{_whose(period)}:{place}"
        found += _moved(id, Purpose.OWNER, seller_account(id), owner_account(id, place), part, whose)
        found += _moved(id, Purpose.OWNER_OUT, owner_account(id, place), ORDERED, part, whose)
    return found


def _whose(period: PeriodFold) -> str:
    return f"{period.number}:{period.payments}"


def _moved(id: str, purpose: Purpose, debit: str, credit: str, fen: int, whose: str) -> list[Moved]:
    one = Moved(transfer_for(id, purpose, whose), Kind.MOVE.value, debit, credit, fen)
    return [one] if fen else []
