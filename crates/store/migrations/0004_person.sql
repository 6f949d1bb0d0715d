-- People with an account, how they come in, and the letters that are sent to them.

-- An account. Its address is kept in small letters; roles are words with spaces between them.
CREATE TABLE person (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    roles TEXT NOT NULL,
    since BIGINT NOT NULL
);

-- A link that opens an account to whoever reads the mail to its address. It opens once.
CREATE TABLE sign_in_link (
    token_sha256 BYTEA NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    back TEXT NOT NULL,
    at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    used_at BIGINT
) /* clustered */;
CREATE INDEX sign_in_link_email ON sign_in_link (email, at);

-- A browser in which somebody is signed in.
CREATE TABLE session (
    token_sha256 BYTEA NOT NULL PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id),
    begun_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    -- When whoever is signed in last proved it with a second factor.
    proved_at BIGINT,
    browser TEXT NOT NULL
) /* clustered */;
CREATE INDEX session_person ON session (person);

-- The second factor of a person: a key that an app on their phone has, too. It counts once a code of it was typed.
CREATE TABLE second_factor (
    person TEXT NOT NULL PRIMARY KEY REFERENCES person (id),
    secret BYTEA NOT NULL,
    since BIGINT,
    -- The 30 seconds of the last code that was taken: no code counts twice.
    last_step BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL
) /* clustered */;

-- Codes for whoever has lost their phone; each counts once.
CREATE TABLE recovery_code (
    code_sha256 BYTEA NOT NULL PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id),
    used_at BIGINT
) /* clustered */;
CREATE INDEX recovery_code_person ON recovery_code (person);

-- A letter, kept in the transaction that it tells of and sent after it.
CREATE TABLE mail (
    id TEXT NOT NULL PRIMARY KEY,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL,
    state TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    last_error TEXT
);
CREATE INDEX mail_due ON mail (state, due_at);
