"""what the bank is told to pay, kept beside the transfers that leave custody."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0016"
down_revision: str | Sequence[str] | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

GRANTS = {"SELECT, INSERT": "payout"}


def upgrade() -> None:
    _create_payout()
    database = op.get_bind().execute(sa.text("SELECT current_database()")).scalar_one()
    for rights, tables in GRANTS.items():
        for table in tables.split():
            op.execute(f'GRANT {rights} ON "{table}" TO "{database}_api"')


def downgrade() -> None:
    op.drop_table("payout")


def _create_payout() -> None:
    op.create_table(
        "payout",
        sa.Column("transfer", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("inventor", sa.Integer(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("ordered_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("payee IN ('organisation', 'inventor', 'tax', 'sender')", name=op.f("ck_payout_payee")),
        sa.CheckConstraint(
            "(organisation IS NOT NULL) = (payee = 'organisation')", name=op.f("ck_payout_organisation")
        ),
        sa.CheckConstraint("(inventor IS NOT NULL) = (payee = 'inventor')", name=op.f("ck_payout_inventor")),
        sa.CheckConstraint("source IS NOT NULL OR payee <> 'sender'", name=op.f("ck_payout_sender")),
        sa.CheckConstraint("inventor > 0", name=op.f("ck_payout_inventor_place")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payout_amount")),
        sa.PrimaryKeyConstraint("transfer", name=op.f("pk_payout")),
        sa.UniqueConstraint("place", name=op.f("uq_payout_place")),
    )
    op.create_index(op.f("ix_payout_subject"), "payout", ["subject"])
