-- The best a server can do: one call, no way back and forth, the same rows under the same locks.
CREATE SEQUENCE operation_no;
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE tablename LIKE 'staged\_%' LOOP
        EXECUTE format('CREATE INDEX ON %I (n)', name);
        EXECUTE format('ANALYZE %I', name);
    END LOOP;
END;
$$;
CREATE FUNCTION carry_out(number bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE asked staged_operation;
BEGIN
    SELECT * INTO STRICT asked FROM staged_operation WHERE n = number;
    PERFORM 1 FROM contract WHERE id = asked.chain FOR UPDATE;
    PERFORM 1 FROM chain WHERE id = asked.chain FOR UPDATE;
    INSERT INTO idempotency SELECT (one).* FROM staged_idempotency WHERE n = number;
    UPDATE contract SET version = kept.version, standing = kept.standing, body = kept.body FROM staged_contract kept
        WHERE kept.n = number AND id = asked.chain;
    UPDATE chain SET length = asked.length, head = asked.head WHERE id = asked.chain;
    INSERT INTO account SELECT id, code, currency, kind, bound FROM staged_account WHERE n = number ORDER BY id ON CONFLICT DO NOTHING;
    INSERT INTO balance SELECT account_id, debit, credit FROM staged_balance WHERE n = number ORDER BY account_id
        ON CONFLICT (account_id) DO UPDATE SET debit = balance.debit + excluded.debit, credit = balance.credit + excluded.credit;
    INSERT INTO event SELECT (one).* FROM staged_event WHERE n = number;
    INSERT INTO entry SELECT (one).* FROM staged_entry WHERE n = number;
    INSERT INTO line SELECT (one).* FROM staged_line WHERE n = number;
    INSERT INTO milestone SELECT (one).* FROM staged_milestone WHERE n = number ON CONFLICT (id) DO UPDATE SET
        state = excluded.state, entry_no = excluded.entry_no, price = excluded.price, open = excluded.open;
    INSERT INTO lot SELECT (one).* FROM staged_lot WHERE n = number ON CONFLICT (id) DO UPDATE SET
        released = excluded.released, refunded = excluded.refunded, fee_earned = excluded.fee_earned,
        expert_fee_earned = excluded.expert_fee_earned;
    INSERT INTO earning SELECT (one).* FROM staged_earning WHERE n = number;
    INSERT INTO timer SELECT (one).* FROM staged_timer WHERE n = number;
    INSERT INTO job SELECT (one).* FROM staged_job WHERE n = number;
END;
$$;
