"""a short way for plain moves and holds: judged in memory, made by four statements whatever the list's length.

Nearly every list is such a one. `made_plainly` makes the whole of it or nothing and says nothing; what it leaves goes
the long way (migration 0013), which judges everything and names every refusal. What is made is the same either way.
"""

from collections.abc import Sequence

from alembic import context, op

revision: str = "0019"
down_revision: str | Sequence[str] | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PLAINLY = "made_plainly(book_order[], text[], text[], timestamptz, boolean)"

MADE_PLAINLY = """
CREATE FUNCTION made_plainly(
    orders book_order[], ids text[], named text[], at_instant timestamptz, burning boolean
)
RETURNS SETOF book_answer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off  -- plans made while the tables were small are kept when they have grown
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
    -- Moves and holds that neither clip, close, reverse nor expire, each under a name of its own.
    most CONSTANT bigint := 9223372036854775807;
    names text[]; sides text[]; books text[]; closed boolean;  -- of the accounts, in name order
    debits_pending bigint[]; debits_posted bigint[]; credits_pending bigint[]; credits_posted bigint[];
    debit_after bigint[]; credit_after bigint[]; chains text[];  -- of the orders
    one book_order;
    i integer := 0; gives integer; takes integer; fen bigint; chain integer := 0; head text;
BEGIN
    -- Waits for rivals, always in the same order. A row that is locked is read as they have left it.
    SELECT array_agg(account.name), array_agg(account.side), array_agg(account.book),
           bool_or(account.closed_by IS NOT NULL), greatest(at_instant, max(account.moved_at)),
           array_agg(account.debits_pending_fen), array_agg(account.debits_posted_fen),
           array_agg(account.credits_pending_fen), array_agg(account.credits_posted_fen)
      INTO names, sides, books, closed, at_instant, debits_pending, debits_posted, credits_pending, credits_posted
      FROM (SELECT * FROM account WHERE account.name = ANY (named) ORDER BY account.name FOR NO KEY UPDATE) AS account;
    IF coalesce(closed, true)
       OR (cardinality(ids) > 1 AND cardinality(ids) > (SELECT count(DISTINCT id) FROM unnest(ids) AS id))
       OR EXISTS (SELECT FROM transfer WHERE id = ANY (ids))
       OR (burning AND EXISTS (SELECT FROM burnt_transfer WHERE id = ANY (ids)))
       OR EXISTS (SELECT FROM expiring_hold AS due
                   WHERE due.expires_at <= at_instant AND (due.debit = ANY (named) OR due.credit = ANY (named))) THEN
        RETURN;
    END IF;

    FOREACH one IN ARRAY orders LOOP
        i := i + 1;
        fen := one.amount_fen;
        gives := array_position(names, one.debit);
        takes := array_position(names, one.credit);
        IF gives IS NULL OR takes IS NULL OR books[gives] <> books[takes] THEN
            RETURN;
        END IF;
        IF one.kind = 'hold' THEN
            IF fen > most - debits_pending[gives] OR fen > most - credits_pending[takes] THEN
                RETURN;
            END IF;
            debits_pending[gives] := debits_pending[gives] + fen;
            credits_pending[takes] := credits_pending[takes] + fen;
        ELSE
            IF fen > most - debits_posted[gives] OR fen > most - credits_posted[takes] THEN
                RETURN;
            END IF;
            debits_posted[gives] := debits_posted[gives] + fen;
            credits_posted[takes] := credits_posted[takes] + fen;
        END IF;
        IF (sides[gives] = 'credit' AND debits_pending[gives] > credits_posted[gives] - debits_posted[gives])
           OR (sides[takes] = 'debit' AND credits_pending[takes] > debits_posted[takes] - credits_posted[takes]) THEN
            RETURN;
        END IF;
        debit_after[i] := CASE sides[gives] WHEN 'debit' THEN debits_posted[gives] - credits_posted[gives]
                                            ELSE credits_posted[gives] - debits_posted[gives] END;
        credit_after[i] := CASE sides[takes] WHEN 'debit' THEN debits_posted[takes] - credits_posted[takes]
                                             ELSE credits_posted[takes] - debits_posted[takes] END;
        IF one.chain = chain THEN
            chains[i - 1] := head;
            chains[i] := head;
        ELSE
            chain := one.chain;
            head := one.id;
            chains[i] := NULL;
        END IF;
    END LOOP;

    UPDATE account
       SET debits_pending_fen = new.debits_pending, debits_posted_fen = new.debits_posted,
           credits_pending_fen = new.credits_pending, credits_posted_fen = new.credits_posted, moved_at = at_instant
      FROM unnest(names, debits_pending, debits_posted, credits_pending, credits_posted)
           AS new (name, debits_pending, debits_posted, credits_pending, credits_posted)
     WHERE account.name = new.name;
    INSERT INTO transfer (
        id, kind, debit, credit, amount_fen, reference, rule, recorded_at, effective_at, chain, note, request_hash,
        debit_after_fen, credit_after_fen
    )
    SELECT made.id, made.kind, made.debit, made.credit, made.amount_fen, made.reference, made.rule, at_instant,
           made.effective_at, made.in_chain, made.note, decode(made.request_hash, 'hex'), made.gave, made.took
      FROM ROWS FROM (unnest(orders), unnest(chains), unnest(debit_after), unnest(credit_after))
           AS made (place, chain, id, kind, debit, credit, amount_fen, hold, expires_at, expires_as, effective_at, clip,
                    closes, reverses, reference, rule, note, request_hash, in_chain, gave, took)
     ORDER BY made.place;
    RETURN QUERY
    SELECT made.place, 'ok', NULL::text, at_instant, made.amount_fen::bigint, made.gave, made.took, made.rule,
           made.in_chain, made.request_hash
      FROM ROWS FROM (unnest(orders), unnest(chains), unnest(debit_after), unnest(credit_after))
           AS made (place, chain, id, kind, debit, credit, amount_fen, hold, expires_at, expires_as, effective_at, clip,
                    closes, reverses, reference, rule, note, request_hash, in_chain, gave, took);
END $$
"""

