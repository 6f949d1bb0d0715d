-- What programs come in with, passwords, and the answers that programs were given under a key.

-- Of a token that a program carries: what its owner calls it. A browser has none.
ALTER TABLE session ADD COLUMN label TEXT;

-- A password, as an Argon2id hash with its parameters and salt (PHC string).
CREATE TABLE password (
    person TEXT NOT NULL PRIMARY KEY REFERENCES person (id),
    phc TEXT NOT NULL,
    at BIGINT NOT NULL
) /* clustered */;

-- An account that was asked for with a password: made when the link in its letter is opened, and forgotten otherwise.
CREATE TABLE sign_up (
    token_sha256 BYTEA NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    phc TEXT NOT NULL
) /* clustered */;

-- What a program was answered under a key; without a status while the first of its requests is under way.
CREATE TABLE api_answer (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    request_sha256 BYTEA NOT NULL,
    begun_at BIGINT NOT NULL,
    -- Drawn for the first attempt: what the request does is done once under it, whoever goes on.
    once BYTEA NOT NULL,
    status BIGINT,
    body TEXT,
    PRIMARY KEY (scope, key)
) /* clustered */;
CREATE INDEX api_answer_begun ON api_answer (begun_at);
