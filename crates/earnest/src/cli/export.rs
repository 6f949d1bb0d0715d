//! `earnest export`: what is kept, as a file for another place.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use earnest_store::{Existing, Moved};

use super::{Settings, database};

/// What to write.
#[derive(Debug, Subcommand)]
pub(crate) enum Export {
    /// Every row of one moment, to move everything to another database; the site may run.
    #[command(
        after_help = "Example:\n  earnest export installation all.jsonl\n  earnest migrate --database postgres://earnest@db.example/earnest\n  earnest import all.jsonl --database postgres://earnest@db.example/earnest"
    )]
    Installation {
        /// The file; must not exist yet.
        file: PathBuf,
        /// Take the place of a file of that name, in one step.
        #[arg(long)]
        force: bool,
    },
}

pub(crate) fn run(settings: &Settings, asked: &Export) -> anyhow::Result<()> {
    match asked {
        Export::Installation { file, force } => {
            let existing = if *force { Existing::Replace } else { Existing::Keep };
            installation(settings, file, existing)
        }
    }
}

fn installation(settings: &Settings, file: &Path, existing: Existing) -> anyhow::Result<()> {
    let config = settings.read()?;
    let moved = database::wait(async {
        let store = database::open_to_read(&config).await?;
        Ok(store.export_installation(file, existing).await?)
    })?;
    println!("{} holds everything:", file.display());
    print_moved(&moved);
    Ok(())
}

/// What an import prints is to be compared with what the export printed.
pub(super) fn print_moved(moved: &Moved) {
    for (table, rows) in &moved.tables {
        println!("{table:<24} {rows}");
    }
    println!("{:<24} {}", "sha256 of the rows", moved.sha256);
}
