//! A comparison at a reader's settings: verdict, robustness, other methods, and the sentences that say them.

mod analysis;
pub mod apart;
pub mod citation;
pub mod document;
pub mod export;
pub mod kept;
pub mod package;
pub mod remarks;
pub mod report;
pub mod state;
pub mod words;

pub use analysis::{Analysis, Excluded, MethodView, analyse};
pub use state::{Bridge, Found, SettingFault, State};

#[cfg(test)]
mod tests;
