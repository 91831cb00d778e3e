"""who may do what: grants for the three logins, and the triggers that keep entries for good.

Nothing is granted that is not used. Nobody, the owner included, changes or removes an entry: the trigger says so even to
those whom a grant would let.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from alembic import op

revision: str = "0002"
down_revision: str | Sequence[str] | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

GRANTS = {
    "api": {
        "SELECT": "stamp clock entries tiles head",
        "SELECT, INSERT": "outbox disclosures lot_bidder asset_holder asset_inventor",
        "SELECT, INSERT, UPDATE": "answer subject_head organisation person token asset asset_encumbrance listing lot bid pack",
        "SELECT, INSERT, UPDATE, DELETE": "listing_document",
    },
    "sequencer": {
        "SELECT": "stamp clock",
        "SELECT, DELETE": "outbox",
        "SELECT, INSERT": "entries disclosures",
        "SELECT, INSERT, UPDATE": "tiles head subject_head",
    },
    "auditor": {"SELECT": "stamp clock entries tiles head"},
}


def upgrade() -> None:
    database = op.get_bind().execute(sa.text("SELECT current_database()")).scalar_one()
    for role, grants in GRANTS.items():
        for rights, tables in grants.items():
            for table in tables.split():
                op.execute(f'GRANT {rights} ON "{table}" TO "{database}_{role}"')
    op.execute(f'GRANT UPDATE ("at") ON clock TO "{database}_api"')
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the record is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'insufficient_privilege';
        END $$
        """
    )
    for table in ("entries", "stamp"):
        op.execute(
            f"CREATE TRIGGER {table}_for_good BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in ("entries", "stamp"):
        op.execute(f"DROP TRIGGER {table}_for_good ON {table}")
    op.execute("DROP FUNCTION refuse_change()")
    database = op.get_bind().execute(sa.text("SELECT current_database()")).scalar_one()
    for role in GRANTS:
        op.execute(f'REVOKE ALL ON ALL TABLES IN SCHEMA public FROM "{database}_{role}"')
