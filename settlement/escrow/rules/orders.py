"""The transfers a settlement makes, each named by what it is for. Nothing is moved where there is nothing to move."""

from collections.abc import Iterable, Mapping

from ledger.kernel.money import Fen
from settlement.books.model import AccountName, Kind, Order

from ..model import (
    BANK,
    FEES,
    ORDERED,
    Cut,
    Deposit,
    Purpose,
    SettlementId,
    bidder_account,
    broker_account,
    escrow_account,
    inventor_account,
    owner_account,
    reward_account,
    seller_account,
    tax_account,
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


def forfeit(id: SettlementId, deposit: Deposit, parts: Mapping[str, Fen]) -> tuple[Order, ...]:
    """Return a lost deposit's way to those who have a part in it, `fee` and `seller`, in the order they come in."""
    ways = {"fee": _fee, "seller": _to_seller}
    lost = _resolve(id, Kind.POST, Purpose.FORFEIT, deposit)
    return (lost, *(order for whose, fen in parts.items() for order in ways[whose](id, fen)))


def adopt(id: SettlementId, deposit: Deposit, *, trial: bool) -> tuple[Order, ...]:
    """Return what lets the deposit go to a plan: from escrow, or under a trial from the buyer's own account."""
    kind, purpose = (Kind.VOID, Purpose.VOID) if trial else (Kind.POST, Purpose.APPLY)
    return (_resolve(id, kind, purpose, deposit),)


def settle(id: SettlementId, *, fee_fen: Fen, reward_fen: Fen, seller_fen: Fen, kept_fen: Fen) -> tuple[Order, ...]:
    """Return the price's way out of escrow; the inventors' part stops where it is shared.

    Of what reaches the seller it keeps `kept_fen`; the rest waits there for the broker and the other holders.
    """
    shared = _move(id, Purpose.REWARD, escrow_account(id), reward_account(id), reward_fen)
    return (*_fee(id, fee_fen), *shared, *_to_seller(id, seller_fen, kept_fen))


def payout(id: SettlementId, cut: Cut) -> tuple[Order, ...]:
    """Return one inventor's part's way out; what is withheld of it stays for `taxes`."""
    theirs, whose = inventor_account(id, cut.inventor), str(cut.inventor)
    return (
        *_move(id, Purpose.INVENTOR, reward_account(id), theirs, cut.amount_fen, whose=whose),
        *_move(id, Purpose.INVENTOR_OUT, theirs, ORDERED, cut.paid_fen, whose=whose),
    )


def commission(id: SettlementId, amount_fen: Fen) -> tuple[Order, ...]:
    """Return the broker's commission's way out."""
    theirs = broker_account(id)
    return (
        *_move(id, Purpose.BROKER, seller_account(id), theirs, amount_fen),
        *_move(id, Purpose.BROKER_OUT, theirs, ORDERED, amount_fen),
    )


def owner(id: SettlementId, place: int, amount_fen: Fen) -> tuple[Order, ...]:
    """Return another holder's part's way out."""
    theirs, whose = owner_account(id, place), str(place)
    return (
        *_move(id, Purpose.OWNER, seller_account(id), theirs, amount_fen, whose=whose),
        *_move(id, Purpose.OWNER_OUT, theirs, ORDERED, amount_fen, whose=whose),
    )


def taxes(id: SettlementId, cuts: Iterable[Cut]) -> tuple[Order, ...]:
    """Return the way of what is withheld from the inventors, out in one sum."""
    theirs, made, whole_fen = tax_account(id), list[Order](), 0
    for one in cuts:
        mine = inventor_account(id, one.inventor)
        made += _move(id, Purpose.TAX, mine, theirs, one.withheld_fen, whose=str(one.inventor))
        whole_fen += one.withheld_fen
    return (*made, *_move(id, Purpose.TAX_OUT, theirs, ORDERED, Fen(whole_fen)))


def _fee(id: SettlementId, amount_fen: Fen) -> tuple[Order, ...]:
    return _move(id, Purpose.FEE, escrow_account(id), FEES, amount_fen)


def _to_seller(id: SettlementId, amount_fen: Fen, kept_fen: Fen | None = None) -> tuple[Order, ...]:
    theirs = seller_account(id)
    return (
        *_move(id, Purpose.SELLER, escrow_account(id), theirs, amount_fen),
        *_move(id, Purpose.SELLER_OUT, theirs, ORDERED, amount_fen if kept_fen is None else kept_fen),
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
