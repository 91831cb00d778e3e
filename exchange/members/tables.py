"""The tables of the members wing: the one place where organisations and people have names."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from ledger.kernel.db import Instant, Json, metadata, one_of

from .model import OrganisationState, PersonState

organisation = sa.Table(
    "organisation",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("credit_code", sa.Text, nullable=False),
    sa.Column("roles", ARRAY(sa.Text), nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reasons", Json, nullable=False),
    sa.CheckConstraint(one_of("state", *OrganisationState), name="state"),
    sa.CheckConstraint("cardinality(roles) > 0", name="roles"),
    sa.CheckConstraint("char_length(credit_code) = 18", name="credit_code"),
    sa.Index(  # who was rejected keeps nobody from the code
        "uq_organisation_credit_code", "credit_code", unique=True, postgresql_where=sa.text("state <> 'rejected'")
    ),
)

person = sa.Table(
    "person",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("organisation", sa.Text, sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.CheckConstraint(one_of("state", *PersonState), name="state"),
)

token = sa.Table(
    "token",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("organisation", sa.Text, sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column("person", sa.Text, sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("scopes", ARRAY(sa.Text), nullable=False),
    sa.Column("secret_hash", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
    sa.CheckConstraint("char_length(secret_hash) = 64", name="secret_hash"),
    sa.CheckConstraint("expires_at > created_at", name="expires"),
)
