"""misdirected: money that came and that nobody expected, until it is assigned or sent back."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0018"
down_revision: str | Sequence[str] | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

Instant = postgresql.TIMESTAMP(timezone=True)
GRANTS = {"SELECT, INSERT, UPDATE": "misdirected"}


def upgrade() -> None:
    op.create_table(
        "misdirected",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("practice", sa.Text, nullable=False),
        sa.Column("amount_fen", sa.BigInteger, nullable=False),
        sa.Column("left_fen", sa.BigInteger, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.Column("deal_with_by", Instant, nullable=False),
        sa.Column("parts", sa.Integer, nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'closed')", name=op.f("ck_misdirected_state")),
        sa.CheckConstraint("(left_fen = 0) = (state = 'closed')", name=op.f("ck_misdirected_closed")),
        sa.CheckConstraint(
            "amount_fen > 0 AND 0 <= left_fen AND left_fen <= amount_fen", name=op.f("ck_misdirected_amounts")
        ),
        sa.CheckConstraint("parts >= 0 AND (parts > 0) = (left_fen < amount_fen)", name=op.f("ck_misdirected_parts")),
        sa.CheckConstraint("recorded_at < deal_with_by", name=op.f("ck_misdirected_deal_with_by")),
        sa.ForeignKeyConstraint(["reference"], ["payment.reference"], name=op.f("fk_misdirected_reference")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_misdirected")),
        sa.UniqueConstraint("reference", name=op.f("uq_misdirected_reference")),
    )
    op.create_index(
        "ix_misdirected_waiting", "misdirected", ["deal_with_by"], postgresql_where=sa.text("state = 'waiting'")
    )
    database = op.get_bind().execute(sa.text("SELECT current_database()")).scalar_one()
    for rights, tables in GRANTS.items():
        for table in tables.split():
            op.execute(f'GRANT {rights} ON "{table}" TO "{database}_api"')


def downgrade() -> None:
    op.drop_table("misdirected")
