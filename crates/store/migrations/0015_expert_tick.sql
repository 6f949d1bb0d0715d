-- Which experts have changed since somebody looked: the one row counts every change, and each expert has the count of
-- its last. Whoever changes an expert counts first and holds the row to the end, so that changes are seen in the order
-- of their counts.
CREATE TABLE expert_clock (
    id BIGINT NOT NULL PRIMARY KEY,
    ticks BIGINT NOT NULL
);
ALTER TABLE expert ADD COLUMN tick BIGINT;
CREATE INDEX expert_tick ON expert (tick);
-- Nothing sums versions any more.
DROP INDEX expert_version;
