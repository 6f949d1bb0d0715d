-- What an expert says and links to with each version of a milestone, kept in the transaction that submits it.
CREATE TABLE deliverable (
    milestone TEXT NOT NULL REFERENCES milestone (id),
    number BIGINT NOT NULL,
    author TEXT NOT NULL,
    at BIGINT NOT NULL,
    note TEXT NOT NULL,
    links TEXT NOT NULL,
    PRIMARY KEY (milestone, number)
) /* clustered */;
