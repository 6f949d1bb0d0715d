//! `earnest content`: for those who edit technologies, criteria, comparisons and roles.

use clap::Subcommand;

use super::{Settings, not_in_this_build};

/// What to do with the content.
#[derive(Debug, Subcommand)]
pub(crate) enum Content {
    /// Report all mistakes of the content at once, each with its file.
    #[command(after_help = "Example:\n  earnest content check --content ./my-content")]
    Check,
    /// Print the schema that editors of the files can be set up with.
    #[command(after_help = "Example:\n  earnest content schema > content.schema.json")]
    Schema,
}

pub(crate) fn run(_settings: &Settings, asked: &Content) -> anyhow::Result<()> {
    match asked {
        Content::Check => not_in_this_build("content check"),
        Content::Schema => not_in_this_build("content schema"),
    }
}
