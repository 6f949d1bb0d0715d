-- Contracts in which a dispute was opened, for the public statistics: rare among all events.
CREATE INDEX event_dispute ON event (chain) WHERE kind = 'open_dispute';
