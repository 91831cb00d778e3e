"""what formats of auction ask of a lot besides, and how far a bid may go."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision: str = "0027"
down_revision: str | Sequence[str] | None = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("lot", sa.Column("form", JSONB(none_as_null=True)))
    op.add_column("lot", sa.Column("leader_maximum_fen", sa.BigInteger))
    op.create_check_constraint(op.f("ck_lot_leader_maximum"), "lot", "leader_maximum_fen >= price_fen")
    op.add_column("bid", sa.Column("maximum_fen", sa.BigInteger))
    op.create_check_constraint(op.f("ck_bid_maximum"), "bid", "maximum_fen > 0")


def downgrade() -> None:
    op.drop_column("bid", "maximum_fen")
    op.drop_column("lot", "leader_maximum_fen")
    op.drop_column("lot", "form")
