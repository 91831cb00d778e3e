"""The columns that the tables of plans and of royalties have alike, made anew for each: a column has one table."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ledger.kernel.db import Fen


def between_whom() -> list[sa.Column[object]]:
    """Return the name of an agreement, its deal and its parties."""
    return [
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("settlement", sa.Text, sa.ForeignKey("settlement.id"), nullable=False),
        sa.Column("deal", sa.Text, nullable=False),
        sa.Column("seller", sa.Text, nullable=False),
        sa.Column("buyer", sa.Text, nullable=False),
    ]


def under_what() -> list[sa.Column[object]]:
    """Return the published numbers it is divided by."""
    return [
        sa.Column("reward_min_bp", sa.Integer, nullable=False),
        sa.Column("settled_under", sa.Text, nullable=False),
        sa.Column("practice", sa.Text, nullable=False),
    ]


def what_is_agreed() -> list[sa.Column[object]]:
    """Return how far along it is, its terms, and whose the payments are."""
    return [
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("terms", postgresql.JSONB, nullable=False),
        sa.Column("sharing", postgresql.JSONB, nullable=False),
    ]


def divided_so_far() -> list[sa.Column[object]]:
    """Return the sums of what has been divided."""
    names = ("divided_fen", "fee_fen", "costs_fen", "commission_fen", "reward_fen")
    return [sa.Column(name, Fen, nullable=False) for name in names]


def divided_adds_up(*more: str) -> sa.CheckConstraint:
    """Return the constraint on those sums, and what `more` must hold of them."""
    holds = (
        "least(divided_fen, fee_fen, costs_fen, commission_fen, reward_fen) >= 0",
        "fee_fen + costs_fen + commission_fen + reward_fen <= divided_fen",
    )
    return sa.CheckConstraint(" AND ".join((*holds, *more)), name="divided")


def found_by(table: str) -> list[sa.Index]:
    """Return the indices: that one stands for a settlement, those of a deal, those on which time acts."""
    stands = sa.text("state NOT IN ('withdrawn', 'lapsed')")
    return [
        sa.Index(f"uq_{table}_standing", "settlement", unique=True, postgresql_where=stands),
        sa.Index(f"ix_{table}_deal", "deal"),
        sa.Index(f"ix_{table}_acts", "acts_at", postgresql_where=sa.text("acts_at IS NOT NULL")),
    ]
