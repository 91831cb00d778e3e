"""The tables of a payment plan.

Whose the payments are is kept, since every part is divided by it again; what is disputed is in the disclosures alone.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ledger.kernel.db import Fen, Instant, metadata, one_of

from ..model import Outcome, PartState, PlanState

plan = sa.Table(
    "plan",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("settlement", sa.Text, sa.ForeignKey("settlement.id"), nullable=False),
    sa.Column("deal", sa.Text, nullable=False),
    sa.Column("seller", sa.Text, nullable=False),
    sa.Column("buyer", sa.Text, nullable=False),
    sa.Column("price_fen", Fen, nullable=False),
    sa.Column("deposit_fen", Fen, nullable=False),
    sa.Column("reward_min_bp", sa.Integer, nullable=False),
    sa.Column("settled_under", sa.Text, nullable=False),
    sa.Column("practice", sa.Text, nullable=False),
    sa.Column("agree_by", Instant, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("terms", postgresql.JSONB, nullable=False),
    sa.Column("sharing", postgresql.JSONB, nullable=False),
    sa.Column("effective_at", Instant),
    sa.Column("acts_at", Instant),
    sa.Column("divided_fen", Fen, nullable=False),
    sa.Column("fee_fen", Fen, nullable=False),
    sa.Column("costs_fen", Fen, nullable=False),
    sa.Column("commission_fen", Fen, nullable=False),
    sa.Column("reward_fen", Fen, nullable=False),
    sa.CheckConstraint(one_of("state", *PlanState), name="state"),
    sa.CheckConstraint(
        "(effective_at IS NOT NULL) = (state IN ('active', 'defaulted', 'closed', 'broken'))", name="effective"
    ),
    sa.CheckConstraint("(acts_at IS NOT NULL) = (state IN ('proposed', 'trial'))", name="acts"),
    sa.CheckConstraint("0 < deposit_fen AND deposit_fen < price_fen", name="deposit"),
    sa.CheckConstraint(
        "least(divided_fen, fee_fen, costs_fen, commission_fen, reward_fen) >= 0"
        " AND fee_fen + costs_fen + commission_fen + reward_fen <= divided_fen AND divided_fen <= price_fen",
        name="divided",
    ),
    sa.Index(
        "uq_plan_standing",
        "settlement",
        unique=True,
        postgresql_where=sa.text("state NOT IN ('withdrawn', 'lapsed')"),
    ),
    sa.Index("ix_plan_deal", "deal"),
    sa.Index("ix_plan_acts", "acts_at", postgresql_where=sa.text("acts_at IS NOT NULL")),
)

plan_part = sa.Table(
    "plan_part",
    metadata,
    sa.Column("plan", sa.Text, sa.ForeignKey("plan.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("amount_fen", Fen, nullable=False),
    sa.Column("interest_fen", Fen, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("paid_at", Instant),
    sa.Column("proposed_by", sa.Text),
    sa.Column("offered_by", sa.Text),
    sa.Column("offered", sa.Text),
    sa.CheckConstraint(one_of("state", *PartState), name="state"),
    sa.CheckConstraint("(paid_at IS NULL) = (state IN ('open', 'cancelled'))", name="paid"),
    sa.CheckConstraint("(proposed_by IS NOT NULL) = (state = 'confirming')", name="confirming"),
    sa.CheckConstraint("num_nulls(offered_by, offered) IN (0, 2)", name="offer"),
    sa.CheckConstraint("offered_by IS NULL OR state = 'disputed'", name="offered_in_a_dispute"),
    sa.CheckConstraint(one_of("offered", *Outcome), name="outcome"),
    sa.CheckConstraint("amount_fen > 0 AND interest_fen >= 0", name="amounts"),
)
