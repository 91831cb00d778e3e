"""a list of one goes a way of its own; expired holds tie whatever accounts they have, at the instant of the locks.

`made_singly` makes one plain move or hold with a statement for the locks, one for the looks, one for the totals and one
for the transfer. As `made_plainly` (migration 0019), whose place it takes for lists of one, it makes it or says nothing.
"""

from collections.abc import Sequence

from alembic import context, op

revision: str = "0024"
down_revision: str | Sequence[str] | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SINGLY = "made_singly(book_order, timestamptz, boolean)"
PLAINLY = "made_plainly(book_order[], text[], text[], timestamptz, boolean)"

MADE_SINGLY = """
CREATE FUNCTION made_singly(one book_order, at_instant timestamptz, burning boolean) RETURNS book_answer
LANGUAGE plpgsql VOLATILE  -- with the settings of make_transfers, which alone calls it: its own would cost as much again
AS $$
DECLARE
    most CONSTANT bigint := 9223372036854775807;
    rows public.account[];
    giving public.account;
    receiving public.account;
    pending bigint := 0;
    posted bigint := 0;
    answer public.book_answer;
BEGIN
    IF (one.kind IN ('move', 'hold') AND one.debit <> one.credit AND one.amount_fen BETWEEN 1 AND most
        AND one.amount_fen = trunc(one.amount_fen) AND one.id <> '' AND one.debit <> '' AND one.credit <> ''
        AND one.reference <> '' AND one.rule IS NOT NULL AND one.note IS NOT NULL AND one.chain > 0
        AND one.request_hash ~ '^[0-9a-f]{64}$' AND one.hold IS NULL AND one.expires_at IS NULL AND one.expires_as IS NULL
        AND one.clip IS NULL AND one.closes IS NULL AND one.reverses IS NULL) IS NOT TRUE
       -- What is over is given back first, and may tie in accounts that come before these.
       OR EXISTS (SELECT FROM public.expiring_hold WHERE expires_at <= at_instant) THEN
        RETURN NULL;
    END IF;

    -- Waits for rivals, always in the same order. A row that is locked is read as they have left it.
    SELECT array_agg(locked.row) INTO rows FROM (
        SELECT account FROM public.account WHERE name IN (one.debit, one.credit) ORDER BY name FOR NO KEY UPDATE
    ) AS locked (row);
    IF cardinality(rows) IS DISTINCT FROM 2 THEN
        RETURN NULL;
    END IF;
    giving := rows[CASE WHEN (rows[1]).name = one.debit THEN 1 ELSE 2 END];
    receiving := rows[CASE WHEN (rows[1]).name = one.debit THEN 2 ELSE 1 END];
    at_instant := greatest(at_instant, giving.moved_at, receiving.moved_at);
    IF one.kind = 'hold' THEN
        pending := one.amount_fen;
    ELSE
        posted := one.amount_fen;
    END IF;
    IF giving.closed_by IS NOT NULL OR receiving.closed_by IS NOT NULL OR giving.book <> receiving.book
       OR pending > most - giving.debits_pending_fen OR pending > most - receiving.credits_pending_fen
       OR posted > most - giving.debits_posted_fen OR posted > most - receiving.credits_posted_fen
       OR (giving.side = 'credit' AND giving.debits_pending_fen + pending
                                      > giving.credits_posted_fen - giving.debits_posted_fen - posted)
       OR (receiving.side = 'debit' AND receiving.credits_pending_fen + pending
                                        > receiving.debits_posted_fen - receiving.credits_posted_fen - posted)
       OR EXISTS (SELECT FROM public.transfer WHERE id = one.id)
       OR (burning AND EXISTS (SELECT FROM public.burnt_transfer WHERE id = one.id))
       OR EXISTS (SELECT FROM public.expiring_hold WHERE expires_at <= at_instant) THEN
        RETURN NULL;
    END IF;

    answer.place := one.place;
    answer.outcome := 'ok';
    answer.recorded_at := at_instant;
    answer.amount_fen := one.amount_fen;
    answer.rule := one.rule;
    answer.request_hash := one.request_hash;
    answer.debit_after_fen := (giving.debits_posted_fen + posted - giving.credits_posted_fen)
                              * CASE giving.side WHEN 'debit' THEN 1 ELSE -1 END;
    answer.credit_after_fen := (receiving.debits_posted_fen - receiving.credits_posted_fen - posted)
                               * CASE receiving.side WHEN 'debit' THEN 1 ELSE -1 END;
    UPDATE public.account
       SET debits_pending_fen = debits_pending_fen + CASE name WHEN one.debit THEN pending ELSE 0 END,
           debits_posted_fen = debits_posted_fen + CASE name WHEN one.debit THEN posted ELSE 0 END,
           credits_pending_fen = credits_pending_fen + CASE name WHEN one.credit THEN pending ELSE 0 END,
           credits_posted_fen = credits_posted_fen + CASE name WHEN one.credit THEN posted ELSE 0 END,
           moved_at = at_instant
     WHERE name IN (one.debit, one.credit);
    INSERT INTO public.transfer (
        id, kind, debit, credit, amount_fen, reference, rule, recorded_at, effective_at, note, request_hash,
        debit_after_fen, credit_after_fen
    ) VALUES (
        one.id, one.kind, one.debit, one.credit, one.amount_fen, one.reference, one.rule, at_instant, one.effective_at,
        one.note, decode(one.request_hash, 'hex'), answer.debit_after_fen, answer.credit_after_fen
    );
    RETURN answer;
END $$
"""

