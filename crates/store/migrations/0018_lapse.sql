-- When a call that was proposed lapses, so that the worker finds it without reading all of them. Calls from before this
-- column are looked at once.
ALTER TABLE call ADD COLUMN lapses_at BIGINT DEFAULT 0;
CREATE INDEX call_lapses ON call (lapses_at) WHERE lapses_at IS NOT NULL;
