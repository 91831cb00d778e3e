"""The tables of a payment plan.

Whose the payments are is kept, since every part is divided by it again; what is disputed, until the dispute is over.
"""

import sqlalchemy as sa

from ledger.kernel.db import Fen, Instant, metadata, one_of

from ..model import Outcome, PartState, PlanState
from .agreements import between_whom, divided_adds_up, divided_so_far, found_by, under_what, what_is_agreed

plan = sa.Table(
    "plan",
    metadata,
    *between_whom(),
    sa.Column("price_fen", Fen, nullable=False),
    sa.Column("deposit_fen", Fen, nullable=False),
    *under_what(),
    sa.Column("agree_by", Instant, nullable=False),
    *what_is_agreed(),
    sa.Column("effective_at", Instant),
    sa.Column("extended_until", Instant),
    sa.Column("acts_at", Instant),
    *divided_so_far(),
    sa.CheckConstraint(one_of("state", *PlanState), name="state"),
    sa.CheckConstraint(
        "(effective_at IS NOT NULL) = (state IN ('active', 'defaulted', 'closed', 'broken'))", name="effective"
    ),
    sa.CheckConstraint(
        "CASE WHEN state IN ('proposed', 'trial') THEN acts_at IS NOT NULL"
        " ELSE acts_at IS NULL OR state IN ('active', 'defaulted') END",
        name="acts",
    ),
    sa.CheckConstraint("extended_until IS NULL OR state NOT IN ('proposed', 'withdrawn', 'lapsed')", name="extended"),
    sa.CheckConstraint("0 < deposit_fen AND deposit_fen < price_fen", name="deposit"),
    divided_adds_up("divided_fen <= price_fen"),
    *found_by("plan"),
)

plan_part = sa.Table(
    "plan_part",
    metadata,
    sa.Column("plan", sa.Text, sa.ForeignKey("plan.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("amount_fen", Fen, nullable=False),
    sa.Column("interest_fen", Fen, nullable=False),
    sa.Column("due_at", Instant),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("paid_at", Instant),
    sa.Column("proposed_by", sa.Text),
    sa.Column("disputed_reason", sa.Text),
    sa.Column("offered_by", sa.Text),
    sa.Column("offered", sa.Text),
    sa.Column("released_at", Instant),
    sa.Column("divide_by", Instant),
    sa.CheckConstraint(one_of("state", *PartState), name="state"),
    sa.CheckConstraint("(paid_at IS NULL) = (state IN ('open', 'cancelled'))", name="paid"),
    sa.CheckConstraint("(proposed_by IS NOT NULL) = (state = 'confirming')", name="confirming"),
    sa.CheckConstraint("disputed_reason IS NULL OR state = 'disputed'", name="disputed"),
    sa.CheckConstraint("num_nulls(offered_by, offered) IN (0, 2)", name="offer"),
    sa.CheckConstraint("offered_by IS NULL OR state = 'disputed'", name="offered_in_a_dispute"),
    sa.CheckConstraint(one_of("offered", *Outcome), name="outcome"),
    sa.CheckConstraint("released_at IS NULL OR state IN ('released', 'closed')", name="released"),
    sa.CheckConstraint("divide_by IS NULL OR released_at IS NOT NULL", name="divide_by_once_released"),
    sa.CheckConstraint("divide_by > greatest(paid_at, released_at)", name="divide_by"),
    sa.CheckConstraint("amount_fen > 0 AND interest_fen >= 0", name="amounts"),
)
