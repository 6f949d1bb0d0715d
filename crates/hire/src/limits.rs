//! How much one person may have going on at once, all numbers in one place. They keep one person from filling the
//! days of many; whoever meets one is told which, and what to do.

/// Messages that one person writes within an hour at most, in all conversations together.
pub const MESSAGES_AN_HOUR: i64 = 60;
/// Characters of a message at most.
pub const MESSAGE_CHARACTERS: usize = 5_000;
/// Conversations about requests that are not over, of one expert at most.
pub const OPEN_CONVERSATIONS: i64 = 30;
/// Proposals that wait for an answer, of one expert at most.
pub const OPEN_PROPOSALS: u16 = 20;
/// Invitations that wait for an answer, of one request at most.
pub const OPEN_INVITATIONS: usize = 10;
/// Experts that an operator proposes for a request at once, at most.
pub const PROPOSED_AT_ONCE: usize = 3;
/// Experts that an operator proposes for a request in all, at most.
pub const PROPOSED_IN_ALL: usize = 9;
