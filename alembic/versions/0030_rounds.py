"""the timed rounds of a lot, and who had bid before they began."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from alembic import op

revision: str = "0030"
down_revision: str | Sequence[str] | None = "0029"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("lot", sa.Column("extra_rounds", sa.Integer, nullable=False, server_default="0"))
    op.add_column("lot", sa.Column("bid_freely", ARRAY(sa.Text), nullable=False, server_default="{}"))
    op.create_check_constraint(op.f("ck_lot_extra_rounds"), "lot", "extra_rounds >= 0")


def downgrade() -> None:
    op.drop_column("lot", "bid_freely")
    op.drop_column("lot", "extra_rounds")
