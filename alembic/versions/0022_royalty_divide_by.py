"""royalty divide by: until when a seller may divide what was paid for a period, before time does.

When a period was paid before, no column says: such a period waits for its seller, as it did until now.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0022"
down_revision: str | Sequence[str] | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("royalty_period", sa.Column("divide_by", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.create_check_constraint("divide_by", "royalty_period", "divide_by IS NULL OR divided_fen < paid_fen")
    op.create_index(
        "ix_royalty_period_divide_by",
        "royalty_period",
        ["divide_by"],
        postgresql_where=sa.text("divide_by IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_royalty_period_divide_by", "royalty_period")
    op.drop_constraint("divide_by", "royalty_period", type_="check")
    op.drop_column("royalty_period", "divide_by")
