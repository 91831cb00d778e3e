"""holds that expire, linked chains, clips, closing, reversal, burnt names: the books' one function, anew.

`make_transfers` locks first and reads in later statements, whose snapshots under READ COMMITTED are newer than the
locks. `apply_orders` judges a slice of orders in one statement and applies it if nothing in it is refused; a whole list
is one slice as long as it can be.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import context, op

revision: str = "0013"
down_revision: str | Sequence[str] | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

FORMER = "make_transfers(jsonb, text, timestamptz)"
SIGNATURE = "make_transfers(jsonb, timestamptz, boolean)"
SLICE = "apply_orders(book_order[], text[], timestamptz, boolean)"
EXPIRIES = "due_expiries(timestamptz, text[], integer)"

ORDER = """
CREATE TYPE book_order AS (
    place integer, chain integer, id text, kind text, debit text, credit text, amount_fen numeric, hold text,
    expires_at timestamptz, expires_as text, effective_at timestamptz, clip text, closes text, reverses text,
    reference text, rule text, note text, request_hash text
)
"""

ANSWER = """
CREATE TYPE book_answer AS (
    place integer, outcome text, detail text, recorded_at timestamptz, amount_fen bigint,
    debit_after_fen bigint, credit_after_fen bigint, rule text, chain text, request_hash text
)
"""

APPLY_ORDERS = """
CREATE FUNCTION apply_orders(orders book_order[], locked text[], at_instant timestamptz, burning boolean)
RETURNS SETOF book_answer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off  -- a plan made while the tables were small is kept when they have grown
AS $$
#variable_conflict use_column
DECLARE
    most CONSTANT numeric := 9223372036854775807;  -- as an amount: as much as there is
    ids text[];
    holds text[];
    reversed text[];
