-- The books and what they are about. Sums are minor units, times are microseconds since 1970, ids are texts.
-- Words for states have no CHECK: later ones could not be added to one without copying the table.
-- Tables of short rows are kept in the order of their key where the engine can (clustered): one tree less to write.

-- An account of one currency. Its code says what it belongs to. Accounts are opened by the first line on them.
CREATE TABLE account (
    id TEXT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL,
    currency TEXT NOT NULL,
    kind TEXT NOT NULL,
    bound TEXT NOT NULL,
    UNIQUE (code, currency)
) /* clustered */;

-- The history of a contract or person is one chain of events and entries, each of which names the one before by its
-- hash. Whoever writes to it locks this row.
CREATE TABLE chain (
    id TEXT NOT NULL PRIMARY KEY,
    length BIGINT NOT NULL,
    head BYTEA NOT NULL
) /* clustered */;

-- One accepted command, with all that it was decided from.
CREATE TABLE event (
    id TEXT NOT NULL PRIMARY KEY,
    chain TEXT NOT NULL REFERENCES chain (id),
    no BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    command TEXT NOT NULL,
    input TEXT NOT NULL,
    version BIGINT NOT NULL,
    moved TEXT NOT NULL,
    body_sha256 BYTEA NOT NULL,
    prev BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    UNIQUE (chain, no)
);

-- One balanced booking, made by one event.
CREATE TABLE entry (
    id TEXT NOT NULL PRIMARY KEY,
    transition_id TEXT NOT NULL UNIQUE REFERENCES event (id),
    kind TEXT NOT NULL,
    idem TEXT NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    chain TEXT NOT NULL,
    no BIGINT NOT NULL,
    prev BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    UNIQUE (chain, no)
) /* clustered */;

-- One leg of an entry.
CREATE TABLE line (
    entry_id TEXT NOT NULL REFERENCES entry (id),
    no BIGINT NOT NULL,
    account_id TEXT NOT NULL REFERENCES account (id),
    side TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    external_id TEXT,
    PRIMARY KEY (entry_id, no)
) /* clustered */;
CREATE INDEX line_account ON line (account_id);
CREATE UNIQUE INDEX line_external_id ON line (account_id, external_id) WHERE external_id IS NOT NULL;

-- Both sides of each account that may never be below nothing and belongs to one contract or person.
CREATE TABLE balance (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES account (id),
    debit BIGINT NOT NULL,
    credit BIGINT NOT NULL
) /* clustered */;

