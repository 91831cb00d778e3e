"""what a panel gave each bidder of a lot, and when each bidder was let in."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from alembic import op
from ledger.kernel.db import Instant

revision: str = "0031"
down_revision: str | Sequence[str] | None = "0030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("lot_bidder", sa.Column("admitted_at", Instant))
    op.create_table(
        "lot_sheet",
        sa.Column("lot", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("panellist", sa.Integer, nullable=False),
        sa.Column("scores", ARRAY(sa.Integer), nullable=False),
        sa.CheckConstraint("panellist > 0", name=op.f("ck_lot_sheet_panellist")),
        sa.CheckConstraint("0 <= ALL (scores) AND 100 >= ALL (scores)", name=op.f("ck_lot_sheet_scores")),
        sa.ForeignKeyConstraint(["lot"], ["lot.id"], name=op.f("fk_lot_sheet_lot")),
        sa.PrimaryKeyConstraint("lot", "code", "panellist", name=op.f("pk_lot_sheet")),
    )
    database = op.get_bind().execute(sa.text("SELECT current_database()")).scalar_one()
    op.execute(f'GRANT SELECT, INSERT ON lot_sheet TO "{database}_api"')


def downgrade() -> None:
    op.drop_table("lot_sheet")
    op.drop_column("lot_bidder", "admitted_at")
