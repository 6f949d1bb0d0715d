-- What keeps accounts to their owners: limits that all nodes count together, and the key under which second factors are kept.

-- How often something was tried lately, by the hash of what it is about: an address of the network, an account. No row: not
-- at all, or so long ago that it does not matter.
CREATE TABLE tried (
    name_sha256 BYTEA NOT NULL PRIMARY KEY,
    -- When all tries would have been used up at the even pace.
    free_at BIGINT NOT NULL
) /* clustered */;
CREATE INDEX tried_free ON tried (free_at);

-- Which key the second factors are sealed with: by its name, which does not open anything. The key is in a file.
CREATE TABLE sealing_key (
    id BIGINT NOT NULL PRIMARY KEY,
    name BYTEA NOT NULL,
    at BIGINT NOT NULL
) /* clustered */;

-- Of a session that began while a hold stopped signing in: 1. It reads, complains about the hold, and asks for money that is
-- payable.
ALTER TABLE session ADD COLUMN held BIGINT;

-- Until when its other half is waited for, of a review that nobody was told of yet.
ALTER TABLE review ADD COLUMN untold BIGINT;
CREATE INDEX review_untold ON review (untold) WHERE untold IS NOT NULL;
