-- What the office looks for all the time and is rare: found without going through all that is not.
CREATE INDEX milestone_disputed ON milestone (contract) WHERE state = 'disputed';
CREATE INDEX timer_hold ON timer (chain) WHERE kind = 'hold_ends';
