"""royalties with their periods, and invoices, each number recorded once."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0015"
down_revision: str | Sequence[str] | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

Instant = postgresql.TIMESTAMP(timezone=True)
GRANTS = {"SELECT, INSERT, UPDATE": "royalty royalty_period invoice", "SELECT, INSERT": "invoice_number"}


def upgrade() -> None:
    _create_royalty()
    _create_period()
    _create_invoice()
    op.create_table(
        "invoice_number",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("invoice", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["invoice"], ["invoice.id"], name=op.f("fk_invoice_number_invoice")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_invoice_number")),
    )
    database = op.get_bind().execute(sa.text("SELECT current_database()")).scalar_one()
    for rights, tables in GRANTS.items():
        for table in tables.split():
            op.execute(f'GRANT {rights} ON "{table}" TO "{database}_api"')


def downgrade() -> None:
    for table in ("invoice_number", "invoice", "royalty_period", "royalty"):
        op.drop_table(table)


def _create_royalty() -> None:
    op.create_table(
        "royalty",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("settlement", sa.Text(), nullable=False),
        sa.Column("deal", sa.Text(), nullable=False),
        sa.Column("seller", sa.Text(), nullable=False),
        sa.Column("buyer", sa.Text(), nullable=False),
        sa.Column("reward_min_bp", sa.Integer(), nullable=False),
        sa.Column("settled_under", sa.Text(), nullable=False),
        sa.Column("practice", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("sharing", postgresql.JSONB(), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=True),
        sa.Column("acts_at", Instant, nullable=True),
        sa.Column("divided_fen", sa.BigInteger(), nullable=False),
        sa.Column("fee_fen", sa.BigInteger(), nullable=False),
        sa.Column("costs_fen", sa.BigInteger(), nullable=False),
        sa.Column("commission_fen", sa.BigInteger(), nullable=False),
        sa.Column("reward_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed', 'running', 'closing', 'ended', 'withdrawn', 'lapsed')",
            name=op.f("ck_royalty_state"),
        ),
        sa.CheckConstraint("acts_at IS NOT NULL OR state <> 'proposed'", name=op.f("ck_royalty_a_proposal_lapses")),
        sa.CheckConstraint(
            "acts_at IS NULL OR state IN ('proposed', 'running', 'closing')", name=op.f("ck_royalty_acts")
        ),
        sa.CheckConstraint(
            "least(divided_fen, fee_fen, costs_fen, commission_fen, reward_fen) >= 0"
            " AND fee_fen + costs_fen + commission_fen + reward_fen <= divided_fen",
            name=op.f("ck_royalty_divided"),
        ),
        sa.ForeignKeyConstraint(["settlement"], ["settlement.id"], name=op.f("fk_royalty_settlement")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_royalty")),
    )
    standing = sa.text("state NOT IN ('withdrawn', 'lapsed')")
    op.create_index("uq_royalty_standing", "royalty", ["settlement"], unique=True, postgresql_where=standing)
    op.create_index("ix_royalty_deal", "royalty", ["deal"])
    op.create_index("ix_royalty_acts", "royalty", ["acts_at"], postgresql_where=sa.text("acts_at IS NOT NULL"))


def _create_period() -> None:
    op.create_table(
        "royalty_period",
        sa.Column("royalty", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ends_at", Instant, nullable=False),
        sa.Column("statement_by", Instant, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sales_fen", sa.BigInteger(), nullable=True),
        sa.Column("audit_from", Instant, nullable=True),
        sa.Column("audited", sa.Boolean(), nullable=False),
        sa.Column("due_fen", sa.BigInteger(), nullable=False),
        sa.Column("pay_by", Instant, nullable=True),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.Column("costs_fen", sa.BigInteger(), nullable=False),
        sa.Column("payments", sa.Integer(), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("divided_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('running', 'stated', 'estimated', 'audited', 'paid', 'divided', 'cancelled')",
            name=op.f("ck_royalty_period_state"),
        ),
        sa.CheckConstraint("(due_fen > 0) = (pay_by IS NOT NULL)", name=op.f("ck_royalty_period_due")),
        sa.CheckConstraint(
            "due_fen = 0 OR state IN ('stated', 'estimated', 'audited')",
            name=op.f("ck_royalty_period_due_in_its_states"),
        ),
        sa.CheckConstraint("pay_by IS NOT NULL OR NOT overdue", name=op.f("ck_royalty_period_overdue")),
        sa.CheckConstraint("audit_from IS NOT NULL OR NOT audited", name=op.f("ck_royalty_period_audited")),
        sa.CheckConstraint("(paid_fen > 0) = (payments > 0)", name=op.f("ck_royalty_period_payments")),
        sa.CheckConstraint("0 <= divided_fen AND divided_fen <= paid_fen", name=op.f("ck_royalty_period_divided")),
        sa.CheckConstraint(
            "state NOT IN ('running', 'divided', 'cancelled') OR divided_fen = paid_fen",
            name=op.f("ck_royalty_period_waiting"),
        ),
        sa.CheckConstraint(
            "due_fen >= 0 AND 0 <= costs_fen AND costs_fen <= paid_fen + due_fen",
            name=op.f("ck_royalty_period_amounts"),
        ),
        sa.ForeignKeyConstraint(["royalty"], ["royalty.id"], name=op.f("fk_royalty_period_royalty")),
        sa.PrimaryKeyConstraint("royalty", "number", name=op.f("pk_royalty_period")),
    )


def _create_invoice() -> None:
    op.create_table(
        "invoice",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("settlement", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("payment", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("tax_fen", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("document_sha256", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("red_number", sa.Text(), nullable=True),
        sa.Column("red_on", sa.Date(), nullable=True),
        sa.Column("red_sha256", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('recorded', 'reversed')", name=op.f("ck_invoice_state")),
        sa.CheckConstraint("occasion IN ('price', 'fee', 'part', 'royalty')", name=op.f("ck_invoice_occasion")),
        sa.CheckConstraint("issuer IN ('seller', 'exchange')", name=op.f("ck_invoice_issuer")),
        sa.CheckConstraint("(issuer = 'exchange') = (occasion = 'fee')", name=op.f("ck_invoice_whose")),
        sa.CheckConstraint("0 <= tax_fen AND tax_fen < amount_fen", name=op.f("ck_invoice_amounts")),
        sa.CheckConstraint(
            "num_nulls(red_number, red_on, red_sha256) = CASE WHEN state = 'reversed' THEN 0 ELSE 3 END",
            name=op.f("ck_invoice_reversed"),
        ),
        sa.ForeignKeyConstraint(["settlement"], ["settlement.id"], name=op.f("fk_invoice_settlement")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
    )
    op.create_index("ix_invoice_settlement", "invoice", ["settlement"])
