//! The provider from outside, in one process: its addresses are called, its clock is moved, its events are caught. What
//! needs a real process, a real disk or a real connection is in `crates/earnest/tests/sandbox_provider.rs`.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod playing;

mod calls;
mod events;
mod faults;
mod money;
mod pages;
mod restarts;
