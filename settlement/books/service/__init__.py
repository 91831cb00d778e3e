"""Opening accounts, making transfers, reading both, and proving that the whole adds up.

Nothing is recorded here: whoever orders transfers writes them into its own entries. Whose an account is, and who may
order a transfer, is not known here and not checked.
"""

from .engine import (
    TRANSFER_REFUSALS,
    account,
    accounts,
    accounts_under,
    open_accounts,
    prove,
    transfer,
    transfers_of,
)

__all__ = [
    "TRANSFER_REFUSALS",
    "account",
    "accounts",
    "accounts_under",
    "open_accounts",
    "prove",
    "transfer",
    "transfers_of",
]
