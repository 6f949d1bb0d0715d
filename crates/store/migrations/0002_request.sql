-- A request to hire. Times are microseconds since 1970, days are texts such as 2026-12-01, sums are minor units.
-- The state has no CHECK: later states could not be added to one without copying the table.
CREATE TABLE request (
    id TEXT NOT NULL PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    submitted_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    summary TEXT NOT NULL,
    details TEXT,
    role TEXT NOT NULL,
    budget_from_minor BIGINT,
    budget_to_minor BIGINT,
    budget_currency TEXT,
    start_on TEXT,
    place TEXT,
    origin_comparison TEXT,
    origin_edition TEXT,
    origin_query TEXT,
    origin_verdict TEXT,
    origin_role TEXT,
    token_sha256 BYTEA NOT NULL UNIQUE,
    once_sha256 BYTEA NOT NULL UNIQUE,
    content_sha256 BYTEA NOT NULL
);
CREATE INDEX request_email ON request (email);
CREATE INDEX request_origin_comparison ON request (origin_comparison);
