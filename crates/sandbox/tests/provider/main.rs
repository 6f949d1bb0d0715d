//! The provider from outside, in one process: its addresses are called, its clock is moved, its events are caught. What
//! needs a real process, a real disk or a real connection is in `crates/earnest/tests/sandbox_provider.rs`.

#[cfg(test)]
mod playing;

#[cfg(test)]
mod calls;
#[cfg(test)]
mod events;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod money;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod restarts;
