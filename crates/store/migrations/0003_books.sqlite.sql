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
