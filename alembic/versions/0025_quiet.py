"""since when a deal is frozen no more, and until when time divides nothing of it."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0025"
down_revision: str | Sequence[str] | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    for name in ("thawed_at", "quiet_until"):
        op.add_column("settlement", sa.Column(name, sa.DateTime(timezone=True)))
    op.create_check_constraint(op.f("ck_settlement_quiet"), "settlement", "quiet_until > thawed_at")
    op.create_check_constraint(
        op.f("ck_settlement_quiet_once_thawed"), "settlement", "quiet_until IS NULL OR thawed_at IS NOT NULL"
    )


def downgrade() -> None:
    for name in ("quiet_until", "thawed_at"):
        op.drop_column("settlement", name)
