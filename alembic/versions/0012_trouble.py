"""trouble: a process that refuses to work says why where health finds it; a witness's proof against us is kept."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0012"
down_revision: str | Sequence[str] | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

Instant = postgresql.TIMESTAMP(timezone=True)
TABLES = ("testimony", "trouble")
GRANTS = {"api": "SELECT", "sequencer": "SELECT, INSERT, UPDATE, DELETE", "auditor": "SELECT"}


def upgrade() -> None:
    op.create_table(
        "testimony",
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.CheckConstraint("char_length(url) > 0", name=op.f("ck_testimony_url")),
        sa.CheckConstraint("octet_length(note) > 0", name=op.f("ck_testimony_note")),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_testimony")),
    )
    op.create_table(
        "trouble",
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.CheckConstraint("char_length(said) > 0", name=op.f("ck_trouble_said")),
        sa.PrimaryKeyConstraint("part", name=op.f("pk_trouble")),
    )
    database = op.get_bind().execute(sa.text("SELECT current_database()")).scalar_one()
    for role, rights in GRANTS.items():
        for table in TABLES:
            op.execute(f'GRANT {rights} ON "{table}" TO "{database}_{role}"')


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
