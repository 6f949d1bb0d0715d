-- People who want their account deleted, and those whose account was: the row stays, so that nobody comes back as them.
CREATE TABLE deletion (
    person TEXT NOT NULL PRIMARY KEY REFERENCES person (id),
    asked_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    done_at BIGINT
);
CREATE INDEX deletion_due ON deletion (due_at) WHERE done_at IS NULL;
