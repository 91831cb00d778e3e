"""The tables of the books. Both are written by one function of the database (`make_transfers`) and by nobody else.

`transfer` is never changed. The totals of `account` are what its transfers add up to; the database refuses totals that
do not balance, that stand on the wrong side, and an account that opens with something in it.
"""

import sqlalchemy as sa

from ledger.kernel.db import Fen, Instant, metadata, one_of

from .model import Book, Kind, Side

_TOTALS = ("debits_pending_fen", "debits_posted_fen", "credits_pending_fen", "credits_posted_fen")


account = sa.Table(
    "account",
    metadata,
    sa.Column("name", sa.Text(collation="C"), primary_key=True),  # by bytes, so that what begins alike lies together
    sa.Column("side", sa.Text, nullable=False),
    sa.Column("book", sa.Text, nullable=False),
    *(sa.Column(name, Fen, nullable=False, server_default="0") for name in _TOTALS),
    sa.CheckConstraint("name ~ '^[a-z0-9_]{1,40}(:[a-z0-9_]{1,40}){1,4}$'", name="name"),
    sa.CheckConstraint(one_of("side", *Side), name="side"),
    sa.CheckConstraint(one_of("book", *Book), name="book"),
    sa.CheckConstraint(f"least({', '.join(_TOTALS)}) >= 0", name="totals"),
    # Differences, not sums: of two totals that are not negative, a difference cannot overflow.
    sa.CheckConstraint(
        "side <> 'credit' OR debits_pending_fen <= credits_posted_fen - debits_posted_fen", name="credit_side"
    ),
    sa.CheckConstraint(
        "side <> 'debit' OR credits_pending_fen <= debits_posted_fen - credits_posted_fen", name="debit_side"
    ),
)

transfer = sa.Table(
    "transfer",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("place", sa.BigInteger, sa.Identity(always=True), nullable=False),  # of one account's: their order
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("debit", sa.Text(collation="C"), sa.ForeignKey("account.name"), nullable=False),
    sa.Column("credit", sa.Text(collation="C"), sa.ForeignKey("account.name"), nullable=False),
    sa.Column("amount_fen", Fen, nullable=False),
    sa.Column("hold", sa.Text, sa.ForeignKey("transfer.id")),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("debit_after_fen", Fen, nullable=False),
    sa.Column("credit_after_fen", Fen, nullable=False),
    sa.UniqueConstraint("hold"),
    sa.CheckConstraint(one_of("kind", *Kind), name="kind"),
    sa.CheckConstraint("(kind IN ('post', 'void')) = (hold IS NOT NULL)", name="hold"),
    sa.CheckConstraint("debit <> credit", name="accounts"),
    sa.CheckConstraint("amount_fen > 0", name="amount"),
    sa.CheckConstraint("reference <> ''", name="reference"),
    sa.Index("ix_transfer_reference", "reference", "place"),
)
