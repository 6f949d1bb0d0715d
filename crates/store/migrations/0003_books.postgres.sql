-- What is in the books is never changed, taken out or emptied, whoever asks.
CREATE FUNCTION books_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the books only grow: % of % is refused', TG_OP, TG_TABLE_NAME;
END;
$$;
CREATE TRIGGER account_only_grows BEFORE UPDATE OR DELETE ON account FOR EACH ROW EXECUTE FUNCTION books_only_grow();
CREATE TRIGGER account_not_emptied BEFORE TRUNCATE ON account FOR EACH STATEMENT EXECUTE FUNCTION books_only_grow();
CREATE TRIGGER event_only_grows BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION books_only_grow();
CREATE TRIGGER event_not_emptied BEFORE TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION books_only_grow();
CREATE TRIGGER entry_only_grows BEFORE UPDATE OR DELETE ON entry FOR EACH ROW EXECUTE FUNCTION books_only_grow();
CREATE TRIGGER entry_not_emptied BEFORE TRUNCATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION books_only_grow();
CREATE TRIGGER line_only_grows BEFORE UPDATE OR DELETE ON line FOR EACH ROW EXECUTE FUNCTION books_only_grow();
CREATE TRIGGER line_not_emptied BEFORE TRUNCATE ON line FOR EACH STATEMENT EXECUTE FUNCTION books_only_grow();
CREATE TRIGGER checkpoint_only_grows BEFORE UPDATE OR DELETE ON checkpoint FOR EACH ROW EXECUTE FUNCTION books_only_grow();
CREATE TRIGGER checkpoint_not_emptied BEFORE TRUNCATE ON checkpoint FOR EACH STATEMENT EXECUTE FUNCTION books_only_grow();
