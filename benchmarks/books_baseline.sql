-- The ordinary way: one function a transfer, which locks both accounts in name order, looks, and writes. It answers with
-- the words of `make_transfers`, of one order that is neither clipped nor closes nor reverses (tests/db/test_books_outcomes.py
-- holds both to one table). Its tables have the columns, keys, CHECKs and indexes of ours, and no trigger.
CREATE TABLE plain_account (LIKE account INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES);
CREATE TABLE plain_transfer (
    LIKE transfer INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES INCLUDING IDENTITY,
    FOREIGN KEY (debit) REFERENCES plain_account, FOREIGN KEY (credit) REFERENCES plain_account,
    FOREIGN KEY (hold) REFERENCES plain_transfer, FOREIGN KEY (reverses) REFERENCES plain_transfer
);
ALTER TABLE plain_account SET (fillfactor = 50);

CREATE FUNCTION plain_transfer(
    new_id text, new_kind text, new_debit text, new_credit text, new_fen numeric, new_hold text, until timestamptz,
    new_reference text, new_rule text, new_note text, hash bytea, at_instant timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    most CONSTANT numeric := 9223372036854775807;
    giving plain_account;
    receiving plain_account;
    made plain_transfer;
    held plain_transfer;
    ended text;
    pending numeric := 0;
    posted numeric := 0;
    fen numeric := new_fen;
BEGIN
    PERFORM FROM plain_account WHERE name IN (new_debit, new_credit) ORDER BY name FOR UPDATE;
    SELECT * INTO made FROM plain_transfer WHERE id = new_id;
    IF new_hold IS NOT NULL THEN
        SELECT * INTO held FROM plain_transfer WHERE id = new_hold;
        IF new_kind IN ('post', 'void') AND new_fen = most THEN
            fen := held.amount_fen;
        END IF;
    END IF;
    IF made.id IS NOT NULL THEN
        RETURN CASE WHEN made.kind <> new_kind THEN 'transfer-differs kind'
                    WHEN made.hold IS DISTINCT FROM new_hold THEN 'transfer-differs hold'
                    WHEN made.debit <> new_debit THEN 'transfer-differs debit'
                    WHEN made.credit <> new_credit THEN 'transfer-differs credit'
                    WHEN made.amount_fen <> fen THEN 'transfer-differs amount_fen'
                    WHEN made.expires_at IS DISTINCT FROM until THEN 'transfer-differs expires_at'
                    WHEN made.reference <> new_reference THEN 'transfer-differs reference'
                    WHEN made.note <> new_note THEN 'transfer-differs note'
                    ELSE 'exists' END;
    END IF;
    IF new_fen < 0 OR (new_fen = 0 AND new_kind IN ('move', 'hold')) THEN RETURN 'not-positive'; END IF;
    IF until <= at_instant THEN RETURN 'past-expiry'; END IF;
    SELECT * INTO giving FROM plain_account WHERE name = new_debit;
    SELECT * INTO receiving FROM plain_account WHERE name = new_credit;
    IF new_hold IS NULL THEN
        IF new_debit = new_credit THEN RETURN 'same-account'; END IF;
        IF giving.name IS NULL THEN RETURN 'no-such-account ' || new_debit; END IF;
        IF receiving.name IS NULL THEN RETURN 'no-such-account ' || new_credit; END IF;
        IF giving.book <> receiving.book THEN RETURN 'across-books'; END IF;
    ELSE
        IF held.id IS NULL THEN RETURN 'no-such-hold'; END IF;
        IF held.kind <> 'hold' THEN RETURN 'not-a-hold'; END IF;
        IF held.debit <> new_debit THEN RETURN 'hold-differs debit'; END IF;
        IF held.credit <> new_credit THEN RETURN 'hold-differs credit'; END IF;
        IF fen > held.amount_fen THEN RETURN 'exceeds-hold'; END IF;
        IF new_kind = 'void' AND fen < held.amount_fen THEN RETURN 'hold-differs amount_fen'; END IF;
        SELECT kind INTO ended FROM plain_transfer WHERE hold = new_hold;
        IF ended IS NOT NULL THEN RETURN 'hold-resolved'; END IF;
        IF held.expires_at <= at_instant THEN RETURN 'hold-expired'; END IF;
        pending := -held.amount_fen;
    END IF;
    IF new_kind = 'hold' THEN pending := fen; END IF;
    IF new_kind IN ('move', 'post') THEN posted := fen; END IF;
    IF greatest(giving.debits_pending_fen + pending, giving.debits_posted_fen + posted) > most THEN
        RETURN 'overflows ' || new_debit;
    END IF;
    IF greatest(receiving.credits_pending_fen + pending, receiving.credits_posted_fen + posted) > most THEN
        RETURN 'overflows ' || new_credit;
    END IF;
    IF giving.side = 'credit' AND giving.debits_posted_fen + posted + giving.debits_pending_fen + pending
       > giving.credits_posted_fen THEN
        RETURN 'overdrawn ' || new_debit;
    END IF;
    IF receiving.side = 'debit' AND receiving.credits_posted_fen + posted + receiving.credits_pending_fen + pending
       > receiving.debits_posted_fen THEN
        RETURN 'overdrawn ' || new_credit;
    END IF;
    UPDATE plain_account SET debits_pending_fen = debits_pending_fen + pending,
           debits_posted_fen = debits_posted_fen + posted, moved_at = at_instant
     WHERE name = new_debit RETURNING * INTO giving;
    UPDATE plain_account SET credits_pending_fen = credits_pending_fen + pending,
           credits_posted_fen = credits_posted_fen + posted, moved_at = at_instant
     WHERE name = new_credit RETURNING * INTO receiving;
    INSERT INTO plain_transfer (id, kind, debit, credit, amount_fen, hold, reference, rule, recorded_at, expires_at, note,
                                request_hash, debit_after_fen, credit_after_fen)
    VALUES (new_id, new_kind, new_debit, new_credit, fen, new_hold, new_reference, new_rule, at_instant, until, new_note,
            hash,
            CASE giving.side WHEN 'debit' THEN giving.debits_posted_fen - giving.credits_posted_fen
                             ELSE giving.credits_posted_fen - giving.debits_posted_fen END,
            CASE receiving.side WHEN 'debit' THEN receiving.debits_posted_fen - receiving.credits_posted_fen
                                ELSE receiving.credits_posted_fen - receiving.debits_posted_fen END);
    RETURN 'ok';
END $$;
