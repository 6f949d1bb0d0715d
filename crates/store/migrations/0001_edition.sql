-- One immutable edition of a comparison: its whole content as one text, kept for ever.
CREATE TABLE edition (
    comparison TEXT NOT NULL,
    number TEXT NOT NULL,
    dated TEXT NOT NULL,
    changelog TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    body TEXT NOT NULL,
    kept_at BIGINT NOT NULL,
    PRIMARY KEY (comparison, number)
);
