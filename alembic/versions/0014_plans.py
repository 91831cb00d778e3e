"""payment plans and their parts; a settlement may be left to one."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0014"
down_revision: str | Sequence[str] | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

GRANTS = {"SELECT, INSERT, UPDATE": "plan plan_part"}
STATES = ("bidding", "awarded", "due", "paid", "settled", "planned", "released", "returned", "forfeited")
BEFORE = tuple(one for one in STATES if one != "planned")


def upgrade() -> None:
    _may_be(STATES)
    _through("seller", "buyer", "nobody")
    _create_plan()
    _create_part()
    database = op.get_bind().execute(sa.text("SELECT current_database()")).scalar_one()
    for rights, tables in GRANTS.items():
        for table in tables.split():
            op.execute(f'GRANT {rights} ON "{table}" TO "{database}_api"')


def downgrade() -> None:
    op.drop_table("plan_part")
    op.drop_table("plan")
    _through("seller", "buyer")
    _may_be(BEFORE)


def _through(*faults: str) -> None:
    for name, table in (("fault", "lot"), ("whose", "contract")):
        op.drop_constraint(name, table, type_="check")
        op.create_check_constraint(name, table, f"fault IN ({', '.join(map(repr, faults))})")


def _may_be(states: Sequence[str]) -> None:
    op.drop_constraint("state", "settlement", type_="check")
    op.create_check_constraint("state", "settlement", f"state IN ({', '.join(map(repr, states))})")


def _create_plan() -> None:
    op.create_table(
        "plan",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("settlement", sa.Text(), nullable=False),
        sa.Column("deal", sa.Text(), nullable=False),
        sa.Column("seller", sa.Text(), nullable=False),
        sa.Column("buyer", sa.Text(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("deposit_fen", sa.BigInteger(), nullable=False),
        sa.Column("reward_min_bp", sa.Integer(), nullable=False),
        sa.Column("settled_under", sa.Text(), nullable=False),
        sa.Column("practice", sa.Text(), nullable=False),
        sa.Column("agree_by", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("sharing", postgresql.JSONB(), nullable=False),
        sa.Column("effective_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("acts_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("divided_fen", sa.BigInteger(), nullable=False),
        sa.Column("fee_fen", sa.BigInteger(), nullable=False),
        sa.Column("costs_fen", sa.BigInteger(), nullable=False),
        sa.Column("commission_fen", sa.BigInteger(), nullable=False),
        sa.Column("reward_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed', 'trial', 'active', 'defaulted', 'closed', 'broken', 'declined', 'withdrawn',"
            " 'lapsed')",
            name=op.f("ck_plan_state"),
        ),
        sa.CheckConstraint(
            "(effective_at IS NOT NULL) = (state IN ('active', 'defaulted', 'closed', 'broken'))",
            name=op.f("ck_plan_effective"),
        ),
        sa.CheckConstraint("(acts_at IS NOT NULL) = (state IN ('proposed', 'trial'))", name=op.f("ck_plan_acts")),
        sa.CheckConstraint("0 < deposit_fen AND deposit_fen < price_fen", name=op.f("ck_plan_deposit")),
        sa.CheckConstraint(
            "least(divided_fen, fee_fen, costs_fen, commission_fen, reward_fen) >= 0"
            " AND fee_fen + costs_fen + commission_fen + reward_fen <= divided_fen AND divided_fen <= price_fen",
            name=op.f("ck_plan_divided"),
        ),
        sa.ForeignKeyConstraint(["settlement"], ["settlement.id"], name=op.f("fk_plan_settlement")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
    )
    standing = sa.text("state NOT IN ('withdrawn', 'lapsed')")
    op.create_index("uq_plan_standing", "plan", ["settlement"], unique=True, postgresql_where=standing)
    op.create_index("ix_plan_deal", "plan", ["deal"])
    op.create_index("ix_plan_acts", "plan", ["acts_at"], postgresql_where=sa.text("acts_at IS NOT NULL"))


def _create_part() -> None:
    op.create_table(
        "plan_part",
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("interest_fen", sa.BigInteger(), nullable=False),
        sa.Column("due_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("paid_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("proposed_by", sa.Text(), nullable=True),
        sa.Column("offered_by", sa.Text(), nullable=True),
        sa.Column("offered", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'funded', 'confirming', 'disputed', 'released', 'closed', 'returned', 'cancelled')",
            name=op.f("ck_plan_part_state"),
        ),
        sa.CheckConstraint("(paid_at IS NULL) = (state IN ('open', 'cancelled'))", name=op.f("ck_plan_part_paid")),
        sa.CheckConstraint(
            "(proposed_by IS NOT NULL) = (state = 'confirming')", name=op.f("ck_plan_part_confirming")
        ),
        sa.CheckConstraint("num_nulls(offered_by, offered) IN (0, 2)", name=op.f("ck_plan_part_offer")),
        sa.CheckConstraint(
            "offered_by IS NULL OR state = 'disputed'", name=op.f("ck_plan_part_offered_in_a_dispute")
        ),
        sa.CheckConstraint("offered IN ('released', 'returned')", name=op.f("ck_plan_part_outcome")),
        sa.CheckConstraint("amount_fen > 0 AND interest_fen >= 0", name=op.f("ck_plan_part_amounts")),
        sa.ForeignKeyConstraint(["plan"], ["plan.id"], name=op.f("fk_plan_part_plan")),
        sa.PrimaryKeyConstraint("plan", "number", name=op.f("pk_plan_part")),
    )
