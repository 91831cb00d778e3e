"""what the whole of the judicial rules asks of a lot: holders of pre-emption, lots before it, suspensions."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision: str = "0032"
down_revision: str | Sequence[str] | None = "0031"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STATES = "state IN ('draft', 'announced', 'opening', 'suspended', 'sold', 'fell_through', 'unsold', 'withdrawn')"
STATES_BEFORE = "state IN ('draft', 'announced', 'opening', 'sold', 'fell_through', 'unsold', 'withdrawn')"
HALTS = "suspended_for IN ('ordered', 'objection', 'fault', 'danger')"
PREVIOUS = "num_nulls(previous, previous_ended_at, previous_start_price_fen) IN (0, 3)"


def upgrade() -> None:
    op.add_column("lot", sa.Column("holders", JSONB, nullable=False, server_default="[]"))
    op.add_column("lot", sa.Column("previous", sa.Text))
    op.add_column("lot", sa.Column("previous_ended_at", sa.DateTime(timezone=True)))
    op.add_column("lot", sa.Column("previous_start_price_fen", sa.BigInteger))
    op.add_column("lot", sa.Column("attempt", sa.Integer, nullable=False, server_default="1"))
    op.add_column("lot", sa.Column("leader_rank", sa.Integer))
    op.add_column("lot", sa.Column("suspended_at", sa.DateTime(timezone=True)))
    op.add_column("lot", sa.Column("suspended_for", sa.Text))
    op.add_column("lot", sa.Column("suspended_by", sa.Text))
    op.drop_constraint(op.f("ck_lot_state"), "lot")
    op.create_check_constraint(op.f("ck_lot_state"), "lot", STATES)
    op.create_check_constraint(op.f("ck_lot_suspended_for"), "lot", HALTS)
    op.create_check_constraint(
        op.f("ck_lot_suspended_at"), "lot", "(state = 'suspended') = (suspended_at IS NOT NULL)"
    )
    op.create_check_constraint(op.f("ck_lot_suspended"), "lot", "num_nulls(suspended_at, suspended_for) IN (0, 2)")
    op.create_check_constraint(op.f("ck_lot_previous"), "lot", PREVIOUS)
    op.create_check_constraint(op.f("ck_lot_attempt"), "lot", "(attempt > 1) = (previous IS NOT NULL)")
    op.create_check_constraint(op.f("ck_lot_leader_rank"), "lot", "leader_rank > 0")
    for table in ("lot_bidder", "bid"):
        op.add_column(table, sa.Column("rank", sa.Integer))
        op.create_check_constraint(op.f(f"ck_{table}_rank"), table, "rank > 0")


def downgrade() -> None:
    for table in ("lot_bidder", "bid"):
        op.drop_column(table, "rank")
    for name in ("suspended_by", "suspended_for", "suspended_at", "leader_rank", "attempt"):
        op.drop_column("lot", name)
    for name in ("previous_start_price_fen", "previous_ended_at", "previous", "holders"):
        op.drop_column("lot", name)
    op.drop_constraint(op.f("ck_lot_state"), "lot")
    op.create_check_constraint(op.f("ck_lot_state"), "lot", STATES_BEFORE)
