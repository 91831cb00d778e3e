"""The tables of the books. Both are written by one function of the database (`make_transfers`) and by nobody else.

`transfer` is never changed. The totals of `account` are what its transfers add up to; the database refuses totals that
do not balance, that stand on the wrong side, and an account that opens with something in it.
"""

import sqlalchemy as sa

from ledger.kernel.db import Fen, Instant, metadata, one_of

from .model import Book, Ends, Kind, Side

_TOTALS = ("debits_pending_fen", "debits_posted_fen", "credits_pending_fen", "credits_posted_fen")


account = sa.Table(
    "account",
    metadata,
    sa.Column("name", sa.Text(collation="C"), primary_key=True),  # by bytes, so that what begins alike lies together
    sa.Column("side", sa.Text, nullable=False),
    sa.Column("book", sa.Text, nullable=False),
    *(sa.Column(name, Fen, nullable=False, server_default="0") for name in _TOTALS),
    sa.Column("closed_by", sa.Text),
    sa.Column("moved_at", Instant),  # when the last transfer on it was recorded: the next is not recorded before that
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
    # Whoever may open accounts must not open one that money can be made of.
    sa.CheckConstraint("side <> 'either' OR book = 'quota'", name="either"),
    sa.CheckConstraint("side <> 'debit' OR name LIKE 'custody:%'", name="assets"),
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
    sa.Column("rule", sa.Text, nullable=False, server_default=""),
    sa.Column("effective_at", Instant),
    sa.Column("expires_at", Instant),
    sa.Column("clip", sa.Text),
    sa.Column("closes", sa.Text),
    sa.Column("reverses", sa.Text, sa.ForeignKey("transfer.id")),
    sa.Column("chain", sa.Text),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.Column("request_hash", sa.LargeBinary),
    sa.CheckConstraint(one_of("kind", *Kind), name="kind"),
    sa.CheckConstraint("(kind IN ('post', 'void', 'expire')) = (hold IS NOT NULL)", name="hold"),
    sa.CheckConstraint("debit <> credit", name="accounts"),
    sa.CheckConstraint(
        "amount_fen > 0 OR (amount_fen = 0 AND (kind IN ('post', 'void', 'expire')"
        " OR clip IS NOT NULL OR closes IS NOT NULL))",
        name="amount",
    ),
    sa.CheckConstraint("expires_at IS NULL OR (kind = 'hold' AND expires_at > recorded_at)", name="expires"),
    sa.CheckConstraint(f"clip IS NULL OR ({one_of('clip', *Ends)} AND kind IN ('move', 'hold'))", name="clip"),
    sa.CheckConstraint(f"closes IS NULL OR ({one_of('closes', *Ends)} AND kind = 'hold')", name="closes"),
    sa.CheckConstraint("reverses IS NULL OR kind = 'move'", name="reverses"),
    sa.CheckConstraint("reference <> ''", name="reference"),
    sa.Index("ix_transfer_reference", "reference", "place"),
    sa.Index("ix_transfer_debit", "debit", "place"),
    sa.Index("ix_transfer_credit", "credit", "place"),
    sa.Index("uq_transfer_hold", "hold", unique=True, postgresql_where=sa.text("hold IS NOT NULL")),
    sa.Index("uq_transfer_reverses", "reverses", unique=True, postgresql_where=sa.text("reverses IS NOT NULL")),
)

# Holds that are open and will expire: a queue beside the transfers, which say the same.
expiring_hold = sa.Table(
    "expiring_hold",
    metadata,
    sa.Column("hold", sa.Text, primary_key=True),
    sa.Column("expires_as", sa.Text, nullable=False),
    sa.Column("expires_at", Instant, nullable=False, index=True),
    sa.Column("debit", sa.Text, nullable=False),
    sa.Column("credit", sa.Text, nullable=False),
)

# Names of orders that were refused for a passing reason, by those who ask for an outcome of each order.
burnt_transfer = sa.Table(
    "burnt_transfer",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
)

# When the whole books were proven, and how much was wrong: appended, never changed.
books_proof = sa.Table(
    "books_proof",
    metadata,
    sa.Column("place", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("findings", sa.Integer, nullable=False),
    sa.CheckConstraint("findings >= 0", name="findings"),
)
