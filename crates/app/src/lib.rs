//! What a person, a clock or a partner can do, once for pages, JSON and the command line.

pub mod comparison;
pub mod content;
pub mod prose;
