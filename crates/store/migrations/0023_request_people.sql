-- How many had decided together what a request was raised from, as it was when it was sent.

ALTER TABLE request ADD COLUMN origin_people BIGINT;
