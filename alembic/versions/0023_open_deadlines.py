"""open deadlines: what no calendar reaches yet is left open, and counted later from an instant that is kept."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0023"
down_revision: str | Sequence[str] | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

Instant = postgresql.TIMESTAMP(timezone=True)
BEFORE: Mapping[str, Mapping[str, str]] = {
    "contract": {
        "due": "(state IN ('awarded', 'offered') AND stayed_at IS NULL) = (due_at IS NOT NULL)",
        "register_by": "num_nulls(effective_at, register_by) IN (0, 2)",
    },
    "settlement": {"due": "num_nulls(contract, pay_by) IN (0, 2)"},
}
AFTER: Mapping[str, Mapping[str, str]] = {
    "contract": {
        "due": "(state IN ('awarded', 'offered') AND stayed_at IS NULL AND sign_by IS NOT NULL) = (due_at IS NOT NULL)",
        "register_by": "register_by > effective_at",
        "register_by_once_effective": "register_by IS NULL OR effective_at IS NOT NULL",
        "sign_by": "num_nonnulls(sign_by, answer_from) > 0",
        "time_to_answer": "sign_by > answer_from",
    },
    "settlement": {
        "due": "(contract IS NULL) = (num_nonnulls(pay_by, effective_at) = 0)",
        "pay_by": "pay_by > effective_at",
    },
}


def upgrade() -> None:
    op.alter_column("misdirected", "deal_with_by", nullable=True)
    op.alter_column("contract", "sign_by", nullable=True)
    op.add_column("contract", sa.Column("answer_from", Instant))
    op.add_column("settlement", sa.Column("effective_at", Instant))
    _replace(BEFORE, AFTER)


def downgrade() -> None:
    """Refuses where a deadline is open: the code before knows of none such."""
    _replace(AFTER, BEFORE)
    op.drop_column("settlement", "effective_at")
    op.drop_column("contract", "answer_from")
    op.alter_column("contract", "sign_by", nullable=False)
    op.alter_column("misdirected", "deal_with_by", nullable=False)


def _replace(known: Mapping[str, Mapping[str, str]], wanted: Mapping[str, Mapping[str, str]]) -> None:
    for table, checks in known.items():
        for name in checks:
            op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    for table, checks in wanted.items():
        for name, condition in checks.items():
            op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