BEGIN
    SELECT array_agg(id), coalesce(array_agg(hold) FILTER (WHERE hold IS NOT NULL), '{}'),
           coalesce(array_agg(reverses) FILTER (WHERE reverses IS NOT NULL), '{}')
      INTO ids, holds, reversed FROM unnest(orders);

    RETURN QUERY
    WITH given AS MATERIALIZED (
        SELECT one.*, min(one.place) OVER (PARTITION BY one.id) AS first_place FROM unnest(orders) AS one
    ), stored AS MATERIALIZED (
        SELECT * FROM public.transfer WHERE id = ANY (ids || holds || reversed)
    ), resolved AS MATERIALIZED (
        SELECT hold AS done_hold, kind AS done_kind FROM public.transfer WHERE hold IS NOT NULL AND hold = ANY (holds)
    ), undone AS MATERIALIZED (
        SELECT reverses FROM public.transfer WHERE reverses IS NOT NULL AND reverses = ANY (reversed)
    ), burnt AS MATERIALIZED (
        SELECT id FROM public.burnt_transfer WHERE id = ANY (ids)
    ), standing AS MATERIALIZED (
        SELECT * FROM public.account WHERE name = ANY (locked)
    ), compared AS MATERIALIZED (
        -- Beside each order: the transfer of its name, if there is one in the books or earlier in the slice; its hold;
        -- what it reverses.
        SELECT new.*, made.kind IS NOT NULL AS known,
               CASE WHEN made.kind IS NULL THEN NULL
                    WHEN made.kind <> new.kind THEN 'kind'
                    WHEN made.hold IS DISTINCT FROM new.hold THEN 'hold'
                    WHEN made.debit <> new.debit THEN 'debit'
                    WHEN made.credit <> new.credit THEN 'credit'
                    WHEN made.clip IS DISTINCT FROM new.clip THEN 'clip'
                    WHEN made.closes IS DISTINCT FROM new.closes THEN 'closes'
                    WHEN CASE WHEN new.clip IS NOT NULL THEN made.amount_fen > new.amount_fen
                              WHEN new.kind NOT IN ('post', 'void') THEN made.amount_fen <> new.amount_fen
                              ELSE CASE made.amount_fen WHEN most THEN held_fen ELSE made.amount_fen END
                                <> CASE new.amount_fen WHEN most THEN held_fen ELSE new.amount_fen END END
                         THEN 'amount_fen'
                    WHEN made.expires_at IS DISTINCT FROM new.expires_at THEN 'expires_at'
                    WHEN made.effective_at IS DISTINCT FROM new.effective_at THEN 'effective_at'
                    WHEN made.reverses IS DISTINCT FROM new.reverses THEN 'reverses'
                    WHEN made.reference <> new.reference AND new.kind <> 'expire' THEN 'reference'
                    WHEN made.note <> new.note THEN 'note' END AS differing,
               coalesce(held.kind, held_here.kind) AS held_kind,
               coalesce(held.debit, held_here.debit) AS held_debit,
               coalesce(held.credit, held_here.credit) AS held_credit,
               held_fen,
               coalesce(held.expires_at, held_here.expires_at) AS held_until,
               coalesce(held.closes, held_here.closes) AS held_closes,
               undoes.kind AS undone_kind, undoes.debit AS undone_debit, undoes.credit AS undone_credit,
               undoes.amount_fen AS undone_fen,
               row_number() OVER (PARTITION BY new.hold, made.kind IS NULL ORDER BY new.place) AS attempt,
               row_number() OVER (PARTITION BY new.reverses, made.kind IS NULL ORDER BY new.place) AS undoing
          FROM given AS new
          LEFT JOIN stored ON stored.id = new.id
          LEFT JOIN given AS earlier ON earlier.place = new.first_place AND earlier.place < new.place
         CROSS JOIN LATERAL (
              SELECT coalesce(stored.kind, earlier.kind) AS kind, coalesce(stored.hold, earlier.hold) AS hold,
                     coalesce(stored.debit, earlier.debit) AS debit, coalesce(stored.credit, earlier.credit) AS credit,
                     coalesce(stored.clip, earlier.clip) AS clip, coalesce(stored.closes, earlier.closes) AS closes,
                     coalesce(stored.amount_fen, earlier.amount_fen) AS amount_fen,
                     coalesce(stored.expires_at, earlier.expires_at) AS expires_at,
                     coalesce(stored.effective_at, earlier.effective_at) AS effective_at,
                     coalesce(stored.reverses, earlier.reverses) AS reverses,
                     coalesce(stored.reference, earlier.reference) AS reference,
                     coalesce(stored.note, earlier.note) AS note
         ) AS made
          LEFT JOIN stored AS held ON held.id = new.hold
          LEFT JOIN given AS held_here ON held_here.id = new.hold AND held_here.place < new.place
                AND held_here.place = held_here.first_place
         CROSS JOIN LATERAL (SELECT coalesce(held.amount_fen, held_here.amount_fen) AS held_fen) AS all_of_it
          LEFT JOIN stored AS undoes ON undoes.id = new.reverses
    ), judged AS MATERIALIZED (
        -- What can be said of each order by itself, in the order of `settlement.books.rules.REFUSALS`.
        SELECT new.*, split_part(said.words, ' ', 1) AS outcome, nullif(split_part(said.words, ' ', 2), '') AS detail,
               said.words = 'ok' AS sound, meant.fen
          FROM compared AS new
          LEFT JOIN standing AS giving ON giving.name = new.debit
          LEFT JOIN standing AS receiving ON receiving.name = new.credit
          LEFT JOIN resolved ON done_hold = new.hold
         CROSS JOIN LATERAL (
              SELECT CASE
                  WHEN differing IS NOT NULL THEN 'transfer-differs ' || differing
                  WHEN known THEN 'exists'
                  WHEN burning AND EXISTS (SELECT FROM burnt WHERE burnt.id = new.id) THEN 'already-failed'
                  WHEN amount_fen < 0 OR (amount_fen = 0 AND kind IN ('move', 'hold') AND closes IS NULL AND clip IS NULL)
                       THEN 'not-positive'
                  WHEN new.expires_at <= at_instant THEN 'past-expiry'
                  WHEN new.hold IS NULL THEN CASE
                      WHEN debit = credit THEN 'same-account'
                      WHEN giving.name IS NULL THEN 'no-such-account ' || debit
                      WHEN receiving.name IS NULL THEN 'no-such-account ' || credit
                      WHEN giving.book <> receiving.book THEN 'across-books'
                      WHEN new.reverses IS NULL THEN NULL
                      WHEN coalesce(undone_kind NOT IN ('move', 'post'), true) THEN 'no-such-transfer'
                      WHEN undone_credit <> debit THEN 'reversal-differs debit'
                      WHEN undone_debit <> credit THEN 'reversal-differs credit'
                      WHEN undone_fen <> amount_fen THEN 'reversal-differs amount_fen'
                      WHEN undoing > 1 OR EXISTS (SELECT FROM undone WHERE undone.reverses = new.reverses)
                           THEN 'already-reversed' END
                  WHEN held_kind IS NULL THEN 'no-such-hold'
                  WHEN held_kind <> 'hold' THEN 'not-a-hold'
                  WHEN held_debit <> debit THEN 'hold-differs debit'
                  WHEN held_credit <> credit THEN 'hold-differs credit'
                  WHEN amount_fen > held_fen AND NOT (kind IN ('post', 'void') AND amount_fen = most) THEN 'exceeds-hold'
                  WHEN kind <> 'post' AND amount_fen < held_fen THEN 'hold-differs amount_fen'
                  WHEN done_kind = 'expire' THEN 'hold-expired'
                  WHEN attempt > 1 OR done_kind IS NOT NULL THEN 'hold-resolved'
                  WHEN kind = 'expire' THEN CASE WHEN held_until <= at_instant THEN 'ok' ELSE 'hold-not-due' END
                  WHEN held_until <= at_instant THEN 'hold-expired' END AS words
         ) AS wrong
         CROSS JOIN LATERAL (
              SELECT coalesce(wrong.words, CASE
                  WHEN kind IN ('void', 'expire') THEN 'ok'
                  WHEN giving.closed_by IS NOT NULL THEN 'account-closed ' || debit
                  WHEN receiving.closed_by IS NOT NULL THEN 'account-closed ' || credit
                  ELSE 'ok' END) AS words
         ) AS said
         CROSS JOIN LATERAL (
              SELECT CASE
                  WHEN kind IN ('post', 'void') AND amount_fen = most THEN held_fen
                  WHEN clip IS NULL THEN amount_fen
                  ELSE greatest(0, least(
                      amount_fen,
                      CASE WHEN clip IN ('debit', 'both') THEN
                          giving.credits_posted_fen - giving.debits_posted_fen - giving.debits_pending_fen END,
                      CASE WHEN clip IN ('credit', 'both') THEN
                          receiving.debits_posted_fen - receiving.credits_posted_fen - receiving.credits_pending_fen END
                  )) END AS fen
         ) AS meant
    ), legs AS (
        SELECT judged.*, leg.*
          FROM judged
         CROSS JOIN LATERAL (
              SELECT CASE kind WHEN 'hold' THEN fen WHEN 'move' THEN 0 ELSE -held_fen END AS pending,
                     CASE WHEN kind IN ('move', 'post') THEN fen ELSE 0 END AS posted,
                     CASE WHEN kind = 'hold' THEN id WHEN kind IN ('void', 'expire') THEN '' END AS shut,
                     CASE WHEN kind = 'hold' THEN closes WHEN kind IN ('void', 'expire') THEN held_closes END AS which
         ) AS change
         CROSS JOIN LATERAL (
              VALUES (true, debit, pending, posted, 0, 0, CASE WHEN which IN ('debit', 'both') THEN shut END),
                     (false, credit, 0, 0, pending, posted, CASE WHEN which IN ('credit', 'both') THEN shut END)
         ) AS leg (gives, name, debits_pending, debits_posted, credits_pending, credits_posted, shuts)
         WHERE sound
    ), running AS MATERIALIZED (
        -- Every account after every order that concerns it. An order concerns an account once.
        SELECT legs.place, gives, legs.name, standing.side, legs.shuts,
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
             WHERE greatest(debits_pending, debits_posted, credits_pending, credits_posted) > most
            UNION ALL
            SELECT place, CASE WHEN gives THEN 3 ELSE 4 END, 'overdrawn', name FROM running
             WHERE (side = 'credit' AND debits_posted + debits_pending > credits_posted)
                OR (side = 'debit' AND credits_posted + credits_pending > debits_posted)
        ) AS every ORDER BY place, rank LIMIT 1
    ), after AS (
        SELECT place,
               max(balance) FILTER (WHERE gives) AS debit_after_fen, max(balance) FILTER (WHERE NOT gives) AS credit_after_fen
          FROM (
               SELECT place, gives, CASE side WHEN 'debit' THEN debits_posted - credits_posted
                                              ELSE credits_posted - debits_posted END AS balance
                 FROM running WHERE NOT EXISTS (SELECT FROM refused)
          ) AS leg GROUP BY place  -- the two legs of each
    ), made AS (
        INSERT INTO public.transfer (
            id, kind, debit, credit, amount_fen, hold, reference, rule, recorded_at, effective_at, expires_at, clip,
            closes, reverses, chain, note, request_hash, debit_after_fen, credit_after_fen
        )
        SELECT id, kind, debit, credit, fen, hold, reference, rule, at_instant, effective_at, expires_at, clip,
               closes, reverses, CASE WHEN count(*) OVER in_chain > 1 THEN first_value(id) OVER in_chain END, note,
               decode(request_hash, 'hex'), after.debit_after_fen, after.credit_after_fen
          FROM judged JOIN after USING (place)
        WINDOW in_chain AS (PARTITION BY chain ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
         ORDER BY place
        RETURNING id, recorded_at, amount_fen, debit_after_fen, credit_after_fen, rule, chain, request_hash
    ), moved AS (
        UPDATE public.account
           SET debits_pending_fen = last.debits_pending, debits_posted_fen = last.debits_posted,
               credits_pending_fen = last.credits_pending, credits_posted_fen = last.credits_posted,
               closed_by = CASE WHEN last.shuts IS NULL THEN account.closed_by ELSE nullif(last.shuts, '') END,
               moved_at = at_instant
          FROM running AS last
         WHERE last.is_last AND account.name = last.name AND NOT EXISTS (SELECT FROM refused)
    ), awaited AS (
        INSERT INTO public.expiring_hold (hold, expires_as, expires_at, debit, credit)
        SELECT id, expires_as, expires_at, debit, credit FROM judged JOIN after USING (place)
         WHERE kind = 'hold' AND expires_at IS NOT NULL
    ), over AS (
        DELETE FROM public.expiring_hold
         WHERE hold = ANY (holds) AND hold IN (SELECT hold FROM judged JOIN after USING (place))
    )
    SELECT judged.place,
           CASE WHEN refused.place IS NULL THEN judged.outcome
                WHEN refused.place = judged.place THEN refused.outcome
                ELSE 'linked' END,
           CASE WHEN refused.place = judged.place THEN refused.detail END,
           coalesce(made.recorded_at, stored.recorded_at),
           coalesce(made.amount_fen, stored.amount_fen),
           coalesce(made.debit_after_fen, stored.debit_after_fen),
           coalesce(made.credit_after_fen, stored.credit_after_fen), coalesce(made.rule, stored.rule),
           coalesce(made.chain, stored.chain), encode(coalesce(made.request_hash, stored.request_hash), 'hex')
      FROM judged
      LEFT JOIN refused ON true
      LEFT JOIN made ON made.id = judged.id
      LEFT JOIN stored ON stored.id = judged.id
     ORDER BY judged.place;

    IF cardinality(holds) > 0 THEN  -- one made and resolved in this slice was never seen by the deletion
        DELETE FROM public.expiring_hold AS waiting USING public.transfer AS done
         WHERE waiting.hold = ANY (holds) AND done.hold = waiting.hold;
    END IF;
END $$
"""

DUE_EXPIRIES = """
CREATE FUNCTION due_expiries(at_instant timestamptz, names text[], at_most integer) RETURNS book_order[]
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    -- Orders that give back what holds on these accounts (or any, where none are named) held until now.
    SELECT array_agg(ROW(
               place, place, expires_as, 'expire', debit, credit, amount_fen, hold, NULL, NULL, NULL, NULL, NULL, NULL,
               reference, rule, '', NULL
           )::book_order ORDER BY place)
      FROM (
           SELECT row_number() OVER (ORDER BY due.expires_at, due.hold)::integer AS place, due.*, held.amount_fen,
                  held.reference, held.rule
             FROM public.expiring_hold AS due JOIN public.transfer AS held ON held.id = due.hold
            WHERE due.expires_at <= at_instant AND (names IS NULL OR due.debit = ANY (names) OR due.credit = ANY (names))
            ORDER BY due.expires_at, due.hold LIMIT at_most
      ) AS one
$$
"""

GIVE_BACK = """
CREATE FUNCTION give_back(due book_order[], locked text[], at_instant timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Nothing can be wrong with an expiry; if something is, nobody is to go on as if it had been made.
    IF EXISTS (SELECT FROM apply_orders(due, locked, at_instant, false) AS one WHERE one.outcome <> 'ok') THEN
        RAISE EXCEPTION 'a hold that is over cannot be given back' USING ERRCODE = 'assert_failure';
    END IF;
END $$
"""

MAKE_TRANSFERS = """
CREATE FUNCTION make_transfers(given jsonb, at_instant timestamptz, burning boolean) RETURNS SETOF book_answer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    orders book_order[];
    due book_order[];
    names text[];   -- of the accounts that are asked for, and of those that expired holds tie to them
    locked text[];  -- those that are there
    answers book_answer[];
    lawful boolean;
    apart boolean;  -- whether what an order does depends on more than sums
    last integer;
    first integer := 1;  -- the slice that is tried, in places
    until integer;
    step integer := 1;
    wrong integer;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'transfers are made under READ COMMITTED, where what is read is newer than the locks'
            USING ERRCODE = 'feature_not_supported';
    END IF;

    SELECT array_agg(one ORDER BY one.place), bool_and(coalesce(
               one.kind IN ('move', 'hold', 'post', 'void', 'expire')
               AND (one.kind IN ('post', 'void', 'expire')) = (one.hold IS NOT NULL)
               AND (one.expires_at IS NULL OR one.kind = 'hold') AND (one.expires_at IS NULL) = (one.expires_as IS NULL)
               AND (one.clip IS NULL OR one.kind IN ('move', 'hold')) AND (one.closes IS NULL OR one.kind = 'hold')
               AND (one.reverses IS NULL OR one.kind = 'move' AND one.clip IS NULL)
               AND one.id <> '' AND one.debit <> '' AND one.credit <> '' AND one.amount_fen = trunc(one.amount_fen)
               AND one.reference <> '' AND one.rule IS NOT NULL AND one.note IS NOT NULL AND one.chain > 0
               AND one.request_hash ~ '^[0-9a-f]{64}$',
               false)),
           array_agg(one.debit) || array_agg(one.credit), bool_or(one.clip IS NOT NULL OR one.closes IS NOT NULL),
           count(*)
      INTO orders, lawful, names, apart, last
      FROM jsonb_populate_recordset(NULL::book_order, given) AS one;
    IF lawful IS NOT TRUE THEN
        RAISE EXCEPTION 'not a list of orders' USING ERRCODE = 'invalid_parameter_value';
    END IF;

    SELECT names || coalesce(array_agg(one.debit) || array_agg(one.credit), '{}') INTO names
      FROM expiring_hold AS one
     WHERE one.expires_at <= at_instant AND (one.debit = ANY (names) OR one.credit = ANY (names));

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

    apart := apart OR EXISTS (
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

ONE_BY_ONE = """
CREATE FUNCTION one_by_one(orders book_order[], locked text[], at_instant timestamptz, burning boolean)
RETURNS book_answer[]
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    -- A chain in which an order depends on more than sums: each sees what the one before it has left, or none was.
    answers book_answer[] := '{}';
    answer book_answer;
    one book_order;
BEGIN
    BEGIN
        FOREACH one IN ARRAY orders LOOP
            SELECT * INTO answer FROM apply_orders(ARRAY[one], locked, at_instant, burning);
            answers := answers || answer;
            IF answer.outcome NOT IN ('ok', 'exists') THEN
                RAISE EXCEPTION 'the chain breaks' USING ERRCODE = 'MK001';
            END IF;
        END LOOP;
    EXCEPTION WHEN SQLSTATE 'MK001' THEN
        answers := ARRAY (
            SELECT CASE WHEN each.place = answer.place THEN answer
                        ELSE ROW(each.place, 'linked', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::book_answer END
              FROM unnest(orders) AS each ORDER BY each.place
        );
    END;
    RETURN answers;
END $$
"""

BURN = """
CREATE FUNCTION burn(orders book_order[], answers book_answer[], at_instant timestamptz) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
    -- What was refused for a passing reason may not be made under the same name later, when nobody expects it any more.
    INSERT INTO burnt_transfer (id, outcome, recorded_at)
    SELECT one.id, answer.outcome, at_instant
      FROM unnest(answers) AS answer JOIN unnest(orders) AS one ON one.place = answer.place
     WHERE answer.outcome IN ('no-such-account', 'account-closed', 'no-such-hold', 'overdrawn')
    ON CONFLICT DO NOTHING
$$
"""

EXPIRE_HOLDS = """
CREATE FUNCTION expire_holds(at_instant timestamptz, at_most integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    due book_order[] := due_expiries(at_instant, NULL, at_most);
    names text[];
    locked text[];
BEGIN
    IF due IS NULL THEN RETURN 0; END IF;
    SELECT array_agg(one.debit) || array_agg(one.credit) INTO names FROM unnest(due) AS one;
    SELECT array_agg(account.name), greatest(at_instant, max(account.moved_at)) INTO locked, at_instant FROM (
        SELECT name, moved_at FROM account WHERE name = ANY (names) ORDER BY name FOR NO KEY UPDATE
    ) AS account;
    -- Those that rivals have resolved while their locks were waited for are left out.
    SELECT array_agg(one ORDER BY one.place) INTO due FROM unnest(due) AS one
     WHERE EXISTS (SELECT FROM expiring_hold WHERE hold = one.hold);
    IF due IS NULL THEN RETURN 0; END IF;
    PERFORM give_back(due, locked, at_instant);
    RETURN cardinality(due);
END $$
"""

PRIVATE = (
    SLICE,
    EXPIRIES,
    "give_back(book_order[], text[], timestamptz)",
    "one_by_one(book_order[], text[], timestamptz, boolean)",
    "burn(book_order[], book_answer[], timestamptz)",
)
FOR_THE_API = (SIGNATURE, "expire_holds(timestamptz, integer)")


def upgrade() -> None:
    op.execute(f"DROP FUNCTION {FORMER}")
    _widen_account()
    _widen_transfer()
    _create_queues()
    for statement in (ORDER, ANSWER, APPLY_ORDERS, DUE_EXPIRIES, GIVE_BACK, ONE_BY_ONE, BURN, MAKE_TRANSFERS, EXPIRE_HOLDS):
        op.execute(statement)
    database = op.get_bind().execute(sa.text("SELECT current_database()")).scalar_one()
    for function in (*PRIVATE, *FOR_THE_API):
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
    for function in FOR_THE_API:
        op.execute(f'GRANT EXECUTE ON FUNCTION {function} TO "{database}_api"')
    op.execute(f'GRANT SELECT ON burnt_transfer, expiring_hold TO "{database}_api"')
    op.execute(
        "CREATE TRIGGER burnt_for_good BEFORE UPDATE OR DELETE OR TRUNCATE ON burnt_transfer"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Return to the former books; refused by their own CHECKs where something was made that they cannot tell."""
    for function in (*FOR_THE_API, *PRIVATE[::-1]):
        op.execute(f"DROP FUNCTION {function}")
    for kind in ("book_answer", "book_order"):
        op.execute(f"DROP TYPE {kind}")
    op.drop_table("burnt_transfer")
    op.drop_table("expiring_hold")
    for name in ("uq_transfer_hold", "uq_transfer_reverses", "ix_transfer_debit", "ix_transfer_credit"):
        op.drop_index(name, "transfer")
    for name in ("kind", "hold", "amount", "expires", "clip", "closes", "reverses"):
        op.drop_constraint(op.f(f"ck_transfer_{name}"), "transfer")
    for name in ("request_hash", "note", "chain", "reverses", "closes", "clip", "expires_at", "effective_at", "rule"):
        op.drop_column("transfer", name)
    op.create_check_constraint(op.f("ck_transfer_kind"), "transfer", "kind IN ('move', 'hold', 'post', 'void')")
    op.create_check_constraint(op.f("ck_transfer_hold"), "transfer", "(kind IN ('post', 'void')) = (hold IS NOT NULL)")
    op.create_check_constraint(op.f("ck_transfer_amount"), "transfer", "amount_fen > 0")
    op.create_unique_constraint(op.f("uq_transfer_hold"), "transfer", ["hold"])
    for name in ("either", "assets"):
        op.drop_constraint(op.f(f"ck_account_{name}"), "account")
    for name in ("moved_at", "closed_by"):
        op.drop_column("account", name)
    former = context.script.get_revision("0004").module
    op.execute(former.MAKE_TRANSFERS)
    op.execute(f"REVOKE EXECUTE ON FUNCTION {former.SIGNATURE} FROM PUBLIC")
    database = op.get_bind().execute(sa.text("SELECT current_database()")).scalar_one()
    op.execute(f'GRANT EXECUTE ON FUNCTION {former.SIGNATURE} TO "{database}_api"')


def _widen_account() -> None:
    op.add_column("account", sa.Column("closed_by", sa.Text(), nullable=True))
    op.add_column("account", sa.Column("moved_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.create_check_constraint(op.f("ck_account_either"), "account", "side <> 'either' OR book = 'quota'")
    op.create_check_constraint(op.f("ck_account_assets"), "account", "side <> 'debit' OR name LIKE 'custody:%'")
    op.execute("ALTER TABLE account SET (fillfactor = 50)")  # each is written anew by every transfer on it


def _widen_transfer() -> None:
    op.drop_constraint("uq_transfer_hold", "transfer")
    for name in ("ck_transfer_kind", "ck_transfer_hold", "ck_transfer_amount"):
        op.drop_constraint(op.f(name), "transfer")
    op.add_column("transfer", sa.Column("rule", sa.Text(), server_default="", nullable=False))
    op.add_column("transfer", sa.Column("effective_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("transfer", sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    for name in ("clip", "closes", "reverses", "chain"):
        op.add_column("transfer", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("transfer", sa.Column("note", sa.Text(), server_default="", nullable=False))
    op.add_column("transfer", sa.Column("request_hash", sa.LargeBinary(), nullable=True))
    for name, condition in (
        ("kind", "kind IN ('move', 'hold', 'post', 'void', 'expire')"),
        ("hold", "(kind IN ('post', 'void', 'expire')) = (hold IS NOT NULL)"),
        ("amount", "amount_fen > 0 OR (amount_fen = 0 AND (kind IN ('post', 'void', 'expire')"
                   " OR clip IS NOT NULL OR closes IS NOT NULL))"),
        ("expires", "expires_at IS NULL OR (kind = 'hold' AND expires_at > recorded_at)"),
        ("clip", "clip IS NULL OR (clip IN ('debit', 'credit', 'both') AND kind IN ('move', 'hold'))"),
        ("closes", "closes IS NULL OR (closes IN ('debit', 'credit', 'both') AND kind = 'hold')"),
        ("reverses", "reverses IS NULL OR kind = 'move'"),
    ):
        op.create_check_constraint(op.f(f"ck_transfer_{name}"), "transfer", condition)
    op.create_foreign_key(op.f("fk_transfer_reverses"), "transfer", "transfer", ["reverses"], ["id"])
    for name in ("hold", "reverses"):
        op.create_index(
            f"uq_transfer_{name}", "transfer", [name], unique=True, postgresql_where=sa.text(f"{name} IS NOT NULL")
        )
    for name in ("debit", "credit"):
        op.create_index(f"ix_transfer_{name}", "transfer", [name, "place"])


def _create_queues() -> None:
    op.create_table(
        "expiring_hold",
        sa.Column("hold", sa.Text(), nullable=False),
        sa.Column("expires_as", sa.Text(), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("debit", sa.Text(), nullable=False),
        sa.Column("credit", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hold", name=op.f("pk_expiring_hold")),
    )
    op.create_index("ix_expiring_hold_expires_at", "expiring_hold", ["expires_at"])
    op.create_table(
        "burnt_transfer",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("recorded_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_burnt_transfer")),
    )
