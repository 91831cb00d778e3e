"""from when until when a lot was suspended: what arrived meanwhile is not heard afterwards."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision: str = "0033"
down_revision: str | Sequence[str] | None = "0032"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("lot", sa.Column("halts", JSONB, nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("lot", "halts")
