-- Who is asked to answer a request, whom the operator proposes, and when a request was first answered.

-- What a request says beyond its first fields, as JSON; nothing for requests of earlier programs.
ALTER TABLE request ADD COLUMN wishes TEXT;
-- 1 where its client asks for advice, so that it is in no list.
ALTER TABLE request ADD COLUMN managed BIGINT;
CREATE INDEX message_author ON message (author, at);

-- One expert asked by the client, once for each request.
CREATE TABLE invitation (
    id TEXT NOT NULL PRIMARY KEY,
    request TEXT NOT NULL REFERENCES request (id),
    client TEXT NOT NULL REFERENCES person (id),
    expert TEXT NOT NULL REFERENCES person (id),
    stage TEXT NOT NULL,
    at BIGINT NOT NULL,
    since BIGINT NOT NULL,
    reason TEXT,
    UNIQUE (request, expert)
);
CREATE INDEX invitation_expert ON invitation (expert, stage);

-- One expert proposed by an operator. It never changes.
CREATE TABLE advice (
    request TEXT NOT NULL REFERENCES request (id),
    expert TEXT NOT NULL REFERENCES person (id),
    at BIGINT NOT NULL,
    by_person TEXT NOT NULL REFERENCES person (id),
    note TEXT NOT NULL,
    rate_minor BIGINT,
    PRIMARY KEY (request, expert)
);

-- When somebody first answered a request, whoever it was. It never changes.
CREATE TABLE first_reply (
    request TEXT NOT NULL PRIMARY KEY REFERENCES request (id),
    at BIGINT NOT NULL
);
