//! Every combination of state, event and actor: in the table, or refused with a code that never changes (H1).
