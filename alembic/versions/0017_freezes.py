"""freezes: orders of a court or regulator under which a deal's money stays where it is."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0017"
down_revision: str | Sequence[str] | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

Instant = postgresql.TIMESTAMP(timezone=True)
GRANTS = {"SELECT, INSERT, UPDATE": "deal_freeze"}


def upgrade() -> None:
    op.add_column("settlement", sa.Column("frozen", postgresql.ARRAY(sa.Text), nullable=False, server_default="{}"))
    op.create_table(
        "deal_freeze",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("settlement", sa.Text, nullable=False),
        sa.Column("authority", sa.Text, nullable=False),
        sa.Column("order_number", sa.Text, nullable=False),
        sa.Column("document_sha256", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("frozen_at", Instant, nullable=False),
        sa.Column("lifted_at", Instant),
        sa.Column("lifted_sha256", sa.Text),
        sa.CheckConstraint("authority IN ('court', 'regulator')", name=op.f("ck_deal_freeze_authority")),
        sa.CheckConstraint("state IN ('standing', 'lifted')", name=op.f("ck_deal_freeze_state")),
        sa.CheckConstraint(
            "num_nulls(lifted_at, lifted_sha256) = CASE WHEN state = 'lifted' THEN 0 ELSE 2 END",
            name=op.f("ck_deal_freeze_lifted"),
        ),
        sa.ForeignKeyConstraint(["settlement"], ["settlement.id"], name=op.f("fk_deal_freeze_settlement")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_freeze")),
        sa.UniqueConstraint(
            "settlement", "authority", "order_number", name=op.f("uq_deal_freeze_settlement_authority_order_number")
        ),
    )
    op.add_column("contract", sa.Column("stayed_at", Instant))
    op.add_column("contract", sa.Column("resumed_at", Instant))
    op.drop_constraint(op.f("ck_contract_due"), "contract", type_="check")
    op.create_check_constraint(
        op.f("ck_contract_due"),
        "contract",
        "(state IN ('awarded', 'offered') AND stayed_at IS NULL) = (due_at IS NOT NULL)",
    )
    op.create_check_constraint(
        op.f("ck_contract_stayed"), "contract", "stayed_at IS NULL OR state IN ('awarded', 'offered', 'effective')"
    )
    database = op.get_bind().execute(sa.text("SELECT current_database()")).scalar_one()
    for rights, tables in GRANTS.items():
        for table in tables.split():
            op.execute(f'GRANT {rights} ON "{table}" TO "{database}_api"')


def downgrade() -> None:
    op.drop_constraint(op.f("ck_contract_stayed"), "contract", type_="check")
    op.drop_constraint(op.f("ck_contract_due"), "contract", type_="check")
    op.create_check_constraint(
        op.f("ck_contract_due"), "contract", "(state IN ('awarded', 'offered')) = (due_at IS NOT NULL)"
    )
    op.drop_column("contract", "resumed_at")
    op.drop_column("contract", "stayed_at")
    op.drop_table("deal_freeze")
    op.drop_column("settlement", "frozen")
