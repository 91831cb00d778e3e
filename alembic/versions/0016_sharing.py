"""sharing: deposits that are asked for, a term to settle in, whose the price is, and what the bank is told to pay.

Of deposits that are held already, the bank's reference is looked up among the payments.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0016"
down_revision: str | Sequence[str] | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

GRANTS = {"SELECT, INSERT": "payout"}


STATES = ("held", "refunded", "applied", "forfeited")
AFTER = ("requested", *STATES, "lapsed")

CHECKS = {
    "settle_by": "settle_by > paid_at",
    "settle_by_once_paid": "settle_by IS NULL OR paid_at IS NOT NULL",
    "shared": "num_nulls(commission_fen, owners_fen, withheld_fen) IN (0, 3)",
    "shared_when_settled": "owners_fen IS NULL OR state = 'settled'",
    "all_of_the_sellers": "commission_fen + owners_fen = seller_fen",
    "withheld": "withheld_fen <= reward_fen",
    "shared_amounts": "least(commission_fen, owners_fen, withheld_fen) >= 0",
}
"""Of `settlement`, by name."""

KNOWN = """
    UPDATE settlement_deposit AS mine SET reference = (
        SELECT payment.reference FROM payment
         WHERE payment.subject = mine.settlement AND payment.code = mine.code
         ORDER BY payment.recorded_at, payment.reference LIMIT 1
    )
"""


def upgrade() -> None:
    _widen_settlement()
    _widen_deposit()
    _create_payout()
    database = op.get_bind().execute(sa.text("SELECT current_database()")).scalar_one()
    for rights, tables in GRANTS.items():
        for table in tables.split():
            op.execute(f'GRANT {rights} ON "{table}" TO "{database}_api"')


def downgrade() -> None:
    """Refuses where a deposit was asked for and has not come: the code before knows of none such."""
    op.drop_table("payout")
    op.drop_constraint("reference", "settlement_deposit", type_="check")
    _states_of_a_deposit(STATES)
    op.drop_column("settlement_deposit", "account")
    op.drop_column("settlement_deposit", "reference")
    op.drop_index("ix_settlement_settle_by", "settlement")
    for name in CHECKS:
        op.drop_constraint(name, "settlement", type_="check")
    for name in ("withheld_fen", "owners_fen", "commission_fen", "settle_by"):
        op.drop_column("settlement", name)


def _widen_settlement() -> None:
    op.add_column("settlement", sa.Column("settle_by", postgresql.TIMESTAMP(timezone=True), nullable=True))
    for name in ("commission_fen", "owners_fen", "withheld_fen"):
        op.add_column("settlement", sa.Column(name, sa.BigInteger(), nullable=True))
    for name, condition in CHECKS.items():
        op.create_check_constraint(name, "settlement", condition)
    op.create_index(
        "ix_settlement_settle_by", "settlement", ["settle_by", "id"], postgresql_where=sa.text("state = 'paid'")
    )


def _widen_deposit() -> None:
    op.add_column("settlement_deposit", sa.Column("reference", sa.Text(), nullable=True))
    op.add_column("settlement_deposit", sa.Column("account", sa.Text(), nullable=True))
    _states_of_a_deposit(AFTER)
    op.execute(KNOWN)
    op.create_check_constraint(
        "reference", "settlement_deposit", "reference IS NULL OR state NOT IN ('requested', 'lapsed')"
    )


def _states_of_a_deposit(states: Sequence[str]) -> None:
    op.drop_constraint("state", "settlement_deposit", type_="check")
    op.create_check_constraint("state", "settlement_deposit", f"state IN ({', '.join(map(repr, states))})")


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
