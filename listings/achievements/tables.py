"""The tables of the achievements wing.

`asset_inventor` is the one table that owns the inventors' names, `listing` the one that owns floor prices and the
numbers of internal decisions; other rows hold opaque identifiers.
"""

import sqlalchemy as sa

from ledger.kernel.db import Fen, Instant, metadata, one_of

from .model import KIND_DIGITS, WHOLE_BP, EncumbranceKind, IpKind, Mode, PricingMethod, Region, State

_HELD = one_of("state", State.RESERVED, State.AWARDED)
_SHOWN = one_of("state", State.DISCLOSED, State.OPEN, State.RESERVED, State.AWARDED)

asset = sa.Table(
    "asset",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("application_number", sa.Text, unique=True),
    sa.Column("engaged_by", sa.Text),  # the listing whose deal holds it; no foreign key, for listings point here
    sa.Column("registered_by", sa.Text, nullable=False),
    sa.Column("registered_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.CheckConstraint(one_of("kind", *IpKind), name="kind"),
    sa.CheckConstraint(f"({one_of('kind', *KIND_DIGITS)}) = (application_number IS NOT NULL)", name="number"),
)

asset_holder = sa.Table(
    "asset_holder",
    metadata,
    sa.Column("asset", sa.Text, sa.ForeignKey("asset.id"), primary_key=True),
    sa.Column("place", sa.SmallInteger, primary_key=True),
    sa.Column("organisation", sa.Text, nullable=False),
    sa.Column("share_bp", sa.Integer, nullable=False),
    sa.UniqueConstraint("asset", "organisation"),
    sa.CheckConstraint(f"share_bp BETWEEN 1 AND {WHOLE_BP}", name="share"),
)

asset_inventor = sa.Table(
    "asset_inventor",
    metadata,
    sa.Column("asset", sa.Text, sa.ForeignKey("asset.id"), primary_key=True),
    sa.Column("place", sa.SmallInteger, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
)

asset_encumbrance = sa.Table(
    "asset_encumbrance",
    metadata,
    sa.Column("asset", sa.Text, sa.ForeignKey("asset.id"), primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("place", sa.SmallInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("evidence_sha256", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("released_at", Instant),
    sa.UniqueConstraint("asset", "place"),
    sa.CheckConstraint(one_of("kind", *EncumbranceKind), name="kind"),
    sa.CheckConstraint("released_at >= recorded_at", name="released_after"),
)

listing = sa.Table(
    "listing",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("asset", sa.Text, sa.ForeignKey("asset.id"), nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("approval_required", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("previous", sa.Text, sa.ForeignKey("listing.id")),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("abstract", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("industry", sa.Text, nullable=False),
    sa.Column("section", sa.Text, nullable=False),  # the industry's section letter, to search by
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("asking_fen", Fen, nullable=False),
    sa.Column("floor_fen", Fen),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("disclosure_days", sa.SmallInteger, nullable=False),
    sa.Column("approval_number", sa.Text),
    sa.Column("approval_body", sa.Text),
    sa.Column("approval_on", sa.Date),
    sa.Column("approval_sha256", sa.Text),
    sa.Column("reasons", sa.ARRAY(sa.Text), nullable=False),
    sa.Column("rule", sa.Text),
    sa.Column("disclosed_at", Instant),
    sa.Column("disclosure_ends_at", Instant),
    sa.Column("due_at", Instant),
    sa.Column("deal", sa.Text),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.CheckConstraint(one_of("state", *State), name="state"),
    sa.CheckConstraint(one_of("mode", *Mode), name="mode"),
    sa.CheckConstraint(one_of("region", *Region), name="region"),
    sa.CheckConstraint(one_of("method", *PricingMethod), name="method"),
    sa.CheckConstraint("asking_fen > 0 AND floor_fen > 0", name="price"),
    sa.CheckConstraint("method = 'auction' OR floor_fen <= asking_fen", name="floor"),
    sa.CheckConstraint(
        "num_nulls(approval_number, approval_body, approval_on, approval_sha256) IN (0, 4)", name="approval"
    ),
    sa.CheckConstraint("(state = 'returned') = (cardinality(reasons) > 0)", name="reasons"),
    sa.CheckConstraint(f"({_HELD}) = (deal IS NOT NULL)", name="deal"),
    sa.CheckConstraint("num_nulls(rule, disclosed_at, disclosure_ends_at) IN (0, 3)", name="disclosed"),
    sa.CheckConstraint("disclosure_ends_at > disclosed_at", name="disclosure"),
    sa.CheckConstraint(f"NOT ({_SHOWN}) OR disclosed_at IS NOT NULL", name="shown"),
    sa.CheckConstraint("(state = 'disclosed') = (due_at IS NOT NULL)", name="due"),
    sa.Index("ix_listing_due_at", "due_at", postgresql_where=sa.text("due_at IS NOT NULL")),
    sa.Index("ix_listing_owner", "owner"),
    sa.Index("uq_listing_reserved", "asset", unique=True, postgresql_where=sa.text("state = 'reserved'")),
)

listing_document = sa.Table(
    "listing_document",
    metadata,
    sa.Column("listing", sa.Text, sa.ForeignKey("listing.id"), primary_key=True),
    sa.Column("place", sa.SmallInteger, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("listing", "sha256"),
    sa.CheckConstraint("size_bytes > 0", name="size"),
)