MADE_THOROUGHLY = """
CREATE FUNCTION made_thoroughly(orders book_order[], names text[], at_instant timestamptz, burning boolean)
RETURNS SETOF book_answer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    locked text[];  -- those of the accounts that are there
    due book_order[];
    answers book_answer[];
    apart boolean;  -- whether what an order does depends on more than sums
    last CONSTANT integer := cardinality(orders);
    first integer := 1;  -- the slice that is tried, in places
    until integer;
    step integer := 1;
    wrong integer;
BEGIN
    -- Waits for rivals, always in the same order. What is read from here on is what they have left.
    SELECT array_agg(account.name), greatest(at_instant, max(account.moved_at)) INTO locked, at_instant FROM (
        SELECT name, moved_at FROM account WHERE name = ANY (names) ORDER BY name FOR NO KEY UPDATE
    ) AS account;

    IF EXISTS (SELECT FROM expiring_hold AS one WHERE one.expires_at <= at_instant) THEN
        due := due_expiries(at_instant, names, NULL);
        SELECT array_agg(one ORDER BY one.place) INTO due FROM unnest(due) AS one
         WHERE one.debit = ANY (locked) AND one.credit = ANY (locked);
        IF due IS NOT NULL THEN
            PERFORM give_back(due, locked, at_instant);
        END IF;
    END IF;

    apart := EXISTS (
        SELECT FROM unnest(orders) AS one WHERE one.clip IS NOT NULL OR one.closes IS NOT NULL
    ) OR EXISTS (
        SELECT FROM transfer AS held WHERE held.closes IS NOT NULL AND held.id IN (SELECT one.hold FROM unnest(orders) AS one)
    ) OR EXISTS (
        SELECT FROM unnest(orders) AS one WHERE one.reverses IN (SELECT undone.id FROM unnest(orders) AS undone)
    );
    until := CASE WHEN apart THEN 1 ELSE last END;
    LOOP
        -- Chain by chain where an order depends on more than sums; else as many chains at once as are sound.
        SELECT max(one.place) INTO until FROM unnest(orders) AS one WHERE one.chain = orders[until].chain;
        IF apart THEN
            answers := one_by_one(orders[first:until], locked, at_instant, burning);
        ELSE
            answers := ARRAY (SELECT one FROM apply_orders(orders[first:until], locked, at_instant, burning) AS one);
        END IF;
        SELECT min(one.place) INTO wrong FROM unnest(answers) AS one WHERE one.outcome NOT IN ('ok', 'exists', 'linked');
        IF wrong IS NOT NULL AND orders[first].chain <> orders[until].chain THEN
            -- What stands before the chain that is refused is sound; then that chain alone.
            IF orders[wrong].chain = orders[first].chain THEN
                until := first;
            ELSE
                SELECT max(one.place) INTO until FROM unnest(orders) AS one WHERE one.chain < orders[wrong].chain;
            END IF;
            CONTINUE;
        END IF;
        IF burning AND wrong IS NOT NULL THEN
            PERFORM burn(orders[first:until], answers, at_instant);
        END IF;
        RETURN QUERY SELECT * FROM unnest(answers);
        EXIT WHEN until = last;
        step := CASE WHEN apart OR wrong IS NOT NULL THEN 1 ELSE 2 * (until - first + 1) END;
        first := until + 1;
        until := least(last, first + step - 1);
    END LOOP;
END $$
"""

MAKE_TRANSFERS = """
CREATE OR REPLACE FUNCTION make_transfers(given jsonb, at_instant timestamptz, burning boolean)
RETURNS SETOF book_answer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    orders book_order[];
    lawful boolean;
    plain boolean;
    ids text[];
    names text[];   -- of the accounts that are asked for, and of those that expired holds tie to them
    tied text[];
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'transfers are made under READ COMMITTED, where what is read is newer than the locks'
            USING ERRCODE = 'feature_not_supported';
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

    SELECT array_agg(one.debit) || array_agg(one.credit) INTO tied
      FROM expiring_hold AS one
     WHERE one.expires_at <= at_instant AND (one.debit = ANY (names) OR one.credit = ANY (names));
    IF plain AND tied IS NULL THEN
        RETURN QUERY SELECT * FROM made_plainly(orders, ids, names, at_instant, burning);
        IF FOUND THEN
            RETURN;
        END IF;
    END IF;
    RETURN QUERY SELECT * FROM made_thoroughly(orders, names || tied, at_instant, burning);
END $$
"""

PRIVATE = (PLAINLY, "made_thoroughly(book_order[], text[], timestamptz, boolean)")


def upgrade() -> None:
    for statement in (MADE_PLAINLY, MADE_THOROUGHLY, MAKE_TRANSFERS):
        op.execute(statement)
    for function in PRIVATE:
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")


def downgrade() -> None:
    former: str = context.script.get_revision("0013").module.MAKE_TRANSFERS
    op.execute(former.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    for function in PRIVATE:
        op.execute(f"DROP FUNCTION {function}")
