"""The tables of the subsidies wing. What is left of a budget or a cap is not here: the books hold it."""

import sqlalchemy as sa

from ledger.kernel.db import Fen, Instant, Json, metadata, one_of

from .model import ClaimState

programme = sa.Table(
    "subsidy_programme",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("keeper", sa.Text, nullable=False),
    sa.Column("budget_fen", Fen, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.CheckConstraint("budget_fen > 0", name="budget"),
    sa.Index("ix_subsidy_programme_rule", "rule"),
)

claim = sa.Table(
    "subsidy_claim",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("programme", sa.Text, sa.ForeignKey("subsidy_programme.id"), nullable=False),
    sa.Column("rule", sa.Text, nullable=False),  # the programme's: caps and deals are counted by it
    sa.Column("deal", sa.Text, nullable=False),
    sa.Column("claimant", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("facts", Json, nullable=False),
    sa.Column("trace", Json, nullable=False),
    sa.Column("amount_fen", Fen, nullable=False),
    sa.Column("refused_by", sa.Text),
    sa.Column("claimed_at", Instant, nullable=False),
    sa.Column("year", sa.SmallInteger),  # in China, in which the money of the deal arrived
    sa.Column("paid_fen", Fen),
    sa.Column("paying", Json, nullable=False),
    sa.CheckConstraint(one_of("state", *ClaimState), name="state"),
    sa.CheckConstraint("(state = 'refused') = (refused_by IS NOT NULL)", name="refused"),
    sa.CheckConstraint("CASE state WHEN 'refused' THEN amount_fen = 0 ELSE amount_fen > 0 END", name="amount"),
    sa.CheckConstraint("(state = 'paid') = (paid_fen IS NOT NULL)", name="paid"),
    sa.CheckConstraint("paid_fen BETWEEN 1 AND amount_fen", name="paid_within"),
    sa.CheckConstraint("state = 'refused' OR year IS NOT NULL", name="year"),
    sa.Index("uq_subsidy_claim_live", "rule", "deal", unique=True, postgresql_where=sa.text("state <> 'refused'")),
    sa.Index("ix_subsidy_claim_claimant", "claimant", "rule", "year"),
    sa.Index("ix_subsidy_claim_deal", "deal"),
)
