//! The lab: real servers from pinned packages, driven from a core of their own, measured again and again.
//!
//! `lab/` at the root of the tree has the servers and says in `suite.json` what is measured; all of it is part of this
//! program, so that an installed one runs the lab from an empty folder. Nothing here gates a test by time.

pub(crate) mod adopt;
mod beside;
mod check;
mod drive;
mod host;
mod layout;
mod listen;
mod load;
mod peer;
mod plan;
mod plant;
mod postgres;
mod process;
mod progress;
mod record;
mod run;
mod suite;
mod summary;
#[cfg(test)]
mod tests;
mod tools;

pub(crate) use listen::{Listening, listen};
pub(crate) use load::{Loading, load};
pub(crate) use plant::{Planted, plant};
pub(crate) use record::Kept;
pub(crate) use run::{Asked, run};
pub(crate) use summary::Summary;
pub(crate) use tools::Named;
