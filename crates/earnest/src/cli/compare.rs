//! `earnest compare`: a comparison of the content, with your own priorities.

use clap::Args;

use super::{Settings, not_in_this_build};

/// Which comparison, and what matters.
#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// The name of the comparison, as in its address.
    slug: String,
    /// Weights from 0 to 1000 by criterion; those not named keep theirs.
    #[arg(long, value_name = "CRITERION=WEIGHT,…")]
    weights: Option<String>,
    /// A named set of weights instead of your own.
    #[arg(long, value_name = "NAME", conflicts_with = "weights")]
    preset: Option<String>,
    /// The content as it was in this edition.
    #[arg(long, value_name = "NUMBER")]
    edition: Option<u32>,
    /// The whole derivation as JSON, the same bytes as the API answers.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(_settings: &Settings, _asked: &Compare) -> anyhow::Result<()> {
    not_in_this_build("compare")
}