# What 0019 did once, before the locks; now for as long as the locks bring something that is over.
LOCKING = """
    SELECT array_agg(account.name), greatest(at_instant, max(account.moved_at)) INTO locked, at_instant FROM (
        SELECT name, moved_at FROM account WHERE name = ANY (names) ORDER BY name FOR NO KEY UPDATE
    ) AS account;
"""
LOCKING_ALL = """
    -- With what is over by then. An account whose last instant is later may bring more, which is locked out of order:
    -- whoever meets that the other way round is told of a deadlock, and asks again.
    LOOP
        SELECT array_agg(one.debit) || array_agg(one.credit) INTO tied
          FROM expiring_hold AS one
         WHERE one.expires_at <= at_instant AND (one.debit = ANY (asked) OR one.credit = ANY (asked))
           AND NOT (one.debit = ANY (names) AND one.credit = ANY (names));
        EXIT WHEN standing AND tied IS NULL;
        names := names || tied;
        SELECT array_agg(account.name), greatest(at_instant, max(account.moved_at)) INTO locked, at_instant FROM (
            SELECT name, moved_at FROM account WHERE name = ANY (names) ORDER BY name FOR NO KEY UPDATE
        ) AS account;
        standing := true;
    END LOOP;
"""
DECLARED = """DECLARE
    locked text[];"""
DECLARED_ALL = """DECLARE
    asked CONSTANT text[] := names;
    tied text[];
    standing boolean := false;  -- whether the locks are taken
    locked text[];"""

MAKE_TRANSFERS = """
CREATE OR REPLACE FUNCTION make_transfers(given jsonb, at_instant timestamptz, burning boolean)
RETURNS SETOF book_answer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off  -- plans made while the tables were small are kept when they have grown
AS $$
DECLARE
    orders book_order[];
    alone book_answer;
    lawful boolean;
    plain boolean;
    ids text[];
    names text[];  -- of the accounts that are asked for
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'transfers are made under READ COMMITTED, where what is read is newer than the locks'
            USING ERRCODE = 'feature_not_supported';
    END IF;

    IF jsonb_array_length(given) = 1 THEN
        alone := made_singly(jsonb_populate_record(NULL::book_order, given -> 0), at_instant, burning);
        IF alone.outcome IS NOT NULL THEN
            RETURN NEXT alone;
            RETURN;
        END IF;
    END IF;

    SELECT array_agg(one), array_agg(one.id), array_agg(one.debit) || array_agg(one.credit),
           bool_and(coalesce(
               one.kind IN ('move', 'hold', 'post', 'void', 'expire')
               AND (one.kind IN ('post', 'void', 'expire')) = (one.hold IS NOT NULL)
               AND (one.expires_at IS NULL OR one.kind = 'hold') AND (one.expires_at IS NULL) = (one.expires_as IS NULL)
               AND (one.clip IS NULL OR one.kind IN ('move', 'hold')) AND (one.closes IS NULL OR one.kind = 'hold')
               AND (one.reverses IS NULL OR one.kind = 'move' AND one.clip IS NULL)
               AND one.id <> '' AND one.debit <> '' AND one.credit <> '' AND one.amount_fen = trunc(one.amount_fen)
               AND one.reference <> '' AND one.rule IS NOT NULL AND one.note IS NOT NULL AND one.chain > 0
               AND one.request_hash ~ '^[0-9a-f]{64}$',
               false)),
           bool_and(one.hold IS NULL AND one.expires_at IS NULL AND one.clip IS NULL AND one.closes IS NULL
                    AND one.reverses IS NULL AND one.amount_fen BETWEEN 1 AND 9223372036854775807
                    AND one.debit <> one.credit)
      INTO orders, ids, names, lawful, plain
      FROM jsonb_populate_recordset(NULL::book_order, given) AS one;
    IF lawful IS NOT TRUE THEN
        RAISE EXCEPTION 'not a list of orders' USING ERRCODE = 'invalid_parameter_value';
    END IF;

    IF plain AND cardinality(orders) > 1 AND NOT EXISTS (
        SELECT FROM expiring_hold AS one
         WHERE one.expires_at <= at_instant AND (one.debit = ANY (names) OR one.credit = ANY (names))
    ) THEN
        RETURN QUERY SELECT * FROM made_plainly(orders, ids, names, at_instant, burning);
        IF FOUND THEN
            RETURN;
        END IF;
    END IF;
    RETURN QUERY SELECT * FROM made_thoroughly(orders, names, at_instant, burning);
END $$
"""


def upgrade() -> None:
    op.execute(MADE_SINGLY)
    op.execute(f"REVOKE EXECUTE ON FUNCTION {SINGLY} FROM PUBLIC")
    op.execute(_again(_thoroughly().replace(DECLARED, DECLARED_ALL).replace(LOCKING, LOCKING_ALL)))
    op.execute(MAKE_TRANSFERS)
    op.execute(f"ALTER FUNCTION {PLAINLY} SET plan_cache_mode = force_generic_plan")


def downgrade() -> None:
    former: str = context.script.get_revision("0019").module.MAKE_TRANSFERS
    op.execute(former)
    op.execute(_again(_thoroughly()))
    op.execute(f"ALTER FUNCTION {PLAINLY} RESET plan_cache_mode")
    op.execute(f"DROP FUNCTION {SINGLY}")


def _thoroughly() -> str:
    found: str = context.script.get_revision("0019").module.MADE_THOROUGHLY
    return found


def _again(create: str) -> str:
    return create.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
