"""The transfers a settlement makes, each named by what it is for. Nothing is moved where there is nothing to move."""

from ledger.kernel.money import Fen
from settlement.books.model import AccountName, Kind, Order

from ..model import (
    BANK,
    FEES,
    ORDERED,
    Deposit,
    Purpose,
    SettlementId,
    bidder_account,
    escrow_account,
    inventor_account,
    reward_account,
    seller_account,
    transfer_for,
)


def hold(id: SettlementId, code: str, amount_fen: Fen) -> tuple[Order, ...]:
    """Return a deposit's arrival, and its being set aside."""
    mine = bidder_account(id, code)
    aside = _order(id, Kind.HOLD, Purpose.HOLD, mine, escrow_account(id), amount_fen, whose=code)
    return (*_move(id, Purpose.DEPOSIT, BANK, mine, amount_fen, whose=code), aside)


def refund(id: SettlementId, deposit: Deposit) -> tuple[Order, ...]:
    """Return a deposit's way back."""
    back = _resolve(id, Kind.VOID, Purpose.VOID, deposit)
    mine = bidder_account(id, deposit.code)
    return (back, *_move(id, Purpose.REFUND, mine, ORDERED, deposit.amount_fen, whose=deposit.code))


def pay(id: SettlementId, deposit: Deposit, balance_fen: Fen) -> tuple[Order, ...]:
    """Return the whole price's way into escrow: the deposit's, then the balance's."""
    mine = bidder_account(id, deposit.code)
    return (
        _resolve(id, Kind.POST, Purpose.APPLY, deposit),
        *_move(id, Purpose.BALANCE, BANK, mine, balance_fen, whose=deposit.code),
        *_move(id, Purpose.PRICE, mine, escrow_account(id), balance_fen, whose=deposit.code),
    )


def forfeit(id: SettlementId, deposit: Deposit, *, fee_fen: Fen, seller_fen: Fen) -> tuple[Order, ...]:
    """Return a lost deposit's way: the fee, the rest to the seller."""
    lost = _resolve(id, Kind.POST, Purpose.FORFEIT, deposit)
    return (lost, *_fee(id, fee_fen), *_to_seller(id, seller_fen))


def adopt(id: SettlementId, deposit: Deposit, *, trial: bool) -> tuple[Order, ...]:
    """Return what lets the deposit go to a plan: from escrow, or under a trial from the buyer's own account."""
    kind, purpose = (Kind.VOID, Purpose.VOID) if trial else (Kind.POST, Purpose.APPLY)
    return (_resolve(id, kind, purpose, deposit),)


def settle(id: SettlementId, *, fee_fen: Fen, reward_fen: Fen, seller_fen: Fen) -> tuple[Order, ...]:
    """Return the price's way out of escrow; the inventors' part stops where it is shared."""
    shared = _move(id, Purpose.REWARD, escrow_account(id), reward_account(id), reward_fen)
    return (*_fee(id, fee_fen), *shared, *_to_seller(id, seller_fen))


def payout(id: SettlementId, place: int, amount_fen: Fen) -> tuple[Order, ...]:
    """Return one inventor's part's way out."""
    theirs = inventor_account(id, place)
    return (
        *_move(id, Purpose.INVENTOR, reward_account(id), theirs, amount_fen, whose=str(place)),
        *_move(id, Purpose.INVENTOR_OUT, theirs, ORDERED, amount_fen, whose=str(place)),
    )


def _fee(id: SettlementId, amount_fen: Fen) -> tuple[Order, ...]:
    return _move(id, Purpose.FEE, escrow_account(id), FEES, amount_fen)


def _to_seller(id: SettlementId, amount_fen: Fen) -> tuple[Order, ...]:
    theirs = seller_account(id)
    return (
        *_move(id, Purpose.SELLER, escrow_account(id), theirs, amount_fen),
        *_move(id, Purpose.SELLER_OUT, theirs, ORDERED, amount_fen),
    )


def _move(
    id: SettlementId, purpose: Purpose, debit: AccountName, credit: AccountName, amount_fen: Fen, *, whose: str = ""
) -> tuple[Order, ...]:
    return (_order(id, Kind.MOVE, purpose, debit, credit, amount_fen, whose=whose),) if amount_fen else ()


def _resolve(id: SettlementId, kind: Kind, purpose: Purpose, deposit: Deposit) -> Order:
    return Order(
        id=transfer_for(id, purpose, deposit.code),
        kind=kind,
        debit=bidder_account(id, deposit.code),
        credit=escrow_account(id),
        amount_fen=deposit.amount_fen,
        hold=deposit.hold,
    )


def _order(
    id: SettlementId,
    kind: Kind,
    purpose: Purpose,
    debit: AccountName,
    credit: AccountName,
    amount_fen: Fen,
    *,
    whose: str,
) -> Order:
    named = transfer_for(id, purpose, whose)
    return Order(id=named, kind=kind, debit=debit, credit=credit, amount_fen=amount_fen)
