//! `earnest requests`: what people asked for, for the operator.

use clap::Subcommand;

use super::{Settings, not_in_this_build};

/// What to read.
#[derive(Debug, Subcommand)]
pub(crate) enum Requests {
    /// All requests, the newest first.
    #[command(after_help = "Example:\n  earnest requests list --data /srv/earnest")]
    List,
    /// One request in full.
    #[command(after_help = "Example:\n  earnest requests show req_01k0…")]
    Show {
        /// As printed by `list`.
        id: String,
    },
}

pub(crate) fn run(_settings: &Settings, asked: &Requests) -> anyhow::Result<()> {
    match asked {
        Requests::List => not_in_this_build("requests list"),
        Requests::Show { .. } => not_in_this_build("requests show"),
    }
}
