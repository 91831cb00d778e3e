"""subsidies: programmes and their claims; nothing of them is ever deleted."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0007"
down_revision: str | Sequence[str] | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

GRANTS = {"SELECT, INSERT": "subsidy_programme", "SELECT, INSERT, UPDATE": "subsidy_claim"}


def upgrade() -> None:
    op.create_table(
        "subsidy_programme",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("keeper", sa.Text(), nullable=False),
        sa.Column("budget_fen", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("budget_fen > 0", name=op.f("ck_subsidy_programme_budget")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subsidy_programme")),
    )
    op.create_index("ix_subsidy_programme_rule", "subsidy_programme", ["rule"])
    op.create_table(
        "subsidy_claim",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("deal", sa.Text(), nullable=False),
        sa.Column("claimant", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("trace", postgresql.JSONB(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("refused_by", sa.Text(), nullable=True),
        sa.Column("claimed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=True),
        sa.Column("paid_fen", sa.BigInteger(), nullable=True),
        sa.Column("paying", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("state IN ('assessed', 'refused', 'paid')", name=op.f("ck_subsidy_claim_state")),
        sa.CheckConstraint("(state = 'refused') = (refused_by IS NOT NULL)", name=op.f("ck_subsidy_claim_refused")),
        sa.CheckConstraint(
            "CASE state WHEN 'refused' THEN amount_fen = 0 ELSE amount_fen > 0 END",
            name=op.f("ck_subsidy_claim_amount"),
        ),
        sa.CheckConstraint("(state = 'paid') = (paid_fen IS NOT NULL)", name=op.f("ck_subsidy_claim_paid")),
        sa.CheckConstraint("paid_fen BETWEEN 1 AND amount_fen", name=op.f("ck_subsidy_claim_paid_within")),
        sa.CheckConstraint("state = 'refused' OR year IS NOT NULL", name=op.f("ck_subsidy_claim_year")),
        sa.ForeignKeyConstraint(
            ["programme"], ["subsidy_programme.id"], name=op.f("fk_subsidy_claim_programme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subsidy_claim")),
    )
    op.create_index(
        "uq_subsidy_claim_live",
        "subsidy_claim",
        ["rule", "deal"],
        unique=True,
        postgresql_where=sa.text("state <> 'refused'"),
    )
    op.create_index("ix_subsidy_claim_claimant", "subsidy_claim", ["claimant", "rule", "year"])
    op.create_index("ix_subsidy_claim_deal", "subsidy_claim", ["deal"])
    database = op.get_bind().execute(sa.text("SELECT current_database()")).scalar_one()
    for rights, tables in GRANTS.items():
        for table in tables.split():
            op.execute(f'GRANT {rights} ON "{table}" TO "{database}_api"')
    op.execute(f'GRANT UPDATE ("id") ON subsidy_programme TO "{database}_api"')  # locking a row needs the right


def downgrade() -> None:
    op.drop_table("subsidy_claim")
    op.drop_table("subsidy_programme")
