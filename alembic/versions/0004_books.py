"""accounts and transfers, the one function that writes them, and what the database refuses even to the owner.

`make_transfers` locks first and reads in a later statement, whose snapshot under READ COMMITTED is newer than the locks.
Only accounts that it has locked exist for it: one that a rival opened meanwhile is not there yet.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision: str = "0004"
down_revision: str | Sequence[str] | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SIGNATURE = "make_transfers(jsonb, text, timestamptz)"

MAKE_TRANSFERS = """
CREATE FUNCTION make_transfers(orders jsonb, for_reference text, at_instant timestamptz)
RETURNS TABLE (
    place bigint, outcome text, detail text, recorded_at timestamptz, debit_after_fen bigint, credit_after_fen bigint
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off  -- a plan made while the tables were small is kept when they have grown
AS $$
#variable_conflict use_column
DECLARE
    lawful boolean;
    names text[];   -- of the accounts that are asked for
    locked text[];  -- those that are there
    ids text[];
    holds text[];
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'transfers are made under READ COMMITTED, where what is read is newer than the locks'
            USING ERRCODE = 'feature_not_supported';
    END IF;

    SELECT bool_and(coalesce(
               one.kind IN ('move', 'hold', 'post', 'void') AND (one.kind IN ('post', 'void')) = (one.hold IS NOT NULL)
               AND one.id <> '' AND one.debit <> '' AND one.credit <> '' AND one.amount_fen = trunc(one.amount_fen),
               false)),
           array_agg(one.id), array_agg(one.hold), array_agg(one.debit) || array_agg(one.credit)
      INTO lawful, ids, holds, names
      FROM jsonb_to_recordset(orders)
           AS one (id text, kind text, debit text, credit text, amount_fen numeric, hold text);
    IF lawful IS NOT TRUE THEN
        RAISE EXCEPTION 'not a list of orders' USING ERRCODE = 'invalid_parameter_value';
    END IF;

    -- Waits for rivals, always in the same order. What is read from here on is what they have left.
    SELECT array_agg(account.name) INTO locked FROM (
        SELECT name FROM public.account WHERE name = ANY (names) ORDER BY name FOR NO KEY UPDATE
    ) AS account;

    RETURN QUERY
    WITH given AS MATERIALIZED (
        SELECT one.*, min(one.place) OVER (PARTITION BY one.id) AS first_place
          FROM ROWS FROM (
                   jsonb_to_recordset(orders)
                   AS (id text, kind text, debit text, credit text, amount_fen numeric, hold text)
               ) WITH ORDINALITY AS one (id, kind, debit, credit, amount_fen, hold, place)
    ), stored AS MATERIALIZED (
        SELECT * FROM public.transfer WHERE id = ANY (ids || holds)
    ), resolved AS MATERIALIZED (
        SELECT hold FROM public.transfer WHERE hold = ANY (holds)
    ), standing AS MATERIALIZED (
        SELECT * FROM public.account WHERE name = ANY (locked)
    ), compared AS MATERIALIZED (
        -- Beside each order: the transfer of its name, if there is one in the books or earlier in the list; and its hold.
        SELECT new.*, made.kind IS NOT NULL AS known,
               CASE WHEN made.kind IS NULL THEN NULL
                    WHEN made.kind <> new.kind THEN 'kind'
                    WHEN made.hold IS DISTINCT FROM new.hold THEN 'hold'
                    WHEN made.debit <> new.debit THEN 'debit'
                    WHEN made.credit <> new.credit THEN 'credit'
                    WHEN made.amount_fen <> new.amount_fen THEN 'amount_fen'
                    WHEN made.reference <> for_reference THEN 'reference' END AS differing,
               coalesce(held.kind, held_here.kind) AS held_kind,
               coalesce(held.debit, held_here.debit) AS held_debit,
               coalesce(held.credit, held_here.credit) AS held_credit,
               coalesce(held.amount_fen, held_here.amount_fen) AS held_fen,
               row_number() OVER (PARTITION BY new.hold, made.kind IS NULL ORDER BY new.place) AS attempt
          FROM given AS new
          LEFT JOIN stored ON stored.id = new.id
          LEFT JOIN given AS earlier ON earlier.place = new.first_place AND earlier.place < new.place
         CROSS JOIN LATERAL (
              SELECT coalesce(stored.kind, earlier.kind) AS kind, coalesce(stored.hold, earlier.hold) AS hold,
                     coalesce(stored.debit, earlier.debit) AS debit, coalesce(stored.credit, earlier.credit) AS credit,
                     coalesce(stored.amount_fen, earlier.amount_fen) AS amount_fen,
                     coalesce(stored.reference, for_reference) AS reference
         ) AS made
          LEFT JOIN stored AS held ON held.id = new.hold
          LEFT JOIN given AS held_here ON held_here.id = new.hold AND held_here.place < new.place
                AND held_here.place = held_here.first_place
    ), judged AS MATERIALIZED (
        -- What can be said of each order by itself, in the order of `settlement.books.rules.REFUSALS`.
        SELECT new.*, split_part(said.words, ' ', 1) AS outcome, nullif(split_part(said.words, ' ', 2), '') AS detail,
               said.words = 'ok' AS sound
          FROM compared AS new
          LEFT JOIN standing AS giving ON giving.name = new.debit
          LEFT JOIN standing AS receiving ON receiving.name = new.credit
         CROSS JOIN LATERAL (
              SELECT CASE
                  WHEN differing IS NOT NULL THEN 'transfer-differs ' || differing
                  WHEN known THEN 'exists'
                  WHEN amount_fen <= 0 THEN 'not-positive'
                  WHEN hold IS NULL THEN CASE
                      WHEN debit = credit THEN 'same-account'
                      WHEN giving.name IS NULL THEN 'no-such-account ' || debit
                      WHEN receiving.name IS NULL THEN 'no-such-account ' || credit
                      WHEN giving.book <> receiving.book THEN 'across-books'
                      ELSE 'ok' END
                  WHEN held_kind IS DISTINCT FROM 'hold' THEN 'no-such-hold'
                  WHEN held_debit <> debit THEN 'hold-differs debit'
                  WHEN held_credit <> credit THEN 'hold-differs credit'
                  WHEN amount_fen > held_fen THEN 'exceeds-hold'
                  WHEN kind = 'void' AND amount_fen < held_fen THEN 'hold-differs amount_fen'
                  WHEN attempt > 1 OR EXISTS (SELECT FROM resolved WHERE resolved.hold = new.hold) THEN 'hold-resolved'
                  ELSE 'ok' END AS words
         ) AS said
    ), legs AS (
        SELECT judged.*, leg.*
          FROM judged
         CROSS JOIN LATERAL (
              SELECT CASE kind WHEN 'hold' THEN amount_fen WHEN 'move' THEN 0 ELSE -held_fen END AS pending,
                     CASE WHEN kind IN ('move', 'post') THEN amount_fen ELSE 0 END AS posted
         ) AS change
         CROSS JOIN LATERAL (
              VALUES (true, debit, pending, posted, 0, 0), (false, credit, 0, 0, pending, posted)
         ) AS leg (gives, name, debits_pending, debits_posted, credits_pending, credits_posted)
         WHERE sound
    ), running AS MATERIALIZED (
        -- Every account after every order that concerns it. An order concerns an account once.
        SELECT legs.place, id, kind, debit, credit, amount_fen, hold, gives, legs.name, standing.side,
               debits_pending_fen + sum(legs.debits_pending) OVER until AS debits_pending,
               debits_posted_fen + sum(legs.debits_posted) OVER until AS debits_posted,
               credits_pending_fen + sum(legs.credits_pending) OVER until AS credits_pending,
               credits_posted_fen + sum(legs.credits_posted) OVER until AS credits_posted,
               lead(legs.place) OVER (PARTITION BY legs.name ORDER BY legs.place) IS NULL AS is_last
          FROM legs JOIN standing ON standing.name = legs.name
        WINDOW until AS (PARTITION BY legs.name ORDER BY legs.place ROWS UNBOUNDED PRECEDING)
    ), refused AS MATERIALIZED (
        -- The first order that cannot be. Sums behind it are of no account, those before it are right.
        SELECT * FROM (
            SELECT place, 0 AS rank, outcome, detail FROM judged WHERE outcome NOT IN ('ok', 'exists')
            UNION ALL
            SELECT place, CASE WHEN gives THEN 1 ELSE 2 END, 'overflows', name FROM running
             WHERE greatest(debits_pending, debits_posted, credits_pending, credits_posted) > 9223372036854775807
            UNION ALL
            SELECT place, CASE WHEN gives THEN 3 ELSE 4 END, 'overdrawn', name FROM running
             WHERE (side = 'credit' AND debits_posted + debits_pending > credits_posted)
                OR (side = 'debit' AND credits_posted + credits_pending > debits_posted)
        ) AS every ORDER BY place, rank LIMIT 1
    ), made AS (
        INSERT INTO public.transfer (
            id, kind, debit, credit, amount_fen, hold, reference, recorded_at, debit_after_fen, credit_after_fen
        )
        SELECT id, kind, debit, credit, amount_fen, hold, for_reference, at_instant,
               sum(balance) FILTER (WHERE gives), sum(balance) FILTER (WHERE NOT gives)
          FROM running
         CROSS JOIN LATERAL (
              SELECT CASE side WHEN 'debit' THEN debits_posted - credits_posted
                               ELSE credits_posted - debits_posted END AS balance
         ) AS after
         WHERE NOT EXISTS (SELECT FROM refused)
         GROUP BY place, id, kind, debit, credit, amount_fen, hold  -- the two legs of each
         ORDER BY place
        RETURNING id, recorded_at, debit_after_fen, credit_after_fen
    ), moved AS (
        UPDATE public.account
           SET debits_pending_fen = last.debits_pending, debits_posted_fen = last.debits_posted,
               credits_pending_fen = last.credits_pending, credits_posted_fen = last.credits_posted
          FROM running AS last
         WHERE last.is_last AND account.name = last.name AND NOT EXISTS (SELECT FROM refused)
    )
    SELECT judged.place,
           CASE WHEN refused.place IS NULL THEN judged.outcome
                WHEN refused.place = judged.place THEN refused.outcome
                ELSE 'linked' END,
           CASE WHEN refused.place = judged.place THEN refused.detail END,
           coalesce(made.recorded_at, stored.recorded_at),
           coalesce(made.debit_after_fen, stored.debit_after_fen),
           coalesce(made.credit_after_fen, stored.credit_after_fen)
      FROM judged
      LEFT JOIN refused ON true
      LEFT JOIN made ON made.id = judged.id
      LEFT JOIN stored ON stored.id = judged.id
     ORDER BY judged.place;
END $$
"""

REFUSE_IMBALANCE = """
CREATE FUNCTION refuse_imbalance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (
            SELECT book, debits_pending_fen - credits_pending_fen AS pending, debits_posted_fen - credits_posted_fen AS posted
              FROM is_now
            UNION ALL
            SELECT book, credits_pending_fen - debits_pending_fen, credits_posted_fen - debits_posted_fen FROM was
        ) AS change GROUP BY book HAVING sum(pending) <> 0 OR sum(posted) <> 0
    ) THEN
        RAISE EXCEPTION 'the books must balance: debits and credits change by the same sums'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
