-- What is in the books is never changed or taken out, whoever asks.
CREATE TRIGGER account_no_update BEFORE UPDATE ON account BEGIN
    SELECT RAISE(ABORT, 'the books only grow: UPDATE of account is refused');
END;
CREATE TRIGGER account_no_delete BEFORE DELETE ON account BEGIN
    SELECT RAISE(ABORT, 'the books only grow: DELETE of account is refused');
END;
CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN
    SELECT RAISE(ABORT, 'the books only grow: UPDATE of event is refused');
END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN
    SELECT RAISE(ABORT, 'the books only grow: DELETE of event is refused');
END;
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN
    SELECT RAISE(ABORT, 'the books only grow: UPDATE of entry is refused');
END;
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN
    SELECT RAISE(ABORT, 'the books only grow: DELETE of entry is refused');
END;
CREATE TRIGGER line_no_update BEFORE UPDATE ON line BEGIN
    SELECT RAISE(ABORT, 'the books only grow: UPDATE of line is refused');
END;
CREATE TRIGGER line_no_delete BEFORE DELETE ON line BEGIN
    SELECT RAISE(ABORT, 'the books only grow: DELETE of line is refused');
END;
CREATE TRIGGER checkpoint_no_update BEFORE UPDATE ON checkpoint BEGIN
    SELECT RAISE(ABORT, 'the books only grow: UPDATE of checkpoint is refused');
END;
CREATE TRIGGER checkpoint_no_delete BEFORE DELETE ON checkpoint BEGIN
    SELECT RAISE(ABORT, 'the books only grow: DELETE of checkpoint is refused');
END;
-- SQLite's REPLACE takes out a row without asking the triggers of DELETE.
CREATE TRIGGER account_no_replace BEFORE INSERT ON account WHEN EXISTS (SELECT 1 FROM account WHERE id = NEW.id OR (code = NEW.code AND currency = NEW.currency)) BEGIN
    SELECT RAISE(ABORT, 'the books only grow: REPLACE of account is refused');
END;
CREATE TRIGGER event_no_replace BEFORE INSERT ON event WHEN EXISTS (SELECT 1 FROM event WHERE id = NEW.id OR (chain = NEW.chain AND no = NEW.no)) BEGIN
    SELECT RAISE(ABORT, 'the books only grow: REPLACE of event is refused');
END;
CREATE TRIGGER entry_no_replace BEFORE INSERT ON entry WHEN EXISTS (SELECT 1 FROM entry WHERE id = NEW.id OR transition_id = NEW.transition_id OR idem = NEW.idem OR (chain = NEW.chain AND no = NEW.no)) BEGIN
    SELECT RAISE(ABORT, 'the books only grow: REPLACE of entry is refused');
END;
CREATE TRIGGER checkpoint_no_replace BEFORE INSERT ON checkpoint WHEN EXISTS (SELECT 1 FROM checkpoint WHERE no = NEW.no) BEGIN
    SELECT RAISE(ABORT, 'the books only grow: REPLACE of checkpoint is refused');
END;
CREATE TRIGGER line_no_replace BEFORE INSERT ON line WHEN EXISTS (SELECT 1 FROM line WHERE (entry_id = NEW.entry_id AND no = NEW.no)
    OR (account_id = NEW.account_id AND external_id = NEW.external_id AND external_id IS NOT NULL)) BEGIN
    SELECT RAISE(ABORT, 'the books only grow: REPLACE of line is refused');
END;
