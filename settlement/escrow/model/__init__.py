"""The nouns of escrow: the settlement of one deal, its deposits, its terms, commands, and what the record says of it.

A deal is known here by the opaque name of what is sold (`deal`) and by codes; who is behind a code is sealed. Every
entry names the transfers it made, so that the money of a deal can be added up again from its entries alone.

    bidding -> awarded -> due -> paid -> settled
        |          |       |
        |          |       +-> forfeited          the buyer did not pay
        |          +-> forfeited | returned       the buyer, or the seller, did not sign
        +-> released                              nothing was sold
"""

from .accounts import (
    BANK,
    FEES,
    ORDERED,
    Purpose,
    accounts_in,
    bidder_account,
    escrow_account,
    inventor_account,
    own,
    reward_account,
    seller_account,
    transfer_for,
)
from .commands import (
    COMMANDS,
    MAX_COSTS,
    MAX_INVENTORS,
    MAX_REFERENCE,
    MAX_WEIGHT,
    Award,
    Command,
    Cost,
    CostKind,
    Decision,
    DeclareDefault,
    Forfeit,
    GiveBack,
    ReceiveBalance,
    Release,
    Require,
    Settle,
    Share,
    TakeDeposit,
)
from .division import Broker, Cut, Division, Owner, Sharing, Sums, Withholding
from .events import (
    AWARDED,
    BALANCE_DUE,
    BALANCE_PAID,
    DEPOSIT_FORFEITED,
    DEPOSIT_HELD,
    DEPOSIT_REFUNDED,
    KINDS,
    RELEASED,
    RETURNED,
    SETTLED,
    SETTLEMENT_OPENED,
)
from .payouts import OrderedPayout, Payee, Payout
from .practice import Practice
from .settlements import (
    Deposit,
    DepositState,
    RefundReason,
    Settlement,
    SettlementId,
    State,
)
from .terms import (
    Band,
    Terms,
)

__all__ = [
    "AWARDED",
    "BALANCE_DUE",
    "BALANCE_PAID",
    "BANK",
    "COMMANDS",
    "DEPOSIT_FORFEITED",
    "DEPOSIT_HELD",
    "DEPOSIT_REFUNDED",
    "FEES",
    "KINDS",
    "MAX_COSTS",
    "MAX_INVENTORS",
    "MAX_REFERENCE",
    "MAX_WEIGHT",
    "ORDERED",
    "RELEASED",
    "RETURNED",
    "SETTLED",
    "SETTLEMENT_OPENED",
    "Award",
    "Band",
    "Broker",
    "Command",
    "Cost",
    "CostKind",
    "Cut",
    "Decision",
    "DeclareDefault",
    "Deposit",
    "DepositState",
    "Division",
    "Forfeit",
    "GiveBack",
    "OrderedPayout",
    "Owner",
    "Payee",
    "Payout",
    "Practice",
    "Purpose",
    "ReceiveBalance",
    "RefundReason",
    "Release",
    "Require",
    "Settle",
    "Settlement",
    "SettlementId",
    "Share",
    "Sharing",
    "State",
    "Sums",
    "TakeDeposit",
    "Terms",
    "Withholding",
    "accounts_in",
    "bidder_account",
    "escrow_account",
    "inventor_account",
    "own",
    "reward_account",
    "seller_account",
    "transfer_for",
]
