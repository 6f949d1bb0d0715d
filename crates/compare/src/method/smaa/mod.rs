//! Stochastic multicriteria acceptability analysis: for which share of all weightings does each alternative win?

pub mod exact;
pub mod groups;
pub mod random;
pub mod simplex;
pub mod uniform;
