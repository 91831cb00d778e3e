"""the published state: what is placed, what is signed and what readers see are three rows, no longer one.

The checkpoint of a log that exists is signed and published already. `witness` says how each witness stands,
`time_stamp` keeps RFC 3161 tokens for good.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0011"
down_revision: str | Sequence[str] | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

Instant = postgresql.TIMESTAMP(timezone=True)
TABLES = ("signed", "published", "witness", "time_stamp")
GRANTS = {
    "api": {"SELECT": "signed published witness time_stamp"},
    "sequencer": {
        "SELECT, INSERT, UPDATE": "signed witness",
        "SELECT, INSERT, UPDATE, DELETE": "published",  # withdrawn when witnesses are asked for that have not seen it
        "SELECT, INSERT": "time_stamp",
    },
    "auditor": {"SELECT": "signed published witness time_stamp"},
}


def upgrade() -> None:
    for name, moment in (("signed", "signed_at"), ("published", "published_at")):
        op.create_table(
            name,
            sa.Column("only", sa.Boolean, server_default=sa.true(), nullable=False),
            sa.Column("size", sa.BigInteger, nullable=False),
            sa.Column("root", sa.LargeBinary, nullable=False),
            sa.Column("note", sa.LargeBinary, nullable=False),
            sa.Column(moment, Instant, nullable=False),
            sa.CheckConstraint('"only"', name=op.f(f"ck_{name}_one_row")),
            sa.CheckConstraint("size > 0", name=op.f(f"ck_{name}_size")),
            sa.CheckConstraint("octet_length(root) = 32", name=op.f(f"ck_{name}_root")),
            sa.PrimaryKeyConstraint("only", name=op.f(f"pk_{name}")),
        )
        op.execute(f"INSERT INTO {name} (size, root, note, {moment}) SELECT size, root, checkpoint, signed_at FROM head")
    op.drop_column("head", "checkpoint")
    op.drop_column("head", "signed_at")
    op.create_check_constraint(op.f("ck_head_root"), "head", "octet_length(root) = 32")
    op.create_table(
        "witness",
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("cosigned_at", Instant),
        sa.Column("problem", sa.Text),
        sa.CheckConstraint("size >= 0", name=op.f("ck_witness_size")),
        sa.CheckConstraint("char_length(url) > 0", name=op.f("ck_witness_url")),
        sa.CheckConstraint("char_length(problem) > 0", name=op.f("ck_witness_problem")),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_witness")),
    )
    op.create_table(
        "time_stamp",
        sa.Column("size", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("token", sa.LargeBinary, nullable=False),
        sa.Column("authority", sa.Text, nullable=False),
        sa.Column("stamped_at", Instant, nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_time_stamp_size")),
        sa.CheckConstraint("octet_length(token) > 0", name=op.f("ck_time_stamp_token")),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_time_stamp")),
    )
    _grant()


def _grant() -> None:
    database = op.get_bind().execute(sa.text("SELECT current_database()")).scalar_one()
    for role, grants in GRANTS.items():
        for rights, tables in grants.items():
            for table in tables.split():
                op.execute(f'GRANT {rights} ON "{table}" TO "{database}_{role}"')
    op.execute(
        "CREATE TRIGGER time_stamp_for_good BEFORE UPDATE OR DELETE OR TRUNCATE ON time_stamp "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Go back to one row; fails where entries are placed that nothing has signed yet (run the sequencer first)."""
    op.add_column("head", sa.Column("checkpoint", sa.LargeBinary))
    op.add_column("head", sa.Column("signed_at", Instant))
    op.execute(
        "UPDATE head SET checkpoint = signed.note, signed_at = signed.signed_at FROM signed WHERE signed.size = head.size"
    )
    op.alter_column("head", "checkpoint", nullable=False)
    op.alter_column("head", "signed_at", nullable=False)
    op.drop_constraint(op.f("ck_head_root"), "head", type_="check")
    for table in reversed(TABLES):
        op.drop_table(table)
