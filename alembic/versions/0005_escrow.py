"""settlements, their deposits, and the bank's references, each recorded once."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0005"
down_revision: str | Sequence[str] | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

GRANTS = {"SELECT, INSERT, UPDATE": "settlement settlement_deposit", "SELECT, INSERT": "payment"}


def upgrade() -> None:
    _create_settlement()
    _create_deposit()
    _create_payment()
    database = op.get_bind().execute(sa.text("SELECT current_database()")).scalar_one()
    for rights, tables in GRANTS.items():
        for table in tables.split():
            op.execute(f'GRANT {rights} ON "{table}" TO "{database}_api"')


def downgrade() -> None:
    op.drop_table("payment")
    op.drop_table("settlement_deposit")
    op.drop_table("settlement")


def _create_settlement() -> None:
    op.create_table(
        "settlement",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("deal", sa.Text(), nullable=False),
        sa.Column("seller", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("buyer", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("price_fen", sa.BigInteger(), nullable=True),
        sa.Column("reward_min_bp", sa.Integer(), nullable=True),
        sa.Column("contract", sa.Text(), nullable=True),
        sa.Column("pay_by", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("paid_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("fee_fen", sa.BigInteger(), nullable=True),
        sa.Column("costs_fen", sa.BigInteger(), nullable=True),
        sa.Column("reward_bp", sa.Integer(), nullable=True),
        sa.Column("reward_fen", sa.BigInteger(), nullable=True),
        sa.Column("seller_fen", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('bidding', 'awarded', 'due', 'paid', 'settled', 'released', 'returned', 'forfeited')",
            name=op.f("ck_settlement_state"),
        ),
        sa.CheckConstraint(
            "num_nulls(buyer, code, price_fen, reward_min_bp)"
            " = CASE WHEN state IN ('bidding', 'released') THEN 4 ELSE 0 END",
            name=op.f("ck_settlement_awarded"),
        ),
        sa.CheckConstraint("num_nulls(contract, pay_by) IN (0, 2)", name=op.f("ck_settlement_due")),
        sa.CheckConstraint(
            "contract IS NOT NULL OR state NOT IN ('due', 'paid', 'settled')",
            name=op.f("ck_settlement_due_under_a_contract"),
        ),
        sa.CheckConstraint("(paid_at IS NOT NULL) = (state IN ('paid', 'settled'))", name=op.f("ck_settlement_paid")),
        sa.CheckConstraint(
            "num_nulls(fee_fen, seller_fen) = CASE WHEN state IN ('settled', 'forfeited') THEN 0 ELSE 2 END",
            name=op.f("ck_settlement_divided"),
        ),
        sa.CheckConstraint(
            "num_nulls(costs_fen, reward_bp, reward_fen) = CASE WHEN state = 'settled' THEN 0 ELSE 3 END",
            name=op.f("ck_settlement_settled"),
        ),
        sa.CheckConstraint(
            "state <> 'settled' OR fee_fen + reward_fen + seller_fen = price_fen",
            name=op.f("ck_settlement_all_of_the_price"),
        ),
        sa.CheckConstraint(
            "least(price_fen, fee_fen, costs_fen, reward_fen, seller_fen, reward_bp, reward_min_bp) >= 0",
            name=op.f("ck_settlement_amounts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement")),
        sa.UniqueConstraint("deal", name=op.f("uq_settlement_deal")),
    )
    op.create_index(
        "ix_settlement_paid", "settlement", ["seller", "paid_at"], postgresql_where=sa.text("paid_at IS NOT NULL")
    )


def _create_deposit() -> None:
    op.create_table(
        "settlement_deposit",
        sa.Column("settlement", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("hold", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_settlement_deposit_amount")),
        sa.CheckConstraint(
            "state IN ('held', 'refunded', 'applied', 'forfeited')", name=op.f("ck_settlement_deposit_state")
        ),
        sa.ForeignKeyConstraint(["settlement"], ["settlement.id"], name=op.f("fk_settlement_deposit_settlement")),
        sa.PrimaryKeyConstraint("settlement", "code", name=op.f("pk_settlement_deposit")),
        sa.UniqueConstraint("settlement", "payer", name=op.f("uq_settlement_deposit_settlement_payer")),
    )


def _create_payment() -> None:
    op.create_table(
        "payment",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payment_amount")),
        sa.CheckConstraint("reference = btrim(reference) AND reference <> ''", name=op.f("ck_payment_reference")),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_payment")),
    )
    op.create_index(op.f("ix_payment_subject"), "payment", ["subject"])
