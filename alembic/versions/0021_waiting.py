"""parts of a plan that wait for an order to be lifted, or are divided by time; trials that lasted longer."""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0021"
down_revision: str | Sequence[str] | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BEFORE = ("open", "funded", "confirming", "disputed", "released", "closed", "returned", "cancelled")
STATES = (*BEFORE[:4], "waiting", *BEFORE[4:])
ACTED = "(acts_at IS NOT NULL) = (state IN ('proposed', 'trial'))"
ACTS = (
    "CASE WHEN state IN ('proposed', 'trial') THEN acts_at IS NOT NULL"
    " ELSE acts_at IS NULL OR state IN ('active', 'defaulted') END"
)
PART = {
    "released": "released_at IS NULL OR state IN ('released', 'closed')",
    "divide_by_once_released": "divide_by IS NULL OR released_at IS NOT NULL",
    "divide_by": "divide_by > greatest(paid_at, released_at)",
}
EXTENDED = "extended_until IS NULL OR state NOT IN ('proposed', 'withdrawn', 'lapsed')"


def upgrade() -> None:
    """What was released before has no instant: its seller was told of none, and time does not act on it."""
    op.add_column("plan", sa.Column("extended_until", sa.DateTime(timezone=True)))
    op.create_check_constraint(op.f("ck_plan_extended"), "plan", EXTENDED)
    _acts(ACTS)
    op.alter_column("plan_part", "due_at", nullable=True)
    for name in ("released_at", "divide_by"):
        op.add_column("plan_part", sa.Column(name, sa.DateTime(timezone=True)))
    for name, condition in PART.items():
        op.create_check_constraint(op.f(f"ck_plan_part_{name}"), "plan_part", condition)
    _may_be(STATES)


def downgrade() -> None:
    """Refuses where it is open when a part falls due: the code before knows of none such."""
    op.alter_column("plan_part", "due_at", nullable=False)
    _may_be(BEFORE)
    for name in PART:
        op.drop_constraint(op.f(f"ck_plan_part_{name}"), "plan_part", type_="check")
    op.drop_column("plan_part", "divide_by")
    op.drop_column("plan_part", "released_at")
    op.execute("UPDATE plan SET acts_at = NULL WHERE state IN ('active', 'defaulted')")
    _acts(ACTED)
    op.drop_column("plan", "extended_until")


def _acts(holds: str) -> None:
    op.drop_constraint(op.f("ck_plan_acts"), "plan", type_="check")
    op.create_check_constraint(op.f("ck_plan_acts"), "plan", holds)


def _may_be(states: Sequence[str]) -> None:
    op.drop_constraint(op.f("ck_plan_part_state"), "plan_part", type_="check")
    op.create_check_constraint(op.f("ck_plan_part_state"), "plan_part", f"state IN ({', '.join(map(repr, states))})")
