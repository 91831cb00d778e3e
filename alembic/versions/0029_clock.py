"""clicks on a falling clock, whose lot ends when its price is taken; and lots whose envelopes are being opened."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0029"
down_revision: str | Sequence[str] | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BEFORE = ("draft", "announced", "sold", "fell_through", "unsold", "withdrawn")
STATES = ("draft", "announced", "opening", "sold", "fell_through", "unsold", "withdrawn")


def upgrade() -> None:
    op.add_column("bid", sa.Column("seen_step", sa.Integer))
    op.add_column("bid", sa.Column("step", sa.Integer))
    click = "(step IS NULL) = (seen_step IS NULL) AND 0 <= seen_step AND seen_step <= step"
    op.create_check_constraint(op.f("ck_bid_click"), "bid", click)
    _lot("effective_end", "ends_at >= closes_at OR (form -> 'clock' IS NOT NULL AND ends_at = leader_arrived_at)")
    _lot("state", f"state IN ({', '.join(map(repr, STATES))})")
    _lot("due", "(state IN ('announced', 'opening')) = (due_at IS NOT NULL)")


def downgrade() -> None:
    _lot("due", "(state = 'announced') = (due_at IS NOT NULL)")
    _lot("state", f"state IN ({', '.join(map(repr, BEFORE))})")
    _lot("effective_end", "ends_at >= closes_at")
    op.drop_column("bid", "step")
    op.drop_column("bid", "seen_step")


def _lot(name: str, holds: str) -> None:
    op.drop_constraint(op.f(f"ck_lot_{name}"), "lot", type_="check")
    op.create_check_constraint(op.f(f"ck_lot_{name}"), "lot", holds)
