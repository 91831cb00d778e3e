"""Opening accounts, making transfers, reading both, and proving that the whole adds up.

Nothing is recorded here: whoever orders transfers writes them into its own entries. Whose an account is, and who may
order a transfer, is not known here and not checked.
"""

from ..rules import HoldExpired, HoldResolved
from .engine import (
    TRANSFER_REFUSALS,
    account,
    accounts,
    expire,
    next_expiry,
    open_accounts,
    prove,
    submit,
    transfer,
    transfers_of,
)
from .proofs import keep_proof, last_proof
from .reading import (
    MAX_LINES,
    READING_REFUSALS,
    STATEMENT_REFUSALS,
    NotAnInterval,
    TooManyLines,
    counts,
    every_account,
    every_transfer,
    names_after,
    names_under,
    standing,
    standings,
    statement,
)

__all__ = [
    "MAX_LINES",
    "READING_REFUSALS",
    "STATEMENT_REFUSALS",
    "TRANSFER_REFUSALS",
    "HoldExpired",
    "HoldResolved",
    "NotAnInterval",
    "TooManyLines",
    "account",
    "accounts",
    "counts",
    "every_account",
    "every_transfer",
    "expire",
    "keep_proof",
    "last_proof",
    "names_after",
    "names_under",
    "next_expiry",
    "open_accounts",
    "prove",
    "standing",
    "standings",
    "statement",
    "submit",
    "transfer",
    "transfers_of",
]
