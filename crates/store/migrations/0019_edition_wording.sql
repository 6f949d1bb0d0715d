-- What an edition was called in when it was published: names, labels, must-haves. Kept once, whatever the content says later.
CREATE TABLE edition_wording (
    comparison TEXT NOT NULL,
    number TEXT NOT NULL,
    body TEXT NOT NULL,
    kept_at BIGINT NOT NULL,
    PRIMARY KEY (comparison, number)
);
