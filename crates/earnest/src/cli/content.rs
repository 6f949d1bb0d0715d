//! `earnest content`: for those who edit technologies, criteria, comparisons and roles.

use clap::Subcommand;
use earnest_app::content::{Catalogue, schema};

use super::{Settings, catalogue};

/// What to do with the content.
#[derive(Debug, Subcommand)]
pub(crate) enum Content {
    /// Report all mistakes of the content at once, each with its file and line.
    #[command(after_help = "Example:\n  earnest content check --content ./my-content")]
    Check,
    /// Print the schema that editors of the files can be set up with.
    #[command(after_help = "Example:\n  earnest content schema > content.schema.json")]
    Schema,
}

pub(crate) fn run(settings: &Settings, asked: &Content) -> anyhow::Result<()> {
    match asked {
        Content::Check => check(settings),
        Content::Schema => {
            print!("{}", schema()?);
            Ok(())
        }
    }
}

fn check(settings: &Settings) -> anyhow::Result<()> {
    let config = settings.read()?;
    let files = catalogue::files(config.content.as_deref())?;
    match Catalogue::read(&files) {
        Ok(found) => {
            let editions = found.comparisons.iter().flat_map(|c| &c.editions);
            let observations: usize = editions.map(|e| e.edition.observations.len()).sum();
            println!(
                "No fault in {} files. Technologies: {}. Comparisons: {}. Observations in their editions: {observations}. Roles: {}.",
                files.len(),
                found.technologies.len(),
                found.comparisons.len(),
                found.roles.len()
            );
            Ok(())
        }
        Err(faults) => anyhow::bail!("{}", catalogue::told(&faults)),
    }
}
