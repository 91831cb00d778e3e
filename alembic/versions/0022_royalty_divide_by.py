"""royalty divide by: until when a seller may divide what was paid for a period, before time does, and since when.

Until when what is due is paid may be left open, and is counted later from when it was stated or audited.

When a period was paid before, no column says: such a period waits for its seller, as it did until now.
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0022"
down_revision: str | Sequence[str] | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


BEFORE = {
    "due": "(due_fen > 0) = (pay_by IS NOT NULL)",
    "overdue": "pay_by IS NOT NULL OR NOT overdue",
}
AFTER = {
    "due": "(due_fen > 0) = (num_nonnulls(pay_by, owed_at) > 0)",
    "overdue": "due_fen > 0 OR NOT overdue",
}
CHECKS = {
    "pay_by": "pay_by > owed_at",
    "paid_at": "paid_at IS NULL OR payments > 0",
    "divide_by": "divide_by IS NULL OR divided_fen < paid_fen",
    "divide_by_once_paid": "divide_by IS NULL OR paid_at IS NOT NULL",
    "time_to_divide": "divide_by > paid_at",
}


def upgrade() -> None:
    for name in ("owed_at", "paid_at", "divide_by"):
        op.add_column("royalty_period", sa.Column(name, postgresql.TIMESTAMP(timezone=True), nullable=True))
    for name, condition in CHECKS.items():
        op.create_check_constraint(name, "royalty_period", condition)
    _replace(AFTER)
    op.create_index(
        "ix_royalty_period_divide_by",
        "royalty_period",
        ["divide_by"],
        postgresql_where=sa.text("divide_by IS NOT NULL"),
    )


def downgrade() -> None:
    """Refuses where the time to pay is open: the code before knows of none such."""
    _replace(BEFORE)
    op.drop_index("ix_royalty_period_divide_by", "royalty_period")
    for name in CHECKS:
        op.drop_constraint(name, "royalty_period", type_="check")
    op.drop_column("royalty_period", "divide_by")
    op.drop_column("royalty_period", "paid_at")
    op.drop_column("royalty_period", "owed_at")


def _replace(wanted: Mapping[str, str]) -> None:
    for name, condition in wanted.items():
        op.drop_constraint(name, "royalty_period", type_="check")
        op.create_check_constraint(name, "royalty_period", condition)
