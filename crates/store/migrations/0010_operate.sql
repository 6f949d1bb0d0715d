-- What an operator needs to bring a site up: what people are mailed about, the legal texts, what was seen to.

-- A topic that a person is not mailed about. What protects money or an account is never here.
CREATE TABLE notice_choice (
    person TEXT NOT NULL REFERENCES person (id),
    topic TEXT NOT NULL,
    PRIMARY KEY (person, topic)
);

-- A legal text as the operator gave it, by its SHA-256; kept for good, so that whoever accepted it can read it.
CREATE TABLE legal_text (
    kind TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    body TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (kind, sha256)
);

-- Who has accepted which, and when.
CREATE TABLE legal_acceptance (
    person TEXT NOT NULL REFERENCES person (id),
    kind TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (person, kind, sha256)
);

-- The texts that were in force when a contract began; noted in the transaction that began it.
CREATE TABLE contract_legal (
    contract TEXT NOT NULL,
    kind TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (contract, kind)
);

-- What was seen to before real money moves: a test letter, a restored backup. The last one of a kind counts.
CREATE TABLE mark (
    what TEXT NOT NULL,
    at BIGINT NOT NULL,
    by_person TEXT NOT NULL,
    subject TEXT NOT NULL,
    reasons TEXT NOT NULL,
    PRIMARY KEY (what, at)
);
