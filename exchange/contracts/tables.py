"""The table of packs. A pack's bytes never change once they stand."""

import sqlalchemy as sa

from ledger.kernel.db import Instant, metadata

from .model import PackState

pack = sa.Table(
    "pack",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("lot", sa.Text, sa.ForeignKey("lot.id"), nullable=False, unique=True),
    sa.Column("state", sa.Text, nullable=False, server_default=PackState.REQUESTED.value),
    sa.Column("requested_at", Instant, nullable=False),
    sa.Column("claim", sa.Text),
    sa.Column("claimed_until", Instant),  # real time, on a virtual clock too
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("built_at", Instant),
    sa.Column("log_size", sa.BigInteger),
    sa.Column("sha256", sa.Text),
    sa.Column("content", sa.LargeBinary),
    sa.CheckConstraint(f"state IN ({', '.join(repr(one.value) for one in PackState)})", name="state"),
    sa.CheckConstraint("(claim IS NULL) = (claimed_until IS NULL)", name="lease"),
    sa.CheckConstraint("state <> 'built' OR claim IS NULL", name="built_unclaimed"),
    sa.CheckConstraint("attempts >= 0", name="attempts"),
    sa.CheckConstraint(
        "CASE state WHEN 'built' THEN num_nonnulls(built_at, log_size, sha256, content) = 4"
        " ELSE num_nulls(built_at, log_size, sha256, content) = 4 END",
        name="built_whole",
    ),
    sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
    sa.CheckConstraint("log_size > 0", name="log_size"),
    sa.Index("ix_pack_requested", "requested_at", postgresql_where=sa.text("state = 'requested'")),
)
