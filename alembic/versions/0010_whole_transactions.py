"""whole transactions: a row of the outbox says which transaction wrote it, so that no checkpoint cuts one.

Rows that wait while this runs all count as one transaction's, this one's: they are placed together, once.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0010"
down_revision: str | Sequence[str] | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    current = sa.text("(pg_current_xact_id()::text)::bigint")
    op.add_column("outbox", sa.Column("transaction", sa.BigInteger, server_default=current, nullable=False))
    op.create_index(op.f("ix_outbox_transaction"), "outbox", ["transaction"])


def downgrade() -> None:
    op.drop_index(op.f("ix_outbox_transaction"), table_name="outbox")
    op.drop_column("outbox", "transaction")
