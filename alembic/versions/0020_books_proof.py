"""books proof: when the books were last held against their transfers and entries, and what came of it."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0020"
down_revision: str | Sequence[str] | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

Instant = postgresql.TIMESTAMP(timezone=True)
GRANTS = {"api": "SELECT, INSERT", "auditor": "SELECT"}  # nobody changes what was found


def upgrade() -> None:
    op.create_table(
        "books_proof",
        sa.Column("place", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("findings", sa.Integer, nullable=False),
        sa.CheckConstraint("findings >= 0", name=op.f("ck_books_proof_findings")),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_books_proof")),
    )
    database = op.get_bind().execute(sa.text("SELECT current_database()")).scalar_one()
    for role, rights in GRANTS.items():
        op.execute(f'GRANT {rights} ON "books_proof" TO "{database}_{role}"')


def downgrade() -> None:
    op.drop_table("books_proof")
