"""a credit code is unique among the organisations that are not rejected, so that a squatter holds none for good.

Going back fails while a rejected organisation shares its code with another.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NAME = "uq_organisation_credit_code"


def upgrade() -> None:
    op.drop_constraint(NAME, "organisation", type_="unique")
    op.create_index(NAME, "organisation", ["credit_code"], unique=True, postgresql_where=sa.text("state <> 'rejected'"))


def downgrade() -> None:
    op.drop_index(NAME, "organisation")
    op.create_unique_constraint(NAME, "organisation", ["credit_code"])