"""

REFUSE_OPENING = """
CREATE FUNCTION refuse_opening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the books must balance: an account opens empty' USING ERRCODE = 'check_violation';
END $$
"""

TRIGGERS = """
CREATE TRIGGER transfer_for_good BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER account_for_good BEFORE DELETE OR TRUNCATE OR UPDATE OF name, side, book ON account
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER account_balances AFTER UPDATE ON account REFERENCING OLD TABLE AS was NEW TABLE AS is_now
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_imbalance();
CREATE TRIGGER account_opens_empty BEFORE INSERT ON account FOR EACH ROW
    WHEN (greatest(NEW.debits_pending_fen, NEW.debits_posted_fen, NEW.credits_pending_fen, NEW.credits_posted_fen) > 0)
    EXECUTE FUNCTION refuse_opening()
"""


def upgrade() -> None:
    _create_account()
    _create_transfer()
    for statement in (MAKE_TRANSFERS, REFUSE_IMBALANCE, REFUSE_OPENING, *TRIGGERS.split(";\n")):
        op.execute(statement)
    op.execute(f"REVOKE EXECUTE ON FUNCTION {SIGNATURE} FROM PUBLIC")
    database = op.get_bind().execute(sa.text("SELECT current_database()")).scalar_one()
    op.execute(f'GRANT EXECUTE ON FUNCTION {SIGNATURE} TO "{database}_api"')
    op.execute(f'GRANT SELECT ON account, transfer TO "{database}_api"')
    op.execute(f'GRANT INSERT (name, side, book) ON account TO "{database}_api"')


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {SIGNATURE}")
    op.drop_table("transfer")
    op.drop_table("account")
    op.execute("DROP FUNCTION refuse_imbalance()")
    op.execute("DROP FUNCTION refuse_opening()")


def _create_account() -> None:
    op.create_table(
        "account",
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("debits_pending_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("debits_posted_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("credits_pending_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("credits_posted_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("name ~ '^[a-z0-9_]{1,40}(:[a-z0-9_]{1,40}){1,4}$'", name=op.f("ck_account_name")),
        sa.CheckConstraint("side IN ('credit', 'debit', 'either')", name=op.f("ck_account_side")),
        sa.CheckConstraint("book IN ('money', 'quota')", name=op.f("ck_account_book")),
        sa.CheckConstraint(
            "least(debits_pending_fen, debits_posted_fen, credits_pending_fen, credits_posted_fen) >= 0",
            name=op.f("ck_account_totals"),
        ),
        sa.CheckConstraint(
            "side <> 'credit' OR debits_pending_fen <= credits_posted_fen - debits_posted_fen",
            name=op.f("ck_account_credit_side"),
        ),
        sa.CheckConstraint(
            "side <> 'debit' OR credits_pending_fen <= debits_posted_fen - credits_posted_fen",
            name=op.f("ck_account_debit_side"),
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_account")),
    )


def _create_transfer() -> None:
    op.create_table(
        "transfer",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("debit", sa.Text(collation="C"), nullable=False),
        sa.Column("credit", sa.Text(collation="C"), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("hold", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("recorded_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("debit_after_fen", sa.BigInteger(), nullable=False),
        sa.Column("credit_after_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('move', 'hold', 'post', 'void')", name=op.f("ck_transfer_kind")),
        sa.CheckConstraint("(kind IN ('post', 'void')) = (hold IS NOT NULL)", name=op.f("ck_transfer_hold")),
        sa.CheckConstraint("debit <> credit", name=op.f("ck_transfer_accounts")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_transfer_amount")),
        sa.CheckConstraint("reference <> ''", name=op.f("ck_transfer_reference")),
        sa.ForeignKeyConstraint(["debit"], ["account.name"], name=op.f("fk_transfer_debit")),
        sa.ForeignKeyConstraint(["credit"], ["account.name"], name=op.f("fk_transfer_credit")),
        sa.ForeignKeyConstraint(["hold"], ["transfer.id"], name=op.f("fk_transfer_hold")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        sa.UniqueConstraint("hold", name=op.f("uq_transfer_hold")),
    )
    op.create_index("ix_transfer_reference", "transfer", ["reference", "place"])