-- A contract as it stands: the body is the whole of it, the columns are what is searched by.
CREATE TABLE contract (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    standing TEXT NOT NULL,
    process BIGINT NOT NULL,
    client TEXT NOT NULL,
    expert TEXT NOT NULL,
    currency TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX contract_client ON contract (client);
CREATE INDEX contract_expert ON contract (expert);

-- What is searched, summed and verified of the milestones in the contracts' bodies.
CREATE TABLE milestone (
    id TEXT NOT NULL PRIMARY KEY,
    contract TEXT NOT NULL REFERENCES contract (id),
    client TEXT NOT NULL,
    state TEXT NOT NULL,
    entry_no BIGINT NOT NULL,
    price BIGINT NOT NULL,
    open BIGINT NOT NULL
) /* clustered */;
CREATE INDEX milestone_contract ON milestone (contract);
CREATE INDEX milestone_client ON milestone (client);

-- One payment's part in a milestone: price = released + refunded + withheld + held, and the same for the client's fee
-- with its tax. What the expert's fee took is part of released.
CREATE TABLE lot (
    id TEXT NOT NULL PRIMARY KEY,
    milestone TEXT NOT NULL REFERENCES milestone (id),
    payment TEXT NOT NULL,
    price BIGINT NOT NULL,
    released BIGINT NOT NULL,
    refunded BIGINT NOT NULL,
    withheld BIGINT NOT NULL,
    fee BIGINT NOT NULL,
    fee_earned BIGINT NOT NULL,
    fee_returned BIGINT NOT NULL,
    fee_withheld BIGINT NOT NULL,
    expert_fee_earned BIGINT NOT NULL
) /* clustered */;
CREATE INDEX lot_milestone ON lot (milestone);

CREATE TABLE payment (
    id TEXT NOT NULL PRIMARY KEY,
    contract TEXT NOT NULL REFERENCES contract (id),
    milestone TEXT NOT NULL,
    provider TEXT NOT NULL,
    state TEXT NOT NULL,
    asked BIGINT NOT NULL,
    received BIGINT NOT NULL,
    in_funds BIGINT NOT NULL,
    provider_ref TEXT,
    checkout_url TEXT
) /* clustered */;
CREATE INDEX payment_contract ON payment (contract);

CREATE TABLE refund (
    id TEXT NOT NULL PRIMARY KEY,
    contract TEXT NOT NULL REFERENCES contract (id),
    payment TEXT NOT NULL,
    amount BIGINT NOT NULL,
    state TEXT NOT NULL
) /* clustered */;
CREATE INDEX refund_contract ON refund (contract);

-- What a release earned, until it is cleared and after.
CREATE TABLE earning (
    id TEXT NOT NULL PRIMARY KEY,
    expert TEXT NOT NULL,
    contract TEXT NOT NULL,
    milestone TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    clears_at BIGINT NOT NULL,
    cleared_at BIGINT
) /* clustered */;
CREATE INDEX earning_expert ON earning (expert);
CREATE INDEX earning_contract ON earning (contract);

-- A person's side of the money. The body is that of a payee once there is one; the limit bounds a client.
CREATE TABLE party (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    client_limit BIGINT,
    onboarded_at BIGINT,
    body TEXT
);

-- Whom a payout belongs to; everything else about it stands in the payee's body.
CREATE TABLE payout (
    id TEXT NOT NULL PRIMARY KEY,
    payee TEXT NOT NULL REFERENCES party (id)
) /* clustered */;
CREATE INDEX payout_payee ON payout (payee);

-- What is to happen by itself. Deleted by whoever makes it happen, in the same transaction.
CREATE TABLE timer (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    chain TEXT NOT NULL,
    entry_no BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    wait_until BIGINT
) /* clustered */;
CREATE INDEX timer_due ON timer (due_at);
CREATE INDEX timer_chain ON timer (chain);

-- What is to be done outside, kept in the transaction that decided it.
CREATE TABLE job (
    id TEXT NOT NULL PRIMARY KEY,
    event_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    chain TEXT NOT NULL,
    subject TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    -- Calls that may have left under the job's key, noted before each.
    calls BIGINT NOT NULL,
    last_error TEXT
);
CREATE INDEX job_due ON job (state, due_at);
CREATE INDEX job_chain ON job (chain);
CREATE INDEX job_subject ON job (subject);

-- The first answer to every key, so that a repeated command is answered and not done again.
CREATE TABLE idempotency (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    request_sha256 BYTEA NOT NULL,
    event_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (scope, key)
) /* clustered */;

-- Every event of a provider, applied once.
CREATE TABLE provider_event (
    provider TEXT NOT NULL,
    event_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    body_sha256 BYTEA NOT NULL,
    state TEXT NOT NULL,
    refusal TEXT,
    attempts BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (provider, event_id)
);
CREATE INDEX provider_event_state ON provider_event (state, due_at);

-- What one operator wants done to a person's money and another must second. Nothing has moved before that.
CREATE TABLE motion (
    id TEXT NOT NULL PRIMARY KEY,
    chain TEXT NOT NULL,
    command TEXT NOT NULL,
    about TEXT NOT NULL,
    about_sha256 BYTEA NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    ended_by TEXT,
    ended_at BIGINT
);
CREATE INDEX motion_state ON motion (state, proposed_at);

-- Transfers that came without a reference, each with its place in the bank's own chain.
CREATE TABLE receipt (
    id TEXT NOT NULL PRIMARY KEY,
    bank TEXT NOT NULL,
    external_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    text TEXT NOT NULL,
    counterparty TEXT NOT NULL,
    state TEXT NOT NULL,
    payment TEXT,
    UNIQUE (bank, external_id)
) /* clustered */;
CREATE INDEX receipt_state ON receipt (state);

-- What a provider says has moved in a period, held against the books.
CREATE TABLE reconciliation (
    provider TEXT NOT NULL,
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    at BIGINT NOT NULL,
    matched BIGINT NOT NULL,
    found BIGINT NOT NULL,
    differences TEXT NOT NULL,
    PRIMARY KEY (provider, from_at, until_at, at)
) /* clustered */;

-- The heads of all chains at one moment; what is kept outside to find a cut or rewritten history.
CREATE TABLE checkpoint (
    no BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    chains BIGINT NOT NULL,
    items BIGINT NOT NULL,
    heads TEXT NOT NULL,
    prev BYTEA NOT NULL,
    hash BYTEA NOT NULL
);
