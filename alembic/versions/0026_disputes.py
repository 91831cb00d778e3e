"""what is disputed about a part of a plan, while it is."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0026"
down_revision: str | Sequence[str] | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("plan_part", sa.Column("disputed_reason", sa.Text))
    op.create_check_constraint(
        op.f("ck_plan_part_disputed"), "plan_part", "disputed_reason IS NULL OR state = 'disputed'"
    )


def downgrade() -> None:
    op.drop_column("plan_part", "disputed_reason")
