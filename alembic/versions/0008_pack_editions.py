"""editions of a lot's record pack: each end that its deal comes to has one.

Going back fails once any lot has a second edition.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0008"
down_revision: str | Sequence[str] | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # What there is has been requested by the close of its lot.
    op.add_column("pack", sa.Column("edition", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("pack", sa.Column("occasion", sa.Text(), nullable=False, server_default="closed"))
    op.alter_column("pack", "edition", server_default=None)
    op.alter_column("pack", "occasion", server_default=None)
    op.drop_constraint("uq_pack_lot", "pack", type_="unique")
    op.create_unique_constraint("uq_pack_edition", "pack", ["lot", "edition"])
    op.create_check_constraint(op.f("ck_pack_edition"), "pack", "edition > 0")
    op.create_check_constraint(
        op.f("ck_pack_occasion"),
        "pack",
        "occasion IN ('closed', 'settled', 'fallen-through', 'registered', 'claimed', 'subsidised')",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_pack_occasion"), "pack", type_="check")
    op.drop_constraint(op.f("ck_pack_edition"), "pack", type_="check")
    op.drop_constraint("uq_pack_edition", "pack", type_="unique")
    op.create_unique_constraint("uq_pack_lot", "pack", ["lot"])
    op.drop_column("pack", "occasion")
    op.drop_column("pack", "edition")
