"""The table of money that nobody expected. What the bank wrote beside it is in the disclosures alone."""

import sqlalchemy as sa

from ledger.kernel.db import Fen, Instant, metadata, one_of

from ..model import MisdirectedState

misdirected = sa.Table(
    "misdirected",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("practice", sa.Text, nullable=False),
    sa.Column("amount_fen", Fen, nullable=False),
    sa.Column("left_fen", Fen, nullable=False),
    sa.Column("reference", sa.Text, sa.ForeignKey("payment.reference"), nullable=False, unique=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("deal_with_by", Instant),  # NULL until a calendar reaches that far
    sa.Column("parts", sa.Integer, nullable=False),  # into which it has gone so far
    sa.CheckConstraint(one_of("state", *MisdirectedState), name="state"),
    sa.CheckConstraint("(left_fen = 0) = (state = 'closed')", name="closed"),
    sa.CheckConstraint("amount_fen > 0 AND 0 <= left_fen AND left_fen <= amount_fen", name="amounts"),
    sa.CheckConstraint("parts >= 0 AND (parts > 0) = (left_fen < amount_fen)", name="parts"),
    sa.CheckConstraint("recorded_at < deal_with_by", name="deal_with_by"),
    sa.Index("ix_misdirected_waiting", "deal_with_by", postgresql_where=sa.text("state = 'waiting'")),
)
