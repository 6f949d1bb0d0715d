-- What the two sides of an ended contract say of each other, and the one reply of whoever it is about.
CREATE TABLE review (
    contract TEXT NOT NULL REFERENCES contract (id),
    author TEXT NOT NULL REFERENCES person (id),
    about TEXT NOT NULL REFERENCES person (id),
    ended_at BIGINT NOT NULL,
    at BIGINT NOT NULL,
    rating BIGINT NOT NULL,
    text TEXT NOT NULL,
    reply TEXT,
    replied_at BIGINT,
    PRIMARY KEY (contract, author)
) /* clustered */;
CREATE INDEX review_about ON review (about, at);
