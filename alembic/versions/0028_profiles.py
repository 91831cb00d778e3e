"""versions of the bidding rules, put into force by two people.

An exchange that has announced lots goes on under what it announced them under: `judicial-2016@1` is entered as in
force, with nobody who proposed it, and nothing is written into the record of what nobody did. Tokens of the operator's
that carry all that its role allowed may propose and activate, as they would had they been issued today: no token gives
away more than it carries, so nobody else could let them.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0028"
down_revision: str | Sequence[str] | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

Instant = postgresql.TIMESTAMP(timezone=True)
ACTS = ("proposed", "activated", "ended")
CHANGING = ", ".join(["state", *(f"{act}_{what}" for act in ACTS for what in ("by", "person", "at"))])
NUMBERS = (
    '{"id": "judicial-2016", "version": 1, "effective_from": "2017-01-01", "min_bidding_s": 86400, "extension_s": 300,'
    ' "grace_ms": 2000, "start_min_bp": 7000, "deposit_min_bp": 500, "deposit_max_bp": 2000, "needs_deposit": true,'
    ' "needs_increments": true, "needs_listing": true, "leader_may_raise": false}'
)
WHOLE = (
    "{members.manage, members.read, members.register, members.verify, listings.review, listings.read_internal,"
    " deposits.confirm, payments.record, contracts.register, deals.read, deals.read_all, packs.read, clock.move,"
    " replay.onboard}"
)


def upgrade() -> None:
    op.create_table(
        "auction_profile",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("numbers", postgresql.JSONB, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        *(
            column
            for act in ACTS
            for column in (
                sa.Column(f"{act}_by", sa.Text),
                sa.Column(f"{act}_person", sa.Text),
                sa.Column(f"{act}_at", Instant),
                sa.CheckConstraint(
                    f"num_nulls({act}_by, {act}_person, {act}_at) IN (0, 3)", name=op.f(f"ck_auction_profile_{act}")
                ),
            )
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'active', 'retired', 'rejected')", name=op.f("ck_auction_profile_state")
        ),
        sa.CheckConstraint(
            "(state IN ('retired', 'rejected')) = (ended_at IS NOT NULL)", name=op.f("ck_auction_profile_is_over")
        ),
        sa.CheckConstraint(
            "state NOT IN ('proposed', 'rejected') OR activated_at IS NULL", name=op.f("ck_auction_profile_in_force")
        ),
        sa.CheckConstraint("proposed_person <> activated_person", name=op.f("ck_auction_profile_two_people")),
        sa.CheckConstraint(
            "(numbers ->> 'id') || '@' || (numbers ->> 'version') = ref", name=op.f("ck_auction_profile_cited")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auction_profile")),
        sa.UniqueConstraint("ref", name=op.f("uq_auction_profile_ref")),
    )
    database = op.get_bind().execute(sa.text("SELECT current_database()")).scalar_one()
    op.execute(f'GRANT SELECT, INSERT ON auction_profile TO "{database}_api"')
    op.execute(f'GRANT UPDATE ({CHANGING}) ON auction_profile TO "{database}_api"')
    op.get_bind().execute(
        sa.text(
            "INSERT INTO auction_profile (id, ref, numbers, state)"
            " SELECT 'prf_' || repeat('0', 25) || '1', 'judicial-2016@1', CAST(:numbers AS jsonb), 'active'"
            " WHERE EXISTS (SELECT FROM lot WHERE profile = 'judicial-2016@1' AND announced_at IS NOT NULL)"
        ),
        {"numbers": NUMBERS},
    )
    op.get_bind().execute(
        sa.text(
            "UPDATE token SET scopes = array_append(scopes, 'profiles.manage') FROM organisation"
            " WHERE organisation.id = token.organisation AND 'operator' = ANY (organisation.roles)"
            " AND token.revoked_at IS NULL AND token.scopes @> CAST(:whole AS text[])"
        ),
        {"whole": WHOLE},
    )


def downgrade() -> None:
    op.execute("UPDATE token SET scopes = array_remove(scopes, 'profiles.manage')")
    op.drop_table("auction_profile")
