//! What an operator does on the command line about jobs, events, motions, transfers and differences, from the first
//! question to the last answer: what is printed, the exit status, and what to do next where something cannot be done.

#[cfg(test)]
mod desk;
#[cfg(test)]
mod motions;
#[cfg(test)]
mod transfers;
#[cfg(test)]
mod waiting;

#[cfg(test)]
#[path = "../running/mod.rs"]
#[expect(dead_code, reason = "what another test uses of it")]
mod running;
