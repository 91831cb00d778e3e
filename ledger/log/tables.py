"""The tables of the record.

`subject_head` orders the events of one subject before commit; `outbox` holds frozen entries until the sequencer
places them; `entries`, `tiles` and `head` are the log as it is placed, `signed` the newest checkpoint that the log's
own keys signed, `published` the newest that readers see. `witness` says how each witness stands, `testimony` what one
has shown against us, `trouble` which process refuses to work; `time_stamp` keeps RFC 3161 tokens. Nobody may change or
remove an entry or a token: grants and a trigger both say so.
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


def _one_row(name: str, *columns: sa.Column[object]) -> sa.Table:
    """Return a table of at most one row that says how far the log is."""
    return sa.Table(
        name,
        metadata,
        sa.Column("only", sa.Boolean, primary_key=True, server_default=sa.true()),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        *columns,
        sa.CheckConstraint('"only"', name="one_row"),
        sa.CheckConstraint("size > 0", name="size"),
        sa.CheckConstraint("octet_length(root) = 32", name="root"),
    )


def _note() -> sa.Column[object]:
    return sa.Column("note", sa.LargeBinary, nullable=False)


head = _one_row("head")  # what is placed
signed = _one_row("signed", _note(), sa.Column("signed_at", Instant, nullable=False))
published = _one_row("published", _note(), sa.Column("published_at", Instant, nullable=False))

witness = sa.Table(
    "witness",
    metadata,
    sa.Column("url", sa.Text, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),  # of the newest checkpoint it is known to hold
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("cosigned_at", Instant),
    sa.Column("problem", sa.Text),
    sa.CheckConstraint("size >= 0", name="size"),
    sa.CheckConstraint("char_length(url) > 0", name="url"),
    sa.CheckConstraint("char_length(problem) > 0", name="problem"),
)

testimony = sa.Table(
    "testimony",
    metadata,
    sa.Column("url", sa.Text, primary_key=True),  # of the witness that shows it
    sa.Column(
        "note", sa.LargeBinary, nullable=False
    ),  # a checkpoint that our own keys signed and this log does not have
    sa.Column("at", Instant, nullable=False),
    sa.CheckConstraint("char_length(url) > 0", name="url"),
    sa.CheckConstraint("octet_length(note) > 0", name="note"),
)

trouble = sa.Table(
    "trouble",
    metadata,
    sa.Column("part", sa.Text, primary_key=True),  # the process that refuses to go on
    sa.Column("said", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.CheckConstraint("char_length(said) > 0", name="said"),
)

time_stamp = sa.Table(
    "time_stamp",
    metadata,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("text", sa.Text, nullable=False),  # of the checkpoint that is stamped
    sa.Column("token", sa.LargeBinary, nullable=False),  # RFC 3161, DER
    sa.Column("authority", sa.Text, nullable=False),
    sa.Column("stamped_at", Instant, nullable=False),
    sa.CheckConstraint("size > 0", name="size"),
    sa.CheckConstraint("octet_length(token) > 0", name="token"),
)

disclosures = sa.Table(
    "disclosures",
    metadata,
    sa.Column("entry", sa.Text, primary_key=True),
    sa.Column("field", sa.Text, primary_key=True),
    sa.Column("salt", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),  # JSON text: its digest must not depend on a database's rendering
)
