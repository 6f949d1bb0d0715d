-- Experts, what the office made of their profiles, and the record of what operators did about a person.

-- What an expert says of themself. It is found by an index in memory that is made from the bodies.
CREATE TABLE expert (
    person TEXT NOT NULL PRIMARY KEY REFERENCES person (id),
    standing TEXT NOT NULL,
    version BIGINT NOT NULL,
    since BIGINT NOT NULL,
    vetted_at BIGINT,
    changed_at BIGINT,
    body TEXT NOT NULL
);
CREATE INDEX expert_standing ON expert (standing, since);
CREATE INDEX expert_version ON expert (version);

-- Each decision of the office about a profile, with the checklist as it was ticked.
CREATE TABLE vetting (
    person TEXT NOT NULL REFERENCES expert (person),
    at BIGINT NOT NULL,
    by_person TEXT NOT NULL REFERENCES person (id),
    decision TEXT NOT NULL,
    failed TEXT NOT NULL,
    reasons TEXT,
    version BIGINT NOT NULL,
    PRIMARY KEY (person, version)
);

-- What an operator did about a person, for that person to read. Rows are added in the transaction of the act.
CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    by_person TEXT NOT NULL,
    person TEXT NOT NULL,
    act TEXT NOT NULL,
    reasons TEXT NOT NULL
);
CREATE INDEX audit_person ON audit (person, id);
