"""The table of orders to freeze. What is sealed on the record stands here, for whoever may read every deal."""

import sqlalchemy as sa

from ledger.kernel.db import Instant, metadata, one_of

from ..model import Authority, FreezeState

deal_freeze = sa.Table(  # `freeze` is PostgreSQL's word
    "deal_freeze",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("settlement", sa.Text, sa.ForeignKey("settlement.id"), nullable=False),
    sa.Column("authority", sa.Text, nullable=False),
    sa.Column("order_number", sa.Text, nullable=False),
    sa.Column("document_sha256", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("frozen_at", Instant, nullable=False),
    sa.Column("lifted_at", Instant),
    sa.Column("lifted_sha256", sa.Text),
    sa.UniqueConstraint("settlement", "authority", "order_number"),
    sa.CheckConstraint(one_of("authority", *Authority), name="authority"),
    sa.CheckConstraint(one_of("state", *FreezeState), name="state"),
    sa.CheckConstraint(
        "num_nulls(lifted_at, lifted_sha256) = CASE WHEN state = 'lifted' THEN 0 ELSE 2 END", name="lifted"
    ),
)
