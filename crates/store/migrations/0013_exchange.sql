-- What people send each other beside words: files, times to call, and news for programs of their own.

-- A file. It has no sum until it is whole, and nobody but its owner sees it until it is part of one thing.
CREATE TABLE file (
    id TEXT NOT NULL PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id),
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    sha256 BYTEA,
    at BIGINT NOT NULL,
    message TEXT REFERENCES message (id),
    request TEXT REFERENCES request (id),
    milestone TEXT REFERENCES milestone (id),
    version BIGINT
);
CREATE INDEX file_person ON file (person);
CREATE INDEX file_message ON file (message);
CREATE INDEX file_request ON file (request);
CREATE INDEX file_milestone ON file (milestone);
CREATE INDEX file_alone ON file (at) WHERE message IS NULL AND request IS NULL AND milestone IS NULL;

-- Its content, in pieces, so that no file has to be in memory as a whole.
CREATE TABLE file_chunk (
    file TEXT NOT NULL REFERENCES file (id),
    number BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (file, number)
);

-- Times that one proposes to the other for a call. The body is the whole of it.
CREATE TABLE call (
    id TEXT NOT NULL PRIMARY KEY,
    conversation TEXT NOT NULL REFERENCES conversation (id),
    version BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX call_conversation ON call (conversation);

-- Where a program of somebody's is told of their news. The secret signs what is sent and must be kept itself.
CREATE TABLE webhook (
    id TEXT NOT NULL PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id),
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    former_secret TEXT,
    former_until BIGINT NOT NULL,
    state TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX webhook_person ON webhook (person);

-- One thing to tell one of them, and how that went.
CREATE TABLE webhook_delivery (
    id TEXT NOT NULL PRIMARY KEY,
    webhook TEXT NOT NULL REFERENCES webhook (id),
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    at BIGINT NOT NULL,
    state TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    status BIGINT,
    last_error TEXT
);
CREATE INDEX webhook_delivery_webhook ON webhook_delivery (webhook, at);
CREATE INDEX webhook_delivery_due ON webhook_delivery (state, due_at);
