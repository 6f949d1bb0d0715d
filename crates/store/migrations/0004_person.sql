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
    browser TEXT NOT NULL
) /* clustered */;
CREATE INDEX session_person ON session (person);

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
