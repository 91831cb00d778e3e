"""Where the money of a deal stands, and what each transfer is for.

Three accounts are everybody's: what is at the bank, what has been ordered to be paid out of it, and the exchange's own
fees. All others are a settlement's: their names begin with its name, and when it has ended they are empty.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from settlement.books.model import AccountName, NewAccount, Order, Side, TransferId, transfer_id

from .settlements import SettlementId

BANK: Final = AccountName("custody:bank")  # 存管银行账户
ORDERED: Final = AccountName("custody:ordered")  # 待出款: it leaves the bank by a payment, which is not made here
FEES: Final = AccountName("exchange:fees")


class Purpose(StrEnum):
    """What a transfer is for; its name is made of the settlement's, this, and whose it is where there are several."""

    DEPOSIT = "deposit"  # from the bank to a bidder's account
    HOLD = "hold"  # set aside for the seller
    VOID = "void"  # not set aside any more
    REFUND = "refund"  # from a bidder's account back to its bank
    APPLY = "apply"  # the held deposit becomes part of the price
    BALANCE = "balance"  # from the bank to the buyer's account
    PRICE = "price"  # from the buyer's account to the seller's escrow
    FORFEIT = "forfeit"  # the held deposit is lost
    FEE = "fee"
    REWARD = "reward"
    SELLER = "seller"
    SELLER_OUT = "seller-out"  # to the seller's bank
    INVENTOR = "inventor"
    INVENTOR_OUT = "inventor-out"  # to the inventor's bank
    # of a payment plan
    ADOPT = "adopt"  # the deposit, from the settlement to the plan
    TRIAL = "trial"  # set aside while the buyer tries
    TAKE_UP = "take-up"  # the trial's deposit becomes part of the first part
    DECLINE = "decline"  # not set aside any more
    RESUME = "resume"  # not set aside until the old instant any more, but until a later one
    PART = "part"  # from the bank to the plan's escrow
    RELEASE = "release"  # from escrow to what the seller divides
    RETURN = "return"  # from escrow back to the buyer's bank
    MISDIRECTED = "misdirected"  # from the bank to where it waits
    ASSIGN = "assign"  # back to the bank's account, to be received for what is due
    SEND_BACK = "send-back"  # to be paid back to where it came from
    # of a royalty
    ROYALTY = "royalty"  # from the bank to the royalty's escrow
    AUDIT = "audit"  # what an audit has cost the seller
    AUDIT_OUT = "audit-out"  # to the seller's bank
    BROKER = "broker"
    BROKER_OUT = "broker-out"  # to the broker's bank
    OWNER = "owner"  # to another holder of the right than the seller
    OWNER_OUT = "owner-out"  # to that holder's bank
    TAX = "tax"  # out of an inventor's part
    TAX_OUT = "tax-out"  # to the tax authority


def transfer_for(settlement: str, purpose: Purpose, whose: str = "") -> TransferId:
    """Return the name of the one transfer a settlement ever makes for a purpose."""
    return transfer_id(settlement, purpose.value, whose)


def bidder_account(settlement: str, code: str) -> AccountName:
    """Return where a bidder's money arrives and leaves. Refuses `NotAnAccountName`."""
    return AccountName(f"{settlement}:bidder:{code}")


def escrow_account(settlement: str) -> AccountName:
    """Return where the price is gathered."""
    return AccountName(f"{settlement}:escrow")


def seller_account(settlement: str) -> AccountName:
    """Return where the seller's part arrives and leaves."""
    return AccountName(f"{settlement}:seller")


def reward_account(settlement: str) -> AccountName:
    """Return where the inventors' part arrives before it is shared."""
    return AccountName(f"{settlement}:reward")


def inventor_account(settlement: str, place: int) -> AccountName:
    """Return where an inventor's part arrives and leaves; `place` counts from 1 in the asset's own order."""
    return AccountName(f"{settlement}:inventor:{place}")


def buyer_account(plan: str) -> AccountName:
    """Return where a buyer's deposit stands while it tries."""
    return AccountName(f"{plan}:buyer")


def released_account(plan: str) -> AccountName:
    """Return where a part waits for the seller to divide it."""
    return AccountName(f"{plan}:released")


def broker_account(subject: str) -> AccountName:
    """Return where the broker's commission arrives and leaves."""
    return AccountName(f"{subject}:broker")


def owner_account(subject: str, place: int) -> AccountName:
    """Return where a holder's part arrives and leaves; `place` counts from 1 in the asset's own order."""
    return AccountName(f"{subject}:owner:{place}")


def tax_account(subject: str) -> AccountName:
    """Return where the tax on the inventors' cash arrives and leaves."""
    return AccountName(f"{subject}:tax")


def accounts_in(orders: Iterable[Order]) -> tuple[NewAccount, ...]:
    """Return the accounts that orders may be the first to need, each once: those that money comes to.

    Whatever it leaves was come to before, but for the bank's, the only asset: debiting it is money's arrival.
    """
    names = sorted({name for one in orders for name in (one.debit, one.credit) if name in {one.credit, BANK}})
    return tuple(NewAccount(name=name, side=Side.DEBIT if name == BANK else Side.CREDIT) for name in names)


def own(settlement: SettlementId | str, name: str) -> bool:
    """Whether an account is this settlement's own."""
    return name.startswith(f"{settlement}:")
