-- Contracts on hold and complaints about that which nobody has answered: rare, and looked for all the time.
CREATE INDEX timer_pause ON timer (chain) WHERE kind = 'pause_ends';
CREATE INDEX event_complaint ON event (chain) WHERE kind IN ('appeal_contract_hold', 'answer_contract_hold');
