"""a sale may fall through: through whom, and that it had a winner.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0009"
down_revision: str | Sequence[str] | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STATES = ("draft", "announced", "sold", "fell_through", "unsold", "withdrawn")
BEFORE = tuple(one for one in STATES if one != "fell_through")


def upgrade() -> None:
    op.add_column("lot", sa.Column("fault", sa.Text))
    _replace("state", f"state IN ({', '.join(map(repr, STATES))})")
    _replace("sold_to_somebody", "state NOT IN ('sold', 'fell_through') OR leader IS NOT NULL")
    op.create_check_constraint("fell_through", "lot", "(state = 'fell_through') = (fault IS NOT NULL)")
    op.create_check_constraint("fault", "lot", "fault IN ('seller', 'buyer')")


def downgrade() -> None:
    op.drop_constraint("fault", "lot", type_="check")
    op.drop_constraint("fell_through", "lot", type_="check")
    _replace("sold_to_somebody", "state <> 'sold' OR leader IS NOT NULL")
    _replace("state", f"state IN ({', '.join(map(repr, BEFORE))})")
    op.drop_column("lot", "fault")


def _replace(name: str, condition: str) -> None:
    op.drop_constraint(name, "lot", type_="check")
    op.create_check_constraint(name, "lot", condition)
