//! `earnest export`: what is kept, as a file for another place.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Subcommand, ValueEnum};
use earnest_app::ledger::{self, journal::Format};
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
    /// Every accepted command with what it booked, to compute everything again elsewhere; the site may run.
    #[command(
        after_help = "Examples:\n  earnest export journal journal.jsonl\n  earnest export journal --format hledger | hledger -f - balance\n\nThe lines of JSON are described in docs/JOURNAL.md; tests/model/recompute.py computes their hashes again."
    )]
    Journal {
        /// The file; must not exist yet. Without it, the standard output.
        file: Option<PathBuf>,
        /// How it is written.
        #[arg(long, value_enum, default_value_t = Form::Jsonl)]
        format: Form,
    },
}

/// How a journal is written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Form {
    /// Everything, one JSON object for each command.
    Jsonl,
    /// A table of lines.
    Csv,
    /// For hledger.
    Hledger,
    /// For beancount.
    Beancount,
}

pub(crate) fn run(settings: &Settings, asked: &Export) -> anyhow::Result<()> {
    match asked {
        Export::Installation { file, force } => {
            let existing = if *force { Existing::Replace } else { Existing::Keep };
            installation(settings, file, existing)
        }
        Export::Journal { file, format } => journal(settings, file.as_deref(), *format),
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

fn journal(settings: &Settings, file: Option<&Path>, form: Form) -> anyhow::Result<()> {
    let config = settings.read()?;
    let format = match form {
        Form::Jsonl => Format::Jsonl,
        Form::Csv => Format::Csv,
        Form::Hledger => Format::Hledger,
        Form::Beancount => Format::Beancount,
    };
    database::wait(async {
        let store = database::open_to_read(&config).await?;
        let out: Box<dyn Write + Send> = match file {
            Some(file) => {
                let made =
                    File::create_new(file).with_context(|| format!("{} cannot be made", file.display()))?;
                Box::new(BufWriter::new(made))
            }
            None => Box::new(BufWriter::new(std::io::stdout())),
        };
        Ok(ledger::write_journal(&store, format, out).await?)
    })
}

/// What an import prints is to be compared with what the export printed.
pub(super) fn print_moved(moved: &Moved) {
    for (table, rows) in &moved.tables {
        println!("{table:<24} {rows}");
    }
    println!("{:<24} {}", "sha256 of the rows", moved.sha256);
}
