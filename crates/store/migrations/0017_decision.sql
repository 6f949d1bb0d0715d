-- What several people decide together. Whoever has a link comes in; of the links only hashes are kept.
CREATE TABLE decision (
    id TEXT NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    comparison TEXT NOT NULL,
    edition TEXT NOT NULL,
    query TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    invite_no BIGINT NOT NULL,
    maker_sha256 BYTEA NOT NULL UNIQUE,
    invite_sha256 BYTEA NOT NULL UNIQUE,
    once_sha256 BYTEA NOT NULL UNIQUE,
    content_sha256 BYTEA NOT NULL
);
CREATE INDEX decision_due ON decision (expires_at);

-- What one of them says. Gone with the decision, or when they take it back.
CREATE TABLE participant (
    id TEXT NOT NULL PRIMARY KEY,
    decision TEXT NOT NULL REFERENCES decision (id),
    name TEXT NOT NULL,
    note TEXT,
    weights TEXT NOT NULL,
    joined_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    token_sha256 BYTEA NOT NULL UNIQUE,
    content_sha256 BYTEA NOT NULL
);
CREATE INDEX participant_decision ON participant (decision, joined_at);

-- Which decision a request was raised from. No reference: a decision is deleted, the request stays.
ALTER TABLE request ADD COLUMN origin_decision TEXT;
