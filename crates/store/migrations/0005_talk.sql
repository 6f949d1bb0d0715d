-- How a request goes on after it was sent, and what client and expert say and propose to each other.

-- Where a request is, once its client has an account. The body is the whole of it.
CREATE TABLE request_progress (
    request TEXT NOT NULL PRIMARY KEY REFERENCES request (id),
    client TEXT NOT NULL REFERENCES person (id),
    stage TEXT NOT NULL,
    version BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    contract TEXT,
    acceptance TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX request_progress_client ON request_progress (client);
CREATE INDEX request_progress_stage ON request_progress (stage, expires_at);

-- What one expert and the client say to each other about one request.
CREATE TABLE conversation (
    id TEXT NOT NULL PRIMARY KEY,
    request TEXT NOT NULL REFERENCES request (id),
    client TEXT NOT NULL REFERENCES person (id),
    expert TEXT NOT NULL REFERENCES person (id),
    at BIGINT NOT NULL,
    client_seen_at BIGINT NOT NULL,
    expert_seen_at BIGINT NOT NULL,
    said_at BIGINT NOT NULL,
    UNIQUE (request, expert)
);
CREATE INDEX conversation_client ON conversation (client, said_at);
CREATE INDEX conversation_expert ON conversation (expert, said_at);

-- One message. It never changes.
CREATE TABLE message (
    id TEXT NOT NULL PRIMARY KEY,
    conversation TEXT NOT NULL REFERENCES conversation (id),
    author TEXT NOT NULL,
    at BIGINT NOT NULL,
    text TEXT NOT NULL,
    once_sha256 BYTEA NOT NULL UNIQUE
);
CREATE INDEX message_conversation ON message (conversation, at);

-- A chain of offers and counter-offers. The body is the whole of it.
CREATE TABLE proposal (
    id TEXT NOT NULL PRIMARY KEY,
    conversation TEXT NOT NULL REFERENCES conversation (id),
    request TEXT NOT NULL,
    expert TEXT NOT NULL,
    stage TEXT NOT NULL,
    version BIGINT NOT NULL,
    expires_at BIGINT,
    contract TEXT,
    body TEXT NOT NULL
);
CREATE INDEX proposal_conversation ON proposal (conversation);
CREATE INDEX proposal_request ON proposal (request);
CREATE INDEX proposal_expert ON proposal (expert, stage);
CREATE INDEX proposal_expires ON proposal (expires_at);
