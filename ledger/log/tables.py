"""The tables of the record.

`subject_head` orders the events of one subject before commit; `outbox` holds frozen entries until the sequencer
places them; `entries`, `tiles` and `head` are the log. Nobody may change or remove an entry: grants and a trigger
both say so.
"""

import sqlalchemy as sa

from ledger.kernel.db import Instant, metadata

subject_head = sa.Table(
    "subject_head",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),  # of the entry to come
    sa.Column("leaf", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("seq >= 0", name="seq"),
    sa.CheckConstraint("octet_length(leaf) = 32", name="leaf"),
)


def _entry_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    ]


outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("place", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    *_entry_columns(),
    # The top-level transaction that wrote the row, 64 bits and never used again: `xid8`, as a type everything reads.
    sa.Column(
        "transaction",
        sa.BigInteger,
        server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
        nullable=False,
        index=True,
    ),
    sa.UniqueConstraint("subject", "seq"),
)

entries = sa.Table(
    "entries",
    metadata,
    sa.Column("index", sa.BigInteger, primary_key=True, autoincrement=False),
    *_entry_columns(),
    sa.UniqueConstraint("subject", "seq"),
    sa.CheckConstraint('"index" >= 0', name="index"),
    sa.CheckConstraint("octet_length(content) BETWEEN 1 AND 65535", name="content"),
)

tiles = sa.Table(
    "tiles",
    metadata,
    sa.Column("level", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("index", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hashes", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("octet_length(hashes) BETWEEN 32 AND 8192 AND mod(octet_length(hashes), 32) = 0", name="hashes"),
)

head = sa.Table(
    "head",
    metadata,
    sa.Column("only", sa.Boolean, primary_key=True, server_default=sa.true()),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("checkpoint", sa.LargeBinary, nullable=False),
    sa.Column("signed_at", Instant, nullable=False),
    sa.CheckConstraint('"only"', name="one_row"),
    sa.CheckConstraint("size > 0", name="size"),
)

disclosures = sa.Table(
    "disclosures",
    metadata,
    sa.Column("entry", sa.Text, primary_key=True),
    sa.Column("field", sa.Text, primary_key=True),
    sa.Column("salt", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),  # JSON text: its digest must not depend on a database's rendering
)
